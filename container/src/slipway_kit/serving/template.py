"""The process that has loaded the model, and that workers are forked from: they share its memory for as long as they only read it.

It runs nothing after load() but what is here. Workers are forked twice, so that they become children of the supervisor, which adopts orphans.
"""

import contextlib
import os
import socket

from slipway_kit import log
from slipway_kit.serving.channel import Channel


def become_workers(channel: Channel) -> tuple[socket.socket, Channel]:
    """Wait for orders. Returns in each worker that is forked: with the listening socket and the channel of its own. Ends with the supervisor."""
    channel.send("template")
    while True:
        messages = channel.receive()
        if messages is None:
            os._exit(0)
        for message in messages:
            if message["kind"] != "fork":
                continue
            end, listener = channel.take_socket(), channel.take_socket()
            if _fork():
                channel.close()
                listener.setblocking(False)
                own = Channel(end)
                own.send("born", pid=os.getpid())
                return listener, own
            end.close()
            listener.close()


def _fork() -> bool:
    """Whether this is the new worker. When there is none, its end of the channel is closed, which tells the supervisor."""
    try:
        between = os.fork()
    except OSError as error:
        log.error("fork_failed", reason=str(error))
        return False
    if between:
        with contextlib.suppress(ChildProcessError):  # a model may have set SIGCHLD to be ignored
            os.waitpid(between, 0)
        return False
    try:
        if os.fork():
            os._exit(0)
    except OSError as error:
        log.error("fork_failed", reason=str(error))
        os._exit(1)
    return True
