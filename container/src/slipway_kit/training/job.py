"""Reads what SageMaker put under input/config and makes the context of fit()."""

import os
from collections.abc import Mapping
from pathlib import Path

import orjson

from slipway_kit.errors import TrainingInputError
from slipway_kit.settings import Layout
from slipway_kit.training.channels import Channel, Channels
from slipway_kit.training.cluster import Cluster, read_cluster
from slipway_kit.training.context import TrainingContext


def read_job(layout: Layout, environment: Mapping[str, str] = os.environ) -> TrainingContext:
    """The context of this job. A file that is missing counts as empty, so that a folder of data is enough to train by hand.

    Raises TrainingInputError for a file that is not the JSON object it should be.
    """
    hyperparameters = read_hyperparameters(layout)
    channels = read_input_config(layout)
    for directory in (layout.model, layout.output_data, layout.checkpoints):
        directory.mkdir(parents=True, exist_ok=True)
    return TrainingContext(
        channels=Channels(_channels(layout, channels)),
        hyperparameters=hyperparameters,
        model_dir=layout.model,
        output_dir=layout.output_data,
        checkpoint_dir=layout.checkpoints,
        cluster=read_job_cluster(layout, environment),
    )


def read_hyperparameters(layout: Layout) -> dict[str, str]:
    """The job's hyperparameters as strings; values that are none become their JSON."""
    values = _object(layout.config / "hyperparameters.json")
    return {name: value if isinstance(value, str) else orjson.dumps(value).decode() for name, value in values.items()}


def read_job_cluster(layout: Layout, environment: Mapping[str, str] = os.environ) -> Cluster:
    """The hosts of the job and this process's place among them."""
    return read_cluster(read_resources(layout), environment)


def read_resources(layout: Layout) -> dict[str, object]:
    """resourceconfig.json as it is."""
    return _object(layout.config / "resourceconfig.json")


def read_input_config(layout: Layout) -> dict[str, object]:
    """inputdataconfig.json as it is."""
    return _object(layout.config / "inputdataconfig.json")


def _channels(layout: Layout, config: dict[str, object]) -> dict[str, Channel]:
    if config:
        return {name: Channel(layout.data / name, _mode(channel)) for name, channel in config.items()}
    if layout.data.is_dir():
        return {entry.name: Channel(entry) for entry in sorted(layout.data.iterdir()) if entry.is_dir()}
    return {}


def _mode(channel: object) -> str:
    mode = channel.get("TrainingInputMode") if isinstance(channel, dict) else None
    return mode if isinstance(mode, str) else "File"


def _object(path: Path) -> dict[str, object]:
    try:
        value = orjson.loads(path.read_bytes())
    except FileNotFoundError:
        return {}
    except orjson.JSONDecodeError as error:
        raise TrainingInputError(f"{path} is not valid JSON: {error}") from None
    if not isinstance(value, dict):
        raise TrainingInputError(f"{path}: expected a JSON object, got {type(value).__name__}")
    return value
