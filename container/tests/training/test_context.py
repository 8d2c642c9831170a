"""The argument of fit()."""

from pathlib import Path

import pytest

from slipway_kit.errors import TrainingInputError
from slipway_kit.training.channels import Channel, Channels
from slipway_kit.training.cluster import read_cluster
from slipway_kit.training.context import TrainingContext


def context(hyperparameters: dict[str, str] | None = None, current_host: str = "algo-1") -> TrainingContext:
    return TrainingContext(
        channels=Channels({"train": Channel(Path("/data/train")), "test": Channel(Path("/data/test"))}),
        hyperparameters=hyperparameters or {},
        model_dir=Path("/model"),
        output_dir=Path("/output"),
        checkpoint_dir=Path("/checkpoints"),
        cluster=read_cluster({"current_host": current_host, "hosts": ["algo-1", "algo-2"]}, {}),
    )


def test_channels_are_a_mapping_whose_misses_say_what_there_is() -> None:
    channels = context().channels
    assert dict(channels) == {"train": Path("/data/train"), "test": Path("/data/test")}
    assert "valid" not in channels
    with pytest.raises(TrainingInputError, match="no channel 'valid'; this job has train, test"):
        channels["valid"]


def test_a_default_is_for_a_missing_hyperparameter_only() -> None:
    ctx = context({"C": "2"})
    assert ctx.hyperparameter("C", float, default=1.0) == 2.0
    assert ctx.hyperparameter("max_iter", int, default=0) == 0


def test_hyperparameters_nobody_asked_for_are_known_afterwards() -> None:
    ctx = context({"C": "2", "maxiter": "5", "seed": "1"})
    ctx.hyperparameter("C", float)
    ctx.hyperparameter("max_iter", int, default=1)
    assert ctx.unread_hyperparameters() == ["maxiter", "seed"]


def test_a_metric_is_a_line_that_sagemakers_regular_expressions_collect(capsys: pytest.CaptureFixture[str]) -> None:
    ctx = context()
    ctx.metric("accuracy", 0.96)
    ctx.metric("loss", 1e-12)
    ctx.metric("epoch", 3)
    assert capsys.readouterr().out == "accuracy=0.96;\nloss=1e-12;\nepoch=3;\n"
    with pytest.raises(TrainingInputError, match="expected a name without"):
        ctx.metric("a=b", 1)


def test_the_first_host_leads() -> None:
    assert context().is_leader
    assert not context(current_host="algo-2").is_leader
