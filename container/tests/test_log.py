"""The kit's log lines."""

import json
import os
import re
import sys
import threading

import pytest

from slipway_kit import log
from tests.conftest import PATIENCE


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


def test_a_field_that_has_no_json_is_written_all_the_same(capfd: pytest.CaptureFixture[str]) -> None:
    log.info("odd", text="file \udcff", number=1 << 70)
    line = json.loads(capfd.readouterr().out)
    assert (line["event"], line["text"], line["number"]) == ("odd", "'file \\udcff'", str(1 << 70))


def test_an_output_that_nobody_reads_any_more_loses_lines_and_raises_nothing() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    log.write(writer, b"line\n")
    os.close(writer)


def test_an_output_that_does_not_block_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(log, "PATIENCE_SECONDS", PATIENCE)
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    data = bytes(1 << 20)
    received = bytearray()

    def read() -> None:
        while chunk := os.read(reader, 65536):
            received.extend(chunk)

    thread = threading.Thread(target=read)
    thread.start()
    log.write(writer, data)
    os.close(writer)
    thread.join(PATIENCE)
    os.close(reader)
    assert bytes(received) == data
