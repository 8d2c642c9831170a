"""What a worker notes of a connection, and what is made of it."""

import os
import socket
import sys
from collections.abc import Callable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from slipway_kit.serving.ledger import Ledger, received_in
from slipway_kit.serving.record import ONE, Record, noted
from slipway_kit.serving.recovery import Fate, fate_of, without
from slipway_kit.serving.tcp_state import TcpState, tcp_state, unknown

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells what was read from a connection")

GONE_ON = Fate(lost=False, goes_on=True)
LOST = Fate(lost=True, goes_on=True)
CUT = Fate(lost=False, goes_on=False)


class Scene:
    """A worker's side of a connection, the peer's, and what the supervisor makes of it at any time."""

    def __init__(self) -> None:
        self.ledger = Ledger(1_000_000)
        assert self.ledger.shared is not None
        _, self.memory = self.ledger.shared
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.peer = socket.create_connection(listener.getsockname())
            self.connection, _ = listener.accept()
        self.record = self.ledger.enter(self.connection)

    def receive(self, data: bytes, requests: int = 0) -> None:
        self.record.arriving = True
        self.peer.sendall(data)
        while data:
            count = self.connection.recv_into(self.record.buffer(-1), min(100, len(data)))
            self.record.read(count)
            data = data[count:]
        self.record.complete += requests * ONE
        self.record.arriving = not requests

    def write(self, data: bytes) -> None:
        self.connection.sendall(data)

    @property
    def fate(self) -> Fate:
        return fate_of(noted(self.memory, self.record.index), tcp_state(self.connection))

    @property
    def left(self) -> bytes | None:
        note = noted(self.memory, self.record.index)
        count = note.in_room(tcp_state(self.connection).read)
        return without(received_in(self.memory, self.record.index, count), note.taken)

    def close(self) -> None:
        assert self.ledger.shared is not None
        self.peer.close()
        self.connection.close()
        notices, memory = self.ledger.shared
        self.ledger.close()
        notices.close()
        os.close(memory)


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    yield made
    made.close()


REQUEST = b"POST / HTTP/1.1\r\ncontent-length: 3\r\n\r\n123"
OTHER = b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n2\r\n45\r\n0\r\n\r\n"


def test_the_kernel_tells_what_was_read_and_written_also_after_the_peer_has_ended(scene: Scene) -> None:
    assert unknown() is None
    scene.peer.sendall(b"12345")
    scene.connection.recv(3, socket.MSG_WAITALL)
    scene.write(b"1234567")
    scene.peer.shutdown(socket.SHUT_WR)
    assert tcp_state(scene.connection) == TcpState(open=True, read=3, written=7)
    scene.connection.recv(10)
    scene.connection.recv(10)
    assert tcp_state(scene.connection) == TcpState(open=True, read=5, written=7)
    scene.connection.shutdown(socket.SHUT_WR)
    assert not tcp_state(scene.connection).open


def test_each_step_of_a_request_is_told_apart(scene: Scene) -> None:
    record = scene.record
    for _ in range(3):
        assert (scene.fate, scene.left) == (GONE_ON, b"")
        scene.receive(REQUEST, requests=1)
        assert (scene.fate, scene.left) == (GONE_ON, REQUEST)
        record.wait()
        assert (scene.fate, scene.left) == (GONE_ON, REQUEST)
        record.begin()
        assert (scene.fate, scene.left) == (LOST, b"")
        record.answer(5, keep=True, at_once=True)
        assert (scene.fate, scene.left) == (LOST, b"")
        scene.write(b"12345")
        assert (scene.fate, scene.left) == (GONE_ON, b"")
        record.buffer(-1)


@pytest.mark.parametrize("more", [b"", OTHER[:20]])
def test_of_requests_that_came_together_those_not_begun_are_left(scene: Scene, more: bytes) -> None:
    scene.receive(REQUEST + OTHER + REQUEST + more, requests=3)
    scene.record.arriving = bool(more)
    for left in (OTHER + REQUEST, REQUEST, b""):
        assert scene.fate == GONE_ON
        scene.record.begin()
        assert (scene.fate, scene.left) == (LOST, left + more)
        scene.record.answer(5, keep=True, at_once=True)
        scene.write(b"12345")
        assert (scene.fate, scene.left) == (GONE_ON, left + more)
        scene.record.wait()
        assert (scene.fate, scene.left) == (GONE_ON, left + more)


def test_an_answer_of_which_a_part_is_written_is_cut_off(scene: Scene) -> None:
    scene.receive(REQUEST, requests=1)
    scene.record.begin()
    scene.record.answer(10, keep=True)
    assert scene.fate == LOST
    scene.write(b"12345")
    assert scene.fate == CUT
    scene.write(b"12345")
    assert scene.fate == GONE_ON


