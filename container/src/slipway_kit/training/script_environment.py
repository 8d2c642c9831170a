"""The SM_* variables that SageMaker's framework containers give a training script (their sagemaker-training toolkit, not the platform)."""

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from slipway_kit.settings import Layout
from slipway_kit.training.cluster import gpu_count
from slipway_kit.training.context import TrainingContext
from slipway_kit.training.hyperparameters import decoded, unquoted
from slipway_kit.training.job import read_input_config, read_resources

INFO = 20
OWN = (
    "sagemaker_program",
    "sagemaker_submit_directory",
    "sagemaker_enable_cloudwatch_metrics",
    "sagemaker_region",
    "sagemaker_container_log_level",
    "sagemaker_job_name",
    "sagemaker_s3_output",
)
"""What the SDK adds for the container itself; its other sagemaker_* hyperparameters are framework parameters."""


def environment_of(
    layout: Layout, context: TrainingContext, program: str, code_dir: Path, hyperparameters: Mapping[str, object], arguments: Sequence[str]
) -> dict[str, str]:
    """The variables of one script. Values that are no strings are JSON, with sorted keys and without spaces."""
    resources = read_resources(layout)
    module = program.removesuffix(".py")
    framework = {name: decoded(text) for name, text in context.hyperparameters.items() if name.startswith("sagemaker_") and name not in OWN}
    channels = {name: str(layout.data / name) for name in sorted(context.channels)}
    values: dict[str, object] = {
        "hosts": list(context.hosts),
        "current_host": context.current_host,
        "network_interface_name": context.cluster.network_interface or "eth0",
        **_groups(resources, context.hosts),
        "hps": dict(hyperparameters),
        "user_args": list(arguments),
        "user_entry_point": program,
        "module_name": module,
        "module_dir": str(code_dir),
        "framework_params": framework,
        "framework_module": None,
        "log_level": _log_level(context.hyperparameters.get("sagemaker_container_log_level")),
        "resource_config": resources,
        "input_data_config": read_input_config(layout),
        "channels": list(channels),
        "input_dir": str(layout.config.parent),
        "input_config_dir": str(layout.config),
        "model_dir": str(context.model_dir),
        "output_dir": str(layout.failure.parent),
        "output_data_dir": str(context.output_dir),
        "output_intermediate_dir": str(layout.failure.parent / "intermediate"),
        "num_cpus": os.cpu_count() or 1,
        "num_gpus": gpu_count(),
    }
    training = {
        **{name: value for name, value in values.items() if name not in ("hps", "user_args", "framework_params", "channels")},
        "hyperparameters": values["hps"],
        "additional_framework_parameters": framework,
        "channel_input_dirs": channels,
        "is_master": context.current_host == context.hosts[0],
        "master_hostname": context.hosts[0],
        "job_name": os.environ.get("TRAINING_JOB_NAME"),
    }
    each = {f"channel_{name}": path for name, path in channels.items()} | {f"hp_{name}": value for name, value in hyperparameters.items()}
    return {f"SM_{name.upper()}": _text(value) for name, value in (values | each | {"training_env": training}).items()}


def _groups(resources: Mapping[str, object], hosts: Sequence[str]) -> dict[str, object]:
    """Instance groups, of which a job has one unless it is heterogeneous."""
    current = resources.get("current_group_name", "homogeneousCluster")
    listed = resources.get("instance_groups")
    groups = {str(each.get("instance_group_name")): each for each in listed if isinstance(each, dict)} if isinstance(listed, list) else {}
    mine = groups.get(str(current), {})
    return {
        "current_instance_type": resources.get("current_instance_type", "local"),
        "current_instance_group": current,
        "current_instance_group_hosts": mine.get("hosts", list(hosts)),
        "instance_groups": list(groups),
        "instance_groups_dict": groups,
        "distribution_instance_groups": [],
        "is_hetero": len(groups) > 1,
    }


def _log_level(text: str | None) -> int:
    bare = "" if text is None else unquoted(text)
    return int(bare) if bare.isdecimal() else INFO


def _text(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True, separators=(",", ":"))
