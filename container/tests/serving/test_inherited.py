"""What a worker that is killed leaves behind, case by case: connections that wait, requests in every state, answers."""

import json
import os
import signal
import socket
import sys
import threading
from pathlib import Path

import pytest

from slipway_kit.serving.main_thread_execution import STREAK
from tests.conftest import PATIENCE, Held, Serve, Server, in_background, read, until
from tests.serving.processes import alive, children

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lets a supervisor go on with its workers' connections")


def post(value: object, headers: bytes = b"") -> bytes:
    body = json.dumps(value).encode()
    return b"POST /invocations HTTP/1.1\r\nhost: x\r\n%bcontent-length: %d\r\n\r\n%b" % (headers, len(body), body)


def kill(server: Server) -> int:
    """The only worker."""
    [pid] = children(server.running.pid)
    os.kill(pid, signal.SIGKILL)
    return pid


def everything(connection: socket.socket) -> bytes:
    received = b""
    while data := connection.recv(65536):
        received += data
    return received


def statuses(received: bytes) -> list[int]:
    return [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]]


def descriptors(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


CLOSE = b"connection: close\r\n"


def test_connections_that_wait_for_nothing_are_answered_by_the_next_worker(serve: Serve) -> None:
    server = serve("scripted")
    connections = [server.connect() for _ in range(20)]
    for _ in range(2):
        before = set()
        for connection in connections:
            connection.request("POST", "/invocations", b"{}", {})
            before.add(read(connection).json["pid"])
        assert before == {kill(server)}
    for connection in connections:
        assert connection.sock is not None
        connection.request("POST", "/invocations", b"{}", {})
        assert read(connection).json["pid"] not in before
        connection.close()


def test_the_request_that_is_predicted_is_told_and_what_follows_on_its_connection_is_answered(serve: Serve) -> None:
    server = serve("scripted")
    held = server.base / "held"
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(post({}) + post({"hold": str(held)}) + post({}) + post({}, CLOSE))
        until(held.with_suffix(".begun").exists, server)
        kill(server)
        received = everything(connection)
    assert statuses(received) == [200, 503, 200, 200]
    lost = received.split(b"HTTP/1.1 ")[2]
    assert b"\r\nretry-after: 1\r\n" in lost
    assert b"connection: close" not in lost
    assert json.loads(lost.split(b"\r\n\r\n")[1])["error"] == {
        "type": "WorkerLost",
        "message": "a worker was killed (SIGKILL) while serving: most often it ran out of memory; the request may be sent again",
    }
    assert [(line["requests"], line["level"]) for line in server.events("requests_lost")] == [(1, "error")]


def test_the_last_request_of_a_connection_is_told_and_the_connection_closed(serve: Serve) -> None:
    server = serve("scripted")
    held = server.base / "held"
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(post({"hold": str(held)}, CLOSE))
        until(held.with_suffix(".begun").exists, server)
        kill(server)
        received = everything(connection)
    assert statuses(received) == [503]
    assert b"connection: close\r\n" in received


def test_a_model_that_kills_its_process_is_a_503_and_no_other_worker_gets_the_request(serve: Serve) -> None:
    server = serve("scripted", SAGEMAKER_MODEL_SERVER_WORKERS="2")
    answer = server.invoke({"kill": True})
    assert (answer.status, answer.error["type"], answer.headers["retry-after"]) == (503, "WorkerLost", "1")
    until(lambda: server.events("worker_replaced"), server)
    assert server.invoke({}).status == 200
    assert len(server.events("worker_replaced")) == 1


@pytest.mark.parametrize("size", [10, 300_000], ids=["small", "larger than is read at once"])
def test_requests_that_wait_for_the_model_are_answered_by_the_next_worker(serve: Serve, size: int) -> None:
    server = serve("scripted")
    held = Held(server)
    waiting = [in_background(lambda: server.invoke({"refuse": "x" * size})) for _ in range(3)]
    assert server.ping().status == 200  # one turn of the loop later
    kill(server)
    assert held.answer().error["type"] == "WorkerLost"
    answers = [each() for each in waiting]
    assert [(answer.status, len(answer.error["message"])) for answer in answers] == [(400, size)] * 3


@pytest.mark.parametrize("cut", [10, 71, -5, -200_000], ids=["in its first line", "after its head", "in its body", "in a large body"])
def test_a_request_of_which_a_part_was_read_is_answered_by_the_next_worker(serve: Serve, cut: int) -> None:
    server = serve("echo")
    body = b'"' + b"x" * (500_000 if cut < -100 else 100) + b'"'
    whole = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\naccept: */*\r\n%b\r\n%b" % (len(body), CLOSE, body)
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(whole[:cut])
        assert server.invoke(8).status == 200  # one turn of the loop later
        kill(server)
        connection.sendall(whole[cut:])
        received = everything(connection)
    assert (statuses(received), received.endswith(body)) == ([200], True)


def test_a_stream_that_was_begun_is_cut_off_and_the_others_go_on(serve: Serve) -> None:
    server = serve("streams")
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as streaming, socket.create_connection(("127.0.0.1", server.port)) as other:
        streaming.sendall(post(["first", {"wait": str(server.base / "never")}, "last"]))
        received = b""
        while b"first" not in received:
            received += streaming.recv(65536)
        other.sendall(post("plain", CLOSE))
        kill(server)
        received += everything(streaming)
        assert not received.endswith(b"0\r\n\r\n")
        assert statuses(received) == [200]
        assert statuses(everything(other)) == [200]


def test_a_stream_that_has_ended_leaves_a_connection_that_goes_on(serve: Serve) -> None:
    server = serve("streams")
    connection = server.connect()
    for _ in range(2):
        connection.request("POST", "/invocations", b'["first","last"]', {"content-type": "application/json"})
        assert read(connection).body == b"firstlast"
        kill(server)
    connection.close()


def test_callers_that_come_while_the_only_worker_is_replaced_wait_for_the_next(serve: Serve) -> None:
    server = serve("load_fails_again")
    kill(server)
    until(lambda: len(server.events("worker_replaced")) >= 2, server)  # it cannot load yet
    waiting = [in_background(lambda: server.invoke({})) for _ in range(3)]
    assert server.ping().status == 503
    (server.base / "model" / "loaded").unlink()
    assert [each().status for each in waiting] == [200] * 3


def test_a_batch_that_was_begun_is_told_and_what_waits_behind_it_is_answered(serve: Serve) -> None:
    server = serve("counts", BATCHES="1", SLIPWAY_MAX_BATCH="4")
    connections = []

    def ask(number: int, how: str = "") -> None:
        connections.append(server.connect())
        connections[-1].request("POST", "/invocations", json.dumps({"id": number, "how": how}), {"content-type": "application/json"})

    ask(0, "sleep")
    until(lambda: (server.base / "model" / "begun").read_text() == "0\n", server)
    for number in range(1, 10):
        ask(number, "nothing")
    assert server.ping().status == 200  # one turn of the loop later
    kill(server)
    answers = [read(connection) for connection in connections]
    assert [answer.status for answer in answers] == [503] + [200] * 9
    assert [answer.json["id"] for answer in answers[1:]] == list(range(1, 10))
    for connection in connections:
        connection.close()


def test_a_client_that_asks_before_it_sends_its_body_gets_one_answer(serve: Serve) -> None:
    server = serve("echo")
    head = b"POST /invocations HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\n%bcontent-length: 1\r\n\r\n" % CLOSE
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(head)
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        kill(server)
        connection.sendall(b"7")
        received = everything(connection)
    assert [status for status in statuses(received) if status != 100] == [200]


def test_ten_thousand_connections_leave_no_descriptor_behind(serve: Serve) -> None:
    server = serve("echo", SLIPWAY_ACCESS_LOG="off")
    [worker] = children(server.running.pid)

    def come_and_go(count: int) -> None:
        for number in range(count):
            with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
                if number % 3:  # else the worker closes
                    connection.sendall(post(number))
                    assert connection.recv(65536)
                else:
                    connection.sendall(post(number, CLOSE))
                    assert everything(connection)

    come_and_go(10)
    until(lambda: descriptors(worker) < 40 and descriptors(server.running.pid) < 40, server)
    threads = [threading.Thread(target=come_and_go, args=(2500,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE * 2)
    until(lambda: descriptors(worker) < 40 and descriptors(server.running.pid) < 40, server)
    assert alive(worker)


def test_a_connection_that_a_worker_has_closed_is_closed_for_the_client_too(serve: Serve) -> None:
    server = serve("echo")
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(b"GET /ping HTTP/1.1\r\nhost: x\r\n\r\n")
        assert statuses(everything(connection)) == [200]


def test_a_worker_that_turned_fast_is_killed_in_its_prediction(serve: Serve) -> None:
    server = serve("scripted")
    for _ in range(STREAK * 3):
        assert server.invoke({}).status == 200
    held = Held(server)
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as unread:
        unread.sendall(post({}, CLOSE))
        kill(server)
        assert statuses(everything(unread)) == [200]
    assert held.answer().status == 503


def test_a_request_that_ends_its_worker_before_it_is_begun_ends_two_at_most(serve: Serve) -> None:
    server = serve("dies_decoding")
    answer = server.invoke({"how": "kill"})
    assert (answer.status, answer.error["type"]) == (503, "WorkerLost")
    until(lambda: len(server.events("worker_replaced")) == 2, server)
    assert server.invoke({"how": "well"}).json == "well"
    assert len(server.events("worker_replaced")) == 2


def test_connections_of_a_worker_that_is_replaced_in_good_order_go_on(serve: Serve) -> None:
    server = serve("grows")
    connection = server.connect()
    connection.request("POST", "/invocations", b"{}", {})
    before = read(connection).json
    assert server.invoke({"memory": True}).status == 507
    until(lambda: server.events("worker_replaced"), server)
    connection.request("POST", "/invocations", b"{}", {})
    assert read(connection).json != before
    connection.close()
