"""Connections that a worker has left behind, on their way to the next one: with nothing read from them, or with a request that was never begun."""

import contextlib
import os
import socket
import time
from collections.abc import Callable

from slipway_kit.serving.channel import Channel
from slipway_kit.serving.request import RETRY_AFTER, error_body, response

REQUEST_SECONDS = 20.0
"""How long a request that was read waits for a worker before it is told to come again."""


class Orphans:
    """`takers` are the channels of the workers that are ready, the best first."""

    def __init__(self, takers: Callable[[], list[Channel]]) -> None:
        self._takers = takers
        self._waiting: list[tuple[socket.socket, int | None, float]] = []
        self._ending = False

    def take(self, channel: Channel, *, with_request: bool) -> None:
        """One that has come over a worker's channel."""
        connection = channel.take_socket()
        self._waiting.append((connection, channel.take_descriptor() if with_request else None, time.monotonic() + REQUEST_SECONDS))

    def place(self) -> None:
        """Give to the workers that are ready what they can take now."""
        kept = []
        for connection, request, until in self._waiting:
            late = self._ending or (request is not None and time.monotonic() > until)
            if not late and not any(taker.send_connection(connection.fileno(), request) for taker in self._takers()):
                kept.append((connection, request, until))
                continue
            if late and request is not None:
                _turn_away(connection)
            _close(connection, request)
        self._waiting = kept

    def end(self) -> None:
        """No worker will come: those who wait are told to try again."""
        self._ending = True
        self.place()

    def abandon(self) -> None:
        """In a forked process: close the copies."""
        for connection, request, _ in self._waiting:
            _close(connection, request)


def _turn_away(connection: socket.socket) -> None:
    with contextlib.suppress(OSError):
        connection.setblocking(False)
        connection.send(response(503, error_body("Overloaded", "the worker was replaced; try again"), RETRY_AFTER))


def _close(connection: socket.socket, request: int | None) -> None:
    connection.close()
    if request is not None:
        os.close(request)
