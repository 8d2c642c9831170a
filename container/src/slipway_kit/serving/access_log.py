"""One JSON line a request, sampled above a rate so that logging never limits throughput. Errors are always written."""

import time
from http import HTTPStatus
from typing import Protocol

from slipway_kit import log
from slipway_kit.serving.statistics import Statistics

LINES_PER_SECOND = 100
"""Of the whole server."""
BAD_REQUEST = int(HTTPStatus.BAD_REQUEST)  # a plain number is found and compared in a third of the time


class Answered(Protocol):
    """The part of a request that is logged."""

    method: str
    path: str
    body: bytes
    inference_id: str
    started: float
    """`time.perf_counter()` when it began to arrive."""
    began: float
    """The same when the model turned to it; 0 when it never did."""
    batch: int
    """Requests answered together with it."""


class AccessLog:
    """`mode` is "sampled" (at most 100 successful requests a second over all workers, with the number left out), "all" or "off"."""

    def __init__(self, mode: str, workers: int = 1) -> None:
        self._mode = mode
        self._rate = max(1, LINES_PER_SECOND // workers)
        self.statistics = Statistics()
        self._second = 0
        self._written = 0
        self._left_out = 0

    def answered(self, request: Answered, status: int, size: int, error_id: str = "") -> None:
        """Write one line about a request and its answer of `size` bytes, or count it as left out."""
        seconds = time.perf_counter() - request.started if request.started else 0.0
        self.statistics.answered(status, seconds)
        if status < BAD_REQUEST and not self._admits():
            return
        fields: dict[str, object] = {
            "method": request.method,
            "path": request.path,
            "status": status,
            "ms": round(seconds * 1000, 3),
            "bytes_in": len(request.body),
            "bytes_out": size,
        }
        if request.began:
            fields["queue_ms"] = round((request.began - request.started) * 1000, 3)
            fields["batch"] = request.batch
        if request.inference_id:
            fields["inference_id"] = request.inference_id
        if error_id:
            fields["id"] = error_id
        if self._left_out:
            fields["left_out"] = self._left_out
            self._left_out = 0
        log.info("request", **fields)

    def _admits(self) -> bool:
        if self._mode != "sampled":
            return self._mode == "all"
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._written = second, 0
        self._written += 1
        if self._written <= self._rate:
            return True
        self._left_out += 1
        return False
