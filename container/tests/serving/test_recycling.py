"""Workers that hang, run out of memory or grow are replaced, and nobody else's request fails for it."""

import contextlib
import http.client
import re
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway_kit.serving.main_thread_execution import STREAK
from tests.conftest import PATIENCE, Answer, Held, Serve, Server, in_background, read, until


class Load:
    """Requests one after the other on kept connections, until it is stopped."""

    def __init__(self, server: Server, body: bytes, callers: int) -> None:
        self.answers: list[Answer] = []
        self.lost = 0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(server, body)) for _ in range(callers)]
        for thread in self._threads:
            thread.start()

    def _call(self, server: Server, body: bytes) -> None:
        connection = server.connect()
        while not self._stop.wait(0.002):
            try:
                connection.request("POST", "/invocations", body, {})
                self.answers.append(read(connection))
            except (OSError, http.client.HTTPException):
                self.lost += 1
                connection.close()
        connection.close()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)

    def count(self, status: int) -> int:
        return sum(answer.status == status for answer in self.answers)


@contextlib.contextmanager
def load(server: Server, body: bytes = b"{}", callers: int = 4) -> Iterator[Load]:
    running = Load(server, body, callers)
    try:
        yield running
    finally:
        running.stop()


def test_a_fast_model_that_hangs_on_the_event_loop_is_answered_504_and_replaced(serve: Serve) -> None:
    server = serve("scripted", SAGEMAKER_MODEL_SERVER_TIMEOUT="1")
    kept = server.connect()
    for _ in range(STREAK * 3):
        kept.request("POST", "/invocations", b"{}", {})
        before = read(kept).json["pid"]
    held = Held(server)
    kept.request("POST", "/invocations", b"{}", {})
    answer = held.answer()
    assert (answer.status, answer.error["type"]) == (504, "RequestTimeout")
    assert re.fullmatch(r"predict\(\) did not answer within 1 s \(it is at model\.py:\d+ in (hold|<lambda>)\)", answer.error["message"])
    # What had been sent meanwhile on another connection is answered by the next worker, on that same connection.
    after = read(kept)
    kept.close()
    assert after.status == 200
    assert after.json["pid"] != before
    assert [line["reason"].split(" (")[0] for line in server.events("worker_replaced")] == ["predict() did not answer within 1 s"]
    assert [line["status"] for line in server.events("request") if line["status"] >= 400] == [504]


def test_memory_that_runs_out_in_predict_is_a_507_and_the_worker_is_replaced_without_a_lost_request(serve: Serve) -> None:
    server = serve("grows", SAGEMAKER_MODEL_SERVER_WORKERS="2")
    with load(server) as running:
        until(lambda: len(running.answers) > 50, server)
        answer = server.invoke({"memory": True})
        assert (answer.status, answer.error["type"]) == (507, "MemoryError")
        until(lambda: server.events("worker_replaced"), server)
        seen = len(running.answers)
        until(lambda: len(running.answers) > seen + 50, server)
    assert running.lost == 0
    assert running.count(200) == len(running.answers)
    assert [line["reason"] for line in server.events("worker_retiring")] == ["predict() ran out of memory at model.py:12"]
    assert len(server.events("worker_replaced")) == 1


def test_a_worker_that_grows_over_its_memory_is_replaced_once_its_replacement_serves(serve: Serve) -> None:
    server = serve("grows", SLIPWAY_MAX_WORKER_BYTES=str(150 * 1024 * 1024))
    first = server.invoke({"keep": 160 * 1024 * 1024}).json
    with load(server) as running:
        until(lambda: server.events("worker_replaced"), server)
        seen = len(running.answers)
        until(lambda: len(running.answers) > seen + 50, server)
    assert (running.lost, running.count(200)) == (0, len(running.answers))
    assert server.invoke({}).json != first
    assert "the limit is 157286400 (SLIPWAY_MAX_WORKER_BYTES)" in server.events("worker_retiring")[0]["reason"]
    assert server.ping().json == {"status": "ready"}


