"""One request and the bytes of its answer."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from slipway_kit.serving.connection import Connection

STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


class Request:
    """One complete request. `respond` may be called once, at any later time; later calls do nothing."""

    __slots__ = (
        "accept",
        "batch",
        "began",
        "body",
        "chunked",
        "connection",
        "content_encoding",
        "content_type",
        "inference_id",
        "keep_alive",
        "method",
        "path",
        "responded",
        "started",
    )

    def __init__(self, connection: "Connection") -> None:
        self.connection = connection
        self.method = ""
        self.path = ""
        self.content_type = ""
        self.accept = ""
        self.content_encoding = ""
        self.chunked = True
        """The peer takes answers in chunks."""
        self.inference_id = ""
        self.body = b""
        self.keep_alive = True
        self.responded = False
        self.started = 0.0
        self.began = 0.0
        self.batch = 1

    def respond(self, status: int, body: bytes, content_type: str, headers: bytes = b"") -> None:
        """Answer. `headers` are whole extra header lines."""
        if not self.responded:
            self.responded = True
            self.connection.write_response(self, status, body, content_type, headers)


def response(status: int, body: bytes, headers: bytes) -> bytes:
    """A whole JSON answer, the last of its connection."""
    head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n%b\r\n" % (len(body), headers)
    return STATUS_LINES[status] + head + body


def error_body(kind: str, message: str, **fields: object) -> bytes:
    """`{"error": {"type", "message", ...}}`, the form of every error the server answers."""
    return orjson.dumps({"error": {"type": kind, "message": message, **fields}})
