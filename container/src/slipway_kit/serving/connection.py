"""HTTP/1.1 over one connection: keep-alive, pipelining in order, chunked bodies, `Expect: 100-continue`, and the limits.

The body is counted while it arrives, so that no request can take more memory than the limit whatever its headers say.
"""

import asyncio
import contextlib
import socket
import time
from typing import cast

import httptools

from slipway_kit.serving.record import ONE, Record
from slipway_kit.serving.request import Request, error_body, response
from slipway_kit.serving.writing import PIPELINE_LIMIT, Application, Writer

HEAD_LIMIT = 32 * 1024
HEADER_LIMIT = 100
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
RARE = frozenset((b"expect", b"upgrade", b"transfer-encoding"))
KNOWN = RARE | {b"content-type", b"accept", b"content-encoding", b"x-amzn-sagemaker-inference-id", b"content-length"}
HEAD_SECONDS = 10.0
"""Time for a request's head to arrive, and for the peer of a rejected request to stop sending."""
LINGER_SECONDS = 2.0
ARRIVED_LIMIT = 64 * 1024
"""Of a request that is arriving, kept as it came: so much can go to another worker before it is complete."""
CHUNKS_KEPT = 1024
"""Parts of a body that are kept apart; a body in parts of a byte or two would otherwise take many times its size."""


