"""A prediction that hangs while many others come: who fails for it, who does not, and that nobody is answered or predicted twice."""

import contextlib
import http.client
import itertools
import socket
import threading
from collections import Counter
from collections.abc import Iterator

import pytest

from slipway_kit.serving.main_thread_execution import STREAK
from tests.conftest import PATIENCE, Answer, Held, Serve, Server, in_background, read, until
from tests.serving.processes import workers

HUNG = 1_000_000
CALLERS = 8


class Counted:
    """Callers that send numbered requests, each on a connection it keeps, one after the other until they are stopped.

    Every other one takes its time between head and body.
    """

    def __init__(self, server: Server) -> None:
        self.answers: dict[int, list[Answer]] = {}
        self.lost: list[int] = []
        self._server = server
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(number % 2 == 0,)) for number in range(CALLERS)]
        for thread in self._threads:
            thread.start()

    def _call(self, slow: bool) -> None:
        connection = self._server.connect()
        while not self._stop.wait(0.005):
            number = next(self._numbers)
            try:
                body = b'{"id":%d}' % number
                connection.putrequest("POST", "/invocations")
                connection.putheader("content-length", str(len(body)))
                connection.endheaders()
                if slow:
                    self._stop.wait(0.005)
                connection.send(body)
                answer = read(connection)
            except (OSError, http.client.HTTPException):
                self.lost.append(number)
                connection.close()
            else:
                self.answers.setdefault(number, []).append(answer)
        connection.close()

    def until_more(self, count: int) -> None:
        seen = len(self.answers)
        until(lambda: len(self.answers) >= seen + count, self._server)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads)

    @property
    def failed(self) -> set[int]:
        return {number for number, answers in self.answers.items() if answers[0].status != 200}

    @property
    def sent(self) -> int:
        return len(self.answers) + len(self.lost)


def batches(server: Server) -> list[list[int]]:
    """The numbers of the requests that the model began, together or alone."""
    return [[int(number) for number in line.split(",")] for line in (server.base / "model" / "begun").read_text().splitlines()]


def check_once(server: Server, counted: Counted) -> None:
    """Every answer is that of its request, and nothing was begun twice."""
    assert all(len(answers) == 1 for answers in counted.answers.values())
    assert all(answers[0].json["id"] == number for number, answers in counted.answers.items() if answers[0].status == 200)
    begun = Counter(itertools.chain.from_iterable(batches(server)))
    assert [number for number, times in begun.items() if times > 1] == []
    assert {number for number in counted.answers if number not in counted.failed} <= set(begun)


@contextlib.contextmanager
def server_turned_fast(server: Server) -> Iterator[socket.socket]:
    """Its model is called on the event loop, as it has been short often enough; a connection to it."""
    for number in range(100, 100 + STREAK * 3):
        assert server.invoke({"id": number}).status == 200
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        yield connection


@pytest.mark.parametrize(
    "environment",
    [{}, {"PAUSE": "0.004"}, {"BATCHES": "1"}, {"BATCHES": "1", "PAUSE": "0.004"}],
    ids=["on the event loop", "beside the event loop", "in batches on the event loop", "in batches beside the event loop"],
)
def test_only_what_the_model_had_begun_fails_when_a_prediction_sleeps_for_ever(serve: Serve, environment: dict[str, str]) -> None:
    server = serve("counts", SAGEMAKER_MODEL_SERVER_WORKERS="2", SAGEMAKER_MODEL_SERVER_TIMEOUT="5", **environment)
    counted = Counted(server)
    try:
        counted.until_more(20 * STREAK)
        hung = server.invoke({"id": HUNG, "how": "sleep"})
        assert (hung.status, hung.error["type"]) == (504, "RequestTimeout")
        until(lambda: server.events("worker_replaced"), server)
        counted.until_more(200)
    finally:
        counted.stop()
    check_once(server, counted)
    assert counted.lost == []
    [together] = [numbers for numbers in batches(server) if HUNG in numbers]
    why = [(number, answer.status, answer.body) for number in counted.failed for answer in counted.answers[number]]
    assert counted.failed == set(together) - {HUNG}, why
    assert {counted.answers[number][0].status for number in counted.failed} <= {503, 504}
    assert all(counted.answers[number][0].headers.get("retry-after") == "1" for number in counted.failed if counted.answers[number][0].status == 503)


