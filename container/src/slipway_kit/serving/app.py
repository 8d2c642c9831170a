"""The two paths of the container contract, on top of a loaded model."""

import time
from http import HTTPStatus
from pathlib import Path
from secrets import token_hex

from slipway_kit import codecs, log
from slipway_kit.errors import Overloaded, RequestError, RequestTimeout, locate, locate_frame, message_of
from slipway_kit.functions import Encoded
from slipway_kit.inputs import Reader
from slipway_kit.serving.access_log import AccessLog
from slipway_kit.serving.batching import Call
from slipway_kit.serving.connection import Connection
from slipway_kit.serving.execution import Execution, main_thread_frame
from slipway_kit.serving.ledger import Ledger
from slipway_kit.serving.request import RETRY_AFTER, Request, error_body
from slipway_kit.serving.statistics import Statistics
from slipway_kit.serving.status import Status
from slipway_kit.serving.streaming import Stream, is_stream
from slipway_kit.settings import ServingSettings


class App:
    """Decodes, predicts, encodes; maps errors to HTTP in one place."""

    def __init__(self, settings: ServingSettings, execution: Execution, code_dir: Path, reader: Reader, ledger: Ledger) -> None:
        self.ledger = ledger
        self.connections: set[Connection] = set()
        self.max_body_bytes = settings.max_body_bytes
        self.client_seconds = settings.client_seconds
        self.timeout = settings.timeout
        self.draining = False
        """Every answer is the last one of its connection."""
        self.retiring = False
        """It is, but new requests are answered as ever, and /ping says that it is ready."""
        self.wants_replacement: str | None = None
        """Why this worker should not go on for long."""
        self.status = Status.READY
        self._settings = settings
        self._max_queue = settings.max_queue
        self._execution = execution
        self._code_dir = code_dir
        self._reader = reader
        self._log = AccessLog(settings.access_log, settings.workers)
        self._calls: dict[Request, Call] = {}
        self._streams: dict[Request, Stream] = {}

    @property
    def busy(self) -> bool:
        """Requests are running or arriving, or answers are still being sent."""
        return bool(self._calls) or any(not connection.idle or not connection.flushed for connection in self.connections)

    @property
    def statistics(self) -> Statistics:
        """What has been answered so far, and what waits."""
        self._log.statistics.queue = self._execution.waiting
        return self._log.statistics

    # From the connections

    def handle(self, request: Request) -> None:
        path = request.path
        if "?" in path:
            path = path.partition("?")[0]
        if path == "/invocations" and request.method == "POST":
            self._invoke(request)
        elif path == "/ping" and request.method in ("GET", "HEAD"):
            # A connection of its own each time: the next /ping is then answered also when this worker is too deep in a prediction.
            request.keep_alive = False
            request.respond(self.status.http, self.status.body(), codecs.JSON)
        elif path in ("/ping", "/invocations"):
            allowed = "POST" if path == "/invocations" else "GET, HEAD"
            body = error_body("MethodNotAllowed", f"{path} answers {allowed}, not {request.method}")
            self._respond(request, 405, body, headers=f"allow: {allowed}\r\n".encode())
        else:
            self._respond(request, 404, error_body("NotFound", "the paths are GET /ping and POST /invocations"))

    def rejected(self, request: Request, status: int, body: bytes) -> None:
        self._log.answered(request, status, len(body))

    def gone(self, connection: Connection) -> None:
        for request in [request for request in self._calls if request.connection is connection]:
            # A call that has not begun need not begin; one that runs is left alone, its answer goes nowhere.
            call = self._calls[request]
            if not call.running:
                self._calls.pop(request)
                self._execution.interrupt(call)
        for request in [request for request in self._streams if request.connection is connection]:
            self._streams.pop(request).stop()

    # The model

    def _invoke(self, request: Request) -> None:
        if self._execution.waiting >= self._max_queue:
            self._fail(request, Overloaded(f"{self._max_queue} requests are waiting for the model; try again"))
            return
        record = request.connection.record
        if not request.keep_alive:
            record.keep = 0
        try:
            value, kind = self._reader.read(request.body, request.content_type, request.accept, request.content_encoding)
        except Exception as error:  # also what the types of an annotation raise: nobody stays without an answer
            self._fail(request, error)
            return
        self._start(request, Call(value, 0.0, lambda call: self._finish(request, kind, call), kind, len(request.body), record))

    def _start(self, request: Request, call: Call) -> None:
        call.deadline = time.monotonic() + self.timeout
        self._calls[request] = call
        self._execution.submit(call)

    def _finish(self, request: Request, request_type: str, call: Call) -> None:
        if self._calls.pop(request, None) is None:  # answered already: over its time, or the caller has gone
            return
        request.began, request.batch = call.began, call.batch
        if call.error is not None:
            self._fail(request, call.error)
        elif isinstance(call.value, Encoded):
            self._respond(request, 200, call.value.body, content_type=call.value.content_type)
        elif is_stream(call.value):
            stream = self._streams[request] = Stream(self, request, call.value)
            stream.start()
        else:
            try:
                body, content_type = codecs.encode(call.value, request.accept, request_type)
            except Exception as error:  # also what the model's own types raise when they are written
                self._fail(request, error)
                return
            self._respond(request, 200, body, content_type=content_type)

    # Answers in parts

    def step(self, request: Request, call: Call) -> None:
        tell = call.tell

        def told(call: Call) -> None:
            if self._calls.get(request) is call:
                del self._calls[request]
                tell(call)

        call.tell = told
        self._start(request, call)

    def streamed(self, request: Request, sent: int) -> None:
        self._streams.pop(request, None)
        self._log.answered(request, 200, sent)

    def failed(self, request: Request, error: BaseException) -> None:
        self._streams.pop(request, None)
        self._fail(request, error)

    def _fail(self, request: Request, error: BaseException) -> None:
        """Answer with what the caller may know; the traceback goes to the log, under the same id."""
        identity = token_hex(4)
        location = locate(error, self._code_dir)
        status = _status_of(error)
        if isinstance(error, MemoryError):
            self.wants_replacement = f"predict() ran out of memory{f' at {location}' if location else ''}"
        if not isinstance(error, RequestError):
            log.error("predict_failed", error, id=identity, inference_id=request.inference_id or None)
        place = {} if location is None else {"location": str(location)}
        details = error.details if isinstance(error, RequestError) else {}
        body = error_body(type(error).__name__, message_of(error), **details, **place, id=identity)
        self._respond(request, status, body, headers=RETRY_AFTER if status == HTTPStatus.SERVICE_UNAVAILABLE else b"", error_id=identity)

    def _respond(
        self,
        request: Request,
        status: int,
        body: bytes,
        *,
        content_type: str = codecs.JSON,
        headers: bytes = b"",
        error_id: str = "",
    ) -> None:
        self._log.answered(request, status, len(body), error_id)
        if request.responded:  # in the middle of its answer: that it ends here must show
            request.connection.abort()
        else:
            request.respond(status, body, content_type, headers)

    # From the clock

    def sweep(self) -> str | None:
        """Cut off slow peers and answer calls that are over their time.

        Returns why this worker must be replaced, when a call cannot be ended.
        """
        now = time.monotonic()
        for connection in list(self.connections):
            connection.sweep(now)
        late = [(request, call) for request, call in self._calls.items() if now > call.deadline]
        reason: str | None = None
        # What runs comes first: when it cannot be ended, another worker will answer what waits behind it.
        for request, call in sorted(late, key=lambda each: not each[1].running):
            if call.running or reason is None:
                reason = self._expire(request, call) or reason
        return reason

    def _expire(self, request: Request, call: Call) -> str | None:
        place = locate_frame(main_thread_frame(), self._code_dir) if call.running else None
        ended = self._execution.interrupt(call)
        self._calls.pop(request)
        where = f" (it is at {place} in {place.function})" if place is not None else ""
        message = f"predict() did not answer within {self._settings.timeout:g} s{where}"
        log.error("predict_timeout", reason=message, inference_id=request.inference_id or None)
        self._fail(request, RequestTimeout(message))
        return None if ended else message

    def call_of(self, request: Request) -> Call | None:
        """What the model is asked for a request that has no answer yet."""
        return self._calls.get(request)

    def answered(self, request: Request, status: int, size: int, error_id: str) -> None:
        """It was answered by someone else."""
        self._log.answered(request, status, size, error_id)

    def begin_drain(self) -> None:
        """From now on every answer closes its connection, and /ping says draining."""
        self.draining = True
        self.status = Status.DRAINING

    def retire(self) -> None:
        """The same, but the server goes on, in another worker."""
        self.draining = self.retiring = True

    def close_idle(self) -> None:
        for connection in list(self.connections):
            # While the server goes on, another worker takes over what is left when this one ends: a request may be on its way.
            if connection.idle and not (self.retiring and connection.record.kept):
                connection.close()


def _status_of(error: BaseException) -> int:
    if isinstance(error, RequestError):
        return error.status
    return HTTPStatus.INSUFFICIENT_STORAGE if isinstance(error, MemoryError) else HTTPStatus.INTERNAL_SERVER_ERROR
