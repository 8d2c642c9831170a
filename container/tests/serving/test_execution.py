"""Where predictions run."""

import asyncio
import threading
from collections.abc import Callable

import pytest
import uvloop

from slipway_kit.serving.batching import Batcher, Call
from slipway_kit.serving.main_thread_execution import STREAK, MainThreadExecution


class Clock:
    """Stands still but when a prediction says how long it took."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


Script = Callable[[MainThreadExecution, asyncio.AbstractEventLoop], None]


def run(predict: Callable[[object], object], script: Script, clock: Clock | None = None) -> None:
    """Run an execution on this thread until the script finishes it; no time passes on its clock by itself."""
    loop = uvloop.new_event_loop()
    execution = MainThreadExecution(Batcher(predict), loop, clock or Clock())
    loop.call_soon(script, execution, loop)
    execution.run()
    loop.close()


def test_every_call_runs_on_the_thread_that_loaded_the_model_whether_fast_or_slow() -> None:
    threads: set[int] = set()
    answers: list[object] = []
    durations = [0.0] * (STREAK * 2) + [0.2] + [0.0] * (STREAK * 4)
    clock = Clock()

    def predict(number: object) -> object:
        assert isinstance(number, int)
        threads.add(threading.get_ident())
        clock.now += durations[number]
        return number

    def script(execution: MainThreadExecution, loop: asyncio.AbstractEventLoop) -> None:
        def submit(number: int) -> None:
            execution.submit(Call(number, 0.0, tell))

        def tell(call: Call) -> None:
            answers.append(call.value)
            if len(answers) == len(durations):
                execution.finish()
            else:
                loop.call_soon(submit, len(answers))

        submit(0)

    run(predict, script, clock)
    assert answers == list(range(len(durations)))
    assert threads == {threading.get_ident()}


@pytest.mark.parametrize(("length", "leaves"), [(0.05, False), (0.2, True)])
def test_the_loop_comes_to_the_models_thread_while_calls_are_short_and_leaves_it_when_one_is_very_long(length: float, leaves: bool) -> None:
    loops: list[bool] = []
    total = STREAK + 3
    clock = Clock()

    def predict(number: object) -> object:
        clock.now += length if number == total - 2 else 0.0
        return number

    def script(execution: MainThreadExecution, loop: asyncio.AbstractEventLoop) -> None:
        def tell(call: Call) -> None:
            assert isinstance(call.value, int)
            loop.call_soon(submit, call.value + 1)

        def submit(number: int) -> None:
            loops.append(threading.current_thread() is threading.main_thread())
            if number == total:
                execution.finish()
            else:
                execution.submit(Call(number, 0.0, tell))

        submit(0)

    run(predict, script, clock)
    assert (loops[0], loops[total - 2], loops[total]) == (False, True, not leaves)


def test_two_long_calls_soon_after_one_another_move_the_loop_away() -> None:
    loops: list[bool] = []
    clock = Clock()

    def predict(number: object) -> object:
        clock.now += 0.05 if number in (STREAK + 1, STREAK + 5) else 0.0
        return number

    def script(execution: MainThreadExecution, loop: asyncio.AbstractEventLoop) -> None:
        def tell(call: Call) -> None:
            loop.call_soon(submit, call.input + 1)

        def submit(number: int) -> None:
            loops.append(threading.current_thread() is threading.main_thread())
            if number == STREAK + 7:
                execution.finish()
            else:
                execution.submit(Call(number, 0.0, tell))

        submit(0)

    run(predict, script, clock)
    assert (loops[STREAK + 5], loops[STREAK + 7]) == (True, False)


def test_a_burst_submitted_while_the_loop_moves_is_predicted_in_order_and_answered_once() -> None:
    predicted: list[object] = []
    answers: list[int] = []
    total = STREAK * 20

    def script(execution: MainThreadExecution, loop: asyncio.AbstractEventLoop) -> None:
        def tell(call: Call) -> None:
            answers.append(call.input)
            if len(answers) == total:
                execution.finish()

        def burst(start: int) -> None:
            for number in range(start, start + 4):
                execution.submit(Call(number, 0.0, tell))
            if start + 4 < total:
                loop.call_soon(burst, start + 4)

        burst(0)

    run(predicted.append, script)
    assert predicted == list(range(total))
    assert sorted(answers) == list(range(total))


def test_a_call_cancelled_before_its_turn_never_reaches_the_model() -> None:
    seen: list[object] = []
    cancelled = threading.Event()

    def predict(number: object) -> None:
        assert cancelled.wait(60)
        seen.append(number)

    def script(execution: MainThreadExecution, loop: asyncio.AbstractEventLoop) -> None:
        calls = [Call(number, 0.0, lambda call: execution.finish() if call.input == 2 else None) for number in range(3)]
        for call in calls:
            execution.submit(call)
        assert execution.interrupt(calls[1])
        assert execution.waiting == 3
        assert loop.is_running()
        cancelled.set()

    run(predict, script)
    assert seen == [0, 2]


def test_an_error_belongs_to_its_call_alone() -> None:
    outcomes: list[str] = []

    def predict(number: object) -> float:
        assert isinstance(number, int)
        return 1 / number

    def script(execution: MainThreadExecution, _loop: asyncio.AbstractEventLoop) -> None:
        def tell(call: Call) -> None:
            outcomes.append(repr(call.error or call.value))
            if len(outcomes) == 3:
                execution.finish()

        for number in (1, 0, 2):
            execution.submit(Call(number, 0.0, tell))

    run(predict, script)
    assert outcomes == ["1.0", "ZeroDivisionError('division by zero')", "0.5"]
