"""The kit's own log: one JSON object a line, written whole so that lines of several processes do not mix."""

import io
import os
import sys
import time
import traceback
from datetime import datetime, timezone

import orjson

STDOUT = 1
STDERR = 2


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
    # What the model printed comes first, as it happened.
    (sys.stdout if stream == STDOUT else sys.stderr).flush()
    line = orjson.dumps({"time": timestamp(), "level": level, "event": event, **fields}, default=str)
    data = line + b"\n" + tail.encode(errors="backslashreplace")
    while data:
        data = data[os.write(stream, data) :]
