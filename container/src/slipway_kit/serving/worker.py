"""A worker with its model loaded: takes connections until it is told to drain."""

import asyncio
import os
import socket
from pathlib import Path
from typing import Any

import uvloop

from slipway_kit import log
from slipway_kit.hints import hint_of
from slipway_kit.inputs import InputLimits, Reader
from slipway_kit.loader import UserModel
from slipway_kit.serving.app import App
from slipway_kit.serving.async_execution import AsyncExecution
from slipway_kit.serving.batching import Batcher, BatchLimits
from slipway_kit.serving.channel import Channel
from slipway_kit.serving.connection import Connection
from slipway_kit.serving.leaving import Leaving
from slipway_kit.serving.ledger import Ledger
from slipway_kit.serving.main_thread_execution import MainThreadExecution
from slipway_kit.serving.memory import resident_bytes
from slipway_kit.serving.record import Record
from slipway_kit.serving.watchdog import LoopWatchdog, Watchdog
from slipway_kit.settings import ServingSettings

BEAT_SECONDS = 0.5
IDLE_GRACE_SECONDS = 0.5
"""While draining: how long a connection without a request stays open, for a request that is already on its way."""
FLUSH_SECONDS = 2.0


class Worker:
    """Event loop, application and execution of one worker."""

    def __init__(
        self, listener: socket.socket, channel: Channel, settings: ServingSettings, model: UserModel, code_dir: Path, shared_bytes: int = 0
    ) -> None:
        self._listener = listener
        self._channel = channel
        self._loop = uvloop.new_event_loop()
        self._execution: AsyncExecution | MainThreadExecution = (
            AsyncExecution(model.instance.predict, self._loop)
            if model.contract.predicts_async
            else MainThreadExecution(batcher_of(model, settings), self._loop)
        )
        self._ledger = Ledger(settings.max_body_bytes)
        self._app = App(settings, self._execution, code_dir, reader_of(model, settings), self._ledger)
        self._memory_limit = settings.max_worker_bytes
        self._shared_bytes = shared_bytes
        """Memory it came with, which it shares with others of its kind."""
        self._accepting = False
        self._retiring = False
        self._arriving: dict[asyncio.Task[Any], socket.socket] = {}
        """Connections that are being set up."""
        if isinstance(self._execution, MainThreadExecution):
            Watchdog(self._app, self._execution, channel, code_dir, self._arriving).start()
        else:
            LoopWatchdog(self._app, self._execution, channel, code_dir).start()

    def run(self) -> None:
        """Returns when drained."""
        self._loop.add_reader(self._channel.socket, self._on_messages)
        self._share_ledger()
        self._channel.send("loaded")
        self._loop.call_later(BEAT_SECONDS, self._beat)
        self._execution.run()

    def _share_ledger(self) -> None:
        shared = self._ledger.shared
        if shared is None:
            log.info("connections_unkept", reason=self._ledger.obstacle)
            return
        notices, memory = shared
        self._channel.send_custody(notices.fileno(), memory)
        notices.close()
        os.close(memory)

    # The supervisor

    def _on_messages(self) -> None:
        messages = self._channel.receive()
        if messages is None:  # without a supervisor nobody would replace or end this process
            os._exit(1)
        for message in messages:
            if message["kind"] == "accept":
                self._start_accepting()
            elif message["kind"] == "connection":
                self._adopt(self._channel.take_socket(), b"")
            elif message["kind"] == "request":
                self._adopt(self._channel.take_socket(), self._channel.take_request(), message.get("tries", 0))
            elif message["kind"] in ("drain", "retire"):
                self._drain(retire=message["kind"] == "retire")

    def _beat(self) -> None:
        self._channel.send("beat", numbers=self._numbers())
        reason = self._app.sweep()
        if reason is None:
            self._retire_if_due()
            self._loop.call_later(BEAT_SECONDS, self._beat)
        else:
            self._loop.call_soon(self._leave, reason)  # after what the model has answered meanwhile

    def _numbers(self) -> list[float]:
        statistics = self._app.statistics
        statistics.batches, statistics.batched = self._execution.counts
        return statistics.numbers()

    def _retire_if_due(self) -> None:
        """Ask for a replacement once; this worker goes on until there is one."""
        reason = self._app.wants_replacement
        if reason is None and self._memory_limit and (used := resident_bytes() - self._shared_bytes) > self._memory_limit:
            reason = f"the worker takes {used} bytes, the limit is {self._memory_limit} (SLIPWAY_MAX_WORKER_BYTES)"
        if reason is not None and not self._retiring:
            self._retiring = True
            self._channel.send("retiring", reason)

    # Connections

    def _start_accepting(self) -> None:
        self._loop.add_reader(self._listener, self._accept)
        self._accepting = True

    def _stop_accepting(self) -> None:
        if self._accepting:
            self._loop.remove_reader(self._listener)
            self._accepting = False
        self._listener.close()

    def _accept(self) -> bool:
        # One at a time, so that workers with less to do get their share.
        try:
            connection, _ = self._listener.accept()
        except OSError:  # another worker was faster, or the peer has gone
            return False
        self._adopt(connection)
        return True

    def _adopt(self, connection: socket.socket, received: bytes | None = None, tries: int = 0) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        record = self._ledger.enter(connection, received, tries)
        made = Connection(self._app, connection, record, received or b"")
        task = self._loop.create_task(self._loop.connect_accepted_socket(lambda: made, connection))
        self._arriving[task] = connection
        task.add_done_callback(lambda task: self._connected(task, record))

    def _connected(self, task: asyncio.Task[Any], record: Record) -> None:
        del self._arriving[task]
        if not task.cancelled() and task.exception() is not None:
            self._ledger.leave(record)
            log.warning("connection_lost", reason=str(task.exception()))

    # The end

    def _drain(self, *, retire: bool = False) -> None:
        while self._accepting and self._accept():  # who has connected before the drain is not refused
            continue
        self._stop_accepting()
        if retire:  # the server goes on, in another worker
            self._app.retire()
        else:
            self._app.begin_drain()
        self._loop.call_later(IDLE_GRACE_SECONDS, self._finish_when_idle)

    def _finish_when_idle(self) -> None:
        self._app.close_idle()
        if self._app.busy:
            self._loop.call_later(0.05, self._finish_when_idle)
        else:
            self._execution.finish()

    def _leave(self, reason: str) -> None:
        """The model is stuck in a call that cannot be ended: part with everyone, send what has been answered, then end the process."""
        if not isinstance(self._execution, MainThreadExecution):
            return
        running = self._execution.abandon()
        if not any(call.cancelled for call in running):  # it has just ended by itself
            self._execution.resume()
            self._loop.call_later(BEAT_SECONDS, self._beat)
            return
        self._stop_accepting()
        self._loop.remove_reader(self._channel.socket)
        for task in self._arriving:
            task.cancel()
        Leaving(self._app, self._channel, running, reason).leave(list(self._arriving.values()))
        for connection in self._app.connections:
            connection.stop_reading()
        self._exit_when_flushed(self._loop.time() + FLUSH_SECONDS)

    def _exit_when_flushed(self, deadline: float) -> None:
        if self._loop.time() > deadline or all(connection.flushed for connection in self._app.connections):
            os._exit(75)
        self._loop.call_later(0.05, self._exit_when_flushed, deadline)


def reader_of(model: UserModel, settings: ServingSettings) -> Reader:
    """How requests are decoded: by the annotation of `predict`, when it has one."""
    limits = InputLimits(settings.max_decompressed_bytes, settings.max_ratio, settings.max_depth)
    decodes = model.contract.decodes
    return Reader(limits, None if decodes else hint_of(model.instance.predict), decodes=decodes)


def batcher_of(model: UserModel, settings: ServingSettings) -> Batcher:
    """How the model's calls are grouped: by its `predict_batch`, when it has one."""
    together = getattr(model.instance, "predict_batch", None)
    return Batcher(model.instance.predict, together, BatchLimits(settings.max_batch, settings.max_batch_bytes))
