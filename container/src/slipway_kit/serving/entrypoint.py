"""`serve`: binds the port first, then starts the supervisor."""

import errno
import os
import signal
import socket
import sys

from slipway_kit import log
from slipway_kit.errors import SettingError
from slipway_kit.settings import METRICS_PORT, PORT, read_code_dir, read_layout, read_program, read_serving

BACKLOG = 2048
WRONG_SETTING = 2


def main() -> int:
    """Serve, and return the exit code: 0 after SIGTERM, 1 when the model cannot be loaded, 2 for a wrong setting or a port in use."""
    # Until there is something to drain. The first process of a container ignores a signal that it has not asked for.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave)
    log.flush_every_line()
    layout, program = read_layout(), read_program()
    try:
        code_dir = read_code_dir()
        settings = read_serving(layout)
        listener = bind(settings.host, settings.port, PORT)
        metrics = bind(settings.host, settings.metrics_port, METRICS_PORT) if settings.metrics_port else None
    except SettingError as error:
        log.error("wrong_setting", reason=str(error))
        return WRONG_SETTING
    # From here on the kernel accepts connections; what takes time to import comes after.
    from slipway_kit.serving.supervisor import Supervisor
    from slipway_kit.serving.worker_main import work

    log.info("serving", host=settings.host, port=settings.port, workers=settings.workers, python=sys.version.split()[0])
    return Supervisor(listener, settings, layout, lambda birth: work(birth, settings, layout, code_dir / program), metrics).run()


def _leave(_number: int, _frame: object) -> None:
    os._exit(0)


def bind(host: str, port: int, variable: str) -> socket.socket:
    """A listening socket. Raises SettingError when the port is taken or may not be used."""
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        why = "is in use by another process" if error.errno == errno.EADDRINUSE else f"cannot be used: {error.strerror}"
        raise SettingError(f"{variable}: port {port} on {host} {why}") from None
    listener.listen(BACKLOG)
    listener.setblocking(False)
    return listener
