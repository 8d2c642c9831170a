"""HTTP/1.1 over one connection: keep-alive, pipelining in order, chunked bodies, `Expect: 100-continue`, and the limits.

The body is counted while it arrives, so that no request can take more memory than the limit whatever its headers say.
"""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from http import HTTPStatus
from typing import Protocol, cast

import httptools
import orjson

HEAD_LIMIT = 32 * 1024
HEAD_SECONDS = 10.0
"""Time for a request's head to arrive, and for the peer of a rejected request to stop sending."""
IDLE_SECONDS = 300.0
LINGER_SECONDS = 2.0
PIPELINE_LIMIT = 16

_STATUS_LINES = {status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus}


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


class Application(Protocol):
    """What a connection needs from the server behind it."""

    connections: set["Connection"]
    max_body_bytes: int
    client_seconds: float
    """How long a peer may take to send its request, or to read on in its answer."""

    @property
    def draining(self) -> bool:
        """Every answer is the last one of its connection."""

    def handle(self, request: Request) -> None:
        """Answer the request, now or later."""

    def rejected(self, request: Request, status: int, body: bytes) -> None:
        """A request was answered before it was complete."""

    def gone(self, connection: "Connection") -> None:
        """The peer has closed; its request, if one is running, has nobody to answer."""


class Connection(asyncio.Protocol):
    """One accepted connection."""

    def __init__(self, application: Application) -> None:
        self._application = application
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpRequestParser(self)
        self._request = Request(self)
        self._chunks: list[bytes] = []
        self._received = 0
        self._head_bytes = 0
        self._reading_head = True
        self._in_message = False
        self._expects_continue = False
        self._rejected = False
        self._queue: deque[Request] = deque()
        self._active: Request | None = None
        self._paused = False
        self._stalled: float | None = None
        """Since when the peer does not take what is written."""
        self._descriptor = -1
        self._deferred = False
        """Something was left to the event loop to write, and what follows must not overtake it."""
        self._go_on: Callable[[], None] | None = None
        self._head_seconds = min(HEAD_SECONDS, application.client_seconds)
        self.deadline = time.monotonic() + self._head_seconds

    # From the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, with the same methods
        self._descriptor = self._transport.get_extra_info("socket").fileno()
        self._application.connections.add(self)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._queue.clear()
        self._application.connections.discard(self)
        self._application.gone(self)

    def pause_writing(self) -> None:
        # Who does not read answers may not send more requests either: their answers would pile up here.
        self._stalled = time.monotonic()
        self._pause_reading()

    def resume_writing(self) -> None:
        self._stalled = None
        if self._paused and len(self._queue) < PIPELINE_LIMIT and self._transport is not None:
            self._transport.resume_reading()
            self._paused = False
        go_on, self._go_on = self._go_on, None
        if go_on is not None:
            go_on()

    def data_received(self, data: bytes) -> None:
        if self._rejected:
            return
        if self._reading_head:
            if not self._in_message:
                self.deadline = time.monotonic() + self._head_seconds
            self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # An upgrade may be ignored, but what follows it is no HTTP that this parser would read.
            if self._active is not None:
                self._active.keep_alive = False
        except httptools.HttpParserError as error:
            self._reject(400, "MalformedRequest", f"the request is not valid HTTP: {error}")
        if self._reading_head and self._in_message and self._head_bytes > HEAD_LIMIT:
            self._reject(431, "HeadersTooLarge", f"the request's head is over {HEAD_LIMIT} bytes")

    # From the parser

    def on_message_begin(self) -> None:
        self._request = Request(self)
        self._request.started = time.perf_counter()
        self._chunks = []
        self._received = 0
        self._in_message = True

    def on_url(self, url: bytes) -> None:
        self._request.path += url.decode("latin-1")

    def on_header(self, name: bytes, value: bytes | None) -> None:
        key = name.lower()
        text = (value or b"").decode("latin-1")
        if key == b"content-type":
            self._request.content_type = text
        elif key == b"accept":
            self._request.accept = text
        elif key == b"content-encoding":
            self._request.content_encoding = text
        elif key == b"x-amzn-sagemaker-inference-id":
            self._request.inference_id = text[:64]
        elif key == b"content-length":
            if text.isdecimal() and int(text) > self._application.max_body_bytes:
                self._reject_size(int(text))
        elif key == b"expect":
            self._expects_continue = text.lower() == "100-continue"

    def on_headers_complete(self) -> None:
        self._reading_head = False
        self._request.method = self._parser.get_method().decode("latin-1")
        self.deadline = time.monotonic() + self._application.client_seconds
        if self._expects_continue and not self._rejected and self._transport is not None:
            self._deferred = True
            self._transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        self._expects_continue = False

    def on_body(self, body: bytes) -> None:
        if self._rejected:
            return
        self._received += len(body)
        if self._received > self._application.max_body_bytes:
            self._reject_size(self._received)
        else:
            self._chunks.append(body)

    def on_message_complete(self) -> None:
        if self._rejected:
            return
        request = self._request
        request.body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
        request.keep_alive = self._parser.should_keep_alive()
        request.chunked = self._parser.get_http_version() != "1.0"
        self._chunks = []
        self._reading_head, self._in_message, self._head_bytes = True, False, 0
        if self._active is None:
            self._begin(request)
            return
        self._queue.append(request)
        if len(self._queue) >= PIPELINE_LIMIT:
            self._pause_reading()

    def _pause_reading(self) -> None:
        if self._transport is not None and not self._paused:
            self._transport.pause_reading()
            self._paused = True

    # To the application and back

    def _begin(self, request: Request) -> None:
        self._active = request
        self._application.handle(request)

    def write_response(self, request: Request, status: int, body: bytes, content_type: str, headers: bytes) -> None:
        """Write the answer of the active request, and begin the next one that has arrived."""
        if self._transport is None:
            return
        keep_alive = request.keep_alive and not self._application.draining
        connection = b"" if keep_alive else b"connection: close\r\n"
        head = b"%bcontent-type: %b\r\ncontent-length: %d\r\n%b%b\r\n" % (
            _STATUS_LINES[status],
            content_type.encode("latin-1"),
            len(body),
            connection,
            headers,
        )
        self._write(head if request.method == "HEAD" else head + body)
        self._answered(keep_alive)

    def _write(self, data: bytes) -> None:
        """Write an answer at once: the event loop would do so at the end of its turn, which a model that hangs meanwhile would never let it reach."""
        transport = self._transport
        if transport is None:
            return
        if not self._deferred:
            try:
                sent = os.write(self._descriptor, data)
            except OSError:  # the buffer is full, or the peer has gone: the loop deals with it
                sent = 0
            if sent == len(data):
                return
            data = data[sent:]
        self._deferred = True
        transport.write(data)

    def begin_stream(self, request: Request, content_type: str) -> None:
        """Write the head of an answer whose length is not known yet."""
        if self._transport is None:
            return
        request.responded = True
        self._deferred = True
        framing = b"transfer-encoding: chunked\r\n" if request.chunked else b""
        closing = b"" if request.chunked and request.keep_alive else b"connection: close\r\n"
        head = b"content-type: %b\r\nx-accel-buffering: no\r\n%b%b\r\n" % (content_type.encode("latin-1"), framing, closing)
        self._transport.write(_STATUS_LINES[200] + head)

    def write_chunk(self, request: Request, data: bytes, go_on: Callable[[], None]) -> None:
        """Write a part of the answer; `go_on` is called when there is room for the next."""
        if self._transport is None:
            return
        if data:  # an empty chunk would end the answer
            self._transport.write(b"%x\r\n%b\r\n" % (len(data), data) if request.chunked else data)
        if self._stalled is None:
            asyncio.get_running_loop().call_soon(go_on)
        else:
            self._go_on = go_on

    def end_stream(self, request: Request) -> None:
        if self._transport is None:
            return
        if request.chunked:
            self._transport.write(b"0\r\n\r\n")
        self._answered(request.chunked and request.keep_alive and not self._application.draining)

    def abort(self) -> None:
        """Cut the connection off: what was sent of an answer is seen to be incomplete."""
        if self._transport is not None:
            self._transport.abort()

    def _answered(self, keep_alive: bool) -> None:
        """The active request has its answer: begin the next one that has arrived."""
        if self._transport is None:
            return
        self._active = None
        if not keep_alive:
            self._queue.clear()
            self._transport.close()
            return
        if not self._in_message:
            self.deadline = time.monotonic() + IDLE_SECONDS
        if self._queue:
            following = self._queue.popleft()
            if self._paused and self._stalled is None:
                self._transport.resume_reading()
                self._paused = False
            # Not called from here: a long pipeline of quick answers would recurse.
            self._active = following
            asyncio.get_running_loop().call_soon(self._application.handle, following)

    def _reject_size(self, size: int) -> None:
        limit = self._application.max_body_bytes
        self._reject(413, "PayloadTooLarge", f"the body has {size} bytes or more, the limit is {limit} (SLIPWAY_MAX_BODY_BYTES)")

    def _reject(self, status: int, kind: str, message: str) -> None:
        """Answer before the request is complete, then read and drop what the peer still sends: closing at once could lose the answer."""
        if self._rejected or self._transport is None:
            return
        self._rejected = True
        self._chunks = []
        self._request.method = (self._parser.get_method() or b"").decode("latin-1")
        if self._active is not None or self._queue:  # answers before this one are still due; an early one would be taken for theirs
            self._transport.close()
            return
        body = error_body(kind, message)
        self._transport.write(response(status, body, b""))
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self.deadline = time.monotonic() + LINGER_SECONDS
        self._application.rejected(self._request, status, body)

    @property
    def descriptor(self) -> int:
        """Of the socket; -1 when the peer has gone."""
        return -1 if self._transport is None else self._descriptor

    # From the server's clock

    @property
    def idle(self) -> bool:
        """No request is running, arriving or waiting."""
        return self._active is None and not self._queue and not self._in_message

    def sweep(self, now: float) -> None:
        """Close a connection that is slow to send or to read, or has been idle for long. A running request has its own time limit."""
        if self._stalled is not None and now > self._stalled + self._application.client_seconds:
            self.abort()
            return
        if self._active is None and now > self.deadline:
            if self._in_message and not self._rejected:
                self._reject(408, "RequestTimeout", "the request did not arrive in time")
            elif self.flushed:
                self.close()
            elif self._transport is not None:  # a peer that does not read its answer
                self._transport.abort()

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    @property
    def flushed(self) -> bool:
        return self._transport is None or self._transport.get_write_buffer_size() == 0


def response(status: int, body: bytes, headers: bytes) -> bytes:
    """A whole JSON answer, the last of its connection."""
    head = b"content-type: application/json\r\ncontent-length: %d\r\nconnection: close\r\n%b\r\n" % (len(body), headers)
    return _STATUS_LINES[status] + head + body


def error_body(kind: str, message: str, **fields: object) -> bytes:
    """`{"error": {"type", "message", ...}}`, the form of every error the server answers."""
    return orjson.dumps({"error": {"type": kind, "message": message, **fields}})
