"""One line a request, but never more than throughput can bear."""

import json
import socket
import time
from typing import Any

import pytest

from slipway_kit.serving.access_log import LINES_PER_SECOND, AccessLog
from tests.conftest import PATIENCE, Serve, Server, until


class Asked:
    """The part of a request that is logged."""

    method, path, body, inference_id, started, began, batch = "POST", "/invocations", b"12345", "", 0.0, 0.002, 3


def lines(captured: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in captured.readouterr().out.splitlines()]


def write(log: AccessLog, count: int, status: int = 200) -> None:
    for _ in range(count):
        log.answered(Asked(), status, 2)


def test_successes_above_the_rate_are_left_out_and_counted(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    now = [100.2]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    log = AccessLog("sampled")
    write(log, LINES_PER_SECOND + 7)
    assert len(lines(capfd)) == LINES_PER_SECOND
    now[0] = 101.1
    write(log, 2)
    assert [line.get("left_out") for line in lines(capfd)] == [7, None]


def test_errors_are_always_written(capfd: pytest.CaptureFixture[str]) -> None:
    log = AccessLog("off")
    write(log, 3)
    write(log, 3, 500)
    assert [line["status"] for line in lines(capfd)] == [500, 500, 500]


def test_all_means_all(capfd: pytest.CaptureFixture[str]) -> None:
    write(AccessLog("all"), LINES_PER_SECOND * 2)
    assert len(lines(capfd)) == LINES_PER_SECOND * 2


def test_workers_share_the_rate(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(time, "monotonic", lambda: 100.2)
    write(AccessLog("sampled", workers=3), LINES_PER_SECOND)
    assert len(lines(capfd)) == 33


def ask(server: Server, count: int, body: bytes) -> None:
    """Send requests without waiting in between, and read all of their answers."""
    request = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body)
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection, connection.makefile("rb") as answers:
        for _ in range(count // 10):
            connection.sendall(request * 10)
            for _ in range(10):
                length = 0
                while (line := answers.readline()) != b"\r\n":
                    assert line, "the connection was closed"
                    if line.startswith(b"content-length: "):
                        length = int(line.split()[1])
                answers.read(length)


def test_under_load_the_log_keeps_to_its_rate_and_every_error_is_in_it(serve: Serve) -> None:
    server = serve("echo")
    began = int(time.monotonic())
    for _ in range(20):
        ask(server, 300, b"[1]")
        ask(server, 10, b"[1")
    seconds = int(time.monotonic()) - began + 1
    # The last lines may be on their way; no success is written later than the errors that follow it.
    until(lambda: sum(line["status"] == 400 for line in server.events("request")) == 200, server)
    successes = [line for line in server.events("request") if line["status"] == 200]
    assert 0 < len(successes) <= seconds * LINES_PER_SECOND
    left_out = sum(line.get("left_out", 0) for line in server.events("request"))
    assert len(successes) + left_out == 6000
