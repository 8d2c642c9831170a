"""Owns the port and the workers: starts them, replaces those that die or hang, drains on SIGTERM, gives up when the model cannot be loaded.

It is one thread around one selector and runs no user code: it can always answer, and forking it is safe.
"""

import resource
import selectors
import signal
import socket
import time

from slipway_kit import failure, log
from slipway_kit.serving.channel import Message
from slipway_kit.serving.forking import adopt_orphans
from slipway_kit.serving.metrics import Reporter, Totals
from slipway_kit.serving.status import Status
from slipway_kit.serving.waiting_room import WaitingRoom
from slipway_kit.serving.worker_process import Worker, WorkerMain, describe_exit
from slipway_kit.serving.worker_processes import WorkerProcesses
from slipway_kit.settings import SHARE_MODEL, Layout, ServingSettings

TICK_SECONDS = 0.25
MOST_FILES = 65536
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


class Supervisor:
    """Runs until SIGTERM or failure. `work` is what a forked process does; it must not return to the caller."""

    def __init__(
        self, listener: socket.socket, settings: ServingSettings, layout: Layout, work: WorkerMain, metrics: socket.socket | None = None
    ) -> None:
        self._listener = listener
        self._settings = settings
        self._layout = layout
        self._selector = selectors.DefaultSelector()
        self._workers = WorkerProcesses(listener, self._selector, work, self._on_message, self._forget_everything, self._refuse)
        self._room = WaitingRoom(listener, self._selector, lambda: (self._status, self._reason), self._workers.take_over, self._waits)
        self._totals = Totals()
        self._reporter = Reporter(self._totals, settings.metrics_interval, metrics, lambda: sum(worker.ready for worker in self._workers))
        self._status = Status.STARTING
        self._reason: str | None = None
        self._ever_ready = False
        self._lost_in_a_row = 0
        self._start_after = 0.0
        self._ends_at: float | None = None

    def run(self) -> int:
        """Supervise; returns the exit code: 0 after a drain, 1 when the model cannot be loaded."""
        self._listen_for_signals()
        self._files = open_more_files()
        self._room.open()
        self._reporter.register(self._selector)
        self._share_if_possible()
        while True:
            self._start_missing_workers()
            for key, _ in self._selector.select(TICK_SECONDS):
                key.data()
            for worker, code in self._workers.reap():
                self._on_exit(worker, code)
            self._kill_stalled()
            self._stand_in()
            self._workers.place_orphans()
            self._room.sweep()
            self._reporter.tick()
            if self._over():
                return 1 if self._status is Status.FAILED else 0

    def _share_if_possible(self) -> None:
        if self._settings.workers == 1:  # nobody to share with
            return
        obstacle = adopt_orphans() if self._settings.share_model else f"{SHARE_MODEL} is 0"
        self._workers.shares = obstacle is None
        if obstacle is not None:
            _say_unshared(obstacle)

    def _over(self) -> bool:
        late = self._ends_at is not None and time.monotonic() > self._ends_at
        if self._status is Status.FAILED and late:
            self._workers.kill_all()
            return True
        if self._status is Status.DRAINING and late:
            log.error("drain_cut_short", reason=f"requests were still running {DRAIN_SECONDS:g} s after SIGTERM")
            self._workers.kill_all()
            return True
        return self._status is Status.DRAINING and not any(self._workers)

    @property
    def _ending(self) -> bool:
        return self._status in (Status.DRAINING, Status.FAILED)

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
        if self._ending:
            return
        self._become(Status.DRAINING)
        self._ends_at = time.monotonic() + DRAIN_SECONDS
        self._room.close()
        self._listener.close()
        self._workers.drain()

    # Workers

    def _start_missing_workers(self) -> None:
        if self._ending or time.monotonic() < self._start_after:
            return
        # The first worker proves that the model loads; only then is it loaded as often as there are workers.
        self._workers.start(self._settings.workers if self._ever_ready or self._workers.shares else 1)
        if self._status is Status.STARTING:
            self._become(Status.LOADING)

    def _forget_everything(self) -> None:
        """In a forked worker: undo what belongs to the supervisor alone."""
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        for end in self._signals:
            end.close()
        self._room.abandon()
        self._reporter.abandon()
        self._selector.close()
        resource.setrlimit(resource.RLIMIT_NOFILE, self._files)

    def _on_message(self, worker: Worker, message: Message) -> None:
        kind = message["kind"]
        if "numbers" in message:
            self._totals.told(worker.pid, message["numbers"])
        if kind in ("failed", "leaving", "stalled"):
            worker.stalled = kind == "stalled"
            worker.reason = message.get("reason")
            worker.ready = False
            worker.channel.send("left")
            self._update()
        elif kind == "retiring":
            worker.retiring = True
            worker.reason = message.get("reason")
            log.warning("worker_retiring", pid=worker.pid, reason=worker.reason)
        elif kind == "born" and self._ending:
            self._workers.kill(worker)
        elif kind == "template":
            worker.forks = worker.was_ready = True
            self._lost_in_a_row = 0
            log.info("model_sharing", shares_model=True, pid=worker.pid)
        elif kind == "unshared":
            worker.template = self._workers.shares = False
            _say_unshared(message.get("reason", ""))
        elif kind == "loaded" and self._status is not Status.DRAINING:
            self._on_loaded(worker)

    def _on_loaded(self, worker: Worker) -> None:
        # The waiting room closes first: a connection arriving now waits in the kernel for this worker.
        self._room.close()
        worker.channel.send("accept")
        worker.ready = worker.was_ready = self._ever_ready = True
        self._lost_in_a_row = 0
        self._update()
        for old in self._workers:
            if old.retiring and old.ready:
                old.ready = False
                old.channel.send("retire")

    def _update(self) -> None:
        """The status follows from the workers, until the end has been decided."""
        if self._ending:
            return
        if any(worker.ready for worker in self._workers):
            self._become(Status.READY)
        else:
            self._become(Status.LOADING)
            self._room.open()

    def _on_exit(self, worker: Worker, code: int | None) -> None:
        self._totals.ended(worker.pid)
        reason = worker.reason or describe_exit(code, worker)
        lost = self._workers.recover(worker, reason)
        if lost:
            self._totals.lost(lost)
            log.error("requests_lost", requests=lost, pid=worker.pid, reason=reason)
        if self._ending:
            return
        self._lost_in_a_row = 0 if worker.was_ready else self._lost_in_a_row + 1
        never_loaded = worker.loads and not worker.was_ready and not self._ever_ready
        if never_loaded or (not self._workers.any_serve and self._lost_in_a_row >= len(BACKOFF_SECONDS)):
            self._fail(reason)
            return
        self._start_after = time.monotonic() + BACKOFF_SECONDS[min(self._lost_in_a_row, len(BACKOFF_SECONDS) - 1)]
        log.warning("template_replaced" if worker.template else "worker_replaced", pid=worker.pid, reason=reason)
        self._update()

    def _kill_stalled(self) -> None:
        limit = self._settings.timeout + STALL_SECONDS
        for worker in self._workers:
            if worker.ready and time.monotonic() - worker.heard > limit:
                worker.reason = f"the worker stood still for {limit:g} s inside predict(): killed"
                worker.stalled = True
                self._workers.kill(worker)

    def _stand_in(self) -> None:
        """Answer /ping for workers that are all too deep in a prediction to do so; open or close the waiting room accordingly."""
        if self._status is not Status.READY:
            return
        recently = time.monotonic() - SILENT_SECONDS
        if any(worker.ready and worker.heard > recently for worker in self._workers):
            self._room.close()
        else:
            self._room.open()

    def _waits(self) -> bool:
        """Whether a request that comes now is answered by a worker, soon."""
        return self._status is Status.READY or (self._status is Status.LOADING and self._ever_ready)

    def _refuse(self, connection: socket.socket) -> None:
        self._room.refuse(connection)

    def _fail(self, reason: str) -> None:
        self._reason = reason
        self._become(Status.FAILED)
        self._ends_at = time.monotonic() + FAILED_SECONDS
        self._room.open()
        self._workers.give_up()
        failure.write(self._layout.failure, reason)
        log.error("serving_failed", reason=reason)

    def _become(self, status: Status) -> None:
        if status is not self._status:
            self._status = status
            log.info("status", status=status.value)


def open_more_files() -> tuple[int, int]:
    """Let this process open as many as it may: it has a copy of each connection. Returns what it might before, for the workers."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    soft = MOST_FILES if before[1] == resource.RLIM_INFINITY else min(before[1], MOST_FILES)
    if soft > before[0] != resource.RLIM_INFINITY:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, before[1]))
    return before


def _say_unshared(reason: str) -> None:
    log.info("model_sharing", shares_model=False, reason=reason)


def _wake(_number: int, _frame: object) -> None:
    """Does nothing: the signal's number has already reached the loop through the wake-up socket."""
