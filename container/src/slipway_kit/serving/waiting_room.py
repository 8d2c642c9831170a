"""Answers connections while no worker can: during start-up, after a failure, while a dead worker is replaced or the last one is stuck.

It lives in the supervisor, which runs no user code, so /ping is answered in time however long the model's imports hold their process.
Every answer closes its connection, so that the next request meets a worker as soon as there is one. While a worker has its model loaded and
only does not turn to its connections, /ping is answered here, and every other request is handed over to it unread.
"""

import selectors
import socket
import time
from collections.abc import Callable

import orjson

from slipway_kit.serving.status import Status

HEAD_LIMIT = 16 * 1024
READ_SECONDS = 5.0
VISITORS_LIMIT = 256
"""The one that has been here longest makes room: who only connects may not take the descriptors that new workers need."""
LINGER_SECONDS = 1.0
PING = b"GET /ping"
REASONS = {200: "OK", 404: "Not Found", 431: "Request Header Fields Too Large", 500: "Internal Server Error", 503: "Service Unavailable"}


class Visitor:
    """One connection: its request head as far as it has arrived, and how long it may stay."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.head = b""
        self.answered = False
        self.refused = False
        self.deadline = time.monotonic() + READ_SECONDS


class WaitingRoom:
    """Owns the listening socket's connections while it is open.

    `status` gives the current status and, after a failure, its reason; `hand_over` is given
    connections for a worker, `waits` says whether there is one or will soon be one again.
    """

    def __init__(
        self,
        listener: socket.socket,
        selector: selectors.BaseSelector,
        status: Callable[[], tuple[Status, str | None]],
        hand_over: Callable[[socket.socket], None],
        waits: Callable[[], bool],
    ) -> None:
        self._listener = listener
        self._selector = selector
        self._status = status
        self._hand_over = hand_over
        self._waits = waits
        self._visitors: dict[Visitor, None] = {}  # in the order of their coming
        self._open = False

    def open(self) -> None:
        if not self._open:
            self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
            self._open = True

    def close(self) -> None:
        """Accept nothing more; visitors already inside are still answered."""
        if self._open:
            self._selector.unregister(self._listener)
            self._open = False

    def sweep(self) -> None:
        """Show out whoever has been here too long."""
        now = time.monotonic()
        for visitor in [visitor for visitor in self._visitors if visitor.deadline < now]:
            self._dismiss(visitor)

    def abandon(self) -> None:
        """In a forked worker: drop the copies of the connections, which would otherwise stay open until it ends."""
        for visitor in self._visitors:
            visitor.connection.close()

    def _accept(self) -> None:
        try:
            connection, _ = self._listener.accept()
        except OSError:  # the peer has gone, or another process was faster
            return
        self._admit(connection)

    def _admit(self, connection: socket.socket) -> Visitor:
        connection.setblocking(False)
        if len(self._visitors) >= VISITORS_LIMIT:
            self._dismiss(next(iter(self._visitors)))
        visitor = Visitor(connection)
        self._visitors[visitor] = None
        self._selector.register(connection, selectors.EVENT_READ, lambda: self._read(visitor))
        return visitor

    def _read(self, visitor: Visitor) -> None:
        if visitor not in self._visitors:  # it had to make room in the same turn
            return
        if not visitor.head and not visitor.refused and self._waits() and self._passed_on(visitor):
            return
        try:
            data = visitor.connection.recv(65536)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._dismiss(visitor)
        elif not visitor.answered:
            visitor.head += data
            if b"\r\n\r\n" in visitor.head or len(visitor.head) > HEAD_LIMIT:
                self._answer(visitor)

    def _passed_on(self, visitor: Visitor) -> bool:
        """Give a connection whose first request is not a /ping to a worker, with nothing read from it."""
        try:
            beginning = visitor.connection.recv(len(PING), socket.MSG_PEEK)
        except OSError:
            return False
        if beginning in (b"", PING):
            return False
        del self._visitors[visitor]
        self._selector.unregister(visitor.connection)
        self._hand_over(visitor.connection)
        return True

    def refuse(self, connection: socket.socket) -> None:
        """Answer here one that has waited for a worker in vain."""
        visitor = self._admit(connection)
        visitor.refused = True
        self._read(visitor)

    def _answer(self, visitor: Visitor) -> None:
        code, body = self._respond(visitor.head)
        retry = "retry-after: 1\r\n" if code == 503 else ""
        head = f"HTTP/1.1 {code} {REASONS[code]}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n{retry}connection: close\r\n\r\n"
        visitor.answered = True
        # Closing at once would reset a connection whose body is still arriving, and lose the answer with it.
        visitor.deadline = time.monotonic() + LINGER_SECONDS
        try:
            visitor.connection.send(head.encode() + body)
            visitor.connection.shutdown(socket.SHUT_WR)
        except OSError:
            self._dismiss(visitor)

    def _respond(self, head: bytes) -> tuple[int, bytes]:
        status, reason = self._status()
        target = head.split(b"\r\n", 1)[0].split(b" ")
        path = target[1].split(b"?")[0] if len(target) == 3 else b""
        if b"\r\n\r\n" not in head:
            return 431, _error("HeadersTooLarge", f"the request's head is over {HEAD_LIMIT} bytes")
        if path == b"/ping":
            return status.http, status.body(reason)
        if path != b"/invocations":
            return 404, _error("NotFound", "the paths are /ping and /invocations")
        if status is Status.FAILED:
            return 500, _error("ModelFailed", reason or "the model cannot be loaded")
        return 503, _error("NotReady", f"the model is not ready: {status.value}")

    def _dismiss(self, visitor: Visitor) -> None:
        del self._visitors[visitor]
        self._selector.unregister(visitor.connection)
        visitor.connection.close()


def _error(kind: str, message: str) -> bytes:
    return orjson.dumps({"error": {"type": kind, "message": message}})
