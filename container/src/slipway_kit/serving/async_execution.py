"""For `async def predict`: calls are tasks of the event loop."""

import asyncio
import inspect
from collections.abc import Callable
from typing import Any

from slipway_kit.serving.batching import Call


class AsyncExecution:
    """For `async def predict`: calls run as tasks of the event loop, all at once."""

    def __init__(self, predict: Callable[[Any], Any], loop: asyncio.AbstractEventLoop) -> None:
        self._predict = predict
        self._loop = loop
        self._tasks: dict[Call, asyncio.Task[None]] = {}
        self._count = 0

    @property
    def running(self) -> tuple[Call, ...]:
        """Also from another thread."""
        return tuple(self._tasks)

    @property
    def waiting(self) -> int:
        return len(self._tasks)

    @property
    def counts(self) -> tuple[int, int]:
        return self._count, self._count

    def submit(self, call: Call) -> None:
        self._count += 1
        self._tasks[call] = self._loop.create_task(self._perform(call))

    def run(self) -> None:
        self._loop.run_forever()

    def finish(self) -> None:
        self._loop.stop()

    def interrupt(self, call: Call) -> bool:
        call.cancelled = True
        task = self._tasks.get(call)
        if task is not None:
            task.cancel()
        return True

    async def _perform(self, call: Call) -> None:
        if call.record is not None:
            call.record.begin()
        try:
            value = (call.function or self._predict)(call.input)
            call.value = await value if inspect.isawaitable(value) else value
        except asyncio.CancelledError:
            if not call.cancelled:
                call.error = RuntimeError("predict() was cancelled")
        except BaseException as error:  # also sys.exit(): it ends the request, not the server
            call.error = error
        finally:
            del self._tasks[call]
        call.tell(call)
