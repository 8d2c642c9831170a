"""What a connection meets while no worker can take it."""

import contextlib
import json
import selectors
import socket
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from slipway_kit.serving import waiting_room
from slipway_kit.serving.status import Status
from slipway_kit.serving.waiting_room import WaitingRoom
from tests.conftest import PATIENCE


@dataclass
class Door:
    """A waiting room with a listening socket, turned by hand."""

    listener: socket.socket
    selector: selectors.DefaultSelector
    status: tuple[Status, str | None] = (Status.LOADING, None)
    takes: bool = True
    handed_over: list[socket.socket] = field(default_factory=list)
    room: WaitingRoom = field(init=False)

    def __post_init__(self) -> None:
        self.room = WaitingRoom(self.listener, self.selector, lambda: self.status, self.hand_over, lambda: self.status[0] is Status.READY)

    def hand_over(self, connection: socket.socket) -> None:
        if self.takes:
            self.handed_over.append(connection)
        else:
            self.room.refuse(connection)

    def turn(self, done: Callable[[], bool]) -> None:
        while not done():
            for key, _ in self.selector.select(0.01):
                key.data()

    def ask(self, request: bytes) -> tuple[int, dict[str, object]]:
        with socket.create_connection(self.listener.getsockname(), PATIENCE) as connection:
            connection.sendall(request)
            connection.settimeout(0.01)
            received = bytearray()

            def closed() -> bool:
                try:
                    data = connection.recv(65536)
                except TimeoutError:
                    return False
                received.extend(data)
                return not data

            self.turn(closed)
        head, _, body = bytes(received).partition(b"\r\n\r\n")
        assert b"connection: close" in head
        return int(head.split()[1]), json.loads(body)

    @property
    def visitors(self) -> int:
        return len(self.selector.get_map()) - 1


@pytest.fixture
def door() -> Iterator[Door]:
    with socket.create_server(("127.0.0.1", 0)) as listener, selectors.DefaultSelector() as selector:
        listener.setblocking(False)
        made = Door(listener, selector)
        made.room.open()
        yield made
        made.room.abandon()
        for connection in made.handed_over:
            connection.close()


PING = b"GET /ping HTTP/1.1\r\nhost: x\r\n\r\n"
INVOKE = b"POST /invocations HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n{}"


def test_ping_and_invocations_tell_the_status(door: Door) -> None:
    assert door.ask(PING) == (503, {"status": "loading"})
    assert door.ask(INVOKE) == (503, {"error": {"type": "NotReady", "message": "the model is not ready: loading"}})
    door.status = (Status.FAILED, "no weights")
    assert door.ask(PING) == (500, {"status": "failed", "reason": "no weights"})
    assert door.ask(INVOKE) == (500, {"error": {"type": "ModelFailed", "message": "no weights"}})
    door.status = (Status.READY, None)
    assert door.ask(b"GET /ping?a=b HTTP/1.1\r\n\r\n") == (200, {"status": "ready"})


@pytest.mark.parametrize(("request_", "status"), [(b"GET /other HTTP/1.1\r\n\r\n", 404), (b"\r\n\r\n", 404), (b"x" * 20_000, 431)])
def test_what_is_no_such_request_is_refused(door: Door, request_: bytes, status: int) -> None:
    assert door.ask(request_)[0] == status


def test_a_visitor_that_leaves_or_stays_too_long_is_shown_out(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    address = door.listener.getsockname()
    with socket.create_connection(address, PATIENCE) as silent:
        door.turn(lambda: door.visitors == 1)
        with socket.create_connection(address, PATIENCE):
            door.turn(lambda: door.visitors == 2)
        door.turn(lambda: door.visitors == 1)
        door.room.sweep()
        assert door.visitors == 1
        later = time.monotonic() + waiting_room.READ_SECONDS
        monkeypatch.setattr("time.monotonic", lambda: later + 1)
        door.room.sweep()
        assert door.visitors == 0
        assert silent.recv(1) == b""


def test_while_a_worker_is_ready_all_but_ping_is_handed_over_unread(door: Door) -> None:
    door.status = (Status.READY, None)
    assert door.ask(PING) == (200, {"status": "ready"})
    assert door.handed_over == []
    with socket.create_connection(door.listener.getsockname(), PATIENCE) as asking:
        asking.sendall(INVOKE)
        door.turn(lambda: bool(door.handed_over))
        assert door.handed_over[0].recv(65536) == INVOKE


def test_what_no_worker_can_take_is_told_to_come_again(door: Door) -> None:
    door.status, door.takes = (Status.READY, None), False
    assert door.ask(INVOKE)[0] == 503


def test_a_closed_room_leaves_new_connections_to_the_workers(door: Door) -> None:
    door.room.close()
    with socket.create_connection(door.listener.getsockname(), PATIENCE):
        assert door.selector.select(0) == []
        accepted, _ = door.listener.accept()
        accepted.close()
    door.room.open()
    assert door.ask(PING)[0] == 503


def test_visitors_who_say_nothing_make_room_for_those_who_come(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_room, "VISITORS_LIMIT", 3)
    with contextlib.ExitStack() as stack:
        silent = [stack.enter_context(socket.create_connection(door.listener.getsockname(), PATIENCE)) for _ in range(3)]
        door.turn(lambda: door.visitors == 3)
        assert door.ask(PING) == (503, {"status": "loading"})
        assert silent[0].recv(1) == b""
        door.turn(lambda: door.visitors == 2)
