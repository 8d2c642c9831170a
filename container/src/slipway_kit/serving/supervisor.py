"""Owns the port and the workers: starts them, replaces those that die or hang, drains on SIGTERM, gives up when the model cannot be loaded.

It is one thread around one selector and runs no user code: it can always answer, and forking it is safe.
"""

import os
import selectors
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from slipway_kit import failure, log
from slipway_kit.serving.channel import Channel, Message
from slipway_kit.serving.metrics import Reporter, Totals
from slipway_kit.serving.status import Status
from slipway_kit.serving.waiting_room import WaitingRoom
from slipway_kit.settings import Layout, ServingSettings

TICK_SECONDS = 0.25
DRAIN_SECONDS = 25.0
"""SageMaker kills the container 30 s after SIGTERM."""
FAILED_SECONDS = 0.5
"""How long a failed server still answers /ping with its reason before it exits."""
SILENT_SECONDS = 1.0
"""A worker says twice a second that its event loop turns. /ping must be answered within 2 s."""
STALL_SECONDS = 10.0
"""Grace over the request time limit before a worker whose event loop stands still is killed."""
BACKOFF_SECONDS = (0.0, 0.2, 1.0, 2.0, 5.0, 10.0)
"""Pause before a replacement, by the number of workers lost in a row that never got ready."""

WorkerMain = Callable[[socket.socket, Channel], None]


@dataclass
class Worker:
    """One worker process, as the supervisor sees it."""

    pid: int
    channel: Channel
    ready: bool = False
    was_ready: bool = False
    retiring: bool = False
    """It serves until its replacement does."""
    listening: bool = True
    """The channel is registered with the selector."""
    reason: str | None = None
    heard: float = field(default_factory=time.monotonic)