def test_a_stream_is_cut_off_until_it_is_at_its_end(scene: Scene) -> None:
    scene.receive(REQUEST, requests=1)
    scene.record.begin()
    scene.record.stream(5)
    assert scene.fate == LOST
    scene.write(b"12345")
    assert scene.fate == CUT
    scene.record.part(5)
    scene.write(b"12345")
    assert scene.fate == CUT
    scene.record.answer(3, keep=True)
    assert scene.fate == CUT
    scene.write(b"123")
    assert scene.fate == GONE_ON


def test_a_connection_that_ends_with_its_answer_does_not_go_on(scene: Scene) -> None:
    scene.receive(REQUEST, requests=1)
    scene.record.keep = 0
    scene.record.begin()
    assert scene.fate == Fate(lost=True, goes_on=False)
    scene.record.answer(5, keep=False)
    assert scene.fate == Fate(lost=True, goes_on=False)
    scene.write(b"12345")
    assert scene.fate == CUT


def test_an_answer_without_the_model_counts_as_one(scene: Scene) -> None:
    scene.receive(REQUEST + OTHER, requests=2)
    scene.record.answer(5, keep=True, at_once=True)
    scene.write(b"12345")
    assert (scene.fate, scene.left) == (GONE_ON, OTHER)


def test_counts_of_bytes_go_round_at_four_gigabytes(scene: Scene) -> None:
    record = scene.record
    read, written = 2**33 - 10, 2**32 - 3
    record.open(9, TcpState(open=True, read=read, written=written), b"", 0)
    for _ in range(3):
        record.buffer(-1)
        record.read(8)
        read += 8
        record.complete += ONE
        record.begin()
        begun = noted(scene.memory, record.index)
        assert (begun.in_room(read), begun.taken, begun.written(written)) == (8, 1, 0)
        record.answer(4, keep=True, at_once=True)
        written += 4
        assert begun.written(written) == 4


def test_what_is_written_before_an_answer_is_no_part_of_it(scene: Scene) -> None:
    scene.receive(REQUEST[:20])
    scene.record.aside(4)
    scene.write(b"1234")
    assert (scene.fate, scene.left) == (GONE_ON, REQUEST[:20])
    scene.receive(REQUEST[20:], requests=1)
    scene.record.begin()
    assert (scene.fate, scene.left) == (LOST, b"")


def test_what_has_just_been_read_is_left_though_nothing_was_noted(scene: Scene) -> None:
    scene.receive(REQUEST, requests=1)
    scene.record.begin()
    scene.record.answer(5, keep=True, at_once=True)
    scene.write(b"12345")
    scene.peer.sendall(OTHER)
    scene.connection.recv_into(scene.record.buffer(-1), len(OTHER))
    assert (scene.fate, scene.left) == (GONE_ON, OTHER)


def test_a_connection_that_was_taken_over_begins_with_what_another_had_read(scene: Scene) -> None:
    scene.receive(REQUEST[:10])
    scene.write(b"an answer of before")
    scene.ledger.leave(scene.record)
    scene.record = scene.ledger.enter(scene.connection, REQUEST[:10], tries=1)
    assert (scene.fate, scene.left, noted(scene.memory, scene.record.index).tries) == (GONE_ON, REQUEST[:10], 1)
    scene.record.arriving = True
    scene.receive(REQUEST[10:], requests=1)
    scene.record.begin()
    assert (scene.fate, scene.left) == (LOST, b"")


def test_a_record_that_was_released_notes_nothing_of_its_successor(scene: Scene) -> None:
    before = scene.record
    scene.ledger.leave(before)
    scene.record = scene.ledger.enter(scene.connection)
    assert scene.record.index == before.index
    before.begin()
    assert scene.fate == GONE_ON


def test_with_more_connections_than_records_the_last_ones_are_not_kept() -> None:
    scene = Scene()
    records: list[Record] = [scene.record]
    record: Callable[[], Record] = lambda: scene.ledger._record(scene.connection, None, 0)  # noqa: SLF001, E731
    while records[-1].kept:
        records.append(record())
    assert len(records) == 1025
    unkept = records[-1]
    assert len(unkept.buffer(-1)) > 0
    unkept.read(5)
    unkept.begin()
    unkept.answer(5, keep=True)
    scene.ledger.leave(unkept)
    scene.ledger.leave(records[7])
    assert record().index == records[7].index
    scene.close()


@given(st.lists(st.sampled_from([REQUEST, OTHER, b"GET / HTTP/1.1\r\n\r\n", b"\r\nGET /ping HTTP/1.1\r\nhost: x\r\n\r\n"]), max_size=6))
def test_what_follows_any_number_of_requests_is_found(requests: list[bytes]) -> None:
    whole = b"".join(requests) + REQUEST[:10]
    for count in range(len(requests) + 1):
        left = without(whole, count)
        assert left is not None
        assert left.lstrip(b"\r\n") == (b"".join(requests[count:]) + REQUEST[:10]).lstrip(b"\r\n")
    assert without(REQUEST, 2) is None