def test_a_prediction_that_holds_the_interpreter_is_answered_and_no_other_request_fails(serve: Serve) -> None:
    server = serve("counts", SAGEMAKER_MODEL_SERVER_WORKERS="2", SAGEMAKER_MODEL_SERVER_TIMEOUT="3")
    counted = Counted(server)
    try:
        counted.until_more(200)
        hung = in_background(lambda: server.invoke({"id": HUNG, "how": "seize"}))
        until(lambda: server.events("worker_replaced"), server)
        counted.until_more(200)
    finally:
        counted.stop()
    check_once(server, counted)
    answer = hung()
    assert (answer.status, answer.error["type"]) == (504, "RequestTimeout")
    assert (counted.failed, counted.lost) == (set(), [])
    assert [line["reason"] for line in server.events("worker_replaced")] == ["the worker stood still for 13 s inside predict(): killed"]


def test_what_waits_behind_a_hung_prediction_is_answered_by_the_next_worker(serve: Serve) -> None:
    server = serve("scripted", SAGEMAKER_MODEL_SERVER_WORKERS="2", SAGEMAKER_MODEL_SERVER_TIMEOUT="3")
    pids = workers(server, 2)
    connections: list[tuple[http.client.HTTPConnection, int]] = []
    while len({pid for _, pid in connections}) < 2:
        connection = server.connect()
        connection.request("POST", "/invocations", b"{}", {"X-Amzn-SageMaker-Inference-Id": "same"})
        connections.append((connection, read(connection).json["pid"]))
    stuck = Held(server)
    for connection, _ in connections:
        connection.request("POST", "/invocations", b'{"raise":"%b"}' % (b"x" * 300_000), {"X-Amzn-SageMaker-Inference-Id": "same"})
    assert stuck.answer().status == 504
    answers = [read(connection) for connection, _ in connections]
    assert [(answer.status, len(answer.error["message"])) for answer in answers] == [(500, 300_000)] * len(connections)
    for connection, _ in connections:
        connection.request("POST", "/invocations", b"{}", {})
    after = {read(connection).json["pid"] for connection, _ in connections}
    assert len(pids - after) >= 1
    for connection, _ in connections:
        connection.close()
    assert {line["inference_id"] for line in server.events("request") if line["status"] == 500} == {"same"}


def test_pipelined_requests_behind_a_hung_prediction_of_another_connection_are_answered_in_order(serve: Serve) -> None:
    server = serve("scripted", SAGEMAKER_MODEL_SERVER_WORKERS="2", SAGEMAKER_MODEL_SERVER_TIMEOUT="3")
    workers(server, 2)
    stuck = [Held(server), Held(server)]  # both workers, or one of them twice
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        for number in range(3):
            body = b'{"refuse":"number %d"}' % number
            closing = b"connection: close\r\n" if number == 2 else b""
            connection.sendall(b"POST /invocations HTTP/1.1\r\nhost: x\r\n%bcontent-length: %d\r\n\r\n%b" % (closing, len(body), body))
        received = b""
        while data := connection.recv(65536):
            received += data
    assert {each.answer().status for each in stuck} <= {503, 504, 500}
    assert [int(part.split(b"number ")[1][:1]) for part in received.split(b"HTTP/1.1 400 ")[1:]] == [0, 1, 2]


@pytest.mark.parametrize("cut", [10, 71, -5], ids=["in its first line", "after its head", "in its body"])
def test_a_request_of_which_half_has_arrived_when_a_prediction_hangs_is_answered_by_the_next_worker(serve: Serve, cut: int) -> None:
    server = serve("counts", SAGEMAKER_MODEL_SERVER_TIMEOUT="1")
    with server_turned_fast(server) as connection:
        body = b'{"id":7}'
        whole = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\naccept: */*\r\n\r\n%b" % (len(body), body)
        connection.sendall(whole[:cut])
        assert server.invoke({"id": 8}).status == 200  # one turn of the loop later
        assert server.invoke({"id": HUNG, "how": "sleep"}).status == 504
        connection.sendall(whole[cut:])
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert [numbers for numbers in batches(server) if 7 in numbers] == [[7]]
