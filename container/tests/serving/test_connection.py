"""HTTP as it comes over the wire: limits, pipelining, malformed requests."""

import contextlib
import json
import re
import select
import socket
from pathlib import Path

import pytest

from tests.conftest import PATIENCE, Serve, Server, read, until
from tests.serving.processes import children

BODY = b'{"n":1}'
CLOSE = b"connection: close\r\n"


def post(body: bytes, headers: bytes = b"") -> bytes:
    return b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n%b\r\n%b" % (len(body), headers, body)


@pytest.fixture
def echo(shared: Serve) -> Server:
    return shared("echo", SLIPWAY_MAX_BODY_BYTES="1000")


def test_a_body_at_the_limit_passes_and_one_byte_more_is_a_413(echo: Server) -> None:
    fits = b'"' + b"x" * 998 + b'"'
    assert echo.request("POST", "/invocations", fits).body == fits
    answer = echo.request("POST", "/invocations", b'"' + b"x" * 999 + b'"')
    assert (answer.status, answer.error["type"], answer.headers["connection"]) == (413, "PayloadTooLarge", "close")
    assert "the limit is 1000" in answer.error["message"]


def test_a_chunked_body_is_counted_while_it_arrives(echo: Server) -> None:
    head = b"POST /invocations HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"
    chunk = b"1f4\r\n" + b"1" * 500 + b"\r\n"
    assert echo.raw(head + CLOSE + b"\r\n" + b"3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n").endswith(b"[1,2]")
    # The third chunk is over the limit; the last one, which would end the body, is never sent.
    assert echo.raw(head + b"\r\n" + chunk * 3).startswith(b"HTTP/1.1 413 ")


def test_an_oversize_body_announced_with_expect_is_refused_before_it_is_sent(echo: Server) -> None:
    head = b"POST /invocations HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: %d\r\n\r\n"
    assert echo.raw(head % 5000).startswith(b"HTTP/1.1 413 ")
    with socket.create_connection(("127.0.0.1", echo.port), PATIENCE) as connection:
        connection.sendall(head % len(BODY))
        assert connection.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert connection.recv(65536).endswith(BODY)


def test_pipelined_requests_are_answered_in_order(shared: Serve) -> None:
    server = shared("echo")
    requests = [post(b'{"n":%d}' % n) for n in range(50)]
    answers = server.raw(b"".join(requests) + post(b'{"n":50}', CLOSE))
    assert [int(part.split(b'{"n":')[1].split(b"}")[0]) for part in answers.split(b"HTTP/1.1 200 OK")[1:]] == list(range(51))


def test_a_connection_carries_many_requests_also_after_errors(echo: Server) -> None:
    connection = echo.connect()
    statuses = []
    for body in (BODY, b"{", BODY):
        connection.request("POST", "/invocations", body)
        statuses.append(read(connection).status)
    connection.close()
    assert statuses == [200, 400, 200]


