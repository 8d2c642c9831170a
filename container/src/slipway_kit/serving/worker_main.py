"""What a process that the supervisor has forked does: loads the model on its main thread, as a template or for itself, then serves."""

import gc
import os
import signal
import threading
from pathlib import Path

from slipway_kit import codecs, failure, log
from slipway_kit.errors import KitError
from slipway_kit.loader import UserModel, make_model
from slipway_kit.serving.channel import Channel
from slipway_kit.serving.forking import end_with, obstacle, open_files
from slipway_kit.serving.memory import resident_bytes
from slipway_kit.serving.sizing import limit_threads
from slipway_kit.serving.template import become_workers
from slipway_kit.serving.worker import Worker
from slipway_kit.serving.worker_process import Birth
from slipway_kit.settings import Layout, ServingSettings


def work(birth: Birth, settings: ServingSettings, layout: Layout, program: Path) -> None:
    """The life of a worker that serves `program`. Ends the process: 0 after a drain, 1 when the model cannot be loaded.

    A template returns from its loading once in each worker that is forked from it, and goes on here.
    """
    # The supervisor alone acts on signals, and tells the workers. A handler and not SIG_IGN, which programs started by the model would inherit.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _leave_to_supervisor)
    if birth.template:
        end_with(birth.supervisor)
    else:
        _watch_supervisor(birth.life)
    limit_threads(settings.workers)
    if settings.allow_pickle:
        codecs.allow_pickle()
    opened = open_files() if birth.template else {}
    model = _load(birth.channel, layout.model, program)
    gc.collect()
    gc.freeze()  # the model stays: no collection needs to look at it again, nor to write to memory that it shares
    listener, channel, shared = birth.listener, birth.channel, 0
    if birth.template:
        reason = obstacle(opened)
        if reason is None:
            listener.close()
            listener, channel = become_workers(channel)
            shared = resident_bytes()
        else:
            channel.send("unshared", reason)
        _watch_supervisor(birth.life)
    Worker(listener, channel, settings, model, program.parent, shared).run()
    os._exit(0)


def _load(channel: Channel, model_dir: Path, program: Path) -> UserModel:
    code_dir = program.parent
    try:
        model = make_model(code_dir, program.name)
        model.instance.load(model_dir)
    except BaseException as error:
        if isinstance(error, MemoryError) and not error.args:
            error.args = ("the model does not fit into memory",)
        if not isinstance(error, KitError):  # a KitError's message says it all, and comes with the supervisor's last line
            log.error("load_failed", error)
        channel.send("failed", failure.reason(error, code_dir))
        os._exit(1)
    return model


def _watch_supervisor(life: int) -> None:
    """On a thread, so that it holds while the model loads and while a prediction hangs."""
    threading.Thread(target=_end_with_supervisor, args=(life,), daemon=True).start()


def _end_with_supervisor(life: int) -> None:
    os.read(life, 1)
    os._exit(1)


def _leave_to_supervisor(_number: int, _frame: object) -> None:
    """Signals reach every process of a group; only the supervisor answers them."""
