"""JSON, one value or a line each, and what of Python has a JSON form."""

import dataclasses
import re
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

import orjson

from slipway_kit.codecs.base import NotRepresentable, Parameters
from slipway_kit.errors import InvalidInput

# It matches from any quote on, also without an end: a search that could fail would begin again at each quote, and take quadratic time.
_STRINGS = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"?', re.DOTALL)
_ALIKE = bytes.maketrans(b"{}", b"[]")
_OTHERS = bytes(set(range(256)) - set(b"[]{}"))


def decode_json(body: bytes, _parameters: Parameters) -> Any:
    if not body:
        raise InvalidInput("the body is empty; send JSON")
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidInput(f"the body is not valid JSON: {error}") from None


def encode_json(value: Any) -> bytes:
    try:
        return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY)
    except TypeError:
        pass  # not plain data: convert it, which is slower, and try once more
    try:
        return orjson.dumps(plain(value), option=orjson.OPT_SERIALIZE_NUMPY)
    except (TypeError, RecursionError) as error:
        raise NotRepresentable(str(error)) from None


def plain(value: Any) -> Any:
    """A value as dicts, lists, strings and numbers. Raises TypeError naming the type that has no such form."""
    if value is None or (isinstance(value, bool | int | float) and not hasattr(value, "tolist")):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, Mapping):
        return {str(plain(key)): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(item) for item in value]
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return plain(dataclasses.asdict(value))
    if hasattr(value, "tolist"):  # numpy arrays and scalars, torch tensors
        return plain(value.tolist())
    if hasattr(value, "to_dict"):  # pandas frames and series
        return plain(value.to_dict("records") if hasattr(value, "columns") else value.to_dict())
    if hasattr(value, "isoformat") or isinstance(value, PurePath):
        return value.isoformat() if hasattr(value, "isoformat") else str(value)
    raise TypeError(f"a value of type {type(value).__name__} has no JSON form")


def decode_json_lines(body: bytes, _parameters: Parameters) -> list[Any]:
    values = []
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            values.append(orjson.loads(line))
        except orjson.JSONDecodeError as error:
            raise InvalidInput(f"line {number} of the body is not valid JSON: {error}") from None
    return values


def encode_json_lines(value: Any) -> bytes:
    try:
        value = value if isinstance(value, list | tuple) else plain(value)
    except TypeError as error:
        raise NotRepresentable(str(error)) from None
    rows = value if isinstance(value, list | tuple) else [value]
    return b"".join(encode_json(row) + b"\n" for row in rows)


def deeper_than(body: bytes, limit: int) -> bool:
    """Whether JSON nests more than `limit` levels, without parsing it: pairs of brackets are taken away from the inside, a level at a time."""
    if body.count(b"[") + body.count(b"{") <= limit:
        return False
    brackets = _STRINGS.sub(b"", body).translate(_ALIKE, _OTHERS)
    for _ in range(limit):
        fewer = brackets.replace(b"[]", b"")
        if not fewer:
            return False
        if fewer == brackets:  # not balanced, which is the parser's to say unless it would have to go too deep for that
            return brackets.count(b"[") > limit
        brackets = fewer
    return True
