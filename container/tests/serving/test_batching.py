"""Batches: what comes out is what one-by-one prediction gives, in order, and errors stay where they belong."""

import asyncio
import threading
import urllib.request
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from slipway_kit.serving.batching import Batcher, BatchLimits, Call
from slipway_kit.serving.main_thread_execution import MainThreadExecution
from tests.conftest import Serve, free_port, in_background, until

Predict = Callable[[Any], Any]


def predict(value: int) -> int:
    if value % 7 == 0:
        raise ValueError(f"no {value}")
    return value * 3


def predict_all(values: list[int]) -> list[int]:
    return [predict(value) for value in values]


def outcome(function: Predict, value: int) -> str:
    try:
        return repr(function(value))
    except ValueError as error:
        return repr(error)


def run(bursts: list[list[int]], batcher: Batcher, kind: Callable[[int], str] = lambda _: "") -> list[tuple[int, str]]:
    """Submit bursts, each within one turn of the loop; what each was answered, in the order of submission. Every call is told once."""
    loop = uvloop.new_event_loop()
    execution = MainThreadExecution(batcher, loop)
    answers: dict[Call, tuple[int, str]] = {}
    calls: list[Call] = []
    total = sum(len(burst) for burst in bursts)

    def tell(call: Call) -> None:
        assert call not in answers
        answers[call] = (call.input, repr(call.value if call.error is None else call.error))
        if len(answers) == total:
            execution.finish()

    def submit(rest: list[list[int]]) -> None:
        for value in rest[0]:
            calls.append(Call(value, 0.0, tell, kind(value), weight=10))
            execution.submit(calls[-1])
        if rest[1:]:
            loop.call_soon(submit, rest[1:])

    loop.call_soon(submit, bursts)
    execution.run()
    loop.close()
    return [answers[call] for call in calls]


BURSTS = st.lists(st.lists(st.integers(0, 500), max_size=12), min_size=1, max_size=40).filter(any)


@given(bursts=BURSTS, size=st.integers(1, 9), weight=st.integers(1, 60), kinds=st.integers(1, 3))
def test_every_answer_and_error_is_that_of_one_by_one_prediction_in_order(bursts: list[list[int]], size: int, weight: int, kinds: int) -> None:
    seen: list[list[int]] = []

    def together(values: list[int]) -> list[int]:
        seen.append(values)
        return predict_all(values)

    batcher = Batcher(predict, together, BatchLimits(size, weight))
    answers = run(bursts, batcher, lambda value: str(value % kinds))
    assert answers == [(value, outcome(predict, value)) for burst in bursts for value in burst]
    assert all(2 <= len(values) <= min(size, max(1, weight // 10)) for values in seen)
    assert all(len({value % kinds for value in values}) == 1 for values in seen)
    assert batcher.answered == len(answers)


@given(bursts=BURSTS, bad=st.sampled_from([None, "text", {"a": 1}, [], [1], 5]))
def test_an_answer_that_is_no_list_of_the_right_length_fails_every_request_of_its_batch(bursts: list[list[int]], bad: object) -> None:
    seen: list[int] = []

    def together(values: list[int]) -> Any:
        seen.extend(values)
        return bad if bad != [1] else [1] * (len(values) + 1)

    answers = run(bursts, Batcher(predict, together))
    wrong = [(value, answer) for value, answer in answers if "predict_batch() returned" in answer]
    assert sorted(value for value, _ in wrong) == sorted(seen)
    assert all(answer == outcome(predict, value) for value, answer in answers if (value, answer) not in wrong)


def test_a_batch_answers_with_a_tuple_or_with_an_error_in_the_list() -> None:
    burst = [[value] for value in range(20)] + [[21, 22, 23, 24], [31, 32, 33]]
    answers = run(burst, Batcher(str, lambda values: tuple(KeyError(value) if value % 2 else value for value in values)))
    assert answers[-3:] == [(31, "KeyError(31)"), (32, "32"), (33, "KeyError(33)")]


def test_a_lone_request_is_answered_before_the_turn_ends() -> None:
    loop = asyncio.new_event_loop()
    execution = MainThreadExecution(Batcher(predict, predict_all), loop)
    order: list[str] = []

    def submit(left: int) -> None:
        execution.submit(Call(1, 0.0, lambda _: order.append("answered")))
        order.append("turn goes on")
        if left:
            loop.call_later(0.001, submit, left - 1)
        else:
            loop.call_soon(execution.finish)

    loop.call_soon(submit, 40)
    execution.run()
    loop.close()
    assert order[-10:] == ["answered", "turn goes on"] * 5


def test_requests_that_wait_for_a_busy_model_are_answered_together(serve: Serve) -> None:
    server = serve("batches")
    busy = in_background(lambda: server.invoke("go"))
    until((server.base / "begun").exists, server)
    waiting = [in_background(partial(server.invoke, number)) for number in range(-1, 8)]
    until(lambda: threading.active_count() >= 10)
    connection = server.connect()
    connection.request("GET", "/ping")
    assert connection.getresponse().status == 200
    connection.close()
    (server.base / "go").touch()
    assert busy().json == "go"
    answers = [answer() for answer in waiting]
    assert [answer.status for answer in answers] == [500] + [200] * 8
    assert [answer.json for answer in answers[1:]] == [number * 2 for number in range(8)]
    assert answers[0].error["message"] == "-1 is negative"
    assert max(server.invoke("sizes").json) > 1


def test_batching_off_never_calls_predict_batch(serve: Serve) -> None:
    server = serve("batches", SLIPWAY_MAX_BATCH="1")
    waiting = [in_background(partial(server.invoke, number)) for number in range(12)]
    assert [answer().json for answer in waiting] == [number * 2 for number in range(12)]
    assert server.invoke("sizes").json == []


@pytest.mark.parametrize("sizes", [[10, 10, 10], [200, 10]])
def test_a_request_over_the_size_of_a_batch_goes_alone(sizes: list[int]) -> None:
    calls = [Call(index, 0.0, lambda _: None, weight=size) for index, size in enumerate(sizes)]
    assert len(Batcher(predict, predict_all, BatchLimits(8, 30)).group(calls)) == (3 if len(sizes) == 3 else 1)


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=60) as answer:
        text: str = answer.read().decode()
        return text


def test_a_batch_with_the_wrong_number_of_answers_is_a_500_with_an_id_for_each_request_and_both_lengths_in_the_log(serve: Serve) -> None:
    metrics = free_port()
    server = serve("batches_short", SLIPWAY_METRICS_PORT=str(metrics))
    busy = in_background(lambda: server.invoke("go"))
    until((server.base / "begun").exists, server)
    waiting = [in_background(partial(server.invoke, number)) for number in range(3)]
    until(lambda: "slipway_queue 4\n" in scrape(metrics), server)  # the busy one counts
    (server.base / "go").touch()
    assert busy().json == "go"
    answers = [answer() for answer in waiting]
    message = "predict_batch() returned 2 answers, for 3 requests: it has to return a list with one answer for each, in their order"
    assert [(answer.status, answer.error["type"], answer.error["message"]) for answer in answers] == [(500, "ContractError", message)] * 3
    wrong = server.events("predict_batch_wrong")
    assert [(line["given"], line["wanted"], line["reason"]) for line in wrong] == [(2, 3, message)]
    assert {line["id"] for line in server.events("predict_failed")} == {answer.error["id"] for answer in answers}
    assert server.invoke(4).json == 8
