"""The records of a worker's connections (`record.py`), in memory that it shares with the supervisor."""

import ctypes
import mmap
import os
import socket
import struct
import sys

from slipway_kit.serving.record import FIELDS, READ_BYTES, SMALL_ROOM, Record, nowhere
from slipway_kit.serving.tcp_state import TcpState, tcp_state, unknown

RECORDS = 1024
"""Connections of a worker that are noted; of more nothing is kept."""
LARGEST_ROOM = 32 * 1024 * 1024
HEAD_ROOM = 128 * 1024
_NUMBERS = ctypes.c_uint64 * (FIELDS.size // 8)  # a third of the time of a memoryview
NOTICE = struct.Struct("=iQ?")
"""To the supervisor: index of the record or -1, serial, and whether the connection came from there."""


class Ledger:
    """The records of one worker. Where the system cannot keep any, every record is one of which nothing is kept."""

    def __init__(self, largest_body: int) -> None:
        self._scratch = memoryview(bytearray(READ_BYTES))
        self._free: list[Record] = []
        self._serial = 0
        self._notices: socket.socket | None = None
        self.shared: tuple[socket.socket, int] | None = None
        """For the supervisor: where notices arrive, and the memory of the records."""
        self.obstacle = unknown()
        """Why nothing can be kept."""
        if self.obstacle is None:
            self._make(largest_body)

    def _make(self, largest_body: int) -> None:
        if sys.platform != "linux":
            return
        wanted = min(largest_body + HEAD_ROOM, LARGEST_ROOM)
        for room in (_whole_pages(wanted), SMALL_ROOM):
            memory = -1
            try:
                memory = os.memfd_create("connections", os.MFD_CLOEXEC)
                os.ftruncate(memory, RECORDS * (FIELDS.size + room))
                self._map = mmap.mmap(memory, RECORDS * (FIELDS.size + room))
                self._notices, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            except (OSError, ValueError) as error:  # such as a limit on the size of the process
                self.obstacle = str(error)
                if memory >= 0:
                    os.close(memory)
                continue
            self.obstacle = None
            self.shared = (theirs, memory)
            self._room = room
            self._whole = memoryview(self._map)
            self._unused = iter(range(RECORDS))
            return

    def enter(self, connection: socket.socket, received: bytes | None = None, tries: int = 0) -> Record:
        """A record for a connection that was accepted here, or that the supervisor has given, with what was received on it.

        The supervisor has its copy of the connection before anything is read from it.
        """
        record = self._record(connection, received, tries)
        if self._notices is not None and (record.kept or received is not None):
            notice = NOTICE.pack(record.index, self._serial, received is not None)
            try:
                socket.send_fds(self._notices, [notice], [] if received is not None or not record.kept else [connection.fileno()])
            except OSError:  # it takes no more: nothing is kept of this one
                self.leave(record)
                return self._blank()
        return record

    def leave(self, record: Record) -> None:
        if record.kept:
            if record.filled > SMALL_ROOM:
                self._trim(record)
            self._free.append(record.release())

    def tidy(self, record: Record) -> None:
        """What a large request took, which is answered, goes back to the system."""
        record.forget()
        self._trim(record)

    def _trim(self, record: Record) -> None:
        if sys.platform == "linux":
            start = RECORDS * FIELDS.size + record.index * self._room + SMALL_ROOM
            self._map.madvise(mmap.MADV_REMOVE, start, self._room - SMALL_ROOM)

    def close(self) -> None:
        """Nothing more is told to the supervisor."""
        if self._notices is not None:
            self._notices.close()

    def _record(self, connection: socket.socket, received: bytes | None, tries: int) -> Record:
        record = self._next()
        if record is None or len(received or b"") > self._room:
            if record is not None:
                self._free.append(record)
            return self._blank()
        try:
            state = TcpState(open=True, read=0, written=0) if received is None else tcp_state(connection)
        except OSError:
            self._free.append(record)
            return self._blank()
        self._serial += 1
        record.open(self._serial, state, received or b"", tries)
        return record

    def _next(self) -> Record | None:
        if self._free:
            return self._free.pop()
        if self._notices is None:
            return None
        index = next(self._unused, -1)
        if index < 0:
            return None
        start = RECORDS * FIELDS.size + index * self._room
        fields = _NUMBERS.from_buffer(self._map, index * FIELDS.size)
        return Record(index, fields, self._whole[start : start + self._room], self._scratch)

    def _blank(self) -> Record:
        return Record(-1, nowhere(), self._scratch, self._scratch)


def _whole_pages(size: int) -> int:
    return -(-size // mmap.PAGESIZE) * mmap.PAGESIZE


def room_of(memory: int) -> int:
    """Bytes of each record's room."""
    return os.fstat(memory).st_size // RECORDS - FIELDS.size


def received_in(memory: int, index: int, count: int) -> bytes:
    """The first bytes of a record's room."""
    return os.pread(memory, count, RECORDS * FIELDS.size + index * room_of(memory))
