"""Functions that get other code or settings while they answer.

AWS lets a request under way end where it began and sends the next one to the new code. MiniStack ends the worker at once, with the request
in it, which its caller gets as "Worker process died".
"""

import threading
import time
from collections.abc import Iterable
from typing import Any

# Seconds between two looks at whether a worker is done, and that it has beyond its function's own time-out.
LOOK = 0.05
GRACE = 5.0


def install() -> None:
    """Have MiniStack's functions end what they have begun when they are changed or deleted; a stop of MiniStack ends all at once, as before."""
    from ministack.core import lambda_runtime
    from ministack.services import lambda_svc

    kill = lambda_runtime.kill_workers
    invalidate = lambda_runtime.invalidate_worker
    reset = lambda_runtime.reset
    ending: set[Any] = set()
    # What ends workers of a thread is one function for changes and stops; which of them it is, the thread knows.
    thread = threading.local()

    def end(workers: Iterable[Any]) -> None:
        doomed = [worker for worker in workers if worker is not None]
        busy = [worker for worker in doomed if getattr(thread, "is_change", False) and is_busy(worker)]
        kill([worker for worker in doomed if worker not in busy])
        for worker in busy:
            ending.add(worker)
            threading.Thread(target=end_later, args=(worker,), daemon=True).start()

    def end_later(worker: Any) -> None:
        last = time.monotonic() + float(worker.config.get("Timeout") or 3) + GRACE
        while is_busy(worker) and time.monotonic() < last:
            time.sleep(LOOK)
        kill([worker])
        ending.discard(worker)

    def stop() -> None:
        reset()
        kill(list(ending))

    def changed(*arguments: Any, **named: Any) -> None:
        thread.is_change = True
        try:
            invalidate(*arguments, **named)
        finally:
            thread.is_change = False

    lambda_runtime.kill_workers = end
    lambda_runtime.reset = stop
    lambda_runtime.invalidate_worker = changed
    lambda_svc.invalidate_worker = changed


def is_busy(worker: Any) -> bool:
    """Whether a worker is leased to a request, or answers one."""
    return bool(worker.in_use or worker._lock.locked())