class Supervisor:
    """Runs until SIGTERM or failure. `work` is what a forked worker does; it must not return to the caller."""

    def __init__(
        self, listener: socket.socket, settings: ServingSettings, layout: Layout, work: WorkerMain, metrics: socket.socket | None = None
    ) -> None:
        self._listener = listener
        self._settings = settings
        self._layout = layout
        self._work = work
        self._selector = selectors.DefaultSelector()
        self._room = WaitingRoom(listener, self._selector, lambda: (self._status, self._reason), self._hand_over)
        self._workers: dict[int, Worker] = {}
        self._totals = Totals()
        self._reporter = Reporter(self._totals, settings.metrics_interval, metrics, lambda: sum(worker.ready for worker in self._workers.values()))
        self._orphans: list[socket.socket] = []
        self._status = Status.STARTING
        self._reason: str | None = None
        self._ever_ready = False
        self._lost_in_a_row = 0
        self._start_after = 0.0
        self._ends_at: float | None = None
        # Nobody writes to it: its reading end comes to an end when the supervisor does, however that happens.
        self._life, self._own_life = os.pipe()

    def run(self) -> int:
        """Supervise; returns the exit code: 0 after a drain, 1 when the model cannot be loaded."""
        self._listen_for_signals()
        self._room.open()
        self._reporter.register(self._selector)
        while True:
            self._start_missing_workers()
            for key, _ in self._selector.select(TICK_SECONDS):
                key.data()
            self._reap()
            self._kill_stalled()
            self._stand_in()
            self._place_orphans()
            self._room.sweep()
            self._reporter.tick()
            if self._over():
                return 1 if self._status is Status.FAILED else 0

    def _over(self) -> bool:
        late = self._ends_at is not None and time.monotonic() > self._ends_at
        if self._status is Status.FAILED and late:
            self._kill_all()
            return True
        if self._status is Status.DRAINING and late:
            log.error("drain_cut_short", reason=f"requests were still running {DRAIN_SECONDS:g} s after SIGTERM")
            self._kill_all()
            return True
        return self._status is Status.DRAINING and not self._workers

    # Signals

    def _listen_for_signals(self) -> None:
        reader, writer = socket.socketpair()
        for end in (reader, writer):
            end.setblocking(False)
        signal.set_wakeup_fd(writer.fileno(), warn_on_full_buffer=False)
        self._signals = (reader, writer)
        self._selector.register(reader, selectors.EVENT_READ, self._on_signals)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGCHLD):
            signal.signal(number, _wake)

    def _on_signals(self) -> None:
        received = self._signals[0].recv(4096)
        if signal.SIGTERM in received or signal.SIGINT in received:
            self._drain()

    def _drain(self) -> None:
        if self._status in (Status.DRAINING, Status.FAILED):
            return
        self._become(Status.DRAINING)
        self._ends_at = time.monotonic() + DRAIN_SECONDS
        self._room.close()
        self._listener.close()
        for orphan in self._orphans:
            orphan.close()
        self._orphans.clear()
        for worker in self._workers.values():
            if worker.ready:
                worker.channel.send("drain")
            else:
                os.kill(worker.pid, signal.SIGKILL)

    # Workers

    def _start_missing_workers(self) -> None:
        if self._status in (Status.DRAINING, Status.FAILED) or time.monotonic() < self._start_after:
            return
        # The first worker proves that the model loads; only then is it loaded as often as there are workers.
        wanted = self._settings.workers if self._ever_ready else 1
        while sum(not worker.retiring for worker in self._workers.values()) < wanted:
            self._start_worker()
        if self._status is Status.STARTING:
            self._become(Status.LOADING)

    def _start_worker(self) -> None:
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._forget_everything()
            threading.Thread(target=_end_with_supervisor, args=(self._life,), daemon=True).start()
            self._work(self._listener, Channel(theirs))
            os._exit(70)
        theirs.close()
        ours.setblocking(False)
        worker = Worker(pid, Channel(ours))
        self._workers[pid] = worker
        self._selector.register(ours, selectors.EVENT_READ, lambda: self._on_messages(worker))

    def _forget_everything(self) -> None:
        """In a forked worker: undo what belongs to the supervisor alone."""
        os.close(self._own_life)
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in self._signals:
            end.close()
        for orphan in self._orphans:
            orphan.close()
        for sibling in self._workers.values():
            sibling.channel.close()
        self._room.abandon()
        self._reporter.abandon()
        self._selector.close()

    def _on_messages(self, worker: Worker) -> bool:
        """Whether there were any."""
        messages = worker.channel.receive()
        if messages is None:  # the process is ending; reaping it says how
            self._stop_listening(worker)
            return False
        worker.heard = time.monotonic()
        for message in messages:
            self._on_message(worker, message)
        return bool(messages)

    def _stop_listening(self, worker: Worker) -> None:
        if worker.listening:
            self._selector.unregister(worker.channel.socket)
            worker.listening = False

    def _on_message(self, worker: Worker, message: Message) -> None:
        if "numbers" in message:
            self._totals.told(worker.pid, message["numbers"])
        if message["kind"] in ("failed", "leaving"):
            worker.reason = message.get("reason")
            worker.ready = False
            self._update()
        elif message["kind"] == "connection":
            self._orphans.append(worker.channel.take_connection())
        elif message["kind"] == "retiring":
            worker.retiring = True
            worker.reason = message.get("reason")
            log.warning("worker_retiring", pid=worker.pid, reason=worker.reason)
        elif message["kind"] == "loaded" and self._status is not Status.DRAINING:
            # The waiting room closes first: a connection arriving now waits in the kernel for this worker.
            self._room.close()
            worker.channel.send("accept")
            worker.ready = worker.was_ready = self._ever_ready = True
            self._lost_in_a_row = 0
            self._update()
            for old in self._workers.values():
                if old.retiring and old.ready:
                    old.ready = False
                    old.channel.send("retire")

    def _update(self) -> None:
        """The status follows from the workers, until the end has been decided."""
        if self._status in (Status.DRAINING, Status.FAILED):
            return
        if any(worker.ready for worker in self._workers.values()):
            self._become(Status.READY)
        else:
            self._become(Status.LOADING)
            self._room.open()

    def _reap(self) -> None:
        # Any child: as the first process of a container the supervisor also inherits what the model started and left behind.
        while True:
            try:
                pid, state = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            if pid in self._workers:
                self._on_exit(self._workers[pid], os.waitstatus_to_exitcode(state))

    def _on_exit(self, worker: Worker, code: int) -> None:
        while worker.listening and self._on_messages(worker):  # its last words
            continue
        self._stop_listening(worker)
        worker.channel.close()
        del self._workers[worker.pid]
        self._totals.ended(worker.pid)
        if self._status in (Status.DRAINING, Status.FAILED):
            return
        reason = worker.reason or _describe_exit(code, worker.was_ready)
        self._lost_in_a_row = 0 if worker.was_ready else self._lost_in_a_row + 1
        if not self._ever_ready or (not self._workers and self._lost_in_a_row >= len(BACKOFF_SECONDS)):
            self._fail(reason)
            return
        self._start_after = time.monotonic() + BACKOFF_SECONDS[min(self._lost_in_a_row, len(BACKOFF_SECONDS) - 1)]
        log.warning("worker_replaced", pid=worker.pid, reason=reason)
        self._update()

    def _kill_stalled(self) -> None:
        limit = self._settings.timeout + STALL_SECONDS
        for worker in self._workers.values():
            if worker.ready and time.monotonic() - worker.heard > limit:
                worker.reason = f"the worker stood still for {limit:g} s inside predict(): killed"
                os.kill(worker.pid, signal.SIGKILL)

    def _stand_in(self) -> None:
        """Answer /ping for workers that are all too deep in a prediction to do so; open or close the waiting room accordingly."""
        if self._status is not Status.READY:
            return
        recently = time.monotonic() - SILENT_SECONDS
        if any(worker.ready and worker.heard > recently for worker in self._workers.values()):
            self._room.close()
        else:
            self._room.open()

    def _place_orphans(self) -> None:
        """Connections that a worker has left behind go to the next one that is ready."""
        while self._orphans and self._hand_over(self._orphans[0]):
            self._orphans.pop(0).close()

    def _hand_over(self, connection: socket.socket) -> bool:
        ready = sorted((worker for worker in self._workers.values() if worker.ready), key=lambda worker: -worker.heard)
        return any(worker.channel.send_connection(connection) for worker in ready)

    def _fail(self, reason: str) -> None:
        self._reason = reason
        self._become(Status.FAILED)
        self._ends_at = time.monotonic() + FAILED_SECONDS
        self._room.open()
        failure.write(self._layout.failure, reason)
        log.error("serving_failed", reason=reason)

    def _kill_all(self) -> None:
        for pid in self._workers:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)
        self._workers.clear()

    def _become(self, status: Status) -> None:
        if status is not self._status:
            self._status = status
            log.info("status", status=status.value)


def _end_with_supervisor(life: int) -> None:
    """On a thread of each worker, so that it holds while the model loads and while a prediction hangs."""
    os.read(life, 1)
    os._exit(1)


def _wake(_number: int, _frame: object) -> None:
    """Does nothing: the signal's number has already reached the loop through the wake-up socket."""


def _describe_exit(code: int, was_ready: bool) -> str:
    doing = "while serving" if was_ready else "while loading the model"
    if code == -signal.SIGKILL:
        return f"a worker was killed (SIGKILL) {doing}: most often it ran out of memory"
    if code < 0:
        return f"a worker died of {signal.Signals(-code).name} {doing}"
    return f"a worker exited with code {code} {doing}"
