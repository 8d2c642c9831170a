"""The server seen from outside: CloudWatch embedded metrics in the log at an interval, and a page for Prometheus on a port of its own.

Both are off unless asked for: CloudWatch charges for each metric. The supervisor makes them, from what its workers tell with their beats.
"""

import contextlib
import selectors
import socket
import time
from collections.abc import Callable, Iterable

import orjson

from slipway_kit import log
from slipway_kit.serving.statistics import BOUNDS, Statistics

NAMESPACE = "Slipway"
READ_SECONDS = 2.0
PEERS_LIMIT = 16
UNITS = {
    "Requests": "Count",
    "Errors4xx": "Count",
    "Errors5xx": "Count",
    "LatencyP50": "Milliseconds",
    "LatencyP99": "Milliseconds",
    "Queue": "Count",
    "BatchSize": "Count",
}


class Totals:
    """Adds up what workers tell, also those that have ended."""

    def __init__(self) -> None:
        self._ended = Statistics()
        self._workers: dict[int, Statistics] = {}

    def told(self, pid: int, numbers: Iterable[float]) -> None:
        self._workers[pid] = Statistics.of(numbers)

    def ended(self, pid: int) -> None:
        last = self._workers.pop(pid, None)
        if last is not None:
            last.queue = 0
            self._ended = self._ended.plus(last)

    def lost(self, requests: int) -> None:
        """So many were answered with an error by the supervisor: how long they took nobody knows."""
        self._ended = self._ended.plus(Statistics(requests=requests, server_errors=requests))

    def sum(self) -> Statistics:
        total = self._ended
        for statistics in self._workers.values():
            total = total.plus(statistics)
        return total


def embedded(statistics: Statistics, milliseconds: int) -> bytes:
    """One line of CloudWatch's embedded metric format."""
    values = {
        "Requests": statistics.requests,
        "Errors4xx": statistics.client_errors,
        "Errors5xx": statistics.server_errors,
        "LatencyP50": statistics.quantile(0.5) * 1000,
        "LatencyP99": statistics.quantile(0.99) * 1000,
        "Queue": statistics.queue,
        "BatchSize": round(statistics.batched / statistics.batches, 2) if statistics.batches else 0,
    }
    metrics = [{"Name": name, "Unit": unit} for name, unit in UNITS.items()]
    directive = {"Namespace": NAMESPACE, "Dimensions": [[]], "Metrics": metrics}
    return orjson.dumps({"_aws": {"Timestamp": milliseconds, "CloudWatchMetrics": [directive]}, **values}) + b"\n"


def page(statistics: Statistics, workers: int) -> bytes:
    """The Prometheus text format."""
    lines = ["# TYPE slipway_request_seconds histogram"]
    seen = 0
    for bound, count in zip(BOUNDS, statistics.buckets, strict=False):
        seen += count
        lines.append(f'slipway_request_seconds_bucket{{le="{bound:g}"}} {seen}')
    lines.append(f'slipway_request_seconds_bucket{{le="+Inf"}} {statistics.requests}')
    lines.append(f"slipway_request_seconds_sum {statistics.seconds:.6f}")
    lines.append(f"slipway_request_seconds_count {statistics.requests}")
    lines.append("# TYPE slipway_errors_total counter")
    lines.append(f'slipway_errors_total{{status="4xx"}} {statistics.client_errors}')
    lines.append(f'slipway_errors_total{{status="5xx"}} {statistics.server_errors}')
    for name, value, kind in (
        ("slipway_model_calls_total", statistics.batches, "counter"),
        ("slipway_model_inputs_total", statistics.batched, "counter"),
        ("slipway_queue", statistics.queue, "gauge"),
        ("slipway_workers_ready", workers, "gauge"),
    ):
        lines += [f"# TYPE {name} {kind}", f"{name} {value}"]
    return "\n".join(lines).encode() + b"\n"


class Reporter:
    """Writes the embedded metrics when their time has come, and answers `GET /metrics`."""

    def __init__(self, totals: Totals, interval: float, listener: socket.socket | None, workers: Callable[[], int]) -> None:
        self._totals = totals
        self._interval = interval
        self._listener = listener
        self._workers = workers
        self._selector: selectors.BaseSelector | None = None
        self._peers: dict[socket.socket, float] = {}
        """Scrapers that have not asked yet, and until when they may."""
        self._before = Statistics()
        self._due = time.monotonic() + interval

    def register(self, selector: selectors.BaseSelector) -> None:
        if self._listener is not None:
            self._selector = selector
            selector.register(self._listener, selectors.EVENT_READ, self._accept)

    def abandon(self) -> None:
        """In a forked worker: drop the copy of the port."""
        if self._listener is not None:
            self._listener.close()
        for peer in self._peers:
            peer.close()

    def tick(self) -> None:
        for peer in [peer for peer, until in self._peers.items() if until < time.monotonic()]:
            self._dismiss(peer)
        if not self._interval or time.monotonic() < self._due:
            return
        self._due += self._interval
        now = self._totals.sum()
        since = now.plus(self._before, -1)
        since.queue = now.queue
        self._before = now
        log.write(log.STDOUT, embedded(since, int(time.time() * 1000)))

    def _accept(self) -> None:
        if self._listener is None or self._selector is None:
            return
        try:
            peer, _ = self._listener.accept()
        except OSError:  # the scraper has gone
            return
        peer.setblocking(False)  # the supervisor answers /ping too: it waits for nobody
        if len(self._peers) >= PEERS_LIMIT:
            self._dismiss(next(iter(self._peers)))
        self._peers[peer] = time.monotonic() + READ_SECONDS
        self._selector.register(peer, selectors.EVENT_READ, lambda: self._answer(peer))

    def _answer(self, peer: socket.socket) -> None:
        """One small request, answered at once: only a scraper of the same network comes here."""
        if peer not in self._peers:  # it had to make room in the same turn
            return
        with contextlib.suppress(OSError):
            found = peer.recv(8192).startswith(b"GET /metrics")
            body = page(self._totals.sum(), self._workers()) if found else b"the path is /metrics\n"
            status = b"200 OK" if found else b"404 Not Found"
            head = b"content-type: text/plain; version=0.0.4\r\ncontent-length: %d\r\nconnection: close\r\n\r\n" % len(body)
            peer.send(b"HTTP/1.1 " + status + b"\r\n" + head + body)
        self._dismiss(peer)

    def _dismiss(self, peer: socket.socket) -> None:
        del self._peers[peer]
        if self._selector is not None:
            self._selector.unregister(peer)
        peer.close()
