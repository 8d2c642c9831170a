"""What a worker notes of its connections where it outlives the worker: in memory that the supervisor reads when the worker has died.

Each connection has a record: a few numbers, and the room into which its bytes are read right from the socket. Whoever reads the record compares
it with what the kernel counts on the connection, so every store here may be the last one: their order is what makes the record true at any time.
"""

import os
import struct
from dataclasses import dataclass
from typing import Protocol

from slipway_kit.serving.tcp_state import TcpState

READ_BYTES = 256 * 1024
"""Most that is read at once."""
SMALL_ROOM = 64 * 1024
"""Room for a connection where memory may not be reserved, and what it keeps of its room while it waits for nothing."""

SERIAL, ORIGIN, PROGRESS, ODD, EVEN, DUE, TRIES = range(7)
"""SERIAL     of the connection; 0 when the worker has parted with it
ORIGIN     bytes read from the connection before the first one in the room, times 2**32, plus bytes written until then, both modulo 2**32
PROGRESS   the same of what was read, times 2**32 (else it is of an earlier ORIGIN, and nothing in the room is begun), plus TAKEN, times 256, plus
           KEEP, plus the state. TAKEN counts the requests in the room that the model has begun or that have an answer
ODD, EVEN  bytes written before the last of them was begun, by whether TAKEN is odd or even; of the first one ORIGIN has it
DUE        bytes written with an answer that is so large, or so late, that it may be written in parts
TRIES      workers that have ended while they decoded the request at the front of the room
A request is answered by one write, or not at all, unless the state says otherwise: so nothing is noted of most answers."""
FIELDS = struct.Struct("=8Q")
KEEP = 0x80
"""The connection goes on after the request."""
WAITING, QUEUED, BEGUN, STREAMING, WRITING, CLOSING = range(6)
"""Of the last request in TAKEN, or of the one after it: nothing is done yet, or it is decoded; it waits for the model; it was begun; its answer is
sent in parts; may be written in parts; may be, and is the last one."""
ONE = 0x100
_HALF = 32
_MASK = (1 << _HALF) - 1
AT_ONCE = 4096
"""Bytes of an answer that a socket takes whole, unless its peer does not read."""


class Fields(Protocol):
    """The numbers of a record."""

    def __getitem__(self, index: int) -> int: ...

    def __setitem__(self, index: int, value: int) -> None: ...


