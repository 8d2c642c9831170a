"""From a request's body to what `predict` gets."""

from dataclasses import dataclass
from typing import Any

from slipway_kit import codecs
from slipway_kit.codecs.compression import decompress
from slipway_kit.codecs.multipart import DEPTH
from slipway_kit.errors import InvalidInput
from slipway_kit.functions import RawRequest
from slipway_kit.hints import Hint


@dataclass(frozen=True)
class InputLimits:
    """What a request may cost before the model sees it."""

    size_bytes: int = 64 * 1024 * 1024
    """Of a body that came compressed, when unpacked."""
    ratio: int = 100
    """Of the unpacked to the compressed size."""
    depth: int = 100
    """Levels of JSON."""


class Reader:
    """Decodes requests. `decodes` says that the model does so itself; `hint` is what it asks for."""

    def __init__(self, limits: InputLimits | None = None, hint: Hint | None = None, *, decodes: bool = False) -> None:
        self._limits = limits or InputLimits()
        self._hint = hint
        self._decodes = decodes

    def read(self, body: bytes, content_type: str, accept: str, encoding: str = "") -> tuple[Any, str]:
        """The decoded request, and its content type without parameters. Raises RequestError."""
        limits, hint = self._limits, self._hint
        if encoding:
            body = decompress(body, encoding, limits.size_bytes, limits.ratio)
        if self._decodes:
            wanted = accept.partition(",")[0].partition(";")[0].strip()
            return RawRequest(body, content_type or codecs.JSON, codecs.JSON if wanted in ("", "*/*") else wanted), codecs.JSON
        if hint is not None and hint.raw:
            return body, codecs.parse_media_type(content_type)[0] or codecs.JSON
        codec, parameters = codecs.codec_for(content_type)
        kind = codec.type
        if kind in (codecs.JSON, codecs.JSON_LINES) and codecs.deeper_than(body, limits.depth):
            raise InvalidInput(f"the JSON of the body nests more than {limits.depth} levels (SLIPWAY_MAX_JSON_DEPTH)")
        if kind == codecs.FORM_DATA:
            parameters[DEPTH] = str(limits.depth)
        if hint is None:
            return codec.decode(body, parameters), kind
        if kind == codecs.JSON and hint.from_json is not None:
            try:
                return hint.from_json(body), kind
            except ValueError:  # not JSON at all: the codec says where
                pass
        return hint.convert(codec.decode(body, parameters), kind), kind
