"""The half of a connection that writes: answers in the order of their requests, whole or in parts, at the speed their peer reads."""

import asyncio
import os
import time
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from slipway_kit.serving.ledger import Ledger
from slipway_kit.serving.record import AT_ONCE, SMALL_ROOM, Record
from slipway_kit.serving.request import STATUS_LINES, Request

if TYPE_CHECKING:
    from slipway_kit.serving.connection import Connection

IDLE_SECONDS = 300.0
PIPELINE_LIMIT = 16


class Application(Protocol):
    """What a connection needs from the server behind it."""

    connections: set["Connection"]
    ledger: Ledger
    draining: bool
    """Every answer is the last one of its connection."""
    max_body_bytes: int
    client_seconds: float
    """How long a peer may take to send its request, or to read on in its answer."""

    def handle(self, request: Request) -> None:
        """Answer the request, now or later."""

    def rejected(self, request: Request, status: int, body: bytes) -> None:
        """A request was answered before it was complete."""

    def gone(self, connection: "Connection") -> None:
        """The peer has closed; its request, if one is running, has nobody to answer."""


class Writer(asyncio.BufferedProtocol):
    """What `Connection` knows of its socket, its requests and their answers."""

    def __init__(self, application: Application, record: Record) -> None:
        self._application = application
        self.record = record
        self._transport: asyncio.Transport | None = None
        self._queue: deque[Request] = deque()
        self._active: Request | None = None
        self._paused = False
        self._stalled: float | None = None
        """Since when the peer does not take what is written."""
        self._descriptor = -1
        self._ended = False
        """The peer sends nothing more, and may wait for answers."""
        self._deferred = False
        """Something was left to the event loop to write, and what follows must not overtake it."""
        self._go_on: Callable[[], None] | None = None
        self._refusal: tuple[int, bytes] | None = None
        """Status and body of the last answer, to a request that was not read to its end, after those to the requests before it."""
        self.deadline = 0.0

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

    def _pause_reading(self) -> None:
        if self._transport is not None and not self._paused:
            self._transport.pause_reading()
            self._paused = True

    def write_response(self, request: Request, status: int, body: bytes, content_type: str, headers: bytes) -> None:
        """Write the answer of the active request, and begin the next one that has arrived."""
        if self._transport is None:
            return
        keep_alive = request.keep_alive and not self._application.draining and not (self._ended and not self._queue)
        connection = b"" if keep_alive else b"connection: close\r\n"
        head = b"%bcontent-type: %b\r\ncontent-length: %d\r\n%b%b\r\n" % (
            STATUS_LINES[status],
            content_type.encode("latin-1"),
            len(body),
            connection,
            headers,
        )
        answer = head if request.method == "HEAD" else head + body
        record = self.record
        if keep_alive and record.begun and not self._deferred and len(answer) <= AT_ONCE:  # as in answer(): most need no more
            record.begun = False
            record.sent += len(answer)
        else:
            record.answer(len(answer), keep_alive, not self._deferred)
        self._write(answer)
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
        head = STATUS_LINES[200] + head
        self.record.stream(len(head))
        self._transport.write(head)

    def write_chunk(self, request: Request, data: bytes, go_on: Callable[[], None]) -> None:
        """Write a part of the answer; `go_on` is called when there is room for the next."""
        if self._transport is None:
            return
        if data:  # an empty chunk would end the answer
            part = b"%x\r\n%b\r\n" % (len(data), data) if request.chunked else data
            self.record.part(len(part))
            self._transport.write(part)
        if self._stalled is None:
            asyncio.get_running_loop().call_soon(go_on)
        else:
            self._go_on = go_on

    def end_stream(self, request: Request) -> None:
        if self._transport is None:
            return
        keep_alive = request.chunked and request.keep_alive and not self._application.draining and not (self._ended and not self._queue)
        end = b"0\r\n\r\n" if request.chunked else b""
        self.record.answer(len(end), keep_alive)
        self._transport.write(end)
        self._answered(keep_alive)

    def abort(self) -> None:
        """Cut the connection off: what was sent of an answer is seen to be incomplete."""
        if self._transport is not None:
            self.record.close()
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
        record = self.record
        if not record.arriving:
            self.deadline = time.monotonic() + IDLE_SECONDS
            if record.filled > SMALL_ROOM and record.large:
                self._application.ledger.tidy(record)
        if self._queue:
            following = self._queue.popleft()
            if self._paused and self._stalled is None:
                self._transport.resume_reading()
                self._paused = False
            # Not called from here: a long pipeline of quick answers would recurse.
            self._active = following
            asyncio.get_running_loop().call_soon(self._application.handle, following)
        elif self._refusal is not None:
            self._refuse()

    def _refuse(self) -> None:
        """Write the refusal, and close once the peer has had time to read it."""
        raise NotImplementedError

    @property
    def active(self) -> Request | None:
        """The request that is answered next."""
        return self._active

    def not_begun(self) -> bytes | None:
        """The requests that have been read, when nothing of another has."""
        if self.record.arriving or self._active is None:
            return None
        return b"".join(request.to_bytes() for request in (self._active, *self._queue))

    @property
    def descriptor(self) -> int:
        """Of the socket; -1 when the peer has gone."""
        return -1 if self._transport is None else self._descriptor

    def close(self) -> None:
        if self._transport is not None:
            self.record.close()
            self._transport.close()

    @property
    def flushed(self) -> bool:
        return self._transport is None or self._transport.get_write_buffer_size() == 0
