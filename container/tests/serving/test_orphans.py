"""Connections between two workers."""

import os
import socket
import time
from collections.abc import Iterator

import pytest

from slipway_kit.serving.channel import Channel
from slipway_kit.serving.orphans import REQUEST_SECONDS, Orphan, Orphans, Taker


class Ready:
    """A worker at the other end of a channel."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel

    def give(self, orphan: Orphan) -> bool:
        sent = self._channel.send_connection(orphan.connection.fileno(), orphan.request, orphan.tries)
        if sent:
            orphan.close()
        return sent


class Scene:
    """A worker that leaves, one that takes over (or not yet), and a caller."""

    def __init__(self) -> None:
        self.caller, self.accepted = socket.socketpair()
        left, heard = socket.socketpair()
        taker, taken = socket.socketpair()
        self.leaving, self.heard, self.taker, self.taken = Channel(left), Channel(heard), Channel(taker), Channel(taken)
        self.takers: list[Taker] = []
        self.refused: list[socket.socket] = []
        self.orphans = Orphans(lambda: self.takers, self.refused.append)

    def leave(self, request: bytes) -> None:
        assert self.leaving.send_request(self.accepted.fileno(), request)
        self.accepted.close()
        assert self.heard.receive() == [{"kind": "request", "tries": 0}]
        self.orphans.take(Orphan(self.heard.take_socket(), self.heard.take_descriptor()))

    def close(self) -> None:
        self.orphans.abandon()
        self.caller.close()
        self.accepted.close()
        for channel in (self.leaving, self.heard, self.taker, self.taken):
            channel.close()


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.close()


def test_a_request_waits_for_a_worker_and_goes_to_it_once(scene: Scene) -> None:
    scene.leave(b"a request")
    scene.orphans.place()
    scene.takers.append(Ready(scene.taker))
    scene.orphans.place()
    scene.orphans.place()
    scene.taker.send("end")
    messages = [message["kind"] for _ in range(2) for message in scene.taken.receive() or []]
    assert messages == ["request", "end"]
    with scene.taken.take_socket() as connection:
        connection.sendall(b"answer")
    assert scene.taken.take_request() == b"a request"
    assert scene.caller.recv(100) == b"answer"
    assert scene.caller.recv(100) == b""


def test_a_request_that_no_worker_takes_in_time_is_told_to_come_again(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.leave(b"a request")
    later = time.monotonic() + REQUEST_SECONDS + 1
    monkeypatch.setattr("time.monotonic", lambda: later)
    scene.orphans.place()
    answer = scene.caller.recv(4096)
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert b"\r\nretry-after: 1\r\n" in answer
    assert scene.caller.recv(100) == b""


def test_at_the_end_of_the_server_those_who_wait_are_told_so(scene: Scene) -> None:
    before = len(os.listdir("/proc/self/fd"))  # noqa: PTH208 - Path.iterdir would hold a descriptor of its own meanwhile
    scene.leave(b"a request")
    scene.orphans.end()
    assert scene.caller.recv(4096).startswith(b"HTTP/1.1 503 ")
    assert len(os.listdir("/proc/self/fd")) == before - 1  # noqa: PTH208 - the one the caller's connection had here


def test_a_connection_with_an_unread_request_that_waits_in_vain_is_refused_by_who_can_read_it(scene: Scene) -> None:
    scene.orphans.take(Orphan(scene.accepted.dup(), until=time.monotonic() + 3600))
    scene.orphans.place()
    assert scene.refused == []
    scene.orphans.end()
    [refused] = scene.refused
    with refused:
        scene.caller.sendall(b"a request")
        assert refused.recv(100) == b"a request"
