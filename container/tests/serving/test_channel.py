"""Messages between the supervisor and a worker."""

import socket

from slipway_kit.serving.channel import Channel


def pair() -> tuple[Channel, Channel]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    return Channel(ours), Channel(theirs)


def test_messages_arrive_in_order_also_when_cut_in_pieces() -> None:
    reader, writer = pair()
    writer.send("loaded")
    writer.send("failed", "two\nlines")
    assert reader.receive() == [{"kind": "loaded"}, {"kind": "failed", "reason": "two\nlines"}]
    writer.socket.sendall(b'{"kind":"be')
    assert reader.receive() == []
    writer.socket.sendall(b'at"}\n')
    assert reader.receive() == [{"kind": "beat"}]
    assert reader.receive() == []
    for end in (reader, writer):
        end.close()


def test_a_connection_goes_over_with_what_has_not_been_read_from_it() -> None:
    reader, writer = pair()
    near, far = socket.socketpair()
    far.sendall(b"hello")
    assert writer.send_connection(near.fileno())
    near.close()
    writer.send("drain")
    messages = [message["kind"] for _ in range(2) for message in reader.receive() or []]
    assert messages == ["connection", "drain"]
    with reader.take_socket() as taken:
        assert taken.recv(16) == b"hello"
        taken.sendall(b"bye")
    assert far.recv(16) == b"bye"
    for end in (reader, writer, far):
        end.close()
    assert not writer.send_connection(far.fileno())


def test_a_connection_goes_over_with_the_request_that_was_read_from_it_and_back() -> None:
    reader, writer = pair()
    near, far = socket.socketpair()
    request = b"x" * 3_000_000
    assert writer.send_request(near.fileno(), request)
    near.close()
    assert reader.receive() == [{"kind": "request", "tries": 0}]
    reader.pass_back(with_request=True)
    assert writer.receive() == [{"kind": "request", "tries": 0}]
    with writer.take_socket() as taken:
        taken.sendall(b"bye")
    assert writer.take_request() == request
    assert far.recv(16) == b"bye"
    for end in (reader, writer, far):
        end.close()


def test_the_other_side_gone_is_an_end_for_the_reader_and_nothing_for_the_writer() -> None:
    reader, writer = pair()
    writer.close()
    assert reader.receive() is None
    reader.send("drain")
    reader.close()
