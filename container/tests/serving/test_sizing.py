"""Workers and threads for an instance."""

import os
from pathlib import Path

import pytest

from slipway_kit.serving import sizing


def test_there_is_one_worker_per_core_while_the_copies_of_the_model_fit_half_of_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "usable_cpus", lambda: 8)
    monkeypatch.setattr(sizing, "memory_bytes", lambda: 16 * 1024**3)
    assert sizing.default_workers(tmp_path / "missing") == 8
    with (tmp_path / "weights").open("wb") as file:
        file.truncate(512 * 1024**2)
    assert sizing.default_workers(tmp_path) == 4
    with (tmp_path / "weights").open("wb") as file:
        file.truncate(64 * 1024**3)
    assert sizing.default_workers(tmp_path) == 1


def test_cores_are_shared_between_workers_and_what_the_user_has_set_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizing, "usable_cpus", lambda: 8)
    for name in sizing.THREAD_VARIABLES:
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("MKL_NUM_THREADS", "5")
    sizing.limit_threads(3)
    assert (os.environ["OMP_NUM_THREADS"], os.environ["OPENBLAS_NUM_THREADS"], os.environ["MKL_NUM_THREADS"]) == ("2", "2", "5")


def test_this_machine_has_a_core_and_memory() -> None:
    assert sizing.usable_cpus() >= 1
    assert sizing.memory_bytes() > 0
