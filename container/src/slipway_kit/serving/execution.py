"""What the application needs of whatever runs the model's calls."""

import sys
import threading
from types import FrameType
from typing import Protocol

from slipway_kit.serving.batching import Call


class Execution(Protocol):
    """How calls are run. `submit`, `expired` and `finish` are called on the loop's thread, `run` on the main thread."""

    def submit(self, call: Call) -> None: ...

    @property
    def waiting(self) -> int:
        """Calls submitted and not yet answered."""

    @property
    def counts(self) -> tuple[int, int]:
        """Calls of the model, and requests they answered."""

    def run(self) -> None:
        """Run the event loop and the model until `finish`."""

    def finish(self) -> None: ...

    def interrupt(self, call: Call) -> bool:
        """End a call that is over its time. False when it cannot be ended: the process must go."""


def main_thread_frame() -> FrameType | None:
    """What the main thread is doing: where a call that takes too long stands."""
    return sys._current_frames().get(threading.main_thread().ident or 0)
