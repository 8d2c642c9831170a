"""Runs the model's calls: where, in what order, for how long.

Every call of a model happens on the main thread, the one load() ran on, so that whatever the model keeps per thread (a database connection,
torch's grad mode) holds for predict() too. What moves is the event loop:

- while calls are short it runs on the main thread as well, and predict() is called right where the request was read: nothing is faster;
- when calls are long it runs on a thread of its own, so that /ping and other connections are answered during predictions.

With batching, requests that one turn of the loop has read are answered together at its end. As long as turns bring one request each, it is
answered right away: a lone caller pays nothing for batching.
"""

import asyncio
import os
import queue
import threading
import time
from collections.abc import Callable, Sequence

from slipway_kit import log
from slipway_kit.serving.batching import Batcher, Call

SHORT_SECONDS = 0.002
LONG_SECONDS = 0.010
VERY_LONG_SECONDS = 0.100
LONG_WITHIN = 64
"""Two long calls among this many move the loop away; one alone is more often a machine with other work. A very long one does at once."""
STREAK = 16
"""This many short calls in a row bring the loop to the main thread. It doubles after each long call there, so that it does not flap."""
MAX_STREAK = 4096
ABANDONED_SECONDS = 0.01
"""How often a model's thread that was abandoned looks whether it was by mistake."""


class MainThreadExecution:
    """For `def predict`: one call of the model at a time, in order."""

    def __init__(self, batcher: Batcher, loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.perf_counter) -> None:
        self.running: Sequence[Call] = ()
        """What the model is busy with."""
        self._abandoned = False
        self._batcher = batcher
        self._loop = loop
        self._clock = clock
        self._calls: queue.SimpleQueue[Call | None] = queue.SimpleQueue()
        self._held: Call | None = None
        self.waiting = 0
        """Calls submitted and not yet answered."""
        self._inline = False
        self._finished = False
        self._streak = 0
        self._needed = STREAK
        self._since_long = LONG_WITHIN
        self._turn: list[Call] = []
        self._in_turn = False
        self._answered_at_once = False
        self._lone = True

    @property
    def counts(self) -> tuple[int, int]:
        return self._batcher.groups, self._batcher.answered

    @property
    def inline(self) -> bool:
        """The model is called on the thread of the event loop."""
        return self._inline

    def submit(self, call: Call) -> None:
        if not self._inline:
            self._wait(call)
            self._calls.put(call)
        elif self._in_turn or not self._lone:
            self._wait(call)
            self._turn.append(call)
            self._end_turn_later()
        elif not self._batcher.batches:
            self._answer([call])
        else:
            self._answered_at_once = True
            self._end_turn_later()
            self._answer([call])

    def _wait(self, call: Call) -> None:
        self.waiting += 1
        if (record := call.record) is not None:
            record.wait()

    def run(self) -> None:
        while not self._finished:
            if self._inline:
                self._loop.run_forever()
            else:
                self._run_apart()

    def finish(self) -> None:
        self._finished = True
        self._loop.stop()
        self._calls.put(None)

    def abandon(self) -> Sequence[Call]:
        """From another thread: the model begins nothing more, and what it is at (returned) is told to nobody, however soon it may be done."""
        # Each side writes first and then looks at what the other writes: so one of them always sees the other.
        self._abandoned = True
        return self.running

    def resume(self) -> None:
        """It was by mistake: the model was just done."""
        self._abandoned = False

    def interrupt(self, call: Call) -> bool:
        call.cancelled = True
        return not call.running

    # With the loop on the main thread

    def _end_turn_later(self) -> None:
        if not self._in_turn:
            self._in_turn = True
            self._loop.call_soon(self._end_turn)

    def _end_turn(self) -> None:
        """Everything that could be read has been: answer it."""
        calls, self._turn = self._turn, []
        self._in_turn = False
        self._lone = not self._batcher.batches or len(calls) + self._answered_at_once <= 1
        self._answered_at_once = False
        start = 0
        while start < len(calls) and self._inline:
            group = self._batcher.group(calls, start)
            start += len(group)
            self.waiting -= len(group)
            self._answer(group)
        for call in calls[start:]:  # the loop is leaving this thread
            self._calls.put(call)

    def _answer(self, group: Sequence[Call]) -> None:
        took = self._perform(group)
        self._since_long += 1
        if took > LONG_SECONDS:
            again, self._since_long = self._since_long <= LONG_WITHIN, 0
            if again or took > VERY_LONG_SECONDS:
                self._inline = False
                self._streak, self._needed = 0, min(self._needed * 2, MAX_STREAK)
                self._loop.stop()
        for call in group:
            call.tell(call)

    # With the loop on a thread of its own

    def _run_apart(self) -> None:
        thread = threading.Thread(target=self._turn_loop, name="slipway-http", daemon=True)
        thread.start()
        while group := self._take():
            took = self._perform(group)
            self._loop.call_soon_threadsafe(self._complete, group)
            self._streak = self._streak + 1 if took < SHORT_SECONDS else 0
            if self._streak >= self._needed:
                self._loop.call_soon_threadsafe(self._loop.stop)
                break
        thread.join()
        if group:
            self._come_back()

    def _take(self) -> list[Call]:
        """The next group, as soon as there is a call; empty at the end."""
        first, self._held = self._held or self._calls.get(), None
        if first is None:
            return []
        group, weight = [first], first.weight
        while self._batcher.batches and not self._calls.empty():
            call = self._calls.get()
            if call is None:
                self._calls.put(None)
                break
            weight += call.weight
            if not self._batcher.fits(group, call, weight):
                self._held = call
                break
            group.append(call)
        return group

    def _come_back(self) -> None:
        """The loop stands still here: it will run on this thread, and begin with what was submitted while it was stopping."""
        self._inline = True
        late = [] if self._held is None else [self._held]
        self._held = None
        while not self._calls.empty():
            call = self._calls.get()
            if call is None:
                break
            late.append(call)
        if late:
            self._turn = late + self._turn
            self._end_turn_later()

    def _turn_loop(self) -> None:
        try:
            self._loop.run_forever()
        except BaseException as error:  # without its loop the process would wait for ever
            log.error("event_loop_failed", error)
            os._exit(70)

    def _complete(self, group: Sequence[Call]) -> None:
        self.waiting -= len(group)
        for call in group:
            call.tell(call)

    # Both

    def _perform(self, group: Sequence[Call]) -> float:
        """Call the model; returns the seconds it took."""
        wanted = [call for call in group if not call.cancelled]
        if not wanted:
            return 0.0
        self.running = wanted
        while self._abandoned:
            time.sleep(ABANDONED_SECONDS)
        started = self._clock()
        self._batcher.perform(wanted)
        took = self._clock() - started
        self.running = ()
        while self._abandoned:
            time.sleep(ABANDONED_SECONDS)
        return took
