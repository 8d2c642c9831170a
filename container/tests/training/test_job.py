"""What SageMaker put under input/config."""

import json
from pathlib import Path

import pytest

from slipway_kit.errors import TrainingInputError
from slipway_kit.settings import Layout
from slipway_kit.training.job import read_job


def configure(base: Path, **files: object) -> Layout:
    config = base / "input" / "config"
    config.mkdir(parents=True)
    for name, value in files.items():
        (config / f"{name}.json").write_text(json.dumps(value))
    return Layout(base)


def test_a_job_is_read_as_sagemaker_describes_it(tmp_path: Path) -> None:
    layout = configure(
        tmp_path,
        hyperparameters={"C": "1.0"},
        inputdataconfig={"train": {"TrainingInputMode": "File"}, "test": {}},
        resourceconfig={"current_host": "algo-2", "hosts": ["algo-2", "algo-1"], "network_interface_name": "eth0"},
    )
    ctx = read_job(layout)
    assert dict(ctx.channels) == {"train": tmp_path / "input/data/train", "test": tmp_path / "input/data/test"}
    assert dict(ctx.hyperparameters) == {"C": "1.0"}
    assert (ctx.current_host, ctx.hosts, ctx.is_leader) == ("algo-2", ("algo-1", "algo-2"), False)
    assert (ctx.model_dir.is_dir(), ctx.output_dir.is_dir(), ctx.checkpoint_dir.is_dir()) == (True, True, True)


def test_folders_alone_are_enough_to_train_by_hand(tmp_path: Path) -> None:
    (tmp_path / "input" / "data" / "train").mkdir(parents=True)
    ctx = read_job(Layout(tmp_path), {"HOSTNAME": "laptop"})
    assert list(ctx.channels) == ["train"]
    assert (dict(ctx.hyperparameters), ctx.hosts, ctx.is_leader) == ({}, ("laptop",), True)


def test_values_that_are_no_strings_become_their_json(tmp_path: Path) -> None:
    ctx = read_job(configure(tmp_path, hyperparameters={"C": 1.5, "flag": True}))
    assert dict(ctx.hyperparameters) == {"C": "1.5", "flag": "true"}


def test_a_file_that_is_no_object_is_named(tmp_path: Path) -> None:
    layout = configure(tmp_path, hyperparameters=["C"])
    with pytest.raises(TrainingInputError, match=r"hyperparameters\.json: expected a JSON object, got list"):
        read_job(layout)
