"""What a worker does for its callers when the model hangs on the event loop itself.

A fast model is called on the thread of the event loop, so when it suddenly hangs, nothing of the loop runs any more. This thread then answers in
its place, gives what the model has not begun to the supervisor, and ends the process.
(A model that hangs in C code without letting go of the interpreter stops this thread as well: then the supervisor ends the process.)
"""

import os
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from slipway_kit import log
from slipway_kit.errors import locate_frame
from slipway_kit.serving.app import App
from slipway_kit.serving.async_execution import AsyncExecution
from slipway_kit.serving.batching import Call
from slipway_kit.serving.channel import Channel
from slipway_kit.serving.execution import main_thread_frame
from slipway_kit.serving.leaving import Leaving
from slipway_kit.serving.main_thread_execution import MainThreadExecution

CHECK_SECONDS = 0.25
GRACE_SECONDS = 1.0
"""What the event loop gets over the time limit to answer by itself."""
RECYCLED = 75


class Watchdog:
    """Watches one worker from a thread of its own."""

    def __init__(self, app: App, execution: MainThreadExecution, channel: Channel, code_dir: Path, arriving: Mapping[Any, socket.socket]) -> None:
        self._app = app
        self._execution = execution
        self._channel = channel
        self._code_dir = code_dir
        self._arriving = arriving

    def start(self) -> None:
        threading.Thread(target=self._watch, name="slipway-watchdog", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(CHECK_SECONDS)
            if self._execution.inline and self._is_late(self._execution.running):
                running = self._execution.abandon()
                if self._is_late(running):
                    self._end(running)
                self._execution.resume()

    def _is_late(self, running: Sequence[Call]) -> bool:
        return bool(running) and time.monotonic() > running[0].deadline + GRACE_SECONDS

    def _end(self, running: Sequence[Call]) -> None:
        reason = _reason(self._app, self._code_dir)
        log.error("predict_timeout", reason=reason)
        Leaving(self._app, self._channel, running, reason).leave(list(self._arriving.values()))
        os._exit(RECYCLED)


class LoopWatchdog:
    """Watches an `async def predict`: code in it that blocks holds up the event loop, which then ends no call that is over its time.

    It ends the process; the supervisor answers what was begun.
    """

    def __init__(self, app: App, execution: AsyncExecution, channel: Channel, code_dir: Path) -> None:
        self._app = app
        self._execution = execution
        self._channel = channel
        self._code_dir = code_dir

    def start(self) -> None:
        threading.Thread(target=self._watch, name="slipway-watchdog", daemon=True).start()

    def _watch(self) -> None:
        while True:
            time.sleep(CHECK_SECONDS)
            late = time.monotonic() - GRACE_SECONDS
            # A loop that turns has cancelled them.
            if any(call.deadline < late and not call.cancelled for call in self._execution.running):
                reason = f"{_reason(self._app, self._code_dir)}: it blocks the event loop, use await"
                log.error("predict_timeout", reason=reason)
                self._channel.send("stalled", reason)
                os._exit(RECYCLED)


def _reason(app: App, code_dir: Path) -> str:
    place = locate_frame(main_thread_frame(), code_dir)
    where = "" if place is None else f" (it is at {place} in {place.function})"
    return f"predict() did not answer within {app.timeout:g} s{where}"
