"""The kit's own log: one JSON object a line, written whole so that lines of several processes do not mix."""

import contextlib
import io
import os
import select
import sys
import time
import traceback
from datetime import datetime, timezone

import orjson

STDOUT = 1
STDERR = 2
PATIENCE_SECONDS = 1.0
"""For an output that does not block and takes nothing."""


def flush_every_line() -> None:
    """What the model prints is seen at once, also when the output is a pipe."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(line_buffering=True)


def timestamp() -> str:
    """UTC with milliseconds, as CloudWatch Logs Insights reads it."""
    return datetime.fromtimestamp(time.time(), timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def info(event: str, **fields: object) -> None:
    """Say that something happened, on standard output."""
    _write(STDOUT, "info", event, fields)


def warning(event: str, **fields: object) -> None:
    """Say that something deserves a look, on standard error."""
    _write(STDERR, "warning", event, fields)


def error(event: str, cause: BaseException | None = None, **fields: object) -> None:
    """Say that something failed, on standard error, with the cause's whole traceback on the lines after it.

    A `reason` of several lines keeps its first one in the object; the others follow as they are, to be read.
    """
    tail = "" if cause is None else "".join(traceback.format_exception(cause))
    reason = fields.get("reason")
    if isinstance(reason, str) and "\n" in reason:
        fields["reason"], _, rest = reason.partition("\n")
        tail += rest + "\n"
    _write(STDERR, "error", event, fields, tail)


def _write(stream: int, level: str, event: str, fields: dict[str, object], tail: str = "") -> None:
    # What the model printed comes first, as it happened; it may have closed the stream, or put another in its place.
    with contextlib.suppress(OSError, ValueError, AttributeError):
        (sys.stdout if stream == STDOUT else sys.stderr).flush()
    try:
        line = orjson.dumps({"time": timestamp(), "level": level, "event": event, **fields}, default=str)
    except TypeError:  # text that is no Unicode, or a number that JSON does not carry
        line = orjson.dumps({"time": timestamp(), "level": level, "event": event, **{name: ascii(value) for name, value in fields.items()}})
    write(stream, line + b"\n" + tail.encode(errors="backslashreplace"))


def write(stream: int, data: bytes) -> None:
    """Write all of it. An output that nobody takes loses lines: it is no reason to fail a request, nor to stop serving."""
    while data:
        try:
            data = data[os.write(stream, data) :]
        except BlockingIOError:  # somebody made it so, for this process too
            if not select.select([], [stream], [], PATIENCE_SECONDS)[1]:
                return
        except OSError:
            return
