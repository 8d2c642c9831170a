"""The life of a server: loading, failing, replacing workers, draining. Real processes, real signals."""

import os
import re
import signal
import socket
import threading
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import PATIENCE, Held, Serve, Server, in_background, read, until
from tests.serving.processes import alive


def statuses(server: Server) -> list[str]:
    return [event["status"] for event in server.events("status")]


def refused(server: Server) -> bool:
    try:
        socket.create_connection(("127.0.0.1", server.port), PATIENCE).close()
    except ConnectionRefusedError:
        return True
    return False


def test_ping_is_503_while_the_model_loads_and_200_once_it_takes_requests(start_server: Serve) -> None:
    server = start_server("load_slow")
    until(lambda: not refused(server), server)
    loading = server.ping()
    assert (loading.status, loading.json) == (503, {"status": "loading"})
    early = server.invoke({})
    assert (early.status, early.error["type"], early.headers["retry-after"]) == (503, "NotReady", "1")
    assert server.request("GET", "/elsewhere").status == 404
    (server.base / "model" / "go").touch()
    server.until_ready()
    ready = server.ping()
    assert (ready.status, ready.json) == (200, {"status": "ready"})
    assert server.invoke({}).json == "loaded"
    assert statuses(server) == ["loading", "ready"]


def test_a_connection_made_while_loading_is_answered_and_closed_so_that_the_next_meets_a_worker(start_server: Serve) -> None:
    server = start_server("load_slow")
    until(lambda: not refused(server), server)
    large = server.request("POST", "/invocations", b"x" * 1_000_000)
    assert (large.status, large.headers["connection"]) == (503, "close")
    assert server.raw(b"\r\n\r\n").startswith(b"HTTP/1.1 404 ")
    assert server.raw(b"x" * 20_000).startswith(b"HTTP/1.1 431 ")


def test_a_load_that_raises_ends_the_server_with_1_the_traceback_in_the_log_and_the_reason_in_the_failure_file(start_server: Serve) -> None:
    server = start_server("load_fails")
    assert server.wait() == 1
    assert server.failure == (
        "FileNotFoundError: no weights in weights.bin (model.py:9 in read)\n"
        '  model.py:9 in read: raise FileNotFoundError(f"no weights in {path.name}")\n'
        '  model.py:6 in load: self.read(model_dir / "weights.bin")'
    )
    assert "Traceback (most recent call last):" in server.stderr
    assert [event["reason"] for event in server.events("serving_failed")] == ["FileNotFoundError: no weights in weights.bin (model.py:9 in read)"]
    assert statuses(server) == ["loading", "failed"]


def test_a_load_killed_by_the_kernel_is_told_as_such(start_server: Serve) -> None:
    server = start_server("load_killed")
    assert server.wait() == 1
    assert server.failure == "a worker was killed (SIGKILL) while loading the model: most often it ran out of memory"


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("no_predict", "predict() is missing: add `def predict(self, input)`"),
        ("wrong_signatures", "found `def predict(self, input, context)` on line 11, expected `def predict(self, input)`"),
        ("syntax_error", "SyntaxError: expected ':' (model.py:5 in <module>)"),
        ("import_fails", "ModuleNotFoundError: No module named 'a_library_that_is_not_installed' (model.py:3 in <module>)"),
        ("no_such_folder", "no model.py in "),
    ],
)
def test_a_model_py_that_cannot_serve_ends_the_server_with_the_reason(start_server: Serve, model: str, reason: str) -> None:
    server = start_server(model)
    assert server.wait() == 1
    assert reason in server.failure


@pytest.mark.parametrize("how", ["hold", "burn"])
def test_ping_is_answered_while_a_prediction_runs(serve: Serve, how: str) -> None:
    server = serve("scripted")
    prediction = Held(server, how)
    assert server.ping().status == 200
    assert prediction.release().status == 200


def test_ping_is_answered_when_a_model_turns_slow_after_many_fast_predictions(serve: Serve, tmp_path: Path) -> None:
    server = serve("scripted")
    for _ in range(40):
        server.invoke({})
    slow = tmp_path / "slow"
    release = threading.Timer(0.1, slow.touch)
    release.start()
    server.invoke({"hold": str(slow)})
    prediction = Held(server)
    assert server.ping().status == 200
    assert prediction.release().json["calls"] == 42


def test_ping_is_answered_and_requests_wait_their_turn_when_a_fast_model_suddenly_hangs(serve: Serve) -> None:
    server = serve("scripted")
    for _ in range(40):
        server.invoke({})
    stuck = Held(server)
    waiting = [in_background(lambda: server.invoke({})) for _ in range(3)]
    assert [server.ping().json for _ in range(3)] == [{"status": "ready"}] * 3
    assert stuck.release().json["calls"] == 41
    assert sorted(answer().json["calls"] for answer in waiting) == [42, 43, 44]
    assert statuses(server) == ["loading", "ready"]


