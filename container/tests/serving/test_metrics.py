"""What the server tells of itself: embedded metrics in the log, a page for Prometheus."""

import http.client
import json
import select
import selectors
import socket
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_kit.serving import metrics
from slipway_kit.serving.metrics import Totals, embedded
from slipway_kit.serving.statistics import BOUNDS, Statistics
from tests.conftest import PATIENCE, Serve, free_port, until

LATENCIES = st.lists(st.tuples(st.sampled_from([200, 400, 503]), st.floats(0, 100)))


def answered(latencies: list[tuple[int, float]]) -> Statistics:
    statistics = Statistics()
    for status, seconds in latencies:
        statistics.answered(status, seconds)
    return statistics


@given(first=LATENCIES, second=LATENCIES)
def test_what_workers_count_apart_adds_up_also_when_one_has_ended(first: list[tuple[int, float]], second: list[tuple[int, float]]) -> None:
    totals, all_in_one = Totals(), answered(first + second)
    totals.told(1, answered(first).numbers())
    totals.told(2, answered(second).numbers())
    totals.ended(1)
    total = totals.sum()
    assert total.buckets == all_in_one.buckets
    assert (total.requests, total.client_errors, total.server_errors) == (
        len(first + second),
        sum(status == 400 for status, _ in first + second),
        sum(status == 503 for status, _ in first + second),
    )
    assert total.plus(answered(first), -1).requests == len(second)


@given(latencies=LATENCIES.filter(bool), share=st.sampled_from([0.5, 0.99, 1.0]))
def test_a_quantile_is_the_bound_of_its_bucket(latencies: list[tuple[int, float]], share: float) -> None:
    found = answered(latencies).quantile(share)
    within = sum(seconds <= found for _, seconds in latencies)
    assert found in BOUNDS
    assert within >= share * len(latencies) or found == BOUNDS[-1]


def test_an_embedded_line_names_each_metric_it_carries() -> None:
    line = json.loads(embedded(Statistics(requests=3, batches=2, batched=3), 1700000000000))
    directive = line["_aws"]["CloudWatchMetrics"][0]
    assert (line["_aws"]["Timestamp"], directive["Namespace"]) == (1700000000000, "Slipway")
    assert {metric["Name"] for metric in directive["Metrics"]} == set(line) - {"_aws"}
    assert (line["Requests"], line["BatchSize"]) == (3, 1.5)


def test_both_are_told_when_asked_for(serve: Serve) -> None:
    port = free_port()
    server = serve("echo", SLIPWAY_METRICS_PORT=str(port), SLIPWAY_METRICS_INTERVAL="1")
    for _ in range(5):
        assert server.invoke(1).status == 200
    assert server.request("POST", "/invocations", b"{").status == 400

    def scrape(path: str) -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        connection.request("GET", path)
        response = connection.getresponse()
        read = response.status, response.read().decode()
        connection.close()
        return read

    until(lambda: "slipway_request_seconds_count 6" in scrape("/metrics")[1], server)
    page = scrape("/metrics")[1]
    for line in ('slipway_errors_total{status="4xx"} 1', "slipway_model_inputs_total 5", "slipway_workers_ready 1"):
        assert line in page
    assert scrape("/")[0] == 404
    told = [json.loads(line) for line in server.stdout.splitlines() if line.startswith('{"_aws"')]
    until(lambda: sum(json.loads(line)["Requests"] for line in server.stdout.splitlines() if line.startswith('{"_aws"')) == 6, server)
    assert all(line["Errors5xx"] == 0 for line in told)


def test_a_scraper_that_says_nothing_holds_nobody_up_and_is_shown_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metrics, "READ_SECONDS", 3600.0)
    monkeypatch.setattr(metrics, "PEERS_LIMIT", 2)
    with socket.create_server(("127.0.0.1", 0)) as listener, selectors.DefaultSelector() as selector:
        listener.setblocking(False)
        address = listener.getsockname()
        reporter = metrics.Reporter(metrics.Totals(), 0, listener, lambda: 3)
        reporter.register(selector)

        def turn() -> None:
            for key, _ in selector.select(PATIENCE):
                key.data()

        with socket.create_connection(address, PATIENCE) as silent, socket.create_connection(address, PATIENCE) as asking:
            while len(selector.get_map()) < 3:
                turn()
            asking.sendall(b"GET /metrics HTTP/1.1\r\n\r\n")
            turn()
            assert b"slipway_workers_ready 3\n" in asking.recv(65536)
            assert len(selector.get_map()) == 2
            with socket.create_connection(address, PATIENCE), socket.create_connection(address, PATIENCE):
                while silent not in select.select([silent], [], [], 0)[0]:
                    turn()
                assert silent.recv(1) == b""
            later = time.monotonic() + 3601
            monkeypatch.setattr("time.monotonic", lambda: later)
            reporter.tick()
            assert len(selector.get_map()) == 1
