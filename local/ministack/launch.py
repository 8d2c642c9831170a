"""Run MiniStack on one loopback port, and write its state when asked, not only at a clean stop.

Arguments: the port to listen on. MiniStack itself is told the port of the local endpoint's front by GATEWAY_PORT, so that the
URLs it hands out (queues, uploads, HTTP APIs) lead through the front. SIGUSR1 writes the state to STATE_DIR; without this, a
killed MiniStack would forget its functions, roles and APIs.

The bodies of S3's objects stay on the disk, on their way in and out too. An object that cannot be written there is refused with an error:
MiniStack itself would answer as if it were stored, and have forgotten it after the next start.
"""

import asyncio
import contextlib
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

from hypercorn.asyncio import serve
from hypercorn.config import Config
from s3_spool import open_spool


def application() -> Callable[..., Awaitable[None]]:
    """MiniStack with its objects on the disk. Its modules load them when they are imported, so that what a kill has left is put right first."""
    spool = open_spool(Path(os.environ["S3_DATA_DIR"]))
    import alarm_states
    import function_workers
    import s3_files
    import s3_multipart
    import s3_requests
    import token_signatures

    alarm_states.install()
    function_workers.install()
    token_signatures.install()
    s3_files.install(spool)
    s3_multipart.install(spool)
    return s3_requests.install(spool)


async def main(port: int) -> None:
    """Serve until SIGTERM or SIGINT, then let MiniStack save and end its workers."""
    app = application()
    from ministack import app as ministack_app
    from ministack.core.persistence import save_all

    loop = asyncio.get_running_loop()
    stopping = asyncio.Event()
    for stop_signal in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(stop_signal, stopping.set)

    def save() -> None:
        save_all(ministack_app._build_persistence_save_dict())

    loop.add_signal_handler(signal.SIGUSR1, save)

    config = Config()
    config.bind = [f"127.0.0.1:{port}"]
    config.keep_alive_timeout = 75
    config.graceful_timeout = 2
    config.loglevel = "WARNING"
    await serve(app, config, shutdown_trigger=stopping.wait)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(int(sys.argv[1])))
