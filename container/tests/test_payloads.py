"""Formats beyond JSON, CSV and text; compressed bodies."""

import contextlib
import gzip
import io
import zlib
from typing import Any

import numpy as np
import pyarrow as pa  # type: ignore[import-untyped]
import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_kit.codecs import CODECS, codec_for, deeper_than, encode, supported
from slipway_kit.codecs.compression import decompress
from slipway_kit.errors import InvalidInput, NotAcceptable, PayloadTooLarge, UnsupportedMediaType
from slipway_kit.inputs import InputLimits, Reader
from tests.conftest import Serve

NPY = "application/x-npy"
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=20)


def decode(content_type: str, body: bytes) -> Any:
    return Reader().read(body, content_type, "")[0]


@given(value=VALUES)
def test_json_comes_back_as_it_went(value: object) -> None:
    assert decode("application/json", encode(value, "application/json", "application/json")[0]) == value


@given(values=st.lists(VALUES, max_size=5))
def test_json_lines_come_back_as_they_went(values: list[object]) -> None:
    assert decode("application/x-ndjson", encode(values, "application/jsonlines", "application/json")[0]) == values


CELLS = st.floats(allow_nan=False, allow_infinity=False) | st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1)


@given(rows=st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=5))
def test_csv_comes_back_as_it_went_but_for_words_that_read_as_numbers(rows: list[list[float | str]]) -> None:
    def read(cell: float | str) -> float | str:
        try:
            number = float(cell)
        except ValueError:
            return cell
        return number if abs(number) != float("inf") and number == number else cell  # noqa: PLR0124

    assert decode("text/csv", encode(rows, "text/csv", "text/csv")[0]) == [[read(cell) for cell in row] for row in rows]


@given(
    content_type=st.sampled_from([*CODECS, "image/png", "text/csv; header=present", "multipart/form-data; boundary=b"]), body=st.binary(max_size=200)
)
def test_no_body_makes_a_codec_raise_anything_but_an_answer_for_the_caller(content_type: str, body: bytes) -> None:
    with contextlib.suppress(InvalidInput, PayloadTooLarge):
        decode(content_type, body)


@given(
    dtype=st.sampled_from(["<f4", "<f8", ">i4", "|u1", "|b1", "<U3"]),
    shape=st.lists(st.integers(0, 4), max_size=3),
    order=st.sampled_from(["C", "F"]),
)
def test_npy_comes_back_as_it_went(dtype: str, shape: list[int], order: Any) -> None:
    array = np.zeros(shape, dtype, order=order)
    back = decode(NPY, encode(array, NPY, NPY)[0])
    assert (back.dtype, back.shape, back.tolist()) == (array.dtype, array.shape, array.tolist())


def test_npy_is_never_unpickled_and_its_header_takes_no_memory() -> None:
    out = io.BytesIO()
    np.save(out, np.array([{}, print], dtype=object), allow_pickle=True)
    with pytest.raises(InvalidInput, match="would have to be unpickled"):
        decode(NPY, out.getvalue())
    huge = io.BytesIO()
    np.save(huge, np.zeros(1), allow_pickle=False)
    head = huge.getvalue()[:-8].replace(b"(1,), }          ", b"(1099511627776,)}")
    with pytest.raises(InvalidInput, match="announces 8796093022208 bytes of data, 0 are there"):
        decode(NPY, head)


def npy(shape: str, descr: str = "'<f8'", data: bytes = b"") -> bytes:
    header = f"{{'descr': {descr}, 'fortran_order': False, 'shape': {shape}, }}\n".encode()
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header + data


@pytest.mark.parametrize(
    "body",
    [
        npy("(-1, -4)", data=bytes(32)),
        npy("(True,)", data=bytes(8)),
        npy("(3,)", "'<U0'"),
        npy("(3,)", "'|V0'"),
        npy("(0, 99999999999999999999999)"),
        npy("(" + "1," * 100 + ")", data=bytes(8)),
        npy("(1,'"),
        npy("(" * 2000 + ")" * 2000),
    ],
)
def test_a_npy_header_that_no_array_can_have_is_the_callers_fault(body: bytes) -> None:
    with pytest.raises(InvalidInput, match="the body is not a valid npy file"):
        decode(NPY, body)


