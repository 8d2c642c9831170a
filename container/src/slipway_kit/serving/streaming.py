"""A generator's answer, sent while it is made: one chunk an item, the next item asked for when the caller has taken the last.

Items are steps of the model like any other call, so streams and other requests take turns. The first item decides the form: bytes and text as
they are (text as events when the caller accepts `text/event-stream`), anything else as JSON Lines.
"""

from collections.abc import AsyncGenerator, Callable, Generator
from types import AsyncGeneratorType, GeneratorType
from typing import Any, Protocol

from slipway_kit import codecs
from slipway_kit.serving.batching import Call
from slipway_kit.serving.request import Request

EVENTS = "text/event-stream"
_END = object()
_KINDS = (GeneratorType, AsyncGeneratorType)


class Steps(Protocol):
    """What a stream needs from the application."""

    def step(self, request: Request, call: Call) -> None:
        """Run one call for a request whose answer is under way."""

    def failed(self, request: Request, error: BaseException) -> None:
        """Nothing was sent yet: answer with the error. Else log it and cut the answer off."""

    def streamed(self, request: Request, sent: int) -> None:
        """The answer is complete."""


def is_stream(value: object) -> bool:
    return isinstance(value, _KINDS)


class Stream:
    """One answer under way."""

    def __init__(self, steps: Steps, request: Request, items: Generator[Any, None, None] | AsyncGenerator[Any, None]) -> None:
        self._steps = steps
        self._request = request
        self._items = items
        self._write: Callable[[Any], bytes] | None = None
        self._sent = 0
        self._stopped = False

    def start(self) -> None:
        self._step(self._next, self._on_item)

    def stop(self) -> None:
        """The caller has gone: end the generator, so that its `finally` runs."""
        if not self._stopped:
            self._stopped = True
            self._step(self._close, lambda _call: None)

    def _step(self, function: Callable[[Any], Any], tell: Callable[[Call], None]) -> None:
        call = Call(None, 0.0, tell)
        call.function = function
        self._steps.step(self._request, call)

    def _next(self, _input: None) -> Any:
        return next(self._items, _END) if isinstance(self._items, Generator) else anext(self._items, _END)

    def _close(self, _input: None) -> Any:
        return self._items.close() if isinstance(self._items, Generator) else self._items.aclose()

    def _on_item(self, call: Call) -> None:
        if self._stopped:
            return
        try:
            self._send(call)
        except Exception as error:
            self._stopped = True
            self._steps.failed(self._request, error)

    def _send(self, call: Call) -> None:
        if call.error is not None:
            self._stopped = True
            self._steps.failed(self._request, call.error)
            return
        connection = self._request.connection
        if call.value is _END:
            if self._write is None:
                connection.begin_stream(self._request, codecs.BYTES)
            self._stopped = True
            self._steps.streamed(self._request, self._sent)
            connection.end_stream(self._request)
            return
        first = self._write is None
        if self._write is None:
            self._write, content_type = form_of(call.value, self._request.accept)
        data = self._write(call.value)
        if first:
            connection.begin_stream(self._request, content_type)
        self._sent += len(data)
        connection.write_chunk(self._request, data, self.start)


def form_of(item: object, accept: str) -> tuple[Callable[[Any], bytes], str]:
    """How the items of a stream are written, by the first of them, and the content type of the whole."""
    if isinstance(item, bytes | bytearray | memoryview):
        return _raw, codecs.BYTES
    if EVENTS in accept:
        return _event, f"{EVENTS}; charset=utf-8"
    if isinstance(item, str):
        return _raw, f"{codecs.TEXT}; charset=utf-8"
    return _line, codecs.JSON_LINES


def _raw(item: Any) -> bytes:
    return item.encode(errors="replace") if isinstance(item, str) else bytes(item)


def _line(item: Any) -> bytes:
    return codecs.encode_json(item) + b"\n"


def _event(item: Any) -> bytes:
    text = item if isinstance(item, str) else codecs.encode_json(item).decode()
    return "".join(f"data: {line}\n" for line in text.split("\n")).encode() + b"\n"
