"""Run MiniStack on one loopback port, and write its state when asked, not only at a clean stop.

Arguments: the port to listen on. MiniStack itself is told the port of the local endpoint's front by GATEWAY_PORT, so that the
URLs it hands out (queues, uploads, HTTP APIs) lead through the front. SIGUSR1 writes the state to STATE_DIR; without this, a
killed MiniStack would forget its functions, roles and APIs.
"""

import asyncio
import contextlib
import resource
import signal
import sys

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack import app as ministack_app
from ministack.core.persistence import save_all


async def main(port: int) -> None:
    """Serve until SIGTERM or SIGINT, then let MiniStack save and end its workers."""
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
    await serve(ministack_app.app, config, shutdown_trigger=stopping.wait)


if __name__ == "__main__":
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    asyncio.run(main(int(sys.argv[1])))
