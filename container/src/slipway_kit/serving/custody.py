"""The supervisor's copies of a worker's connections: the kernel closes none of them when the worker dies.

The worker sends a copy when it accepts a connection, and nothing after that. That a connection has come to its end, on both sides, shows on
the copy; what the worker had read, begun and answered when it died is in its ledger.
"""

import contextlib
import os
import resource
import select
import selectors
import socket
import sys
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from slipway_kit.serving.channel import file_with
from slipway_kit.serving.ledger import NOTICE, received_in, room_of
from slipway_kit.serving.orphans import Orphan
from slipway_kit.serving.record import WAITING, noted
from slipway_kit.serving.recovery import DECODES, Fate, fate_of, without
from slipway_kit.serving.request import RETRY_AFTER, error_body, response
from slipway_kit.serving.tcp_state import tcp_state

NOTICES_AT_ONCE = 256
SPARE_DESCRIPTORS = 256
"""For new workers and for /ping: copies may not take the last ones."""


@dataclass(frozen=True)
class Lost:
    """How requests are answered whose worker died while it predicted."""

    status: int
    kind: str
    message: str


@dataclass(frozen=True)
class _Copy:
    connection: socket.socket
    index: int
    serial: int


class Custody:
    """Of one worker, whose notices come over `notices`; `memory` is its ledger."""

    def __init__(self, notices: socket.socket, memory: int, selector: selectors.BaseSelector) -> None:
        notices.setblocking(False)
        self._highest = resource.getrlimit(resource.RLIMIT_NOFILE)[0] - SPARE_DESCRIPTORS
        self._notices = notices
        self._memory = memory
        self._selector = selector
        self._copies: dict[int, _Copy] = {}
        self._given: deque[Orphan] = deque()
        """Sent to the worker, which has not said that it has them."""
        self._listening = True
        selector.register(notices, selectors.EVENT_READ, self._hear)
        if sys.platform == "linux":
            self._ends = select.epoll()
            selector.register(self._ends.fileno(), selectors.EVENT_READ, self._drop_ended)

    def __len__(self) -> int:
        return len(self._copies)

    def gave(self, orphan: Orphan) -> None:
        self._given.append(orphan)

    def _hear(self) -> bool:
        """Whether there may be more."""
        for _ in range(NOTICES_AT_ONCE):
            try:
                notice, descriptors, _, _ = socket.recv_fds(self._notices, NOTICE.size, 1)
            except BlockingIOError:
                return False
            except OSError:
                notice, descriptors = b"", []
            if not notice:
                self._stop_listening()
                return False
            index, serial, given = NOTICE.unpack(notice)
            if given:
                orphan = self._given.popleft()
                if orphan.request is not None:
                    os.close(orphan.request)
                self._keep(_Copy(orphan.connection, index, serial))
            elif descriptors:  # else this process has too many open already
                self._keep(_Copy(socket.socket(fileno=descriptors[0]), index, serial))
        return True

    def _keep(self, copy: _Copy) -> None:
        descriptor = copy.connection.fileno()
        if sys.platform != "linux" or copy.index < 0 or descriptor >= self._highest:
            copy.connection.close()
            return
        self._copies[descriptor] = copy
        self._ends.register(descriptor, 0)  # its end on both sides is told all the same

    def _drop_ended(self) -> None:
        if sys.platform == "linux":
            for descriptor, _ in self._ends.poll(0, NOTICES_AT_ONCE):
                self._ends.unregister(descriptor)  # which closing does not, while the worker has it open
                self._copies.pop(descriptor).connection.close()

    def _stop_listening(self) -> None:
        if self._listening:
            self._listening = False
            self._selector.unregister(self._notices)

    # The worker has ended

    def recover(self, lost: Lost) -> Iterator[Orphan | None]:
        """What it has left to others; None for each request that is lost. Ends the custody."""
        while self._listening and self._hear():
            continue
        yield from self._given
        self._given.clear()
        for copy in list(self._copies.values()):
            found: list[Orphan | None] = []
            with contextlib.suppress(OSError):  # the peer has gone
                found = list(self._recover(copy, lost))
            yield from found
            if found and found[-1] is not None:  # it goes on, and this copy with it
                continue
            with contextlib.suppress(OSError):
                copy.connection.shutdown(socket.SHUT_RDWR)
            copy.connection.close()
        self._copies.clear()
        self.close()

    def _recover(self, copy: _Copy, lost: Lost) -> Iterator[Orphan | None]:
        note = noted(self._memory, copy.index)
        if note.serial != copy.serial:  # the worker had done with it
            return
        tcp = tcp_state(copy.connection)
        fate = fate_of(note, tcp)
        count = note.in_room(tcp.read)
        whole = count <= room_of(self._memory)
        received = without(received_in(self._memory, copy.index, count), note.taken) if whole else None
        tries = note.tries + 1 if note.state == WAITING and received and without(received, 1) is not None else 0
        if fate.goes_on and (received is None or tries >= DECODES):  # nothing is known of what follows, or it is what ends workers
            fate = Fate(lost=True, goes_on=False)
        if fate.lost:
            yield None
            answer = response(lost.status, error_body(lost.kind, lost.message), RETRY_AFTER if lost.status == 503 else b"", last=not fate.goes_on)
            if copy.connection.send(answer) < len(answer):
                return
        if fate.goes_on:
            yield Orphan(copy.connection, file_with(received) if received else None, tries=tries)

    def close(self) -> None:
        self._stop_listening()
        if sys.platform == "linux":
            self._selector.unregister(self._ends.fileno())
        self.abandon()

    def abandon(self) -> None:
        """In a forked process: close the copies."""
        for copy in self._copies.values():
            copy.connection.close()
        for orphan in self._given:
            orphan.close()
        self._notices.close()
        os.close(self._memory)
        if sys.platform == "linux":
            self._ends.close()