def test_sigterm_as_soon_as_the_port_is_bound_ends_the_server_with_0(start_server: Serve) -> None:
    server = start_server("load_slow")
    until(lambda: not refused(server), server)
    assert server.terminate() == 0


def test_sigterm_refuses_new_connections_finishes_what_runs_and_exits_0(serve: Serve) -> None:
    server = serve("scripted")
    running = Held(server)
    server.running.send_signal(signal.SIGTERM)
    until(lambda: refused(server), server)
    answer = running.release()
    assert (answer.status, answer.headers["connection"]) == (200, "close")
    assert server.wait() == 0
    assert statuses(server)[-1] == "draining"


def test_a_request_on_an_open_connection_is_answered_during_the_drain(serve: Serve) -> None:
    server = serve("scripted")
    running = Held(server)
    with closing(server.connect()) as asking:
        asking.request("POST", "/invocations", b"{}")
        server.running.send_signal(signal.SIGTERM)
        until(lambda: refused(server), server)
        assert running.release().status == 200
        assert read(asking).status == 200
    assert server.wait() == 0


def test_ping_says_draining_on_a_connection_that_was_open_before(serve: Serve) -> None:
    server = serve("scripted")
    running = Held(server)
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as pinging:
        pinging.sendall(b"GET /ping HTTP/1.1\r\nhost: x\r\n")
        server.running.send_signal(signal.SIGTERM)
        until(lambda: refused(server), server)
        pinging.sendall(b"\r\n")
        answer = pinging.recv(65536)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert answer.endswith(b'{"status":"draining"}')
    assert running.release().status == 200
    assert server.wait() == 0


def test_sigterm_ends_an_idle_server_and_one_that_is_loading(serve: Serve, start_server: Serve) -> None:
    assert serve("echo").terminate() == 0
    loading = start_server("load_slow")
    until(lambda: statuses(loading) == ["loading"], loading)
    assert loading.terminate() == 0


def test_sigterm_to_the_whole_process_group_still_drains(serve: Serve) -> None:
    server = serve("scripted")
    worker = server.invoke({}).json["pid"]
    running = Held(server)
    for pid in (worker, server.running.pid):
        os.kill(pid, signal.SIGTERM)
    until(lambda: statuses(server)[-1] == "draining", server)
    assert running.release().status == 200
    assert server.wait() == 0


def test_a_dead_worker_is_replaced_and_meanwhile_ping_tells_the_truth(serve: Serve) -> None:
    server = serve("scripted")
    first = server.invoke({}).json["pid"]
    os.kill(first, signal.SIGKILL)
    until(lambda: statuses(server).count("ready") == 2, server)
    second = server.invoke({}).json["pid"]
    assert second != first
    assert statuses(server) == ["loading", "ready", "loading", "ready"]
    expected = "a worker was killed (SIGKILL) while serving: most often it ran out of memory"
    assert [(event["pid"], event["reason"]) for event in server.events("worker_replaced")] == [(first, expected)]


