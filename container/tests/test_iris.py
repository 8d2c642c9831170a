"""The Iris model, trained by `train` and asked through `serve`."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Job, Server, free_port

IRIS = Path(__file__).parents[2] / "models" / "iris"


def train(base: Path, hyperparameters: dict[str, str] | None = None, exit_code: int = 0) -> Job:
    shutil.copytree(IRIS / "data", base / "input" / "data" / "train")
    if hyperparameters is not None:
        (base / "input" / "config").mkdir()
        (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    job = Job(base, IRIS)
    job.start("train")
    assert job.wait() == exit_code
    return job


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return train(tmp_path_factory.mktemp("iris"))


def test_training_uses_the_150_rows_and_reports_the_accuracy(trained: Job) -> None:
    assert len((IRIS / "data" / "iris.csv").read_text().splitlines()) == 151
    assert "accuracy=0.96;\n" in trained.stdout


def test_the_sample_request_is_answered_with_setosa_and_a_misspelt_one_with_the_line(trained: Job) -> None:
    server = Server(trained.base, IRIS, {"SAGEMAKER_BIND_TO_PORT": str(free_port())})
    server.start("serve")
    try:
        answer = server.until_ready().request("POST", "/invocations", (IRIS / "sample.json").read_bytes())
        misspelt = server.invoke({"petal_lenght": 0.4, "petal_width": 1.4})
    finally:
        server.end()
    assert json.loads((IRIS / "sample.json").read_text()) == {"petal_length": 0.4, "petal_width": 1.4}
    assert answer.json["category"] == "Iris-setosa"
    assert {name: round(value, 3) for name, value in answer.json["probabilities"].items()} == {
        "Iris-setosa": 0.998,
        "Iris-versicolor": 0.002,
        "Iris-virginica": 0.0,
    }
    assert (misspelt.status, misspelt.error["message"], misspelt.error["location"]) == (500, "'petal_length'", "model.py:21")


def test_training_twice_gives_the_same_bytes(trained: Job, tmp_path: Path) -> None:
    again = train(tmp_path / "again")
    assert (again.base / "model" / "iris.joblib").read_bytes() == (trained.base / "model" / "iris.joblib").read_bytes()


def test_its_hyperparameters_are_those_of_fit_and_no_others(trained: Job, tmp_path: Path) -> None:
    saved = [(job.base / "model" / "iris.joblib").read_bytes() for job in (trained, train(tmp_path / "defaults", {"C": "1", "max_iter": "200"}))]
    assert saved[0] == saved[1]
    assert (train(tmp_path / "stronger", {"C": "0.01"}).base / "model" / "iris.joblib").read_bytes() != saved[0]
    refused = train(tmp_path / "misspelt", {"max_itr": "5"}, exit_code=1)
    assert refused.failure == "hyperparameter 'max_itr' is unknown; did you mean 'max_iter'? (fit() takes C, max_iter)"
