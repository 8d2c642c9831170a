"""Which codec reads a request, and which writes its answer."""

import re
from functools import cache
from importlib.util import find_spec
from typing import Any

import orjson

from slipway_kit.codecs import arrays
from slipway_kit.codecs.base import ARROW, BYTES, CSV, FORM, FORM_DATA, JSON, JSON_LINES, NPY, PARQUET, PICKLE, TEXT, Codec, NotRepresentable
from slipway_kit.codecs.multipart import decode_multipart, no_multipart
from slipway_kit.codecs.pickled import decode_pickle, encode_pickle
from slipway_kit.codecs.structured import decode_json, decode_json_lines, encode_json, encode_json_lines
from slipway_kit.codecs.text import decode_bytes, decode_csv, decode_text, encode_bytes, encode_csv, encode_text
from slipway_kit.errors import NotAcceptable, UnsupportedMediaType

CODECS: dict[str, Codec] = {
    codec.type: codec
    for codec in (
        Codec(JSON, JSON, decode_json, encode_json),
        Codec(JSON_LINES, JSON_LINES, decode_json_lines, encode_json_lines),
        Codec(CSV, f"{CSV}; charset=utf-8", decode_csv, encode_csv),
        Codec(TEXT, f"{TEXT}; charset=utf-8", decode_text, encode_text),
        Codec(BYTES, BYTES, decode_bytes, encode_bytes),
        Codec(NPY, NPY, arrays.decode_npy, arrays.encode_npy, "numpy"),
        Codec(PARQUET, PARQUET, arrays.decode_parquet, arrays.encode_parquet, "pyarrow"),
        Codec(ARROW, ARROW, arrays.decode_arrow, arrays.encode_arrow, "pyarrow"),
        Codec(FORM_DATA, FORM_DATA, decode_multipart, no_multipart),
    )
}
# `curl -d` sends this type unless told otherwise; a form has no meaning for a model.
ALIASES = {
    FORM: JSON,
    "text/json": JSON,
    "application/csv": CSV,
    "application/x-jsonlines": JSON_LINES,
    "application/jsonl": JSON_LINES,
    "application/x-ndjson": JSON_LINES,
    "application/x-parquet": PARQUET,
    "application/parquet": PARQUET,
    "application/python-pickle": PICKLE,
}
MEDIA = ("image/", "audio/", "video/")
"""Kinds whose types are bytes to the kit; only the model knows what is in them."""
TOKEN = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,127}")
"""What a type may be called (RFC 6838)."""


REFUSED_PICKLE = " (reading a pickle runs the code in it; SLIPWAY_ALLOW_PICKLE=1 on the server allows it to callers that are trusted)"


def allow_pickle() -> None:
    """From now on this process reads and writes pickles. A caller that may send one may run any code here."""
    CODECS[PICKLE] = Codec(PICKLE, PICKLE, decode_pickle, encode_pickle)


def supported() -> list[str]:
    """The types that can be used here, for error messages."""
    return [codec.type for codec in CODECS.values() if _available(codec)] + [f"{kind}*" for kind in MEDIA]


@cache
def _available(codec: Codec) -> bool:
    return codec.needs is None or find_spec(codec.needs) is not None


def _find(name: str) -> Codec | None:
    codec = CODECS.get(ALIASES.get(name, name))
    if codec is None and name.startswith(MEDIA) and TOKEN.fullmatch(name.partition("/")[2]):  # it is sent back as it is
        return Codec(name, name, decode_bytes, encode_bytes)
    return codec if codec is not None and _available(codec) else None


def parse_media_type(header: str) -> tuple[str, dict[str, str]]:
    """`text/csv; header=present` -> ("text/csv", {"header": "present"})."""
    name, *rest = header.split(";")
    pairs = (part.partition("=") for part in rest)
    return name.strip().lower(), {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs if key.strip()}


def codec_for(content_type: str) -> tuple[Codec, dict[str, str]]:
    """The codec of a Content-Type header; JSON when there is none. Raises UnsupportedMediaType."""
    if content_type in ("", JSON):
        return CODECS[JSON], {}
    name, parameters = parse_media_type(content_type)
    codec = _find(name)
    if codec is None:
        why = REFUSED_PICKLE if ALIASES.get(name, name) == PICKLE else ""
        raise UnsupportedMediaType(f"content type {name!r} is not supported{why}; send one of {', '.join(supported())}")
    return codec, parameters


def encode(value: Any, accept: str, request_type: str) -> tuple[bytes, str]:
    """Write an answer in the best type the caller accepts; with no preference, in the request's own type if it can carry it, else JSON.

    Returns the body and its content type. Raises NotAcceptable.
    """
    if accept in ("", "*/*", JSON) and request_type == JSON and type(value) in (dict, list):
        try:
            return orjson.dumps(value, option=orjson.OPT_SERIALIZE_NUMPY), JSON
        except TypeError:
            pass  # the long way says what is wrong, if anything
    reasons: list[str] = []
    for name in _candidates(accept, request_type):
        codec = _find(name)
        if codec is None:
            continue
        try:
            return codec.encode(value), codec.content_type
        except NotRepresentable as error:
            reasons.append(f"{name}: {error}")
    if not reasons:
        raise NotAcceptable(f"no type in Accept {accept!r} is supported; accept one of {', '.join(supported())}")
    raise NotAcceptable(f"the answer cannot be written as {accept or 'any supported type'} ({'; '.join(reasons)})")


def _candidates(accept: str, request_type: str) -> list[str]:
    """Codec names in order of preference."""
    if request_type == FORM_DATA:
        request_type = JSON
    anything = [BYTES, request_type, JSON] if request_type != BYTES else [BYTES, TEXT, JSON]
    ranked: list[tuple[float, int, list[str]]] = []
    for position, part in enumerate(accept.split(",") if accept else ["*/*"]):
        name, parameters = parse_media_type(part)
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            quality = 1.0
        if quality <= 0:
            continue
        known = ALIASES.get(name, name)
        if known == "*/*":
            ranked.append((-quality, position, anything))
        elif known.endswith("/*"):
            unasked = [codec for codec in CODECS if codec != PICKLE]  # nobody is made to unpickle who has not named it
            ranked.append((-quality, position, [codec for codec in (request_type, *unasked) if codec.startswith(known[:-1])]))
        elif _find(known) is not None:
            ranked.append((-quality, position, [known]))
    return list(dict.fromkeys(name for _, _, names in sorted(ranked) for name in names))
