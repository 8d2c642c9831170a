"""One process under the supervisor: what is known of it, what it is given, and how its end is told."""

import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from slipway_kit.errors import RequestTimeout, WorkerLost
from slipway_kit.serving.channel import Channel
from slipway_kit.serving.custody import Custody, Lost
from slipway_kit.serving.orphans import Orphan


@dataclass(eq=False)
class Worker:
    """One process, as the supervisor sees it."""

    pid: int
    """0 until a worker forked from the template has said who it is."""
    channel: Channel
    loads: bool = True
    """It loads the model itself."""
    template: bool = False
    forks: bool = False
    """A template that has loaded the model."""
    ready: bool = False
    was_ready: bool = False
    retiring: bool = False
    """It serves until its replacement does."""
    listening: bool = True
    """The channel is registered with the selector."""
    reason: str | None = None
    stalled: bool = False
    """It was killed because its prediction took too long."""
    custody: Custody | None = None
    heard: float = field(default_factory=time.monotonic)

    def give(self, orphan: Orphan) -> bool:
        """Whether it could be sent. What it does not say that it has, the next worker gets."""
        if not self.channel.send_connection(orphan.connection.fileno(), orphan.request, orphan.tries):
            return False
        if self.custody is None:
            orphan.close()
        else:
            self.custody.gave(orphan)
        return True

    def lost(self, reason: str) -> Lost:
        """What those are told whose requests it was predicting when it ended."""
        if self.stalled:
            return Lost(504, RequestTimeout.__name__, reason)
        return Lost(503, WorkerLost.__name__, f"{reason}; the request may be sent again")


@dataclass(frozen=True)
class Birth:
    """What a process forked from the supervisor is given."""

    listener: socket.socket
    channel: Channel
    supervisor: int
    """Its process id."""
    life: int
    """A descriptor that comes to its end when the supervisor does, however that happens."""
    template: bool
    """Load as the template."""


WorkerMain = Callable[[Birth], None]
"""What a forked process does; it must not return."""


def describe_exit(code: int | None, worker: Worker) -> str:
    """Why a process ended that gave no reason itself."""
    if code is None:
        return "a worker could not be forked from the process with the loaded model, or ended at once"
    who = "the process with the loaded model" if worker.forks else "a worker"
    if worker.was_ready:
        doing = "that workers are forked from" if worker.forks else "while serving"
    else:
        doing = "while loading the model" if worker.loads else "before it served"
    if code == -signal.SIGKILL:
        return f"{who} was killed (SIGKILL) {doing}: most often it ran out of memory"
    if code < 0:
        return f"{who} died of {signal.Signals(-code).name} {doing}"
    return f"{who} exited with code {code} {doing}"
