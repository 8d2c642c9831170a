"""Content-Encoding of requests: unpacked within limits, so that a small body cannot take a large memory."""

import zlib

from slipway_kit.errors import InvalidInput, PayloadTooLarge, UnsupportedMediaType

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 47}
RATIO_FLOOR = 1024 * 1024
"""Bytes that any body may grow to; the ratio counts above it."""


def decompress(body: bytes, encoding: str, limit: int, ratio: int) -> bytes:
    """The body without its encoding, at most `limit` bytes and `ratio` times its own size.

    Raises UnsupportedMediaType, InvalidInput or PayloadTooLarge.
    """
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    if name not in _WINDOWS:
        raise UnsupportedMediaType(f"content encoding {encoding!r} is not supported; send gzip, deflate or none")
    allowed = min(limit, max(RATIO_FLOOR, len(body) * ratio))
    unpacker = zlib.decompressobj(_WINDOWS[name])
    try:
        plain = unpacker.decompress(body, allowed + 1)
    except zlib.error as error:
        raise InvalidInput(f"the body is not valid {name}: {error}") from None
    if len(plain) > allowed:
        why = f"{limit} bytes (SLIPWAY_MAX_DECOMPRESSED_BYTES)" if allowed == limit else f"{ratio} times its size (SLIPWAY_MAX_DECOMPRESSION_RATIO)"
        raise PayloadTooLarge(f"the body unpacks to more than {why}")
    if not unpacker.eof or unpacker.unused_data:
        raise InvalidInput(f"the body is not valid {name}: it {'ends too early' if not unpacker.eof else 'goes on after its end'}")
    return plain
