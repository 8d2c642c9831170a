"""One loaded model in several workers: what is shared, when it is not, and what happens when a process of it dies."""

import os
import re
import signal
import sys

import pytest

from tests.conftest import Held, Serve, Server, until
from tests.serving.processes import alive, children, proportional_bytes, template, workers

MB = 1024 * 1024
pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux forks a loaded process safely")


def loads(server: Server) -> int:
    return len((server.base / "model" / "loads").read_text().splitlines())


def sharing(server: Server) -> list[tuple[bool, str | None]]:
    return [(line["shares_model"], line.get("reason")) for line in server.events("model_sharing")]


def test_three_workers_share_a_model_that_was_loaded_once(serve: Serve) -> None:
    server = serve("heavy", SAGEMAKER_MODEL_SERVER_WORKERS="3")
    pids = workers(server, 3)
    assert loads(server) == 1
    assert sharing(server) == [(True, None)]
    until(lambda: set(children(server.running.pid)) == {*pids, template(server)}, server)  # once those between have ended
    total = sum(proportional_bytes(pid) for pid in (*pids, template(server), server.running.pid))
    assert 200 * MB < total < 300 * MB
    assert server.terminate() == 0


def test_one_worker_has_no_template(serve: Serve) -> None:
    server = serve("heavy", MEGABYTES="1")
    assert children(server.running.pid) == [server.invoke({}).json["pid"]]
    assert (loads(server), sharing(server)) == (1, [])


@pytest.mark.parametrize(
    ("leaves", "reason"),
    [
        ("thread", r"load\(\) leaves 1 more thread running \(refreshes\)"),
        ("file", r"load\(\) leaves open what processes cannot share: /.*/model/loads"),
        ("socket", r"load\(\) leaves open what processes cannot share: socket:\[\d+\], socket:\[\d+\]"),
        ("process", r"load\(\) leaves a process running \(\d+\)"),
    ],
)
def test_a_model_that_does_not_survive_a_fork_is_loaded_by_each_worker_and_the_log_says_why(serve: Serve, leaves: str, reason: str) -> None:
    server = serve("heavy", SAGEMAKER_MODEL_SERVER_WORKERS="3", MEGABYTES="1", LEAVES=leaves)
    pids = workers(server, 3)
    assert loads(server) == 3
    [(shares, why)] = sharing(server)
    assert not shares
    assert re.fullmatch(reason, why or "")
    assert pids == {pid for pid in children(server.running.pid) if alive(pid)}
    assert server.terminate() == 0


@pytest.mark.parametrize("leaves", ["joined", "map"])
def test_a_thread_that_has_ended_and_a_mapped_file_are_no_obstacle(serve: Serve, leaves: str) -> None:
    server = serve("heavy", SAGEMAKER_MODEL_SERVER_WORKERS="2", MEGABYTES="1", LEAVES=leaves)
    workers(server, 2)
    assert (loads(server), sharing(server)) == (1, [(True, None)])


def test_sharing_can_be_switched_off(serve: Serve) -> None:
    server = serve("heavy", SAGEMAKER_MODEL_SERVER_WORKERS="2", MEGABYTES="1", SLIPWAY_SHARE_MODEL="0")
    workers(server, 2)
    assert (loads(server), sharing(server)) == (2, [(False, "SLIPWAY_SHARE_MODEL is 0")])


def test_a_killed_worker_is_forked_again_without_a_load(serve: Serve) -> None:
    server = serve("heavy", SAGEMAKER_MODEL_SERVER_WORKERS="2", MEGABYTES="1")
    before = workers(server, 2)
    victim = min(before)
    os.kill(victim, signal.SIGKILL)
    after = workers(server, 2)
    assert len(before & after) == 1
    expected = "a worker was killed (SIGKILL) while serving: most often it ran out of memory"
    assert [(line["pid"], line["reason"]) for line in server.events("worker_replaced")] == [(victim, expected)]
    assert loads(server) == 1


def test_a_killed_template_is_replaced_while_its_workers_serve_on(serve: Serve) -> None:
    server = serve("heavy", SAGEMAKER_MODEL_SERVER_WORKERS="2", MEGABYTES="1")
    before = workers(server, 2)
    first = template(server)
    os.kill(first, signal.SIGKILL)
    until(lambda: len(sharing(server)) == 2, server)
    assert template(server) != first
    expected = "the process with the loaded model was killed (SIGKILL) that workers are forked from: most often it ran out of memory"
    assert [(line["pid"], line["reason"]) for line in server.events("template_replaced")] == [(first, expected)]
    assert workers(server, 2) == before
    assert loads(server) == 2
    os.kill(min(before), signal.SIGKILL)
    assert len(workers(server, 2) & before) == 1
    assert loads(server) == 2
    assert [line["status"] for line in server.events("status")] == ["loading", "ready"]


