"""One request and the bytes of its answer."""

from http import HTTPStatus
from typing import TYPE_CHECKING

import orjson

if TYPE_CHECKING:
    from slipway_kit.serving.connection import Connection

RETRY_AFTER = b"retry-after: 1\r\n"
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

    def to_bytes(self) -> bytes:
        """The request as it could have come, with the headers that anybody reads."""
        return self.head(b"content-length: %d\r\n" % len(self.body)) + self.body

    def head(self, framing: bytes) -> bytes:
        """Its head, with the header line that says how its body is delimited."""
        fields = (
            ("content-type", self.content_type),
            ("accept", self.accept),
            ("content-encoding", self.content_encoding),
            ("x-amzn-sagemaker-inference-id", self.inference_id),
            ("connection", "keep-alive" if self.keep_alive else "close"),
        )
        headers = "".join(f"{name}: {value}\r\n" for name, value in fields if value)
        first = f"{self.method} {self.path} HTTP/{'1.1' if self.chunked else '1.0'}\r\n"
        return first.encode("latin-1") + framing + f"{headers}\r\n".encode("latin-1")

    def respond(self, status: int, body: bytes, content_type: str, headers: bytes = b"") -> None:
        """Answer. `headers` are whole extra header lines."""
        if not self.responded:
            self.responded = True
            self.connection.write_response(self, status, body, content_type, headers)


def response(status: int, body: bytes, headers: bytes, *, last: bool = True) -> bytes:
    """A whole JSON answer; `last`: of its connection."""
    closing = b"connection: close\r\n" if last else b""
    head = b"content-type: application/json\r\ncontent-length: %d\r\n%b%b\r\n" % (len(body), closing, headers)
    return STATUS_LINES[status] + head + body


def error_body(kind: str, message: str, **fields: object) -> bytes:
    """`{"error": {"type", "message", ...}}`, the form of every error the server answers."""
    text = message.encode(errors="backslashreplace").decode()  # a lone surrogate, as in names of files, has no JSON
    return orjson.dumps({"error": {"type": kind, "message": text, **fields}})
