"""CSV, text and bytes."""

import csv
import encodings.aliases
import io
import math
import re
from collections.abc import Sequence
from typing import Any

from slipway_kit.codecs.base import NotRepresentable, Parameters
from slipway_kit.codecs.structured import plain
from slipway_kit.errors import InvalidInput

LONGEST_CHARSET = 40
CHARSETS = re.compile(
    r"utf_(8|8_sig|16|16_le|16_be|32|32_le|32_be)|ascii|latin_1|iso8859_\d{1,2}|iso2022_(kr|jp(_1|_2|_3|_2004|_ext)?)|cp\d{3,5}|koi8_[rtu]|"
    r"mac_(arabic|croatian|cyrillic|farsi|greek|iceland|latin2|roman|romanian|turkish)|euc_(kr|jp|jis_2004|jisx0213)|shift_(jis|jis_2004|jisx0213)|"
    r"gbk|gb2312|gb18030|hz|big5|big5hkscs|johab|tis_620|ptcp154|kz1048"
)
"""Charsets of texts, as Python's modules are called. What else it decodes is none, and may cost more than its size: punycode takes quadratic time."""


def decode_csv(body: bytes, parameters: Parameters) -> list[list[float | str]] | list[dict[str, float | str]]:
    text = _text(body, parameters)
    try:
        rows = [[_cell(cell) for cell in row] for row in csv.reader(io.StringIO(text), strict=True) if row]
    except csv.Error as error:
        raise InvalidInput(f"the body is not valid CSV: {error}") from None
    if parameters.get("header") != "present":
        return rows
    if not rows:
        raise InvalidInput("the body is not valid CSV: it should start with a header row, and is empty")
    names = [str(cell) for cell in rows[0]]
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(names):
            raise InvalidInput(f"the body is not valid CSV: row {number} has {len(row)} cells, the header has {len(names)}")
    return [dict(zip(names, row, strict=True)) for row in rows[1:]]


def _cell(text: str) -> float | str:
    if "_" in text:  # to Python 1_000 is a number; in a table it is a name
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    # "nan" and "infinity" are more often words than numbers.
    return number if math.isfinite(number) else text


def encode_csv(value: Any) -> bytes:
    try:
        rows = _rows(plain(value))
    except TypeError as error:
        raise NotRepresentable(str(error)) from None
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue().encode(errors="replace")


def _rows(value: Any) -> Sequence[Sequence[Any]]:
    if isinstance(value, dict):
        return _rows([value])
    if not isinstance(value, list):
        return [[value]]
    if value and all(isinstance(row, dict) for row in value):
        names = list(value[0])
        if any(list(row) != names for row in value):
            raise NotRepresentable("rows with different columns have no CSV form")
        return _flat([names, *([row[name] for name in names] for row in value)])
    if value and all(isinstance(row, list) for row in value):
        return _flat(value)
    return _flat([[cell] for cell in value])


def _flat(rows: list[list[Any]]) -> list[list[Any]]:
    if any(isinstance(cell, dict | list) for row in rows for cell in row):
        raise NotRepresentable("nested values have no CSV form")
    return rows


def decode_text(body: bytes, parameters: Parameters) -> str:
    return _text(body, parameters)


def _text(body: bytes, parameters: Parameters) -> str:
    name = parameters.get("charset", "utf-8")
    charset = _charset(name)
    try:
        return body.decode(charset)
    except LookupError:
        raise InvalidInput(f"the charset {name[:LONGEST_CHARSET]!r} is not known; use utf-8") from None
    except UnicodeDecodeError as error:
        raise InvalidInput(f"the body is not valid {name}: {error.reason} at byte {error.start}") from None


def _charset(name: str) -> str:
    """What Python calls a charset; "unknown" when it is none. Python itself is not asked: it remembers every name that it did not find."""
    module = encodings.normalize_encoding(name).lower() if len(name) <= LONGEST_CHARSET and name.isascii() else ""
    module = encodings.aliases.aliases.get(module, module)
    return module if CHARSETS.fullmatch(module) else "unknown"


def encode_text(value: Any) -> bytes:
    if isinstance(value, str):
        return value.encode(errors="replace")
    if isinstance(value, bool | int | float):
        return str(plain(value)).encode()
    raise NotRepresentable(f"a {type(value).__name__} has no text form")


def decode_bytes(body: bytes, _parameters: Parameters) -> bytes:
    return body


def encode_bytes(value: Any) -> bytes:
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value)
    raise NotRepresentable(f"a {type(value).__name__} has no raw form")
