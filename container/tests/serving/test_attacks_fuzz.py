"""Thousands of damaged requests: the server executes what a strict reader finds in them and nothing else, and goes on."""

import http.client
import io
import random
import socket

from tests.conftest import PATIENCE, Serve, Server
from tests.serving.strict_http import Sent, requests_of

SEED = 7
STREAMS = 2000
HEAD = b"POST /invocations HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


def post(body: bytes, more: bytes = b"") -> bytes:
    return HEAD + more + b"Content-Length: %d\r\n\r\n" % len(body) + body


INNER = post(b"inner", b"Connection: close\r\n")
WHOLE = [
    post(b"alpha") + post(b"beta"),
    CHUNKED + b"3\r\ngam\r\n2\r\nma\r\n0\r\n\r\n" + post(b"delta"),
    CHUNKED + b"5;name=value\r\nsigma\r\n0\r\nX-Trailer: 1\r\n\r\n" + post(b"omega"),
    post(INNER) + post(b"after"),
    CHUNKED + b"%x\r\n%b\r\n0\r\n\r\n" % (len(INNER), INNER) + post(b"after"),
    b"GET /ping?x=1 HTTP/1.1\r\nHost: x\r\n\r\n" + post(b"never"),
    post(b"one", b"X-Long: " + b"v" * 200 + b"\r\n") + b"PUT /invocations HTTP/1.1\r\nContent-Length: 3\r\n\r\ntwo" + post(b"three"),
]
PIECES = [
    b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b";", b",", b"0", b"-1", b"+", b"0x", b"\x0b", b"\xff", b'"', b"%00", b"\r\n\r\n", b"0\r\n\r\n",
    b"\r\nContent-Length: 3", b"\r\nContent-Length: 0", b"\r\nTransfer-Encoding: chunked", b"\r\nTransfer-Encoding: identity", b"\r\n folded",
    b"chunked", b"HTTP/1.0", b"\r\nConnection: close", b"\r\nConnection: keep-alive", b"ffffffffffffffff", b"POST /invocations HTTP/1.1\r\n", INNER,
]  # fmt: skip


def damaged(stream: bytes, chance: random.Random) -> bytes:
    """The stream with one to three things done to it."""
    data = bytearray(stream)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(data) + 1)
        to = min(len(data), at + chance.randint(1, 12))
        what = chance.randrange(6)
        if what == 0:
            data[at:at] = chance.choice(PIECES)
        elif what == 1:
            data[at:to] = chance.choice(PIECES)
        elif what == 2 and at < len(data):
            data[at] = chance.randrange(256)
        elif what == 3:
            del data[at:to]
        elif what == 4:
            data[at:at] = data[at:to]
        else:
            del data[at:]
            data += chance.choice(WHOLE)
    return bytes(data)


def answers_of(server: Server, stream: bytes, expected: list[Sent]) -> list[tuple[int, str, bytes]]:
    """Status, type and body of each answer to the stream, after which nothing is sent."""
    with socket.create_connection(("127.0.0.1", server.port), PATIENCE) as connection:
        received = b""
        try:
            connection.sendall(stream)
            connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                received += chunk
        except ConnectionError:  # refused while bytes were on their way: what had been answered may be lost with them
            pass
    answers: list[tuple[int, str, bytes]] = []
    source = io.BytesIO(received)
    while source.tell() < len(received):
        method = expected[len(answers)].method.decode() if len(answers) < len(expected) else "POST"
        response = http.client.HTTPResponse(_Received(source), method=method)  # type: ignore[arg-type]
        response.begin()
        answers.append((response.status, response.getheader("content-type", ""), response.read()))
    return answers


class _Received:
    """What http.client takes for a socket: answers that have come."""

    def __init__(self, source: io.BytesIO) -> None:
        self._source = source

    def makefile(self, _mode: str) -> io.BytesIO:
        return _Kept(self._source)


class _Kept(io.BytesIO):
    """Reads on in the same bytes, whoever closes it."""

    def __init__(self, source: io.BytesIO) -> None:
        super().__init__()
        self._source = source

    def read(self, size: int | None = -1) -> bytes:
        return self._source.read(-1 if size is None else size)

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        return self._source.readinto(buffer)

    def readline(self, size: int | None = -1) -> bytes:
        return self._source.readline(-1 if size is None else size)


def test_damaged_requests_execute_nothing_that_was_not_sent_and_the_server_goes_on(serve: Serve) -> None:
    server = serve("echo", SLIPWAY_ACCESS_LOG="off")
    chance = random.Random(SEED)  # noqa: S311 - the same streams in every run
    executed = refused = 0
    for _ in range(STREAMS):
        stream = damaged(chance.choice(WHOLE), chance)
        expected = requests_of(stream)
        answers = answers_of(server, stream, expected)
        for index, (status, kind, body) in enumerate(answers):
            assert status in (200, 400, 404, 405, 408, 413, 415, 431, 501), stream
            if status == 200:
                executed += 1
                assert index < len(expected), stream
                sent = expected[index]
                assert (sent.path.partition(b"?")[0], sent.method) in ((b"/invocations", b"POST"), (b"/ping", b"GET"), (b"/ping", b"HEAD")), stream
                if sent.method == b"POST" and kind.startswith("text/plain"):
                    assert body == sent.body, stream
            else:
                refused += 1
        assert server.invoke("good").json == "good", stream
    assert server.running.poll() is None
    assert server.stderr == ""
    # Had most streams come through as they were, or none of them, this would show little.
    assert (executed > STREAMS // 2, refused > STREAMS // 2) == (True, True), (executed, refused)
