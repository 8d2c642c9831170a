"""HTTP/1.1 as RFC 9112 writes it, read without any kindness: which requests a stream of bytes has."""

import re
from dataclasses import dataclass

LINE = re.compile(rb"[\r\n]*([A-Z-]+) +([\x21-\x7e\x80-\xff]+) +(?:HTTP|RTSP|ICE)/1\.[01]\r\n")
FIELD = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[\t ]*([\t\x20-\x7e\x80-\xff]*?)[\t ]*\r\n")
CHUNK = re.compile(rb"([0-9A-Fa-f]{1,16})(?:;[\t\x20-\x7e\x80-\xff]*)?\r\n")


@dataclass(frozen=True)
class Sent:
    """One whole request of a stream."""

    method: bytes
    path: bytes
    kind: bytes
    body: bytes


def requests_of(stream: bytes) -> list[Sent]:
    """The whole requests at the beginning of a stream, as far as each has one reading only."""
    found: list[Sent] = []
    position = 0
    while (line := LINE.match(stream, position)) is not None:
        fields, position = _fields(stream, line.end())
        if position < 0:
            break
        body, position = _body(stream, position, fields)
        if position < 0:
            break
        kinds = [value for name, value in fields if name == b"content-type"]
        found.append(Sent(line[1], line[2], kinds[-1] if kinds else b"", body))
    return found


def _fields(stream: bytes, position: int) -> tuple[list[tuple[bytes, bytes]], int]:
    """Names in lower case and values, and where the head ends; -1 when it does not end."""
    fields = []
    while (field := FIELD.match(stream, position)) is not None:
        fields.append((field[1].lower(), field[2]))
        position = field.end()
    return fields, position + 2 if stream[position : position + 2] == b"\r\n" else -1


def _body(stream: bytes, position: int, fields: list[tuple[bytes, bytes]]) -> tuple[bytes, int]:
    """The body, and where it ends; -1 when it is not there, or could end in two places."""
    lengths = [value for name, value in fields if name == b"content-length"]
    codings = [value.lower() for name, value in fields if name == b"transfer-encoding"]
    if codings:
        return _chunks(stream, position) if codings == [b"chunked"] and not lengths else (b"", -1)
    if not lengths:
        return b"", position
    end = position + int(lengths[0]) if len(lengths) == 1 and lengths[0].isdigit() else len(stream) + 1
    return (stream[position:end], end) if end <= len(stream) else (b"", -1)


def _chunks(stream: bytes, position: int) -> tuple[bytes, int]:
    body = b""
    while (chunk := CHUNK.match(stream, position)) is not None:
        size, position = int(chunk[1], 16), chunk.end()
        if size == 0:
            return body, _fields(stream, position)[1]
        body += stream[position : position + size]
        position += size + 2
        if stream[position - 2 : position] != b"\r\n":
            break
    return b"", -1
