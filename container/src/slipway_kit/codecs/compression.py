"""Content-Encoding of requests: unpacked within limits, so that a small body cannot take a large memory."""

import zlib

from slipway_kit.errors import InvalidInput, PayloadTooLarge, UnsupportedMediaType

_WINDOWS = {"gzip": 31, "x-gzip": 31, "deflate": 47}
RATIO_FLOOR = 1024 * 1024
"""Bytes that any body may grow to; the ratio counts above it."""
MEMBERS_LIMIT = 4096
PIECE = 16 * 1024
GZIP = b"\x1f\x8b"


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
    plain = _unpacked(body, name, allowed)
    if len(plain) > allowed:
        why = f"{limit} bytes (SLIPWAY_MAX_DECOMPRESSED_BYTES)" if allowed == limit else f"{ratio} times its size (SLIPWAY_MAX_DECOMPRESSION_RATIO)"
        raise PayloadTooLarge(f"the body unpacks to more than {why}")
    return plain


def _unpacked(body: bytes, name: str, allowed: int) -> bytes:
    """All members of a gzip file (RFC 1952), or the one stream of deflate. At most one byte more than is allowed."""
    rest, parts, size = memoryview(body), [], 0
    for _ in range(MEMBERS_LIMIT):
        unpacker = zlib.decompressobj(_WINDOWS[name])
        while not unpacker.eof:
            if not rest:
                raise InvalidInput(f"the body is not valid {name}: it ends too early")
            piece = rest[:PIECE]  # what follows a member is copied
            try:
                parts.append(unpacker.decompress(piece, allowed + 1 - size))
            except zlib.error as error:
                raise InvalidInput(f"the body is not valid {name}: {error}") from None
            size += len(parts[-1])
            if size > allowed:
                return b"".join(parts)
            rest = rest[len(piece) - len(unpacker.unused_data) :]
        if not rest:
            return b"".join(parts)
        if name == "deflate" or bytes(rest[:2]) != GZIP:
            raise InvalidInput(f"the body is not valid {name}: it goes on after its end")
    raise InvalidInput(f"the body has over {MEMBERS_LIMIT} gzip members")
