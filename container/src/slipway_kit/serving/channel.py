"""Messages between the supervisor and a worker: one JSON object a line over a socket pair.

worker -> supervisor    {"kind": "loaded"}            the model is loaded; may I accept connections?
                        {"kind": "failed", "reason"}  it cannot be loaded
                        {"kind": "beat", "numbers"}   the event loop turns; what has been answered so far
                        {"kind": "leaving", "reason"} this worker is ending itself
                        {"kind": "stalled", "reason"} this worker is ending itself, and what its model has begun has taken too long
                        {"kind": "retiring", "reason"} it goes on, and wants to be replaced
                        {"kind": "connection"}        it leaves this connection, which waits for nothing, to another worker; its socket comes along
                        {"kind": "request"}           the same, with a request that was not begun; its socket and a file with the request come along
                        {"kind": "born", "pid"}       forked from the template
                        {"kind": "custody"}           where its notices come and the memory of its ledger come along
template -> supervisor  {"kind": "template"}          the model is loaded; workers can be forked from here
                        {"kind": "unshared", "reason"} they cannot: this process is a worker itself ("loaded" follows)
supervisor -> worker    {"kind": "accept"}            take connections
                        {"kind": "connection"}        take this one; its socket comes along
                        {"kind": "request", "tries"}  take this one, on which a request has been read already; its socket and a file come along.
                                                      So many workers have ended while they decoded it
                        {"kind": "left"}              nothing will come after this: it was heard that this worker is leaving
                        {"kind": "drain"}             take no more, finish, exit
                        {"kind": "retire"}            the same, while the server goes on
supervisor -> template  {"kind": "fork"}              make a worker; its end of its channel and the listening socket come along
End of file means that the other side is gone.
"""

import os
import socket
import sys
from collections import deque
from typing import TypedDict

import orjson

CONNECTION = b'{"kind":"connection"}\n'
REQUEST = b'{"kind":"request","tries":%d}\n'
CUSTODY = b'{"kind":"custody"}\n'
FORK = b'{"kind":"fork"}\n'


class _Kind(TypedDict):
    kind: str


class Message(_Kind, total=False):
    """One line of the channel."""

    reason: str
    numbers: list[float]
    pid: int
    tries: int


class Channel:
    """One end of the socket pair."""

    def __init__(self, end: socket.socket) -> None:
        self.socket = end
        self._partial = b""
        self._descriptors: deque[int] = deque()

    def send(self, kind: str, reason: str | None = None, numbers: list[float] | None = None, pid: int | None = None) -> None:
        """Send one message. The other side being gone is not an error here: it is seen as the end of file."""
        message = Message(kind=kind) if reason is None else Message(kind=kind, reason=reason.encode(errors="backslashreplace").decode())
        if numbers is not None:
            message["numbers"] = numbers
        if pid is not None:
            message["pid"] = pid
        try:
            self.socket.sendall(orjson.dumps(message) + b"\n")
        except OSError:
            return

    def send_connection(self, connection: int, request: int | None = None, tries: int = 0) -> bool:
        """Give a connection to the other side, and a file with a request that was read from it. Both descriptors stay open here too.

        False when it cannot be sent now.
        """
        if request is None:
            return self._send_with(CONNECTION, [connection])
        return self._send_with(REQUEST % tries, [connection, request])

    def send_request(self, connection: int, received: bytes) -> bool:
        """Give a connection to the other side with what was received on it. False when that cannot be, now or on this system."""
        if sys.platform != "linux":
            return False
        try:
            request = file_with(received)
        except OSError:
            return False
        sent = self.send_connection(connection, request)
        os.close(request)
        return sent

    def send_custody(self, notices: int, memory: int) -> bool:
        """Tell the supervisor where it learns what this worker does with its connections."""
        return self._send_with(CUSTODY, [notices, memory])

    def pass_back(self, *, with_request: bool) -> None:
        """Return what has come with a `connection` or `request` message."""
        with self.take_socket() as connection:
            request = self.take_descriptor() if with_request else None
            self.send_connection(connection.fileno(), request)
            if request is not None:
                os.close(request)

    def send_fork(self, end: socket.socket, listener: socket.socket) -> bool:
        """Order a worker with this end of a channel. False when it cannot be sent now."""
        return self._send_with(FORK, [end.fileno(), listener.fileno()])

    def _send_with(self, line: bytes, descriptors: list[int]) -> bool:
        try:
            return socket.send_fds(self.socket, [line], descriptors) == len(line)
        except OSError:
            return False

    def take_descriptor(self) -> int:
        """The next descriptor that came with a message."""
        descriptor = self._descriptors.popleft()
        os.set_inheritable(descriptor, False)
        return descriptor

    def take_socket(self) -> socket.socket:
        return socket.socket(fileno=self.take_descriptor())

    def take_request(self) -> bytes:
        """What was received on the connection that came with the same message."""
        with os.fdopen(self.take_descriptor(), "rb") as file:
            file.seek(0)
            return file.read()

    def receive(self) -> list[Message] | None:
        """The messages that have arrived; blocks when there is nothing to read. None at the end of file."""
        try:
            data, descriptors, _, _ = socket.recv_fds(self.socket, 65536, 4)
        except BlockingIOError:
            return []
        except OSError:
            return None
        self._descriptors.extend(descriptors)
        if not data:
            return None
        *lines, self._partial = (self._partial + data).split(b"\n")
        return [orjson.loads(line) for line in lines]

    def close(self) -> None:
        self.socket.close()
        while self._descriptors:
            os.close(self._descriptors.popleft())


def file_with(received: bytes) -> int:
    """A file in memory. Raises OSError where there is none."""
    if sys.platform != "linux":
        raise OSError("only Linux has files in memory")
    file = os.memfd_create("request")
    try:
        rest = memoryview(received)
        while rest:
            rest = rest[os.write(file, rest) :]
    except OSError:
        os.close(file)
        raise
    return file