def test_a_worker_killed_under_load_loses_only_the_request_that_it_predicts(serve: Serve) -> None:
    server = serve("scripted", SAGEMAKER_MODEL_SERVER_WORKERS="2")
    until(lambda: len({server.invoke({}).json["pid"] for _ in range(20)}) == 2, server)
    with load(server, callers=6) as running:
        until(lambda: len(running.answers) > 100, server)
        killer = in_background(lambda: server.invoke({"kill": True}))
        until(lambda: server.events("worker_replaced"), server)
        seen = len(running.answers)
        until(lambda: len(running.answers) > seen + 100, server)
    assert killer().status == 503
    assert (running.count(200), running.lost) == (len(running.answers), 0)


def test_a_head_or_body_that_trickles_in_is_cut_off_with_a_408(serve: Serve) -> None:
    server = serve("echo", SLIPWAY_CLIENT_TIMEOUT="1")
    for beginning in (b"POST /invocations HTTP/1.1\r\nhost: x\r\n", b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n{"):
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as slow:
            slow.sendall(beginning)
            assert slow.recv(65536).startswith(b"HTTP/1.1 408 ")
    assert server.invoke(1).json == 1


def test_fifty_thousand_requests_leave_no_memory_behind(serve: Serve) -> None:
    server = serve("echo", SLIPWAY_ACCESS_LOG="off")
    body = b'{"n":[1,2,3]}'
    request = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    worker = int(Path(f"/proc/{server.running.pid}/task/{server.running.pid}/children").read_text().split()[0])

    def resident() -> int:
        return int(Path(f"/proc/{worker}/statm").read_text().split()[1]) * 4096

    def ask(count: int) -> None:
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection, connection.makefile("rb") as answers:
            for _ in range(count // 100):
                connection.sendall(request * 100)
                for _ in range(100):
                    assert answers.readline() == b"HTTP/1.1 200 OK\r\n"
                    while answers.readline() != b"\r\n":
                        pass
                    assert answers.read(len(body)) == body

    ask(5_000)
    before = resident()
    ask(50_000)
    assert resident() - before < 4 * 1024 * 1024


def test_who_sends_without_reading_is_not_read_from_and_cut_off(serve: Serve) -> None:
    server = serve("echo", SLIPWAY_CLIENT_TIMEOUT="1", SLIPWAY_ACCESS_LOG="off")
    body = b'"' + b"x" * 100_000 + b'"'
    request = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as greedy:

        def send() -> None:
            for _ in range(10_000):
                greedy.sendall(request)

        with pytest.raises(OSError, match=r"reset by peer|Broken pipe"):
            send()
    assert server.invoke(1).json == 1


def test_memory_that_runs_out_in_load_ends_the_server_with_the_reason(start_server: Serve) -> None:
    server = start_server("load_memory")
    assert server.wait() == 1
    assert server.failure.splitlines()[0] == "MemoryError: no room for the weights (model.py:6 in load)"


def test_a_model_larger_than_its_memory_ends_the_server_with_a_reason_that_names_memory(start_server: Serve) -> None:
    server = start_server("limited", LOADS=str(1 << 30))
    assert server.wait() == 1
    assert server.failure.splitlines()[0] == "MemoryError: the model does not fit into memory (model.py:13 in load)"
    assert [line["reason"] for line in server.events("serving_failed")] == ["MemoryError: the model does not fit into memory (model.py:13 in load)"]
    assert [line["status"] for line in server.events("status")] == ["loading", "failed"]


def test_a_prediction_larger_than_memory_is_a_507_and_the_next_worker_answers(serve: Serve) -> None:
    server = serve("limited")
    first = server.invoke({"take": 1000}).json
    assert first["took"] == 1000
    answer = server.invoke({"take": 1 << 30})
    assert (answer.status, answer.error["type"], answer.error["location"]) == (507, "MemoryError", "model.py:16")
    until(lambda: server.events("worker_replaced"), server)
    assert [line["reason"] for line in server.events("worker_retiring")] == ["predict() ran out of memory at model.py:16"]
    assert server.invoke({"take": 1000}).json["pid"] != first["pid"]
