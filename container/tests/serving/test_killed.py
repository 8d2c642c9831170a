"""Workers killed by the system while many callers wait: who fails for it, who does not, and that nobody is answered or predicted twice."""

import http.client
import itertools
import json
import os
import random
import signal
import socket
import sys
import threading
import time
from collections import Counter

import pytest

from tests.conftest import PATIENCE, Serve, Server, until

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux lets a supervisor go on with its workers' connections")

CALLERS = 6
DEPTH = 5
"""Requests that a caller sends at once."""


def post(number: int, more: bytes = b"", headers: bytes = b"") -> bytes:
    body = b'{"id":%d%b}' % (number, more)
    return b"POST /invocations HTTP/1.1\r\nhost: x\r\n%bcontent-length: %d\r\n\r\n%b" % (headers, len(body), body)


class Callers:
    """Numbered requests on connections that are kept, several at once on each; some in two parts."""

    def __init__(self, server: Server) -> None:
        self.answers: dict[int, int] = {}
        """Status by number."""
        self.wrong: list[str] = []
        self.last_pid = 0
        """Of the worker that has answered last."""
        self._server = server
        self._numbers = itertools.count()
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._call, args=(random.Random(seed),)) for seed in range(CALLERS)]  # noqa: S311 - no secret
        for thread in self._threads:
            thread.start()

    def _call(self, chance: random.Random) -> None:
        try:
            with socket.create_connection(("127.0.0.1", self._server.port), PATIENCE) as connection, connection.makefile("rb") as answers:
                while not self._stop.is_set():
                    numbers = [next(self._numbers) for _ in range(chance.randint(1, DEPTH))]
                    data = b"".join(post(number) for number in numbers)
                    cut = chance.randrange(len(data))
                    connection.sendall(data[:cut])
                    self._stop.wait(chance.choice((0, 0.001)))
                    connection.sendall(data[cut:])
                    for number in numbers:
                        self._read(number, answers)
        except Exception as error:
            self.wrong.append(repr(error))

    def _read(self, number: int, answers: "socket.SocketIO | object") -> None:
        response = http.client.HTTPResponse(_Answers(answers))  # type: ignore[arg-type]
        response.begin()
        body = json.loads(response.read())
        if number in self.answers or (response.status == 200 and body["id"] != number):
            self.wrong.append(f"{number} got {body}, and before {self.answers.get(number)}")
        if response.status == 503 and (body["error"]["type"], response.getheader("retry-after")) != ("WorkerLost", "1"):
            self.wrong.append(f"{number} got {body}")
        self.answers[number] = response.status
        self.last_pid = body.get("pid", self.last_pid)

    def until_more(self, count: int) -> None:
        seen = len(self.answers)
        until(lambda: len(self.answers) >= seen + count or self.wrong, self._server)

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(PATIENCE)
        assert not any(thread.is_alive() for thread in self._threads)

    @property
    def failed(self) -> set[int]:
        return {number for number, status in self.answers.items() if status != 200}


class _Answers:
    """What HTTPResponse wants of a socket: one file for all answers of a connection, which no answer may close."""

    def __init__(self, file: object) -> None:
        self._file = file

    def makefile(self, _mode: str) -> "_Answers":
        return self

    def close(self) -> None:
        """Not yet."""

    def __getattr__(self, name: str) -> object:
        return getattr(self._file, name)


def begun(server: Server) -> Counter[int]:
    """How often the model began each request."""
    return Counter(int(number) for line in (server.base / "model" / "begun").read_text().splitlines() for number in line.split(","))


@pytest.mark.parametrize(
    ("environment", "kills"),
    [
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "1"}, 4),
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "2", "SHARED": "1"}, 8),
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "2", "PAUSE": "0.004"}, 8),
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "2", "BATCHES": "1"}, 8),
        ({"SAGEMAKER_MODEL_SERVER_WORKERS": "2", "BATCHES": "1", "PAUSE": "0.004"}, 8),
    ],
    ids=[
        "one worker",
        "that share a model, on the event loop",
        "beside the event loop",
        "in batches on the event loop",
        "in batches beside the event loop",
    ],
)
def test_only_what_the_model_had_begun_fails_when_workers_are_killed(serve: Serve, environment: dict[str, str], kills: int) -> None:
    server = serve("counts", SLIPWAY_ACCESS_LOG="off", **environment)
    chance = random.Random(7)  # noqa: S311 - no secret
    callers = Callers(server)
    try:
        for kill in range(kills):
            callers.until_more(200)
            time.sleep(chance.random() / 50)  # at any point of what a worker does
            os.kill(callers.last_pid, signal.SIGKILL)
            until(lambda kill=kill: len(server.events("worker_replaced")) > kill or callers.wrong, server)  # type: ignore[misc]
        callers.until_more(200)
    finally:
        callers.stop()
    assert callers.wrong == []
    times = begun(server)
    assert [number for number, count in times.items() if count > 1] == []
    assert set(callers.answers) - callers.failed <= set(times) <= set(callers.answers)
    batch = 64 if "BATCHES" in environment else 1
    # Killed between the kit's note and the model's own: else whatever fails is among what the model has begun.
    assert len(callers.failed - set(times)) <= kills * batch
    assert sum(line["requests"] for line in server.events("requests_lost")) == len(callers.failed)
