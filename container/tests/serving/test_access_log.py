"""One line a request, but never more than throughput can bear."""

import json
import time
from typing import Any

import pytest

from slipway_kit.serving.access_log import LINES_PER_SECOND, AccessLog


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
