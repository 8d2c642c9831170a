"""`train`: one call of fit(), and an exit code and failure file that say how it went."""

import os
import signal
import threading
import time
from collections.abc import Mapping
from pathlib import Path

from slipway_kit import failure, log
from slipway_kit.errors import ContractError, KitError, SettingError, TrainingInputError
from slipway_kit.loader import PROGRAM, UserModel, make_model
from slipway_kit.loader import SCRIPT as INFERENCE
from slipway_kit.settings import Layout, read_code_dir, read_layout
from slipway_kit.training.context import TrainingContext
from slipway_kit.training.job import read_hyperparameters, read_job, read_job_cluster
from slipway_kit.training.launcher import LAUNCHED, Launch, processes_to_launch
from slipway_kit.training.parameters import arguments, declared
from slipway_kit.training.script import SCRIPT as TRAIN
from slipway_kit.training.script import default_script, named_script, run_script, submitted_dir

STOP_SECONDS = 110
"""SageMaker kills a stopping job 120 s after SIGTERM; a fit() that has not ended by then is ended here, with a line in the log."""
STOPPED = 128 + signal.SIGTERM
WRONG_SETTING = 2


class TrainingStopped(BaseException):
    """Raised inside fit() on SIGTERM. Not an Exception: an `except Exception` in user code must not swallow it."""


def main() -> int:
    """Train, and return the exit code: 0 when fit() returned, 143 when stopped, 2 for a wrong setting, otherwise non-zero."""
    log.flush_every_line()
    layout = read_layout()
    _listen_for_stop()
    started = time.monotonic()
    try:
        code_dir = read_code_dir()
    except SettingError as error:
        _fail(layout, failure.reason(error, layout.base), error)
        return WRONG_SETTING
    try:
        hyperparameters = read_hyperparameters(layout)
        code_dir = submitted_dir(hyperparameters, code_dir)
        count = processes_to_launch(hyperparameters)
        if count is not None:
            return _launch(count, layout)
        context = _train(layout, code_dir)
    except TrainingStopped:
        log.warning("training_stopped", seconds=_since(started))
        return STOPPED
    except SystemExit as leaving:
        return _exit_code(leaving, layout, code_dir)
    except (Exception, KeyboardInterrupt) as error:
        _fail(layout, failure.reason(error, code_dir), error)
        return 1
    unread = context.unread_hyperparameters()
    if unread:
        log.warning("hyperparameters_not_read", names=unread)
    log.info("training_completed", seconds=_since(started), rank=context.rank)
    return 0


def _train(layout: Layout, code_dir: Path) -> TrainingContext:
    trainer = _trainer(code_dir, read_hyperparameters(layout))
    # Asked for before the job is looked at: what is wrong with fit() itself comes first.
    declaration = declared(trainer.instance.fit) if isinstance(trainer, UserModel) else None
    context = read_job(layout)
    log.info(
        "training_started",
        program=trainer.name if isinstance(trainer, Path) else PROGRAM,
        hyperparameters=dict(context.hyperparameters),
        channels=list(context.channels),
        host=context.current_host,
        rank=context.rank,
        world_size=context.world_size,
    )
    if isinstance(trainer, Path):
        context.mark_read(context.hyperparameters)
        run_script(trainer, code_dir, layout, context)
        ended, where = f"{trainer.name} ended", "SM_MODEL_DIR"
    else:
        given = arguments(declaration, context.hyperparameters) if declaration is not None and not declaration.empty else {}
        context.mark_read(given)
        trainer.instance.fit(context, **given)
        ended, where = "fit() returned", "ctx.model_dir"
    if context.is_leader and not any(layout.model.iterdir()):
        raise TrainingInputError(f"{ended} but saved nothing: write the model into {where} ({layout.model})")
    return context


def _trainer(code_dir: Path, hyperparameters: Mapping[str, str]) -> UserModel | Path:
    """What trains: the script that the job names, else the class of model.py when it has a fit(), else train.py."""
    script = named_script(code_dir, hyperparameters)
    if script is None and not (code_dir / PROGRAM).is_file():
        script = default_script(code_dir)
    if script is not None:
        return script
    model = make_model(code_dir)
    trainer = model if model.contract.trains else default_script(code_dir)
    if trainer is None:
        raise ContractError(_cannot_train(model, code_dir))
    return trainer


def _cannot_train(model: UserModel, code_dir: Path) -> str:
    what = f"class {model.contract.type.__name__} in {PROGRAM}" if (code_dir / PROGRAM).is_file() else INFERENCE
    return (
        f"{what} has no fit(): add `def fit(self, ctx)` that trains and saves into ctx.model_dir, or a {TRAIN} that is run as a script, "
        "or give the service a trained model instead of `training`"
    )


def _launch(count: int, layout: Layout) -> int:
    """Run the processes of this host. Each writes its own log lines and, when it fails, the failure file."""
    launch = Launch(count, read_job_cluster(layout))
    try:
        return launch.wait()
    except TrainingStopped:
        launch.stop(STOP_SECONDS)
        raise


def _exit_code(leaving: SystemExit, layout: Layout, code_dir: Path) -> int:
    """User code called sys.exit(): zero and None mean success, as for any program."""
    if leaving.code in (None, 0):
        return 0
    _fail(layout, failure.reason(leaving, code_dir), leaving)
    return leaving.code if isinstance(leaving.code, int) else 1


def _fail(layout: Layout, reason: str, cause: BaseException) -> None:
    # Of several processes the first to fail has the cause; the others tell that they lost it.
    if LAUNCHED not in os.environ or not layout.failure.exists():
        failure.write(layout.failure, reason)
    shown = None if isinstance(cause, KitError) else cause
    log.error("training_failed", shown, reason=reason.partition("\n")[0] if shown else reason)


def _listen_for_stop() -> None:
    # The handler runs only between two bytecodes, so a long call into C delays it; the pipe is written by the signal itself.
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    signal.set_wakeup_fd(writer)
    signal.signal(signal.SIGTERM, _stop)
    threading.Thread(target=_end_in_time, args=(reader,), daemon=True).start()


def _stop(_number: int, _frame: object) -> None:
    signal.signal(signal.SIGTERM, _ignore)
    raise TrainingStopped


def _ignore(_number: int, _frame: object) -> None:
    """A second SIGTERM changes nothing. A handler and not SIG_IGN, which programs started by fit() would inherit."""


def _end_in_time(reader: int) -> None:
    while os.read(reader, 1)[0] != signal.SIGTERM:
        continue
    time.sleep(STOP_SECONDS if LAUNCHED in os.environ else STOP_SECONDS + 3)
    log.error("training_stopped_late", reason=f"fit() did not end within {STOP_SECONDS} s of SIGTERM")
    os._exit(STOPPED)


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)
