"""Script mode: train.py run as SageMaker's framework containers run it."""

import json
import os
from pathlib import Path
from typing import Any

import pytest

from slipway_kit.errors import TrainingInputError
from slipway_kit.training.script import arguments_of, named_script, own_hyperparameters, submitted_dir
from tests.conftest import MODELS, SOURCES, Job, Serve, Train, until

CHANNELS = {"train": {"a.csv": "1\n2\n", "b.csv": "3\n"}, "eval": {"c.csv": "4\n"}}
CODE = MODELS / "trains_script"


def told(job: Job, rank: int = 0) -> dict[str, Any]:
    said: dict[str, Any] = json.loads((job.base / "model" / f"told-{rank}.json").read_text())
    return said


def test_the_script_gets_the_hyperparameters_as_arguments_and_runs_in_its_folder(train: Train) -> None:
    job = train("trains_script", {"rate": "0.5", "layers": "[8, 4]", "how": '"saves"', "C": "2", "sagemaker_region": '"eu-west-1"'}, CHANNELS)
    assert job.wait() == 0, job.stderr
    said = told(job)
    assert said["argv"] == [str(CODE / "train.py"), "-C", "2", "--how", "saves", "--layers", "[8, 4]", "--rate", "0.5"]
    assert (said["arguments"]["rate"], said["arguments"]["C"], said["folder"], said["rows"]) == (0.5, 2.0, str(CODE), 3)
    assert [event["program"] for event in job.events("training_started")] == ["train.py"]
    assert len(job.events("training_completed")) == 1
    assert not job.events("hyperparameters_not_read")


def test_the_script_gets_the_variables_of_sagemakers_framework_containers(train: Train) -> None:
    job = train("trains_script", {"rate": "0.5", "how": "saves", "sagemaker_mpi_enabled": "true", "sagemaker_program": '"train.py"'}, CHANNELS)
    assert job.wait() == 0, job.stderr
    base, given = job.base, told(job)["environment"]
    training = json.loads(given.pop("SM_TRAINING_ENV"))
    assert {name: given.pop(name) for name in ("SM_NUM_CPUS", "SM_NUM_GPUS")}.keys() == {"SM_NUM_CPUS", "SM_NUM_GPUS"}
    assert given == {
        "SM_MODEL_DIR": f"{base}/model",
        "SM_CHANNEL_TRAIN": f"{base}/input/data/train",
        "SM_CHANNEL_EVAL": f"{base}/input/data/eval",
        "SM_CHANNELS": '["eval","train"]',
        "SM_HPS": '{"how":"saves","rate":0.5}',
        "SM_HP_HOW": "saves",
        "SM_HP_RATE": "0.5",
        "SM_USER_ARGS": '["--how","saves","--rate","0.5"]',
        "SM_USER_ENTRY_POINT": "train.py",
        "SM_MODULE_NAME": "train",
        "SM_MODULE_DIR": str(CODE),
        "SM_HOSTS": '["algo-1"]',
        "SM_CURRENT_HOST": "algo-1",
        "SM_NETWORK_INTERFACE_NAME": "eth0",
        "SM_INPUT_DIR": f"{base}/input",
        "SM_INPUT_CONFIG_DIR": f"{base}/input/config",
        "SM_OUTPUT_DIR": f"{base}/output",
        "SM_OUTPUT_DATA_DIR": f"{base}/output/data",
        "SM_OUTPUT_INTERMEDIATE_DIR": f"{base}/output/intermediate",
        "SM_INPUT_DATA_CONFIG": '{"eval":{"TrainingInputMode":"File"},"train":{"TrainingInputMode":"File"}}',
        "SM_RESOURCE_CONFIG": '{"current_host":"algo-1","hosts":["algo-1"]}',
        "SM_FRAMEWORK_PARAMS": '{"sagemaker_mpi_enabled":true}',
        "SM_FRAMEWORK_MODULE": "",
        "SM_LOG_LEVEL": "20",
        "SM_CURRENT_INSTANCE_TYPE": "local",
        "SM_CURRENT_INSTANCE_GROUP": "homogeneousCluster",
        "SM_CURRENT_INSTANCE_GROUP_HOSTS": '["algo-1"]',
        "SM_INSTANCE_GROUPS": "[]",
        "SM_INSTANCE_GROUPS_DICT": "{}",
        "SM_DISTRIBUTION_INSTANCE_GROUPS": "[]",
        "SM_IS_HETERO": "false",
    }
    assert training["channel_input_dirs"] == {"train": f"{base}/input/data/train", "eval": f"{base}/input/data/eval"}
    assert (training["hyperparameters"], training["is_master"], training["job_name"]) == ({"how": "saves", "rate": 0.5}, True, "a-job")


def test_what_the_script_saved_is_served_by_the_inference_script_beside_it(train: Train, serve: Serve) -> None:
    job = train("trains_script", {}, CHANNELS)
    assert job.wait() == 0, job.stderr
    server = serve("trains_script", SAGEMAKER_BASE_DIR=str(job.base))
    assert server.invoke({}).json == 3


