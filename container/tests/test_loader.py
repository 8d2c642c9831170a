"""Finding and importing model.py."""

import pickle
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from slipway_kit.errors import ContractError
from slipway_kit.loader import import_model, make_model

MODELS = Path(__file__).parent / "models"


@pytest.fixture(autouse=True)
def clean_imports() -> Iterator[None]:
    path, modules = list(sys.path), set(sys.modules)
    yield
    sys.path[:] = path
    for name in set(sys.modules) - modules:
        del sys.modules[name]


def test_a_folder_without_model_py_says_what_it_has(tmp_path: Path) -> None:
    (tmp_path / "train.py").touch()
    with pytest.raises(ContractError, match=r"no model.py in .* \(the folder has train.py\); write model.py with\n    class Model:"):
        import_model(tmp_path)
    with pytest.raises(ContractError, match="the folder is empty or missing"):
        import_model(tmp_path / "nowhere")


def test_modules_beside_model_py_can_be_imported() -> None:
    model = make_model(MODELS / "other_name")
    assert model.contract.type.__name__ == "Forest"


def test_instances_of_its_classes_can_be_pickled_and_read_again() -> None:
    forest = make_model(MODELS / "other_name").instance
    assert type(pickle.loads(pickle.dumps(forest))) is type(forest)