@pytest.mark.parametrize("kind", ["application/vnd.apache.parquet", "application/vnd.apache.arrow.stream"])
def test_tables_come_back_as_they_went(kind: str) -> None:
    rows = [{"a": 1, "b": "x"}, {"a": 2, "b": "y"}]
    table = decode(kind, encode(rows, kind, kind)[0])
    assert isinstance(table, pa.Table)
    assert table.to_pylist() == rows
    with pytest.raises(NotAcceptable, match="no rows of a table"):
        encode([1, 2], kind, kind)


def test_a_form_gives_fields_by_name_and_files_as_bytes() -> None:
    parts = [
        b'Content-Disposition: form-data; name="who"\r\n\r\nIris',
        b'Content-Disposition: form-data; name="n"\r\nContent-Type: application/json\r\n\r\n{"a": 1}',
        b'Content-Disposition: form-data; name="file"; filename="x.png"\r\nContent-Type: image/png\r\n\r\n\x89PNG\r\n\r\n--',
        b'Content-Disposition: form-data; name="who"\r\n\r\nRose',
    ]
    body = b"".join(b"--Bnd\r\n" + part + b"\r\n" for part in parts) + b"--Bnd--\r\n"
    assert decode('multipart/form-data; boundary="Bnd"', body) == {"who": ["Iris", "Rose"], "n": {"a": 1}, "file": b"\x89PNG\r\n\r\n--"}
    with pytest.raises(InvalidInput, match="has no boundary"):
        decode("multipart/form-data", body)
    with pytest.raises(InvalidInput, match="does not begin and end with its boundary"):
        decode("multipart/form-data; boundary=Bnd", body[:-10])


def form(head: str, content: bytes) -> bytes:
    return b"--B\r\n" + head.encode() + b"\r\n\r\n" + content + b"\r\n--B--\r\n"


def test_a_field_may_be_called_filename_and_its_name_may_stand_without_quotes() -> None:
    kind = "multipart/form-data; boundary=B"
    assert decode(kind, form('Content-Disposition: form-data; name="filename"', b"text")) == {"filename": "text"}
    assert decode(kind, form("Content-Disposition: form-data; name=plain; filename*=utf-8''x", b"\xff")) == {"plain": b"\xff"}


def test_json_in_a_form_has_the_same_depth_as_any_other() -> None:
    head = 'Content-Disposition: form-data; name="a"\r\nContent-Type: Application/JSON ; charset=utf-8'
    reader = Reader(InputLimits(depth=3))
    assert reader.read(form(head, b"[[[1]]]"), "multipart/form-data; boundary=B", "") == ({"a": [[[1]]]}, "multipart/form-data")
    with pytest.raises(InvalidInput, match="the JSON of the field 'a' nests more than 3 levels"):
        reader.read(form(head, b"[[[[1]]]]"), "multipart/form-data; boundary=B; json-depth=99", "")


def test_the_depth_of_json_takes_time_by_its_length_whatever_quotes_are_in_it() -> None:
    # A search that began again at each quote would take hours.
    for quotes in (b'\\"', b'"', b'\\\\"', b'"\\'):
        assert deeper_than(b"[" * 101 + b'"' + quotes * 1_000_000, 100)


@pytest.mark.parametrize(
    ("body", "deeper"),
    [(b'["[[[[", "]"]', False), (b'["a\\"[[[["]', False), (b'[["\\\\"]]', True), (b'[{"a": "}"}]', True), (b'["[', False), (b'[["\\', True)],
)
def test_brackets_in_strings_do_not_count(body: bytes, deeper: bool) -> None:
    assert deeper_than(body, 1) is deeper


