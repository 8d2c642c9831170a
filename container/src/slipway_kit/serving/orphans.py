"""Connections that a worker has left behind, on their way to the next one: with nothing read from them, or with a request that was never begun."""

import contextlib
import os
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from slipway_kit.serving.request import RETRY_AFTER, error_body, response

REQUEST_SECONDS = 20.0
"""How long a request that has come waits for a worker before it is told to come again."""


@dataclass(eq=False)
class Orphan:
    """A connection, and a file with the request that was read from it, or None."""

    connection: socket.socket
    request: int | None = None
    until: float | None = None
    """When it has waited long enough; None for a connection on which nothing is known to wait."""
    tries: int = 0
    """Workers that have ended while they decoded the request."""

    def close(self) -> None:
        self.connection.close()
        if self.request is not None:
            os.close(self.request)


class Taker(Protocol):
    """A worker that is ready."""

    def give(self, orphan: Orphan) -> bool:
        """Whether it takes the connection, and with it the care for the orphan."""


class Orphans:
    """`takers` are the workers that are ready, the best first; `refuse` is given a connection with a request on it that nobody has read."""

    def __init__(self, takers: Callable[[], list[Taker]], refuse: Callable[[socket.socket], None]) -> None:
        self._takers = takers
        self._refuse = refuse
        self._waiting: list[Orphan] = []
        self._ending = False

    def take(self, orphan: Orphan) -> None:
        if orphan.request is not None and orphan.until is None:
            orphan.until = time.monotonic() + REQUEST_SECONDS
        self._waiting.append(orphan)

    def place(self) -> None:
        """Give to the workers that are ready what they can take now."""
        waiting, self._waiting = self._waiting, []
        for orphan in waiting:
            late = self._ending or (orphan.until is not None and time.monotonic() > orphan.until)
            if late:
                self._turn_away(orphan)
            elif not any(taker.give(orphan) for taker in self._takers()):
                self._waiting.append(orphan)

    def end(self) -> None:
        """No worker will come: those who wait are told to try again."""
        self._ending = True
        self.place()

    def abandon(self) -> None:
        """In a forked process: close the copies."""
        for orphan in self._waiting:
            orphan.close()

    def _turn_away(self, orphan: Orphan) -> None:
        if orphan.request is None and orphan.until is not None:
            self._refuse(orphan.connection)
            return
        if orphan.request is not None:
            with contextlib.suppress(OSError):
                orphan.connection.setblocking(False)
                orphan.connection.send(response(503, error_body("Overloaded", "the worker was replaced; try again"), RETRY_AFTER))
        with contextlib.suppress(OSError):  # the worker that has died held it too, and nobody else closes it
            orphan.connection.shutdown(socket.SHUT_RDWR)
        orphan.close()
