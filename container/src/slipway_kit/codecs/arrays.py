"""Arrays and tables in their own formats: npy with numpy, Parquet and Arrow streams with pyarrow. Pickled objects are never read."""

import io
import math
import tokenize
from importlib import import_module
from typing import Any

from slipway_kit.codecs.base import NotRepresentable, Parameters
from slipway_kit.codecs.structured import plain
from slipway_kit.errors import InvalidInput, PayloadTooLarge

TABLE_LIMIT = 256 * 1024 * 1024
"""Bytes a compressed table may grow to."""


def decode_npy(body: bytes, _parameters: Parameters) -> Any:
    """An array whose header and data agree: the header alone may not decide how much memory is taken."""
    np = import_module("numpy")
    file = io.BytesIO(body)
    try:
        version = np.lib.format.read_magic(file)
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(file)
        sizes_known = all(type(each) is int and each >= 0 for each in shape)
    except (ValueError, SyntaxError, TypeError, KeyError, tokenize.TokenError, RecursionError, MemoryError) as error:  # of its parser
        raise InvalidInput(f"the body is not a valid npy file: {error}") from None
    if not sizes_known or dtype.itemsize == 0:
        raise InvalidInput(f"the body is not a valid npy file: it announces the shape {shape} of items of {dtype.itemsize} bytes")
    if dtype.hasobject:
        raise InvalidInput("the body is an npy file of Python objects, which would have to be unpickled: send numbers or strings")
    there, wanted = len(body) - file.tell(), math.prod(shape) * dtype.itemsize
    if there != wanted:
        raise InvalidInput(f"the body is not a valid npy file: its header announces {wanted} bytes of data, {there} are there")
    try:
        array = np.frombuffer(body, dtype, offset=file.tell()).reshape(shape, order="F" if fortran else "C")
    except (ValueError, OverflowError) as error:  # more dimensions, or longer ones, than there can be
        raise InvalidInput(f"the body is not a valid npy file: {error}") from None
    return array.copy()  # writable, as from numpy.load


def encode_npy(value: Any) -> bytes:
    np = import_module("numpy")
    try:
        array = np.asarray(value if hasattr(value, "__array__") else plain(value))
    except (TypeError, ValueError) as error:
        raise NotRepresentable(str(error)) from None
    if array.dtype.hasobject:
        raise NotRepresentable("values of different kinds make no array")
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def decode_parquet(body: bytes, _parameters: Parameters) -> Any:
    pa, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    try:
        file = parquet.ParquetFile(pa.BufferReader(body))
        size = sum(file.metadata.row_group(index).total_byte_size for index in range(file.metadata.num_row_groups))
        if size > TABLE_LIMIT:
            raise PayloadTooLarge(f"the Parquet file grows to {size} bytes, the limit is {TABLE_LIMIT}")
        return file.read()
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InvalidInput(f"the body is not a valid Parquet file: {error}") from None


def encode_parquet(value: Any) -> bytes:
    pa, parquet = import_module("pyarrow"), import_module("pyarrow.parquet")
    sink = pa.BufferOutputStream()
    parquet.write_table(_table(value), sink)
    return bytes(sink.getvalue())


def decode_arrow(body: bytes, _parameters: Parameters) -> Any:
    pa, ipc = import_module("pyarrow"), import_module("pyarrow.ipc")
    try:
        table = ipc.open_stream(pa.BufferReader(body)).read_all()
        table.validate(full=True)  # offsets out of range would be read as they are
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InvalidInput(f"the body is not a valid Arrow stream: {error}") from None
    return table


def encode_arrow(value: Any) -> bytes:
    pa, ipc = import_module("pyarrow"), import_module("pyarrow.ipc")
    table, sink = _table(value), import_module("pyarrow").BufferOutputStream()
    with ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return bytes(sink.getvalue()) if isinstance(table, pa.Table) else b""


def _table(value: Any) -> Any:
    pa = import_module("pyarrow")
    if isinstance(value, pa.Table):
        return value
    try:
        if hasattr(value, "columns") and hasattr(value, "to_dict"):
            return pa.Table.from_pandas(value)
        rows = plain(value)
        return pa.Table.from_pylist(rows if isinstance(rows, list) else [rows])
    except (pa.ArrowException, TypeError, AttributeError, ValueError) as error:
        raise NotRepresentable(f"no rows of a table: {error}") from None