class Record:
    """What is noted of one connection. `index` is -1 for one of which nothing is kept."""

    __slots__ = (
        "_consumed",
        "_fields",
        "_first",
        "_room",
        "_scratch",
        "_tag",
        "_taken",
        "arriving",
        "begun",
        "complete",
        "filled",
        "index",
        "keep",
        "sent",
    )

    def __init__(self, index: int, fields: Fields, room: memoryview, scratch: memoryview) -> None:
        self.index = index
        self.complete = 0
        """Requests that have arrived whole since the room was empty, times 256."""
        self.filled = 0
        """Bytes in the room."""
        self.arriving = False
        """A request has arrived in part."""
        self.keep = KEEP
        """0 once a request is the last one of the connection."""
        self.begun = False
        """The model has begun a request that has no answer yet."""
        self.sent = 0
        """Bytes written, or handed on to be written."""
        self._fields = fields
        self._room = room
        self._first = room[:READ_BYTES]
        self._scratch = scratch
        self._consumed = 0
        self._tag = 0
        self._taken = 0

    @property
    def kept(self) -> bool:
        """Whether another worker can go on with it when this one has died."""
        return self.index >= 0

    def open(self, serial: int, state: TcpState, received: bytes, tries: int) -> None:
        """Begin with a connection of which `received` has been read, by another worker, and is not answered."""
        fields = self._fields
        self._consumed, self.sent = state.read - len(received), state.written
        self.forget()
        fields[PROGRESS] = self._tag
        fields[TRIES] = tries
        self._room[: len(received)] = received
        self.filled = len(received)
        self._consumed = state.read
        fields[SERIAL] = serial

    # Reading

    def buffer(self, _sizehint: int) -> memoryview:
        """Where the next bytes go."""
        filled = self.filled
        if not filled:
            return self._first
        if not (self.arriving or self.begun) and self._taken >= self.complete:  # what is in the room is needed no more
            self._tag = tag = self._consumed << _HALF  # as in forget(), which is not called from here for speed
            self._fields[ORIGIN] = tag | self.sent & _MASK
            self.filled = self.complete = self._taken = 0
            return self._first
        return self._room[filled : filled + READ_BYTES] or self._scratch  # which is read into when the room is full

    def read(self, count: int) -> memoryview:
        """So much has come into the buffer."""
        self._consumed += count
        start = self.filled
        if not start:
            if self.index >= 0:
                self.filled = count
            return self._first[:count]
        if start == len(self._room):
            return self._scratch[:count]
        self.filled = end = start + count
        return self._room[start:end]

    def forget(self) -> None:
        """Nothing in the room is needed any more."""
        self._tag = tag = self._consumed << _HALF
        self._fields[ORIGIN] = tag | self.sent & _MASK  # alone: with that, PROGRESS is no longer of what is in the room
        self.filled = self.complete = self._taken = 0

    @property
    def large(self) -> bool:
        """It takes much memory for what is not needed any more."""
        return self.filled > SMALL_ROOM and self._taken >= self.complete

    # Answering, in this order

    def wait(self) -> None:
        """It is decoded, and the model has not begun it."""
        self._fields[PROGRESS] = self._tag | (self._taken | self.keep | QUEUED)  # the small numbers first, here and below: it takes half the time

    def begin(self) -> None:
        """The model begins it; on its thread."""
        fields = self._fields
        if taken := self._taken:
            fields[EVEN if taken & ONE else ODD] = self.sent
        self.begun = True
        self._taken = taken = taken + ONE
        fields[PROGRESS] = self._tag | (taken | self.keep | BEGUN)

    def stream(self, count: int) -> None:
        """The head of an answer in parts is about to be written."""
        self._fields[PROGRESS] = self._tag | (self._taken | self.keep | STREAMING)
        self.sent += count

    def part(self, count: int) -> None:
        self.sent += count

    def answer(self, count: int, keep: bool, at_once: bool = False) -> None:
        """So many bytes, the last of its answer, are about to be written; `at_once`: straight to the socket."""
        if not self.begun:
            if not keep:
                self.keep = 0
            self.begin()
        self.begun = False
        self.sent += count
        if not (at_once and keep) or count > AT_ONCE:
            self._fields[DUE] = self.sent
            self._fields[PROGRESS] = self._tag | self._taken | (WRITING | KEEP if keep else CLOSING)

    def aside(self, count: int) -> None:
        """Bytes that are no answer are about to be written."""
        self.sent += count
        if self._taken <= ONE:
            fields = self._fields
            fields[ORIGIN] = fields[ORIGIN] & ~_MASK | (fields[ORIGIN] + count) & _MASK
        else:
            self._fields[ODD if self._taken & ONE else EVEN] += count
        self._fields[DUE] += count

    def close(self) -> None:
        """Whatever happens, the connection is to be closed."""
        self._fields[DUE] = self.sent
        self._fields[PROGRESS] = self._tag | self._taken | CLOSING

    def release(self) -> "Record":
        """This worker has nothing to do with the connection any more. Returns the record for another one; what is still noted here goes nowhere."""
        fields, self._fields = self._fields, nowhere()
        fields[SERIAL] = 0
        return Record(self.index, fields, self._room, self._scratch)


def nowhere() -> Fields:
    return [0] * (FIELDS.size // 8)


@dataclass(frozen=True)
class Noted:
    """A record as the supervisor reads it. Counts of bytes are modulo 2**32."""

    serial: int
    origin: int
    """Bytes that had been read before the first one in the room."""
    taken: int
    """Of the requests in the room."""
    keep: bool
    state: int
    start: int
    """Bytes that were written before the last of them."""
    due: int
    """Bytes that are written with its answer, in some states."""
    tries: int

    def in_room(self, read: int) -> int:
        return (read - self.origin) & _MASK

    def written(self, count: int) -> int:
        """Bytes of the last answer, and of what has followed it."""
        return (count - self.start) & _MASK

    def unwritten(self, count: int) -> int:
        """Bytes of the last answer."""
        return (self.due - count) & _MASK


def noted(memory: int, index: int) -> Noted:
    serial, origin, progress, odd, even, due, tries, *_ = FIELDS.unpack(os.pread(memory, FIELDS.size, index * FIELDS.size))
    if progress >> _HALF != origin >> _HALF:
        progress = WAITING
    taken = (progress & _MASK) >> 8
    start = origin if taken <= 1 else odd if taken & 1 else even
    return Noted(serial, origin >> _HALF, taken, bool(progress & KEEP), progress & (KEEP - 1), start & _MASK, due & _MASK, tries)