def test_http_1_0_is_answered_and_closed(echo: Server) -> None:
    answer = echo.raw(b"GET /ping HTTP/1.0\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"connection: close\r\n" in answer


@pytest.mark.parametrize(
    "data",
    [
        b"not http at all\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: many\r\n\r\n",
        b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n",
        b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
        b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 3\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /invocations HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nxyz\r\n",
        b"POST /invocations HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"POST /invocations HTTP/1.1\r\nhost: x\r\ntransfer-encoding : chunked\r\n\r\n0\r\n\r\n",
        b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 1\r\n\r\n1",
        b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: +1\r\n\r\n1",
        b"POST /invocations HTTP/1.1\nhost: x\ncontent-length: 1\n\n1",
        b"POST /invocations HTTP/1.1\r\nhost: x\r\nx-null: a\0b\r\ncontent-length: 1\r\n\r\n1",
    ],
)
def test_what_is_not_http_is_a_400_and_the_server_lives_on(echo: Server, data: bytes) -> None:
    assert echo.raw(data).startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert echo.invoke(1).json == 1


def test_a_head_without_end_is_a_431(echo: Server) -> None:
    endless = b"POST /invocations HTTP/1.1\r\n" + b"x-filler: " + b"a" * 40_000
    assert echo.raw(endless).startswith(b"HTTP/1.1 431 ")


def test_a_hundred_headers_pass_and_one_more_is_a_431(echo: Server) -> None:
    def headers(count: int) -> bytes:
        return b"".join(b"x-%d: y\r\n" % number for number in range(count))

    # post() adds two of its own, CLOSE is one more.
    assert echo.raw(post(BODY, headers(97) + CLOSE)).startswith(b"HTTP/1.1 200 ")
    refused = echo.raw(post(BODY, headers(98) + CLOSE))
    assert refused.startswith(b"HTTP/1.1 431 ")
    assert b"the request has over 100 headers" in refused
    assert echo.invoke(1).json == 1


def test_an_absurd_content_length_is_a_413_or_400_and_takes_no_memory(echo: Server) -> None:
    head = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 18446744073709551615\r\n\r\n"
    assert echo.raw(head).startswith(b"HTTP/1.1 413 ")


def test_a_caller_that_goes_away_does_not_disturb_the_next(serve: Serve) -> None:
    server = serve("scripted")
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(post(b'{"raise": "too late"}') * 3)
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(post(b'{"raise"')[:-3])
    assert server.invoke({}).status == 200


CHUNKED = b"POST /invocations HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n"


def test_a_trailer_changes_nothing(echo: Server) -> None:
    trailers = b"accept: application/x-own\r\ncontent-type: application/x-own\r\n"
    assert echo.raw(CHUNKED + CLOSE + b"\r\n1\r\n7\r\n0\r\n" + trailers + b"\r\n").endswith(b"\r\n\r\n7")


@pytest.mark.parametrize("beginning", [b"1\r\n7\r\n0\r\nx-endless: ", b"1;endless="])
def test_what_stands_around_a_body_is_limited_like_a_head(serve: Serve, beginning: bytes) -> None:
    echo = serve("echo", SLIPWAY_MAX_BODY_BYTES="1000")
    with socket.create_connection(("127.0.0.1", echo.port), PATIENCE) as connection, contextlib.suppress(ConnectionError):
        connection.sendall(CHUNKED + b"\r\n" + beginning)
        while not select.select([connection], [], [], 0)[0]:
            connection.sendall(b"a" * 10_000)
        assert connection.recv(65536).startswith(b"HTTP/1.1 431 ")
    until(lambda: [line["status"] for line in echo.events("request")] == [431], echo)


def test_a_body_in_parts_of_two_bytes_takes_little_more_than_its_size(serve: Serve) -> None:
    server = serve("echo", SLIPWAY_MAX_BODY_BYTES="4000001", SLIPWAY_ACCESS_LOG="off")
    worker = children(server.running.pid)[0]

    def peak() -> int:
        return int(re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{worker}/status").read_text())[0]) * 1024

    assert server.invoke(1).json == 1
    before = peak()
    whole = server.raw(CHUNKED + CLOSE + b"\r\n1\r\n1\r\n" + b"2\r\n  \r\n" * 2_000_000 + b"0\r\n\r\n")
    assert whole.endswith(b"\r\n\r\n1")
    assert peak() - before < 40_000_000  # one object for each part would take 100 MB


def test_a_request_that_is_refused_takes_no_answer_from_those_before_it(serve: Serve) -> None:
    server = serve("scripted", SLIPWAY_MAX_BODY_BYTES="1000")
    for bad, status in ((b"BAD\r\n\r\n", 400), (CHUNKED.replace(b"chunked", b"gzip, chunked") + b"\r\n", 501), (post(b"1" * 2000), 413)):
        held = server.base / f"held-{status}"
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
            connection.sendall(post(json.dumps({"hold": str(held)}).encode()) + post(b"{}") + bad)
            until(held.with_suffix(".begun").exists, server)
            held.touch()
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
        assert [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]] == [200, 200, status]


@pytest.mark.parametrize("together", [True, False])
def test_an_upgrade_is_ignored_and_the_body_read(echo: Server, together: bool) -> None:
    upgrade = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AA\r\ncontent-type: text/plain\r\n"
    parts = [post(b"first", upgrade), CHUNKED + upgrade + b"\r\n6\r\nsecond\r\n0\r\n\r\n", post(b'"third"', CLOSE)]
    with socket.create_connection(("127.0.0.1", echo.port), PATIENCE) as connection:
        for data in [b"".join(parts)] if together else [half for part in parts for half in part.partition(b"\r\n\r\n") if half]:
            connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert [part.partition(b"\r\n\r\n")[2] for part in received.split(b"HTTP/1.1 200 OK")[1:]] == [b"first", b"second", b'"third"']


def test_a_tunnel_is_refused_and_closed(echo: Server) -> None:
    assert echo.raw(b"CONNECT elsewhere:443 HTTP/1.1\r\nhost: x\r\n\r\nhello").startswith(b"HTTP/1.1 404 ")


def test_a_caller_that_ends_its_half_still_gets_every_answer(serve: Serve) -> None:
    server = serve("scripted")
    for requests in (1, 3):
        held = server.base / f"held-{requests}"
        with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
            connection.sendall(post(json.dumps({"hold": str(held)}).encode()) + post(b"{}") * (requests - 1))
            connection.shutdown(socket.SHUT_WR)
            until(held.with_suffix(".begun").exists, server)
            assert server.ping().status == 200  # one turn of the loop later
            held.touch()
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
        assert [int(part[:3]) for part in received.split(b"HTTP/1.1 ")[1:]] == [200] * requests
        assert received.count(b"connection: close\r\n") == 1


def test_a_caller_that_ends_its_half_in_the_middle_of_a_request_is_closed(echo: Server) -> None:
    with socket.create_connection(("127.0.0.1", echo.port), PATIENCE) as connection:
        connection.sendall(post(BODY)[:-2])
        connection.shutdown(socket.SHUT_WR)
        assert connection.recv(65536) == b""