def test_images_are_bytes_and_answered_in_the_type_that_is_accepted() -> None:
    assert decode("image/png", b"\x89PNG") == b"\x89PNG"
    assert encode(b"\xff\xd8", "image/jpeg", "image/png") == (b"\xff\xd8", "image/jpeg")
    assert encode({"label": "cat"}, "", "image/png") == (b'{"label":"cat"}', "application/json")
    assert "image/*" in supported()
    with pytest.raises(UnsupportedMediaType, match=r"send one of application/json, application/jsonlines, .*application/x-npy"):
        codec_for("application/x-pickle")


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("text/csv;q=0.5, application/json;q=0.4", "text/csv; charset=utf-8"),
        ("text/csv;q=0.1, application/json;q=0.4", "application/json"),
        ("application/json;q=0, */*;q=0.1", "text/csv; charset=utf-8"),
        ("text/*", "text/csv; charset=utf-8"),
        ("application/x-nothing, application/x-npy;q=0.2", NPY),
    ],
)
def test_the_accepted_type_with_the_highest_quality_is_chosen(accept: str, expected: str) -> None:
    assert encode([[1, 2]], accept, "text/csv")[1] == expected


@given(members=st.lists(st.binary(max_size=20_000), min_size=1, max_size=5))
def test_a_gzip_body_of_several_members_is_unpacked_as_one(members: list[bytes]) -> None:
    packed = b"".join(gzip.compress(member) for member in members)
    assert decompress(packed, "gzip", 64_000_000, 100) == b"".join(members)
    with pytest.raises(InvalidInput, match="goes on after its end"):
        decompress(packed + b"more", "gzip", 64_000_000, 100)
    with pytest.raises(InvalidInput, match="ends too early"):
        decompress(packed + gzip.compress(b"more")[:-1], "gzip", 64_000_000, 100)


def test_members_of_gzip_count_together_and_are_limited() -> None:
    member = gzip.compress(bytes(600_000))
    assert len(decompress(member, "gzip", 1_000_000, 100)) == 600_000
    with pytest.raises(PayloadTooLarge, match="SLIPWAY_MAX_DECOMPRESSED_BYTES"):
        decompress(member * 2, "gzip", 1_000_000, 100_000)
    with pytest.raises(PayloadTooLarge, match="SLIPWAY_MAX_DECOMPRESSION_RATIO"):
        decompress(member * 2, "gzip", 64_000_000, 100)
    with pytest.raises(InvalidInput, match="over 4096 gzip members"):
        decompress(gzip.compress(b"") * 5000, "gzip", 64_000_000, 100)


@given(body=st.binary(max_size=3000), name=st.sampled_from(["gzip", "deflate", "x-gzip", "GZIP"]))
def test_a_compressed_body_is_what_was_packed(body: bytes, name: str) -> None:
    packed = zlib.compress(body) if name == "deflate" else gzip.compress(body)
    assert decompress(packed, name, 10_000, 100) == body


def test_a_body_that_grows_too_much_or_is_broken_is_refused() -> None:
    bomb = gzip.compress(bytes(20_000_000))
    with pytest.raises(PayloadTooLarge, match="more than 100 times its size"):
        decompress(bomb, "gzip", 64_000_000, 100)
    with pytest.raises(PayloadTooLarge, match="more than 1000000 bytes"):
        decompress(bomb, "gzip", 1_000_000, 100_000)
    for broken, why in ((bomb[:-9], "ends too early"), (bomb + b"x", "goes on after its end"), (b"plain", "incorrect header")):
        with pytest.raises(InvalidInput, match=why):
            decompress(broken, "gzip", 64_000_000, 100_000)
    with pytest.raises(UnsupportedMediaType, match="content encoding 'br' is not supported; send gzip, deflate or none"):
        decompress(b"", "br", 1, 1)


def test_the_server_reads_and_limits_what_comes_compressed(serve: Serve) -> None:
    server = serve("echo", SLIPWAY_MAX_DECOMPRESSED_BYTES="100000")
    kind = {"content-encoding": "gzip"}
    assert server.request("POST", "/invocations", gzip.compress(b'{"n":1}'), kind).json == {"n": 1}
    assert server.request("POST", "/invocations", gzip.compress(b"[" + b" " * 200_000 + b"]"), kind).status == 413
    assert server.request("POST", "/invocations", b"{}", {"content-encoding": "br"}).status == 415
    assert server.request("POST", "/invocations", b"[" * 5000).status == 400
