"""Finds model.py, imports it and makes the model."""

import importlib.util
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway_kit.contract import ModelClass, example, find_model_class
from slipway_kit.errors import ContractError

MODULE_NAME = "model"
"""Training and serving import the file under the same name, so that pickled instances of its classes load again."""

PROGRAM = "model.py"
SCRIPT = "inference.py"
"""The name that SageMaker's own containers look for, taken when there is no model.py."""


@dataclass(frozen=True)
class UserModel:
    """An instance of the user's class, and what is known of the class."""

    instance: Any
    """Any: the class is the user's; its methods were checked by signature."""
    contract: ModelClass


def import_model(code_dir: Path, program: str = PROGRAM) -> ModelClass:
    """Import `code_dir/model.py`, or another program, and check what it defines; modules beside it can be imported by it.

    Raises ContractError, or whatever model.py itself raises.
    """
    path = code_dir / program
    if program == PROGRAM and not path.is_file() and (code_dir / SCRIPT).is_file():
        path = code_dir / SCRIPT
    if not path.is_file():
        beside = sorted(entry.name for entry in code_dir.iterdir() if not entry.name.startswith(".")) if code_dir.is_dir() else []
        found = f"the folder has {', '.join(beside)}" if beside else "the folder is empty or missing"
        raise ContractError(f"no {program} in {code_dir} ({found}); write model.py with\n{example()}")
    sys.path.insert(0, str(code_dir))
    spec = importlib.util.spec_from_file_location(MODULE_NAME, path)
    if spec is None or spec.loader is None:
        raise ContractError(f"{path} cannot be imported as a Python module")
    module = importlib.util.module_from_spec(spec)
    sys.modules[MODULE_NAME] = module
    spec.loader.exec_module(module)
    return find_model_class(module)


def make_model(code_dir: Path, program: str = PROGRAM) -> UserModel:
    """Import model.py, or another program, and make its model, without loading anything yet."""
    contract = import_model(code_dir, program)
    return UserModel(contract.type(), contract)
