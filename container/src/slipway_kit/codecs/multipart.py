"""multipart/form-data: the fields of a form by name."""

import re
from typing import Any

import orjson

from slipway_kit.codecs.base import NotRepresentable, Parameters
from slipway_kit.codecs.structured import deeper_than
from slipway_kit.errors import InvalidInput

PARTS_LIMIT = 1000
DEPTH = "json-depth"
"""A parameter that the server adds to those of the Content-Type: the levels that JSON of a part may nest."""
_NAME = re.compile(r'(?:^|;)\s*name=(?:"((?:[^"\\]|\\.)*)"|([^\s";]+))')
_FILE_NAME = re.compile(r";\s*filename\*?=")


def decode_multipart(body: bytes, parameters: Parameters) -> dict[str, Any]:
    """Files and parts of a type of their own as bytes (JSON decoded), other fields as str; a name that comes twice gives a list."""
    boundary = parameters.get("boundary", "")
    if not boundary:
        raise InvalidInput("the Content-Type multipart/form-data has no boundary")
    delimiter = b"\r\n--" + boundary.encode("latin-1")
    first, *parts = (b"\r\n" + body).split(delimiter, PARTS_LIMIT + 1)
    if len(parts) > PARTS_LIMIT:
        raise InvalidInput(f"the form has more than {PARTS_LIMIT} parts")
    if first.strip() or not parts or not parts[-1].startswith(b"--"):
        raise InvalidInput("the body is not a valid form: it does not begin and end with its boundary")
    fields: dict[str, list[Any]] = {}
    depth = int(parameters.get(DEPTH, "100"))
    for part in parts[:-1]:
        name, value = _field(part, depth)
        fields.setdefault(name, []).append(value)
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


def _field(part: bytes, depth: int) -> tuple[str, Any]:
    head, separator, content = part.lstrip(b" \t").removeprefix(b"\r\n").partition(b"\r\n\r\n")
    headers = {
        key.strip().lower(): value.strip() for key, _, value in (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    }
    disposition = headers.get("content-disposition", "")
    found = _NAME.search(disposition)
    if not separator or found is None:
        raise InvalidInput("the body is not a valid form: a part has no name")
    name = found[2] if found[1] is None else found[1].replace('\\"', '"')
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "application/json" and deeper_than(content, depth):
        raise InvalidInput(f"the JSON of the field {name!r} nests more than {depth} levels (SLIPWAY_MAX_JSON_DEPTH)")
    try:
        if kind == "application/json":
            return name, orjson.loads(content)
        if _FILE_NAME.search(disposition) or (kind and not kind.startswith("text/")):
            return name, content
        return name, content.decode()
    except ValueError as error:
        raise InvalidInput(f"the field {name!r} of the form cannot be read: {error}") from None


def no_multipart(_value: Any) -> bytes:
    raise NotRepresentable("an answer is never a form")
