"""What a worker does for its callers when the model hangs on the event loop itself.

A fast model is called on the thread of the event loop, so when it suddenly hangs, nothing of the loop runs any more. This thread then answers in
its place, straight to the sockets, gives the connections that wait for nothing to the supervisor, and ends the process.
(A model that hangs in C code without letting go of the interpreter stops this thread as well: then the supervisor ends the process.)
"""

import contextlib
import os
import socket
import threading
import time
from pathlib import Path

from slipway_kit import log
from slipway_kit.errors import locate_frame
from slipway_kit.serving.app import App
from slipway_kit.serving.channel import Channel
from slipway_kit.serving.execution import main_thread_frame
from slipway_kit.serving.main_thread_execution import MainThreadExecution
from slipway_kit.serving.request import response

CHECK_SECONDS = 0.25
GRACE_SECONDS = 1.0
"""What the event loop gets over the time limit to answer by itself."""
SEND_SECONDS = 1.0
RECYCLED = 75


class Watchdog:
    """Watches one worker from a thread of its own."""

    def __init__(self, app: App, execution: MainThreadExecution, channel: Channel, code_dir: Path) -> None:
        self._app = app
        self._execution = execution
        self._channel = channel
        self._code_dir = code_dir

    def start(self) -> None:
        threading.Thread(target=self._watch, name="slipway-watchdog", daemon=True).start()

    def _watch(self) -> None:
        while not self._hangs():
            time.sleep(CHECK_SECONDS)
        self._end()

    def _hangs(self) -> bool:
        running = self._execution.running
        return self._execution.inline and bool(running) and time.monotonic() > running[0].deadline + GRACE_SECONDS

    def _end(self) -> None:
        place = locate_frame(main_thread_frame(), self._code_dir)
        where = "" if place is None else f" (it is at {place} in {place.function})"
        reason = f"predict() did not answer within {self._app.timeout:g} s{where}"
        log.error("predict_timeout", reason=reason)
        self._channel.send("leaving", reason)
        answered = set()
        for request, status, body, headers in self._app.last_answers(reason):
            answered.add(request.connection)
            self._send(request.connection.descriptor, response(status, body, headers))
        for connection in self._app.connections - answered:
            if connection.idle:
                self._pass_on(connection.descriptor)
        os._exit(RECYCLED)

    def _send(self, descriptor: int, data: bytes) -> None:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as peer:
            peer.settimeout(SEND_SECONDS)
            peer.sendall(data)

    def _pass_on(self, descriptor: int) -> None:
        with contextlib.suppress(OSError), socket.socket(fileno=os.dup(descriptor)) as peer:
            self._channel.send_connection(peer)