class Connection(Writer):
    """One accepted connection."""

    def __init__(self, application: Application, peer: socket.socket, record: Record, received: bytes = b"") -> None:
        super().__init__(application, record)
        self._peer = peer
        self.get_buffer = record.buffer  # type: ignore[assignment] # one call less for each request
        self._already_received = received
        """By another worker, which left it to this one."""
        self._parser = httptools.HttpRequestParser(self)
        self._request = Request(self)
        self._arrived: bytes | None = b""
        """As far as it is no more than the limit; where the ledger keeps nothing."""
        self._chunks: list[bytes | bytearray] = []
        self._received = 0
        self._head_bytes = 0
        """Of a head, or of what stands around a body: lines of chunks and trailers."""
        self._headers = 0
        self._framing = b""
        self._asks_upgrade = False
        self._reading_head = True
        self._expects_continue = False
        self._rejected = False
        self._head_seconds = min(HEAD_SECONDS, application.client_seconds)
        self.deadline = time.monotonic() + self._head_seconds

    # From the transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class, with the same methods
        self._descriptor = self._transport.get_extra_info("socket").fileno()
        self._application.connections.add(self)
        if self._already_received:
            received, self._already_received = self._already_received, b""
            self.buffer_updated(0, received)

    def connection_lost(self, _error: Exception | None) -> None:
        self._transport = None
        self._queue.clear()
        self._application.connections.discard(self)
        self._application.gone(self)
        # The supervisor has the connection open too: it ends here all the same.
        self._application.ledger.leave(self.record)
        with contextlib.suppress(OSError):
            self._peer.shutdown(socket.SHUT_RDWR)

    def eof_received(self) -> bool:
        """The peer has ended its half: whether it may still wait for answers."""
        self._ended = True
        return self._active is not None

    def get_buffer(self, sizehint: int) -> memoryview:
        return self.record.buffer(sizehint)

    def buffer_updated(self, count: int, received: bytes | None = None) -> None:
        """So much has come into the buffer, or what another worker has `received`."""
        record = self.record
        data = record.read(count) if received is None else received
        if self._rejected:
            return
        goes_on = record.arriving
        if record.index < 0 and not goes_on:
            self._arrived = b"" if self._active is None else None
        self._head_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:
            self._stay(bytes(data[upgrade.args[0] :]))
        except httptools.HttpParserError as error:
            self._reject(400, "MalformedRequest", f"the request is not valid HTTP: {error}")
        if record.arriving:
            self._still_arriving(data, goes_on)

    def _still_arriving(self, data: memoryview | bytes, goes_on: bool) -> None:
        if self._reading_head and not goes_on:
            self.deadline = time.monotonic() + self._head_seconds
        if self._head_bytes > HEAD_LIMIT:
            self._reject(431, "HeadersTooLarge", f"the request's head, or what stands around its body, is over {HEAD_LIMIT} bytes")
        if not self.record.kept and self._arrived is not None:
            self._arrived = self._arrived + data if len(self._arrived) + len(data) <= ARRIVED_LIMIT else None

    def _stay(self, rest: bytes) -> None:
        """An upgrade may be ignored, but the parser skips the body of its request: one that was not asked reads on."""
        if self._rejected:
            return
        if not self._asks_upgrade:  # CONNECT
            if self._active is None:
                self.close()
            else:
                self._active.keep_alive = False
            return
        self._parser = httptools.HttpRequestParser(self)
        self._reading_head = True
        self.buffer_updated(0, self._request.head(self._framing) + rest)

    # From the parser

    def on_message_begin(self) -> None:
        self._request = request = Request(self)
        request.started = time.perf_counter()
        self._received = 0
        self._headers = 0
        self._framing = b""
        self._asks_upgrade = False
        self.record.arriving = True

    def on_url(self, url: bytes) -> None:
        self._request.path += url.decode("latin-1")
        if len(self._request.path) > HEAD_LIMIT:  # however much of it came at once
            self._reject(431, "HeadersTooLarge", f"the request's URL is over {HEAD_LIMIT} bytes")

    def on_header(self, name: bytes, value: bytes | None) -> None:
        self._headers += 1
        if self._headers > HEADER_LIMIT:
            self._reject(431, "HeadersTooLarge", f"the request has over {HEADER_LIMIT} headers")
            return
        if not self._reading_head:  # a trailer changes nothing
            return
        key = name.lower()
        if key not in KNOWN:
            return
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
            self._framing = b"content-length: %b\r\n" % (value or b"")
            if text.isdecimal() and int(text) > self._application.max_body_bytes:
                self._reject_size(int(text))
        else:
            self._on_rare_header(key, text)

    def _on_rare_header(self, key: bytes, text: str) -> None:
        if key == b"expect":
            self._expects_continue = text.lower() == "100-continue"
        elif key == b"upgrade":
            self._asks_upgrade = True
        else:
            self._framing = b"transfer-encoding: chunked\r\n"
            if text.strip().lower() != "chunked":
                self._reject(501, "NotImplemented", f"the transfer encoding {text!r} is not supported; send chunked, or a Content-Length")

    def on_headers_complete(self) -> None:
        self._reading_head = False
        self._request.method = self._parser.get_method().decode("latin-1")
        version = self._parser.get_http_version()
        self._request.chunked = version == "1.1"
        if version not in ("1.1", "1.0"):  # such as 0.9, which a line without a version would be
            self._reject(400, "MalformedRequest", f"the request is HTTP {version}; send HTTP/1.1")
        self.deadline = time.monotonic() + self._application.client_seconds
        if self._expects_continue and not self._rejected and self._transport is not None:
            self._deferred = True
            self.record.aside(len(CONTINUE))
            self._transport.write(CONTINUE)
        self._expects_continue = False

    def on_body(self, body: bytes) -> None:
        if self._rejected:
            return
        self._head_bytes = 0
        self._received += len(body)
        if self._received > self._application.max_body_bytes:
            self._reject_size(self._received)
        else:
            self._chunks.append(body)
            if len(self._chunks) == CHUNKS_KEPT:
                first, *rest = self._chunks
                together = first if isinstance(first, bytearray) else bytearray(first)
                together += b"".join(rest)
                self._chunks = [together]

    def on_message_complete(self) -> None:
        if self._rejected:
            return
        if self._asks_upgrade and self._parser.should_upgrade():  # what it has is no body yet
            return
        request = self._request
        record = self.record
        record.complete += ONE
        record.arriving = False
        self._arrived = None
        only = self._chunks[0] if len(self._chunks) == 1 else None
        request.body = only if isinstance(only, bytes) else b"".join(self._chunks)
        request.keep_alive = self._parser.should_keep_alive()
        self._chunks = []
        self._reading_head, self._head_bytes = True, 0
        if self._active is None:
            self._active = request
            self._application.handle(request)
            return
        self._queue.append(request)
        if len(self._queue) >= PIPELINE_LIMIT:
            self._pause_reading()

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
        self._refusal = (status, error_body(kind, message))
        if self._active is None:  # else the answers before this one are still due; an early one would be taken for theirs
            self._refuse()

    def _refuse(self) -> None:
        if self._refusal is None or self._transport is None:
            return
        (status, body), self._refusal = self._refusal, None
        answer = response(status, body, b"")
        self.record.answer(len(answer), keep=False)
        self._transport.write(answer)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        self.deadline = time.monotonic() + LINGER_SECONDS
        self._application.rejected(self._request, status, body)

    # From the server's clock

    @property
    def arriving(self) -> Request | None:
        """The request whose beginning has been read, unless it was refused."""
        return self._request if self.record.arriving and not self._rejected else None

    @property
    def arrived(self) -> bytes | None:
        """What has been read of it, unless it is over a limit or behind others."""
        return self._arrived

    def stop_reading(self) -> None:
        self._pause_reading()

    @property
    def idle(self) -> bool:
        """No request is running, arriving or waiting."""
        return self._active is None and not self._queue and not self.record.arriving

    def sweep(self, now: float) -> None:
        """Close a connection that is slow to send or to read, or has been idle for long. A running request has its own time limit."""
        if self._stalled is not None and now > self._stalled + self._application.client_seconds:
            self.abort()
            return
        if self._active is None and now > self.deadline:
            if self.record.arriving and not self._rejected:
                self._reject(408, "RequestTimeout", "the request did not arrive in time")
            elif self.flushed:
                self.close()
            elif self._transport is not None:  # a peer that does not read its answer
                self._transport.abort()
