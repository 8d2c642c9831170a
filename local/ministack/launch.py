"""Run MiniStack on one loopback port, and write its state when asked, not only at a clean stop.

Arguments: the port to listen on. MiniStack itself is told the port of the local endpoint's front by GATEWAY_PORT, so that the
URLs it hands out (queues, uploads, HTTP APIs) lead through the front. SIGUSR1 writes the state to STATE_DIR; without this, a
killed MiniStack would forget its functions, roles and APIs.

An object that cannot be written to the disk is refused with an error: MiniStack itself would answer as if it were stored, and have
forgotten it after the next start.
"""

import asyncio
import contextlib
import resource
import signal
import sys
import threading
from typing import Any

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack_app
from ministack.core.persistence import save_all
from ministack.services import s3


class UnwrittenError(Exception):
    """An object could not be written to the disk."""


def refuse_unwritten_objects() -> None:
    """Make S3 fail a request whose object could not be written; MiniStack only logs that."""
    write, persist, handle = s3._atomic_write, s3._persist_object, s3.handle_request
    last = threading.local()

    def atomic_write(*args: Any, **kwargs: Any) -> None:
        try:
            write(*args, **kwargs)
        except OSError as error:
            last.failure = error
            raise

    def persist_object(*args: Any, **kwargs: Any) -> None:
        last.failure = None
        persist(*args, **kwargs)
        if last.failure is not None:
            raise UnwrittenError(f"nothing can be written in {s3.DATA_DIR}: {last.failure.strerror}")

    async def handle_request(*args: Any, **kwargs: Any) -> Any:
        try:
            return await handle(*args, **kwargs)
        except UnwrittenError as error:
            return s3._error("InternalError", str(error), 500)

    s3._atomic_write, s3._persist_object, s3.handle_request = atomic_write, persist_object, handle_request


async def main(port: int) -> None:
    """Serve until SIGTERM or SIGINT, then let MiniStack save and end its workers."""
    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop_signal, stopping.set)

    def save() -> None:
        save_all(ministack_app._build_persistence_save_dict())

    loop.add_signal_handler(signal.SIGUSR1, save)

    refuse_unwritten_objects()
    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 2
    config.loglevel = "WARNING"
    await serve(ministack_app.app, config, shutdown_trigger=stopping.wait)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(int(sys.argv[1])))
