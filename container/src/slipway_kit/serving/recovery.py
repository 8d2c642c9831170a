"""What becomes of a connection whose worker has died: told from what the worker had noted and what the kernel counts."""

import contextlib
from dataclasses import dataclass

import httptools

from slipway_kit.serving.record import BEGUN, CLOSING, QUEUED, WAITING, WRITING, Noted
from slipway_kit.serving.tcp_state import TcpState

DECODES = 2
"""Workers that may end while they decode one request; then it is taken to be what ends them."""


@dataclass(frozen=True)
class Fate:
    """In this order: answer that the request is lost, go on with the connection or close it."""

    lost: bool
    """The request that was being answered has no answer, and cannot have one."""
    goes_on: bool


def fate_of(noted: Noted, tcp: TcpState) -> Fate:
    """A request without any byte of an answer is told that it is lost; an answer of which a part was written is cut off."""
    if not tcp.open:
        return Fate(lost=False, goes_on=False)
    if noted.state in (WAITING, QUEUED) and noted.taken == 0:
        return Fate(lost=False, goes_on=noted.written(tcp.written) == 0)  # else an answer before it was not written to its end
    if noted.state in (WRITING, CLOSING) and noted.unwritten(tcp.written) == 0:
        return Fate(lost=False, goes_on=noted.state == WRITING)
    if noted.state == QUEUED:  # behind others in the room, which have their answers
        return Fate(lost=False, goes_on=True)
    lost = noted.written(tcp.written) == 0  # an answer takes at least a byte
    return Fate(lost=lost, goes_on=noted.keep and (lost or noted.state == BEGUN))


def without(received: bytes, count: int) -> bytes | None:
    """What follows the first `count` requests. None when that cannot be told."""
    if count == 0 or not received:
        return received
    low, high = 1, len(received)
    if _requests(received, high) < count:
        return None
    while low < high:  # the shortest beginning that holds them all
        middle = (low + high) // 2
        if _requests(received, middle) < count:
            low = middle + 1
        else:
            high = middle
    return received[low:]


class _Counter:
    def __init__(self) -> None:
        self.requests = 0

    def on_message_complete(self) -> None:
        self.requests += 1


def _requests(received: bytes, size: int) -> int:
    counter = _Counter()
    with contextlib.suppress(httptools.HttpParserError, httptools.HttpParserUpgrade):  # what comes after them may be anything
        httptools.HttpRequestParser(counter).feed_data(memoryview(received)[:size])
    return counter.requests
