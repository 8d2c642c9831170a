"""The folders that `slipway new` writes, by the tests that come with them, each in a process of its own: they share the names of their modules."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SOURCES

TEMPLATES = Path(__file__).parents[2] / "cli" / "templates"
TESTED = sorted(file.parent.name for file in TEMPLATES.glob("*/test_model.py"))


def test_every_template_is_tried_here_but_one_that_wants_its_user_s_model_and_one_that_wants_packages_of_its_own() -> None:
    others = sorted(path.name for path in TEMPLATES.iterdir() if path.is_dir() and path.name not in TESTED)
    assert others == ["fastapi", "pretrained-joblib"]  # the engine's test of all templates serves the first


@pytest.mark.parametrize("template", TESTED)
def test_a_template_passes_its_own_test(template: str, tmp_path: Path) -> None:
    folder = shutil.copytree(TEMPLATES / template, tmp_path / "model")
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(SOURCES)}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "."]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