def test_a_template_that_cannot_be_replaced_is_tried_again_while_its_workers_serve_on(serve: Serve) -> None:
    server = serve("load_fails_again", SAGEMAKER_MODEL_SERVER_WORKERS="2")
    before = workers(server, 2)
    os.kill(template(server), signal.SIGKILL)
    until(lambda: len(server.events("template_replaced")) >= 3, server)
    assert workers(server, 2) == before
    (server.base / "model" / "loaded").unlink()
    until(lambda: len(sharing(server)) == 2, server)


def test_all_processes_killed_at_once_come_back(serve: Serve) -> None:
    server = serve("heavy", SAGEMAKER_MODEL_SERVER_WORKERS="2", MEGABYTES="1")
    before = workers(server, 2)
    for pid in (template(server), *before):
        os.kill(pid, signal.SIGKILL)
    until(lambda: [line["status"] for line in server.events("status")][-2:] == ["loading", "ready"] and loads(server) == 2, server)
    assert not workers(server, 2) & before


def test_a_worker_grows_by_what_it_takes_itself_and_its_replacement_needs_no_load(serve: Serve) -> None:
    server = serve("heavy", SAGEMAKER_MODEL_SERVER_WORKERS="2", SLIPWAY_MAX_WORKER_BYTES=str(100 * MB))
    before = workers(server, 2)
    grown = server.invoke({"keep": 120 * MB}).json["pid"]
    until(lambda: server.events("worker_replaced"), server)
    assert [line["pid"] for line in server.events("worker_replaced")] == [grown]
    assert workers(server, 2) & before == before - {grown}
    assert loads(server) == 1


def test_sigterm_finishes_what_runs_and_leaves_no_process(serve: Serve) -> None:
    server = serve("scripted", SAGEMAKER_MODEL_SERVER_WORKERS="3")
    pids = {*workers(server, 3), template(server)}
    running = Held(server)
    server.running.send_signal(signal.SIGTERM)
    until(lambda: not alive(template(server)), server)
    assert running.release().status == 200
    assert server.wait() == 0
    assert [pid for pid in pids if alive(pid)] == []


def test_sigterm_while_the_template_loads_leaves_no_process(start_server: Serve) -> None:
    server = start_server("load_slow", SAGEMAKER_MODEL_SERVER_WORKERS="2")
    pid = server.base / "model" / "pid"
    until(lambda: pid.exists() and pid.read_text(), server)
    assert server.terminate() == 0
    assert not alive(int(pid.read_text()))


def test_a_killed_supervisor_leaves_no_process(serve: Serve) -> None:
    server = serve("scripted", SAGEMAKER_MODEL_SERVER_WORKERS="3")
    pids = {*workers(server, 3), template(server)}
    Held(server)
    server.running.kill()
    server.wait()
    until(lambda: not any(alive(pid) for pid in pids))


def test_a_supervisor_killed_while_the_template_loads_leaves_no_process(start_server: Serve) -> None:
    server = start_server("load_slow", SAGEMAKER_MODEL_SERVER_WORKERS="2")
    pid = server.base / "model" / "pid"
    until(lambda: pid.exists() and pid.read_text(), server)
    server.running.kill()
    server.wait()
    until(lambda: not alive(int(pid.read_text())))


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ("load_fails", "FileNotFoundError: no weights in weights.bin (model.py:9 in read)"),
        ("load_killed", "a worker was killed (SIGKILL) while loading the model: most often it ran out of memory"),
        ("wrong_signatures", "class Model in model.py does not fulfil the model contract:"),
    ],
)
def test_a_template_that_cannot_load_ends_the_server_with_the_reason(start_server: Serve, model: str, reason: str) -> None:
    server = start_server(model, SAGEMAKER_MODEL_SERVER_WORKERS="2")
    assert server.wait() == 1
    assert server.failure.splitlines()[0] == reason


def test_an_async_model_and_a_streaming_one_are_shared_like_any_other(serve: Serve) -> None:
    server = serve("asynchronous", SAGEMAKER_MODEL_SERVER_WORKERS="2")
    assert [server.invoke({"sleep": 0}).json for _ in range(10)] == [{"most": 1}] * 10
    streams = serve("streams", SAGEMAKER_MODEL_SERVER_WORKERS="2")
    assert [sharing(each) for each in (server, streams)] == [[(True, None)]] * 2
    assert streams.invoke(["a", "b"]).body == b"ab"