def test_with_two_workers_one_may_die_and_no_request_of_the_other_fails(serve: Serve) -> None:
    server = serve("scripted", SAGEMAKER_MODEL_SERVER_WORKERS="2")
    pids: set[int] = set()

    def pid() -> int:
        number: int = server.invoke({}).json["pid"]
        pids.add(number)
        return number

    def both_seen() -> bool:
        threads = [threading.Thread(target=pid) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return len(pids) == 2

    until(both_seen, server)
    victim = pids.pop()
    os.kill(victim, signal.SIGKILL)
    until(lambda: len(server.events("worker_replaced")) == 1, server)
    assert [server.invoke({}).status for _ in range(50)] == [200] * 50
    assert statuses(server) == ["loading", "ready"]


def test_a_replacement_that_cannot_load_is_tried_again_and_ping_stays_503(serve: Serve) -> None:
    server = serve("load_fails_again")
    os.kill(server.invoke({}).json["pid"], signal.SIGKILL)
    until(lambda: len(server.events("worker_replaced")) >= 3, server)
    assert server.ping().status == 503
    (server.base / "model" / "loaded").unlink()
    until(lambda: statuses(server).count("ready") == 2, server)
    assert server.invoke({}).status == 200


def test_a_prediction_over_its_time_is_a_504_with_the_line_it_is_at_and_its_worker_is_replaced(serve: Serve) -> None:
    server = serve("scripted", SAGEMAKER_MODEL_SERVER_TIMEOUT="1")
    first = server.invoke({}).json["pid"]
    stuck = Held(server)
    queued = in_background(lambda: server.invoke({}))
    answer = stuck.answer()
    assert (answer.status, answer.error["type"]) == (504, "RequestTimeout")
    assert re.fullmatch(r"predict\(\) did not answer within 1 s \(it is at model.py:\d+ in (hold|<lambda>)\)", answer.error["message"])
    until(lambda: statuses(server).count("ready") == 2, server)
    waited = queued()
    assert waited.status == 200
    assert waited.json["pid"] == server.invoke({}).json["pid"] != first


def test_an_async_prediction_over_its_time_is_cancelled_and_its_worker_kept(serve: Serve) -> None:
    server = serve("asynchronous", SAGEMAKER_MODEL_SERVER_TIMEOUT="1")
    answer = server.invoke({"sleep": 60})
    assert (answer.status, answer.error["type"]) == (504, "RequestTimeout")
    assert server.invoke({"sleep": 0}).json == {"most": 1}
    assert statuses(server) == ["loading", "ready"]


def test_an_async_prediction_that_blocks_the_event_loop_is_a_504_with_its_line_and_its_worker_is_replaced(serve: Serve) -> None:
    server = serve("asynchronous", SAGEMAKER_MODEL_SERVER_TIMEOUT="1")
    kept = server.connect()
    kept.request("POST", "/invocations", b'{"sleep":0}', {})
    assert read(kept).status == 200
    answer = server.invoke({"block": 3600})
    assert (answer.status, answer.error["type"]) == (504, "RequestTimeout")
    expected = r"predict\(\) did not answer within 1 s \(it is at model.py:\d+ in predict\): it blocks the event loop, use await"
    assert re.fullmatch(expected, answer.error["message"])
    kept.request("POST", "/invocations", b'{"sleep":0}', {})
    assert read(kept).json == {"most": 1}
    kept.close()
    assert statuses(server)[-2:] == ["loading", "ready"]


def test_more_requests_than_the_queue_holds_are_turned_away_with_retry_after(serve: Serve) -> None:
    server = serve("scripted", SLIPWAY_MAX_QUEUE="1")
    running = Held(server)
    answer = server.invoke({})
    assert (answer.status, answer.error["type"], answer.headers["retry-after"]) == (503, "Overloaded", "1")
    assert running.release().status == 200


@pytest.mark.parametrize("how", ["idle", "hold", "burn"])
def test_a_worker_ends_with_its_supervisor_whatever_it_does(serve: Serve, how: str) -> None:
    server = serve("scripted")
    worker = server.invoke({}).json["pid"]
    if how != "idle":
        Held(server, how)
    server.running.kill()
    server.wait()
    until(lambda: not alive(worker))


def test_a_worker_that_is_loading_ends_with_its_supervisor(start_server: Serve) -> None:
    server = start_server("load_slow")
    pid = server.base / "model" / "pid"
    until(pid.exists, server)
    server.running.kill()
    server.wait()
    until(lambda: not alive(int(pid.read_text())))


def test_a_port_in_use_and_wrong_settings_are_named_before_anything_loads(serve: Serve, start_server: Serve) -> None:
    holder = serve("echo")
    second = start_server("echo", SAGEMAKER_BIND_TO_PORT=str(holder.port))
    assert second.wait() == 2
    expected = f"SAGEMAKER_BIND_TO_PORT: port {holder.port} on 127.0.0.1 is in use by another process"
    assert [event["reason"] for event in second.events("wrong_setting")] == [expected]
    third = start_server("echo", SAGEMAKER_MODEL_SERVER_WORKERS="many", SLIPWAY_ACCESS_LOG="loud")
    assert third.wait() == 2
    assert "SAGEMAKER_MODEL_SERVER_WORKERS: got 'many', expected a whole number from 1 to 512" in third.stderr
    assert "SLIPWAY_ACCESS_LOG: got 'loud', expected one of sampled, all, off" in third.stderr


def test_many_connections_at_once_are_all_answered_once(serve: Serve) -> None:
    server = serve("echo", SAGEMAKER_MODEL_SERVER_WORKERS="2")
    wrong: list[tuple[int, int]] = []

    def talk(number: int) -> None:
        connection = server.connect()
        for turn in range(20):
            connection.request("POST", "/invocations", f"[{number},{turn}]".encode())
            if read(connection).json != [number, turn]:
                wrong.append((number, turn))
        connection.close()

    threads = [threading.Thread(target=talk, args=(number,)) for number in range(32)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert wrong == []
    assert server.terminate() == 0
