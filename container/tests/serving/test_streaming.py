"""Generators as streamed answers."""

import http.client
import json
import socket

import pytest

from tests.conftest import PATIENCE, Serve, Server, read, until


@pytest.fixture
def streams(serve: Serve) -> Server:
    return serve("streams")


def test_the_first_item_decides_the_form(streams: Server) -> None:
    text = streams.invoke(["a", "b\n", "", "c"])
    assert (text.body, text.headers["content-type"], text.headers["transfer-encoding"]) == (b"ab\nc", "text/plain; charset=utf-8", "chunked")
    lines = streams.invoke([{"n": 1}, [2], None, "x"])
    assert (lines.body, lines.headers["content-type"]) == (b'{"n":1}\n[2]\nnull\n"x"\n', "application/jsonlines")
    events = streams.invoke(["a\nb", {"n": 1}], {"accept": "text/event-stream"})
    assert (events.body, events.headers["content-type"]) == (b'data: a\ndata: b\n\ndata: {"n":1}\n\n', "text/event-stream; charset=utf-8")
    assert streams.invoke([]).body == b""
    assert streams.invoke("plain").json == "not a stream"


def test_an_item_is_sent_before_the_next_is_made_and_others_are_served_meanwhile(streams: Server) -> None:
    gate = streams.base / "gate"
    connection = streams.connect()
    connection.request("POST", "/invocations", json.dumps(["early", {"wait": str(gate)}, "late"]).encode(), {})
    response = connection.getresponse()
    assert response.read1() == b"early"
    assert streams.ping().status == 200
    gate.touch()
    assert response.read() == b"late"
    connection.request("POST", "/invocations", b'["again"]', {})
    assert read(connection).body == b"again"
    connection.close()


def test_two_streams_take_turns(streams: Server) -> None:
    connections = [streams.connect() for _ in range(2)]
    for number, connection in enumerate(connections):
        connection.request("POST", "/invocations", json.dumps([f"{number}"] * 50).encode(), {})
    answers = [read(connection).body for connection in connections]
    for connection in connections:
        connection.close()
    assert answers == [b"0" * 50, b"1" * 50]


def test_an_error_before_the_first_item_is_a_500_and_a_later_one_cuts_the_answer_off(streams: Server) -> None:
    early = streams.invoke([{"raise": "at once"}])
    assert (early.status, early.error["message"], early.error["location"]) == (500, "at once", "model.py:24")
    with pytest.raises((http.client.IncompleteRead, ConnectionResetError)):
        streams.invoke(["some", {"raise": "too late"}])
    assert [line["status"] for line in streams.events("request")] == [500, 500]
    assert streams.invoke(["on"]).body == b"on"


def test_a_caller_that_leaves_ends_the_generator(streams: Server) -> None:
    connection = socket.create_connection(("127.0.0.1", streams.port), PATIENCE)
    body = b'[{"repeat": 100000}]'
    connection.sendall(b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
    assert connection.recv(15) == b"HTTP/1.1 200 OK"
    connection.close()
    until((streams.base / "ended").exists, streams)
    assert streams.invoke(["on"]).body == b"on"


def test_a_caller_that_does_not_read_is_cut_off_and_holds_nobody_up(serve: Serve) -> None:
    server = serve("streams", SLIPWAY_CLIENT_TIMEOUT="1")
    body = b'[{"repeat": 100000}]'
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        connection.sendall(b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: %d\r\n\r\n%b" % (len(body), body))
        until((server.base / "ended").exists, server)
        assert server.invoke(["on"]).body == b"on"


def test_http_1_0_gets_the_stream_without_chunks(streams: Server) -> None:
    answer = streams.raw(b'POST /invocations HTTP/1.0\r\ncontent-length: 10\r\n\r\n["a", "b"]')
    assert answer.endswith(b"connection: close\r\n\r\nab")
    assert b"transfer-encoding" not in answer


def test_an_async_generator_streams_too(serve: Serve) -> None:
    assert serve("streams_async").invoke(3).body == b"0\n1\n2\n"
