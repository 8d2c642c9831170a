"""What the kernel knows of a TCP connection: how much its processes have read from it and written to it, whichever of them still live."""

import array
import fcntl
import socket
import struct
import sys
import termios
from dataclasses import dataclass

ESTABLISHED = 1
CLOSE_WAIT = 8
"""The peer has ended its half, and may still wait for answers."""
_COUNTERS = struct.Struct("=QQ")
_COUNTERS_AT = 120
_SIZE = _COUNTERS_AT + _COUNTERS.size
"""Of `struct tcp_info` as far as it is read: bytes acknowledged and received (Linux 4.1)."""
_TRIES = 1000


@dataclass(frozen=True)
class TcpState:
    """Of one moment, in bytes since the connection was made."""

    open: bool
    """Neither side has ended it, or the peer only its own half."""
    read: int
    """Taken out of the receive buffer."""
    written: int
    """Put into the send buffer."""


def tcp_state(connection: socket.socket) -> TcpState:
    """Raises OSError where the kernel does not say, or for a connection that is never still."""
    if sys.platform != "linux":
        raise OSError("only Linux says how much of a connection was read")
    before = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE)
    for _ in range(_TRIES):
        waiting, unacknowledged = _queued(connection, termios.FIONREAD), _queued(connection, termios.TIOCOUTQ)
        after = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SIZE)
        if len(after) < _SIZE:
            raise OSError("the kernel does not count the bytes of a connection")
        acknowledged, received = _COUNTERS.unpack_from(after, _COUNTERS_AT)
        if after[0] == before[0] and _COUNTERS.unpack_from(before, _COUNTERS_AT) == (acknowledged, received):
            ended = after[0] == CLOSE_WAIT  # the end counts as one byte
            return TcpState(after[0] in (ESTABLISHED, CLOSE_WAIT), received - waiting - ended, acknowledged + unacknowledged)
        before = after
    raise OSError("the connection is never still")


def _queued(connection: socket.socket, which: int) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(connection, which, count)
    return count[0]


def unknown() -> str | None:
    """Why this system does not tell the state of its connections; None when it does. Tried on one."""
    try:
        with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname(), 1.0) as peer:
            accepted, _ = listener.accept()
            with accepted:
                peer.sendall(b"12345")
                accepted.recv(3, socket.MSG_WAITALL)
                accepted.sendall(b"1234567")
                found = tcp_state(accepted)
    except OSError as error:
        return str(error)
    return None if found == TcpState(open=True, read=3, written=7) else f"it gives {found} after 3 bytes were read and 7 written"
