"""Calls of a model, and how several that wait at once are answered by one `predict_batch`.

Nothing ever waits for a batch to fill: a batch is what has queued while the model was busy. When one raises, its requests are predicted one by
one, so that an error reaches only the request it belongs to. When it returns the wrong number of answers, nobody can tell whose is which: all
of its requests fail.
"""

import time
from collections.abc import Callable, Iterable, Sequence, Sized
from dataclasses import dataclass
from typing import Any

from slipway_kit import log
from slipway_kit.errors import ContractError, message_of
from slipway_kit.serving.record import Record


class Call:
    """One prediction: its input, what came of it, and whom to tell (on the loop's thread)."""

    __slots__ = ("batch", "began", "cancelled", "deadline", "error", "function", "input", "kind", "record", "running", "tell", "value", "weight")

    def __init__(
        self, value: Any, deadline: float, tell: Callable[["Call"], None], kind: str = "", weight: int = 0, record: Record | None = None
    ) -> None:
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
        self.record = record
        """Where it is noted that the model has begun it."""
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
            if (record := call.record) is not None:
                record.begin()
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
        given: Any = None
        raised = True
        try:
            given = self._predict_batch([call.input for call in group])
            answers, raised = _listed(given), False
        except BaseException as error:  # whose it is shows when they are done one by one
            log.warning("batch_retried", requests=len(group), reason=f"{type(error).__name__}: {message_of(error)}"[:200])
        for call in group:
            call.running = False
        if raised:
            return False
        size = len(group)
        if answers is None or len(answers) != size:
            answers = [_wrong(given, answers, size)] * size
        for call, answer in zip(group, answers, strict=True):
            call.batch = size
            if isinstance(answer, Exception):
                call.error = answer
            else:
                call.value = answer
        return True


def _wrong(given: Any, answers: list[Any] | None, wanted: int) -> ContractError:
    """What each request of the batch fails with; the log has both lengths."""
    length = None if answers is None else len(answers)
    got = f"a {type(given).__name__}, which is no list" if length is None else f"{length} answers"
    message = f"predict_batch() returned {got}, for {wanted} requests: it has to return a list with one answer for each, in their order"
    log.error("predict_batch_wrong", reason=message, given=length, wanted=wanted)
    return ContractError(message)


def _listed(answers: Any) -> list[Any] | None:
    """A list, tuple or array as a list; None for what has no order or is one value."""
    if isinstance(answers, list):
        return answers
    if isinstance(answers, str | bytes | dict | set) or not (isinstance(answers, Iterable) and isinstance(answers, Sized)):
        return None
    return list(answers)
