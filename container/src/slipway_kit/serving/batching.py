"""Calls of a model, and how several that wait at once are answered by one `predict_batch`.

Nothing ever waits for a batch to fill: a batch is what has queued while the model was busy. When one fails, its requests are predicted one by
one, so that an error reaches only the request it belongs to.
"""

import time
from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass
from typing import Any

from slipway_kit import log


class Call:
    """One prediction: its input, what came of it, and whom to tell (on the loop's thread)."""

    __slots__ = ("batch", "began", "cancelled", "deadline", "error", "function", "input", "kind", "running", "tell", "value", "weight")

    def __init__(self, value: Any, deadline: float, tell: Callable[["Call"], None], kind: str = "", weight: int = 0) -> None:
        self.input = value
        self.value: Any = None
        self.error: BaseException | None = None
        self.deadline = deadline
        self.tell = tell
        self.kind = kind
        """Only calls of one kind are batched: what they carry is alike."""
        self.weight = weight
        """Bytes of the request."""
        self.function: Callable[[Any], Any] | None = None
        """What to call instead of `predict`, never in a batch."""
        self.running = False
        self.cancelled = False
        self.batch = 1
        """Requests answered together with it, itself included."""
        self.began = 0.0
        """`time.perf_counter()` when the model turned to it."""


@dataclass(frozen=True)
class BatchLimits:
    """A batch ends at either limit; a single request may be over `size_bytes`."""

    calls: int = 64
    size_bytes: int = 16 * 1024 * 1024


class Batcher:
    """Calls the model for groups of calls, and counts them."""

    def __init__(
        self, predict: Callable[[Any], Any], predict_batch: Callable[[list[Any]], Any] | None = None, limits: BatchLimits | None = None
    ) -> None:
        self._predict = predict
        self._predict_batch = predict_batch
        self._limits = limits or BatchLimits()
        self._told = False
        self.batches = predict_batch is not None and self._limits.calls > 1
        self.groups = 0
        self.answered = 0

    def group(self, calls: Sequence[Call], start: int = 0) -> list[Call]:
        """The calls from `start` that one call of the model answers."""
        group, weight = [calls[start]], calls[start].weight
        for call in calls[start + 1 :]:
            weight += call.weight
            if not self.fits(group, call, weight):
                break
            group.append(call)
        return group

    def fits(self, group: Sequence[Call], call: Call, weight: int) -> bool:
        """Whether `call`, with which the group would weigh `weight` bytes, may join it."""
        first = group[0]
        return (
            self.batches
            and len(group) < self._limits.calls
            and weight <= self._limits.size_bytes
            and call.kind == first.kind
            and call.function is None
            and first.function is None
        )

    def perform(self, group: Sequence[Call]) -> None:
        """Answer the calls: sets `value` or `error` of each."""
        self.groups += 1
        self.answered += len(group)
        began = time.perf_counter()
        for call in group:
            call.began = began
        if len(group) > 1 and self._perform_together(group):
            return
        for call in group:
            if not call.cancelled:
                self._perform_alone(call)

    def _perform_alone(self, call: Call) -> None:
        call.running = True
        try:
            call.value = (call.function or self._predict)(call.input)
        except BaseException as error:  # also sys.exit(): it ends the request, not the server
            call.error = error
        call.running = False

    def _perform_together(self, group: Sequence[Call]) -> bool:
        """One call of `predict_batch`. False when the calls must be done one by one."""
        if self._predict_batch is None:
            return False
        for call in group:
            call.running = True
        answers: list[Any] | None = None
        try:
            answers = _listed(self._predict_batch([call.input for call in group]))
            if answers is None or len(answers) != len(group):
                self._tell_once(answers, len(group))
                answers = None
        except BaseException as error:  # whose it is shows when they are done one by one
            log.warning("batch_retried", requests=len(group), reason=f"{type(error).__name__}: {error}"[:200])
        for call in group:
            call.running = False
        if answers is None:
            return False
        size = len(group)
        for call, answer in zip(group, answers, strict=True):
            call.batch = size
            if isinstance(answer, Exception):
                call.error = answer
            else:
                call.value = answer
        return True

    def _tell_once(self, answers: list[Any] | None, wanted: int) -> None:
        if self._told:
            return
        self._told = True
        got = "something that is no list" if answers is None else f"{len(answers)} answers"
        log.error("predict_batch_wrong", reason=f"predict_batch returned {got} for {wanted} inputs: requests are predicted one by one")


def _listed(answers: Any) -> list[Any] | None:
    """A list, tuple or array as a list; None for what has no order or is one value."""
    if isinstance(answers, list):
        return answers
    if isinstance(answers, str | bytes | dict | set) or not (isinstance(answers, Iterable) and isinstance(answers, Sized)):
        return None
    return list(answers)
