"""The kit's log lines."""

import json
import re
import sys

import pytest

from slipway_kit import log


def test_a_line_is_one_json_object_with_time_level_and_event(capfd: pytest.CaptureFixture[str]) -> None:
    log.info("status", status="ready", odd=complex(1, 2))
    line = json.loads(capfd.readouterr().out)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", line.pop("time"))
    assert line == {"level": "info", "event": "status", "status": "ready", "odd": "(1+2j)"}


def test_an_error_is_followed_by_its_traceback_and_the_rest_of_its_reason(capfd: pytest.CaptureFixture[str]) -> None:
    try:
        raise ValueError("broken")
    except ValueError as error:
        log.error("load_failed", error, reason="first\nsecond")
    head, *rest = capfd.readouterr().err.splitlines()
    assert json.loads(head)["reason"] == "first"
    assert rest[0] == "Traceback (most recent call last):"
    assert rest[-2:] == ["ValueError: broken", "second"]


def test_what_was_printed_before_comes_before(capfd: pytest.CaptureFixture[str]) -> None:
    sys.stdout.write("from the model\n")
    log.info("status")
    assert capfd.readouterr().out.startswith("from the model\n{")
