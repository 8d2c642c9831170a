"""Request bodies to Python values and back, keyed by MIME type.

| type                     | predict() gets                                    | what it may return                                      |
| application/json         | dict, list, str, number, bool, None               | the same, numpy, dataclasses, anything with `tolist`    |
| text/csv                 | rows: list of lists, cells as float or str        | a scalar, a row, rows, or dicts with the same keys      |
| text/csv; header=present | rows as dicts by column name                      | as above                                                |
| text/plain               | str                                               | str, or a number                                        |
| application/octet-stream | bytes                                             | bytes                                                   |
| application/jsonlines    | a list, one item a line                           | a list, or one item                                     |
| application/x-npy        | numpy array (never pickled objects)               | anything numpy makes an array of                        |
| Parquet, Arrow stream    | pyarrow.Table                                     | a table, a data frame, rows as dicts                    |
| application/x-pickle     | what was pickled; refused unless allowed          | anything that can be pickled                            |
| multipart/form-data      | dict: text fields as str, files as bytes          | -                                                       |
| image/, audio/, video/   | bytes                                             | bytes                                                   |
"""

from slipway_kit.codecs.base import ARROW, BYTES, CSV, FORM_DATA, JSON, JSON_LINES, NPY, PARQUET, PICKLE, TEXT, Codec, NotRepresentable
from slipway_kit.codecs.negotiation import CODECS, allow_pickle, codec_for, encode, parse_media_type, supported
from slipway_kit.codecs.structured import deeper_than, encode_json, plain

__all__ = [
    "ARROW",
    "BYTES",
    "CODECS",
    "CSV",
    "FORM_DATA",
    "JSON",
    "JSON_LINES",
    "NPY",
    "PARQUET",
    "PICKLE",
    "TEXT",
    "Codec",
    "NotRepresentable",
    "allow_pickle",
    "codec_for",
    "deeper_than",
    "encode",
    "encode_json",
    "parse_media_type",
    "plain",
    "supported",
]
