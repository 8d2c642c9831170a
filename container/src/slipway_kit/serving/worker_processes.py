"""The processes under the supervisor: workers, and the template they are forked from. Starts, hears, reaps and ends them; decides nothing.

With one worker, or where a loaded model cannot be shared, each worker is forked from the supervisor and loads for itself. Otherwise the first
process becomes the template, and workers are forked from it. They are the supervisor's children all the same: it adopts orphans.
"""

import contextlib
import os
import selectors
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterator

from slipway_kit.serving.channel import Channel, Message
from slipway_kit.serving.custody import Custody
from slipway_kit.serving.orphans import REQUEST_SECONDS, Orphan, Orphans, Taker
from slipway_kit.serving.worker_process import Birth, Worker, WorkerMain


class WorkerProcesses:
    """`hear` is told each message of a process; `forget` closes, in a new process, what is the supervisor's alone.

    `refuse` answers a connection whose request has waited for a worker in vain.
    """

    def __init__(
        self,
        listener: socket.socket,
        selector: selectors.BaseSelector,
        work: WorkerMain,
        hear: Callable[[Worker, Message], None],
        forget: Callable[[], None],
        refuse: Callable[[socket.socket], None],
    ) -> None:
        self._listener = listener
        self._selector = selector
        self._work = work
        self._hear = hear
        self._forget = forget
        self._all: list[Worker] = []
        self._unborn_lost: list[Worker] = []
        self._orphans = Orphans(self._takers, refuse)
        # Nobody writes to it: its reading end comes to an end when the supervisor does.
        self._life, self._own_life = os.pipe()
        self.shares = False
        """Workers are forked from a template."""

    def __iter__(self) -> Iterator[Worker]:
        return iter(self._all)

    @property
    def any_serve(self) -> bool:
        """There are workers, ready or not."""
        return any(not worker.template for worker in self._all)

    # Starting

    def start(self, wanted: int) -> None:
        """Start what is missing of so many workers."""
        missing = wanted - sum(not worker.retiring and not worker.template for worker in self._all)
        if not self.shares:
            for _ in range(missing):
                self._start_loading(template=False)
            return
        template = next((worker for worker in self._all if worker.template), None)
        if template is None:
            self._start_loading(template=True)
        elif template.forks:
            for _ in range(missing):
                self._start_from(template)

    def _start_loading(self, *, template: bool) -> None:
        ours, theirs = socket.socketpair()
        sys.stdout.flush()
        sys.stderr.flush()
        supervisor = os.getpid()
        pid = os.fork()
        if pid == 0:
            ours.close()
            self._close_copies()
            self._work(Birth(self._listener, Channel(theirs), supervisor, self._life, template))
            os._exit(70)
        theirs.close()
        self._add(Worker(pid, Channel(ours), template=template))

    def _start_from(self, template: Worker) -> None:
        ours, theirs = socket.socketpair()
        ordered = template.channel.send_fork(theirs, self._listener)
        theirs.close()
        if ordered:
            self._add(Worker(0, Channel(ours), loads=False))
        else:  # it is ending, or has much to do: next time
            ours.close()

    def _add(self, worker: Worker) -> None:
        worker.channel.socket.setblocking(False)
        self._all.append(worker)
        self._selector.register(worker.channel.socket, selectors.EVENT_READ, lambda: self._read(worker))

    def _close_copies(self) -> None:
        os.close(self._own_life)
        self._orphans.abandon()
        for sibling in self._all:
            sibling.channel.close()
            if sibling.custody is not None:
                sibling.custody.abandon()
        self._forget()

    # Hearing

    def _read(self, worker: Worker) -> bool:
        """Whether there was something."""
        messages = worker.channel.receive()
        if messages is None:  # the process is ending; reaping it says how
            self._stop_listening(worker)
            if not worker.pid:
                self._unborn_lost.append(worker)
            return False
        worker.heard = time.monotonic()
        for message in messages:
            if message["kind"] == "born":
                worker.pid = message.get("pid", 0)
            elif message["kind"] == "custody":
                worker.custody = Custody(worker.channel.take_socket(), worker.channel.take_descriptor(), self._selector)
            elif message["kind"] in ("connection", "request"):
                connection = worker.channel.take_socket()
                request = worker.channel.take_descriptor() if message["kind"] == "request" else None
                self._orphans.take(Orphan(connection, request))
            self._hear(worker, message)
        return bool(messages)

    def _stop_listening(self, worker: Worker) -> None:
        if worker.listening:
            self._selector.unregister(worker.channel.socket)
            worker.listening = False

    # Ending

    def reap(self) -> Iterator[tuple[Worker, int | None]]:
        """The processes that have ended, each with its exit code; None when it ended before it said who it is."""
        # Any child: as the first process of a container, and as who adopts orphans, the supervisor inherits what the model has left behind too.
        while True:
            try:
                pid, state = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            worker = self._find(pid)
            if worker is not None:
                self._remove(worker)
                yield worker, os.waitstatus_to_exitcode(state)
        for worker in self._unborn_lost:
            self._remove(worker)
            yield worker, None
        self._unborn_lost.clear()

    def _find(self, pid: int) -> Worker | None:
        for worker in self._all:
            if worker.pid == 0:  # who it is may be said, and not heard yet
                self._read_all(worker)
        return next((worker for worker in self._all if worker.pid == pid), None)

    def _read_all(self, worker: Worker) -> None:
        while worker.listening and self._read(worker):
            continue

    def _remove(self, worker: Worker) -> None:
        self._read_all(worker)  # its last words
        self._stop_listening(worker)
        worker.channel.close()
        self._all.remove(worker)

    def drain(self) -> None:
        """Let those that serve finish, and end the others."""
        self._orphans.end()
        for worker in self._all:
            if worker.ready:
                worker.channel.send("drain")
            else:
                self.kill(worker)

    def kill(self, worker: Worker) -> None:
        """At once. One whose process is not known yet is killed when it says who it is."""
        if worker.pid:
            os.kill(worker.pid, signal.SIGKILL)

    def kill_all(self) -> None:
        for worker in self._all:
            self.kill(worker)
            if worker.pid:
                with contextlib.suppress(ChildProcessError):  # the one between it and the template has not ended yet
                    os.waitpid(worker.pid, 0)
        self._all.clear()

    # Connections

    def place_orphans(self) -> None:
        """Connections that a worker has left behind go to the next one that is ready."""
        self._orphans.place()

    def take_over(self, connection: socket.socket) -> None:
        """A connection with a request on it, unread: the worker that was heard last gets it, or the next one that is ready."""
        self._orphans.take(Orphan(connection, until=time.monotonic() + REQUEST_SECONDS))
        self._orphans.place()

    def recover(self, worker: Worker, reason: str) -> int:
        """Take over what a worker that has ended has left behind; returns how many requests are lost."""
        if worker.custody is None:
            return 0
        lost = 0
        for orphan in worker.custody.recover(worker.lost(reason)):
            if orphan is None:
                lost += 1
            else:
                self._orphans.take(orphan)
        worker.custody = None
        self._orphans.place()
        return lost

    def give_up(self) -> None:
        """No worker will come: those who wait are told so."""
        self._orphans.end()

    def _takers(self) -> list[Taker]:
        return [*sorted((worker for worker in self._all if worker.ready), key=lambda worker: -worker.heard)]
