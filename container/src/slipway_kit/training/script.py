"""Script mode: a training script, run as SageMaker's framework containers run it.

`python train.py --rate 0.5 --solver saga`, in the folder of the code, with SM_MODEL_DIR, SM_CHANNEL_TRAIN, SM_HPS and the others in the environment.
It runs in this process, so that its failures name its own lines, and on SIGTERM TrainingStopped is raised in it as it is in fit().
"""

import os
import runpy
import sys
from collections.abc import Mapping
from pathlib import Path

from slipway_kit.errors import TrainingInputError
from slipway_kit.loader import PROGRAM as MODEL
from slipway_kit.settings import PROGRAM, Layout
from slipway_kit.training.context import TrainingContext
from slipway_kit.training.hyperparameters import decoded, is_reserved, unquoted
from slipway_kit.training.script_environment import environment_of

PROGRAM_PARAMETER, DIRECTORY_PARAMETER = "sagemaker_program", "sagemaker_submit_directory"
SCRIPT = "train.py"


def submitted_dir(hyperparameters: Mapping[str, str], code_dir: Path) -> Path:
    """The folder of the code: what the hyperparameter sagemaker_submit_directory names, else `code_dir`.

    Raises TrainingInputError for code that is not in the container: running what is there in its place would train another model.
    """
    given = hyperparameters.get(DIRECTORY_PARAMETER)
    if given is None:
        return code_dir
    folder = Path(unquoted(given).removeprefix("file://"))
    if not folder.is_dir():
        raise TrainingInputError(
            f"hyperparameter {DIRECTORY_PARAMETER!r}: got {unquoted(given)!r}, expected a folder in the container; code in S3 or in an archive is "
            "not fetched: put it into the image and leave this hyperparameter out"
        )
    return folder.absolute()


def named_script(code_dir: Path, hyperparameters: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> Path | None:
    """The script that the job names; None when it names none, or model.py, whose class is trained.

    The variable SAGEMAKER_PROGRAM goes before the hyperparameter, as in SageMaker's containers.
    Raises TrainingInputError for a file that is not there.
    """
    given = environment.get(PROGRAM) or unquoted(hyperparameters.get(PROGRAM_PARAMETER, ""))
    if given in ("", MODEL):
        return None
    path = code_dir / given
    if path.suffix == ".py" and path.is_file():
        return path
    source = PROGRAM if environment.get(PROGRAM) else f"hyperparameter {PROGRAM_PARAMETER!r}"
    beside = ", ".join(sorted(entry.name for entry in code_dir.iterdir() if entry.suffix == ".py")) if code_dir.is_dir() else ""
    raise TrainingInputError(f"{source}: got {given!r}, expected a Python file in {code_dir}, which has {beside or 'none'}")


def default_script(code_dir: Path) -> Path | None:
    """train.py, when there is one."""
    path = code_dir / SCRIPT
    return path if path.is_file() else None


def own_hyperparameters(hyperparameters: Mapping[str, str]) -> dict[str, object]:
    """The model's own, without those of SageMaker's SDK and of the kit; each as the JSON value it can be read as, else as the string it is."""
    return {name: decoded(text) for name, text in hyperparameters.items() if not is_reserved(name)}


def arguments_of(hyperparameters: Mapping[str, object]) -> list[str]:
    """`--name value` for each, in the order of their names; `-n value` when the name is one letter, and `a=1,b=2` for an object."""
    arguments: list[str] = []
    for name, value in sorted(hyperparameters.items()):
        arguments += [f"--{name}" if len(name) > 1 else f"-{name}", _argument(value)]
    return arguments


def _argument(value: object) -> str:
    if isinstance(value, dict):
        return ",".join(f"{key}={item}" for key, item in sorted(value.items()))
    return "" if value is None else str(value)


def run_script(path: Path, code_dir: Path, layout: Layout, context: TrainingContext) -> None:
    """Run the script to its end. Raises what it raises; sys.exit(0) is an end like any other."""
    hyperparameters = own_hyperparameters(context.hyperparameters)
    arguments = arguments_of(hyperparameters)
    os.environ.update(environment_of(layout, context, path.relative_to(code_dir).as_posix(), code_dir, hyperparameters, arguments))
    # Programs that the script starts find the modules beside it too.
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [str(code_dir), os.environ.get("PYTHONPATH")]))
    os.chdir(code_dir)
    sys.path[:0] = list(dict.fromkeys([str(path.parent), str(code_dir)]))
    sys.argv = [str(path), *arguments]
    try:
        runpy.run_path(str(path), run_name="__main__")
    except SystemExit as leaving:
        if leaving.code not in (None, 0):
            raise
