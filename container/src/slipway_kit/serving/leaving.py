"""The last acts of a worker whose model hangs: nobody's request but those the model has begun may fail for it, and none may be answered twice.

What the model has begun is answered here, straight to the sockets: the event loop may be what hangs. Everything else is taken over by the
supervisor when this process has ended; what it has no copy of is sent to it.
"""

import contextlib
import os
import select
import socket
import time
from collections.abc import Iterable, Sequence
from secrets import token_hex

from slipway_kit.serving.app import App
from slipway_kit.serving.batching import Call
from slipway_kit.serving.channel import Channel
from slipway_kit.serving.connection import Connection
from slipway_kit.serving.request import RETRY_AFTER, Request, error_body, response

SEND_SECONDS = 1.0
LEFT_SECONDS = 2.0
TRY_AGAIN = "the worker is being replaced; try again"


class Leaving:
    """`running` is what the model is at and will never go on from: its execution was abandoned."""

    def __init__(self, app: App, channel: Channel, running: Sequence[Call], reason: str) -> None:
        self._app = app
        self._channel = channel
        self._running = running
        self._reason = reason

    def leave(self, arriving: Iterable[socket.socket]) -> None:
        """Part with everyone, also with connections that have been accepted and are not set up yet."""
        self._channel.send("leaving", self._reason)
        for connection in list(self._app.connections):
            if connection.descriptor >= 0 and connection.flushed:
                self._part_with(connection)
        if self._app.ledger.obstacle is None:  # the supervisor has what is not set up, and what it has sent itself
            return
        for peer in arriving:
            self._channel.send_connection(peer.fileno())
        self._return_unread()

    def _part_with(self, connection: Connection) -> None:
        request, kept = connection.active, connection.record.kept
        if request is None:
            if kept:
                return
            if connection.idle:
                self._channel.send_connection(connection.descriptor)
            elif connection.arriving is not None and not self._pass_on(connection, connection.arrived):
                self._answer(connection, connection.arriving, 503, "Overloaded", TRY_AGAIN)
            return
        if request.responded:  # a stream: that it ends shows that it is not the whole
            return
        call = self._app.call_of(request)
        if call is not None and not self._has_begun(call) and (kept or self._pass_on(connection, connection.not_begun())):
            return
        if call is not None and call in self._running and time.monotonic() > call.deadline:
            self._answer(connection, request, 504, "RequestTimeout", self._reason)
        else:
            self._answer(connection, request, 503, "Overloaded", TRY_AGAIN)

    def _has_begun(self, call: Call) -> bool:
        return call in self._running or call.began > 0 or call.function is not None

    def _pass_on(self, connection: Connection, received: bytes | None) -> bool:
        return received is not None and self._channel.send_request(connection.descriptor, received)

    def _answer(self, connection: Connection, request: Request, status: int, kind: str, message: str) -> None:
        body = error_body(kind, message, id=(identity := token_hex(4)))
        self._app.answered(request, status, len(body), identity)
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(connection.descriptor)) as peer:
            peer.settimeout(SEND_SECONDS)
            goes_on = connection.record.kept and request.keep_alive
            answer = response(status, body, RETRY_AFTER if status == 503 else b"", last=not goes_on)
            connection.record.answer(len(answer), goes_on)
            peer.sendall(answer)
            if not goes_on:
                peer.shutdown(socket.SHUT_WR)

    def _return_unread(self) -> None:
        """What the supervisor had sent before it heard that this worker leaves."""
        until = time.monotonic() + LEFT_SECONDS
        while select.select([self._channel.socket], [], [], max(0.0, until - time.monotonic()))[0]:
            messages = self._channel.receive()
            if messages is None:
                return
            for message in messages:
                if message["kind"] == "left":
                    return
                if message["kind"] in ("connection", "request"):
                    self._channel.pass_back(with_request=message["kind"] == "request")
