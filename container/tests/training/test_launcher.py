"""Several processes on each host, when asked for."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway_kit.errors import TrainingInputError
from slipway_kit.training.launcher import processes_to_launch
from tests.conftest import SOURCES, Job, Train, until

Launch = Callable[..., Job]


@pytest.fixture
def launch(train: Train, tmp_path: Path) -> Launch:
    """Start `train` on the model `distributed` with a launcher, and a module named torch where Python finds it."""
    (tmp_path / "libraries").mkdir()
    (tmp_path / "libraries" / "torch.py").touch()

    def start(resources: dict[str, object] | None = None, **hyperparameters: str) -> Job:
        job = train("distributed", {"slipway_launcher": "torchrun", "slipway_processes_per_host": "2", **hyperparameters})
        job.end()
        (job.base / "output" / "failure").unlink(missing_ok=True)
        if resources is not None:
            (job.base / "input" / "config" / "resourceconfig.json").write_text(json.dumps(resources))
        job.environment["PYTHONPATH"] = f"{SOURCES}:{tmp_path / 'libraries'}"
        job.start("train")
        return job

    return start


def told(job: Job, rank: int) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((job.base / "output" / "data" / f"rank-{rank}.json").read_text())
    return said


def test_without_a_launcher_fit_runs_in_one_process(train: Train) -> None:
    job = train("distributed")
    assert job.wait() == 0
    said = told(job, 0)
    assert (said["rank"], said["world_size"], said["leader"], said["environment"]) == (0, 1, True, [None] * 6)


def test_each_process_of_a_host_has_its_rank_and_the_first_leads(launch: Launch) -> None:
    job = launch()
    assert job.wait() == 0, job.stderr
    first, second = told(job, 0), told(job, 1)
    assert (first["rank"], first["world_size"], first["local_rank"], first["leader"]) == (0, 2, 0, True)
    assert (second["rank"], second["world_size"], second["local_rank"], second["leader"]) == (1, 2, 1, False)
    assert first["environment"] == ["0", "2", "0", "2", "0", None]
    assert first["master"] == second["master"]
    assert first["master"].startswith("127.0.0.1:")
    assert (job.base / "model" / "model").read_text() == "trained"
    assert sorted(event["rank"] for event in job.events("training_completed")) == [0, 1]


def test_the_second_of_two_hosts_counts_on_from_the_first(launch: Launch) -> None:
    job = launch({"current_host": "algo-2", "hosts": ["algo-1", "algo-2"], "network_interface_name": "eth0"})
    assert job.wait() == 0, job.stderr
    said = told(job, 3)
    assert (said["rank"], said["world_size"], said["local_rank"], said["host"]) == (3, 4, 1, "algo-2")
    assert said["master"] == "algo-1:29500"
    assert said["environment"] == ["3", "4", "1", "2", "1", "eth0"]


def test_when_one_process_fails_the_others_are_stopped_and_its_reason_stays(launch: Launch) -> None:
    job = launch(fails="1")
    assert job.wait() == 1
    assert job.failure.splitlines()[0].startswith("ValueError: rank 1 cannot go on (model.py:")
    assert (job.base / "checkpoints" / "rank-0").read_text() == "saved"


def test_sigterm_lets_every_process_save(launch: Launch) -> None:
    job = launch(waits="true")
    until(lambda: all((job.base / "output" / "data" / f"rank-{rank}.json").exists() for rank in (0, 1)), job)
    assert job.terminate() == 143
    assert [(job.base / "checkpoints" / f"rank-{rank}").read_text() for rank in (0, 1)] == ["saved", "saved"]
    assert not (job.base / "output" / "failure").exists()


def test_without_torch_the_job_says_what_to_add(train: Train) -> None:
    job = train("distributed", {"slipway_launcher": "torchrun"})
    assert job.wait() == 1
    assert job.failure == ("slipway_launcher is torchrun, but torch is not installed: add torch to requirements.txt, or leave slipway_launcher out")


def test_a_launcher_that_does_not_exist_is_named() -> None:
    with pytest.raises(TrainingInputError, match="slipway_launcher: got 'mpirun', expected torchrun"):
        processes_to_launch({}, {"SLIPWAY_LAUNCHER": "mpirun"})


def test_no_launcher_launches_nothing_and_launched_processes_do_not_launch_again() -> None:
    assert processes_to_launch({"C": "1"}, {}) is None
    assert processes_to_launch({"slipway_launcher": "torchrun"}, {"SLIPWAY_LAUNCHED": "1"}) is None