@pytest.mark.parametrize("named", [{"sagemaker_program": '"other.py"'}, {}])
def test_the_job_may_name_another_script(train: Train, named: dict[str, str]) -> None:
    job = train("trains_script", named, {}, **({} if named else {"SAGEMAKER_PROGRAM": "other.py"}))
    assert job.wait() == 0, job.stderr
    assert (job.base / "model" / "other").read_text() == "other.py"


def test_a_script_that_fails_leaves_its_own_lines_as_the_reason(train: Train) -> None:
    job = train("trains_script", {"how": "fails"}, CHANNELS)
    assert job.wait() == 1
    first, *_ = job.failure.splitlines()
    assert first.startswith("KeyError: 'petal_lenght' (train.py:")
    assert first.endswith(" in main)")


def test_the_exit_code_of_a_script_is_that_of_the_job(train: Train) -> None:
    job = train("trains_script", {"how": "exits"}, CHANNELS)
    assert job.wait() == 3
    assert job.failure.startswith("SystemExit: 3 (train.py:")


def test_a_script_that_saves_nothing_fails_the_job(train: Train) -> None:
    job = train("trains_script", {"how": '"saves nothing"'})
    assert job.wait() == 1
    assert job.failure == f"train.py ended but saved nothing: write the model into SM_MODEL_DIR ({job.base / 'model'})"


def test_on_sigterm_a_script_can_still_save(train: Train) -> None:
    job = train("trains_script", {"how": "waits"}, CHANNELS)
    until(lambda: "waiting" in job.stdout, job)
    assert job.terminate() == 143
    assert (job.base / "model" / "saved-late").read_text() == "saved"
    assert not (job.base / "output" / "failure").exists()


def test_the_functions_of_a_script_reach_the_processes_that_it_spawns(train: Train) -> None:
    job = train("trains_script", {"how": "spawns"}, CHANNELS)
    assert job.wait() == 0, job.stderr
    assert told(job)["squares"] == [4, 9]


def test_a_launcher_runs_the_script_once_for_each_process(train: Train, tmp_path: Path) -> None:
    (tmp_path / "torch.py").touch()
    search = f"{SOURCES}{os.pathsep}{tmp_path}"
    job = train("trains_script", {"slipway_launcher": "torchrun", "slipway_processes_per_host": "2"}, CHANNELS, PYTHONPATH=search)
    assert job.wait() == 0, job.stderr
    assert [told(job, rank)["environment"]["LOCAL_RANK"] for rank in range(2)] == ["0", "1"]
    assert told(job)["argv"] == [str(CODE / "train.py")]


def test_a_folder_that_only_serves_says_what_to_add(train: Train) -> None:
    job = train("inference_only")
    assert job.wait() == 1
    assert job.failure.startswith("inference.py has no fit(): add `def fit(self, ctx)` that trains and saves into ctx.model_dir, or a train.py that")


def test_a_script_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    (tmp_path / "train.py").touch()
    with pytest.raises(TrainingInputError) as raised:
        named_script(tmp_path, {"sagemaker_program": '"trian.py"'}, {})
    assert str(raised.value) == f"hyperparameter 'sagemaker_program': got 'trian.py', expected a Python file in {tmp_path}, which has train.py"
    with pytest.raises(TrainingInputError, match=r"SAGEMAKER_PROGRAM: got 'train\.sh', expected a Python file"):
        named_script(tmp_path, {"sagemaker_program": "train.py"}, {"SAGEMAKER_PROGRAM": "train.sh"})
    assert named_script(tmp_path, {"sagemaker_program": "model.py"}, {}) is None


def test_code_that_is_not_in_the_container_fails_the_job_instead_of_training_another_model(train: Train, tmp_path: Path) -> None:
    job = train("trains_script", {"sagemaker_submit_directory": '"s3://bucket/source.tar.gz"'}, CHANNELS)
    assert job.wait() == 1
    assert job.failure == (
        "hyperparameter 'sagemaker_submit_directory': got 's3://bucket/source.tar.gz', expected a folder in the container; "
        "code in S3 or in an archive is not fetched: put it into the image and leave this hyperparameter out"
    )
    assert submitted_dir({"sagemaker_submit_directory": f'"file://{tmp_path}"'}, CODE) == tmp_path
    assert submitted_dir({}, CODE) == CODE


def test_hyperparameters_become_arguments_as_in_sagemakers_containers() -> None:
    given = {"rate": "1e-3", "C": "2", "on": "true", "none": "null", "name": "adam", "quoted": '"a b"', "map": '{"b": 2, "a": "x"}', "many": "[1]"}
    assert arguments_of(own_hyperparameters({**given, "slipway_launcher": "torchrun", "_tuning_objective_metric": "loss"})) == [
        *("-C", "2"),
        *("--many", "[1]"),
        *("--map", "a=x,b=2"),
        *("--name", "adam"),
        *("--none", ""),
        *("--on", "True"),
        *("--quoted", "a b"),
        *("--rate", "0.001"),
    ]
