"""`train` as SageMaker runs it."""

import json
import os
import signal

from tests.conftest import Train, until


def test_a_job_saves_its_model_its_output_and_its_metrics_and_exits_0(train: Train) -> None:
    job = train("trains", {"rate": "0.5", "layers": "[8, 4]"}, {"train": {"a.csv": "1\n2\n", "b.csv": "3\n"}})
    assert job.wait() == 0
    saved = json.loads((job.base / "model" / "saved.json").read_text())
    assert saved == {"rows": 3, "rate": 0.5, "layers": [8, 4], "host": "algo-1", "user": "a-job"}
    assert (job.base / "output" / "data" / "report.txt").read_text() == "done"
    assert "loss=0.25;\n" in job.stdout
    assert not (job.base / "output" / "failure").exists()
    assert [event["channels"] for event in job.events("training_started")] == [["train"]]
    assert len(job.events("training_completed")) == 1


def test_a_hyperparameter_that_fit_never_asks_for_is_reported_as_a_warning(train: Train) -> None:
    job = train("trains", {"rate": "0.5", "ratte": "0.1"}, {"train": {"a.csv": "1\n"}})
    assert job.wait() == 0
    assert [event["names"] for event in job.events("hyperparameters_not_read")] == [["ratte"]]


def test_a_failing_fit_leaves_the_reason_with_the_users_frames_only_and_the_whole_traceback_in_the_log(train: Train) -> None:
    job = train("fit_fails")
    assert job.wait() == 1
    assert job.failure == (
        "KeyError: 'petal_lenght' (model.py:16 in features)\n"
        '  model.py:16 in features: return [row["petal_lenght"] for row in rows]\n'
        "  model.py:13 in fit: self.features(rows)"
    )
    assert "Traceback (most recent call last):" in job.stderr
    assert "slipway_kit/training/entrypoint.py" in job.stderr
    assert [event["reason"] for event in job.events("training_failed")] == ["KeyError: 'petal_lenght' (model.py:16 in features)"]


def test_an_ill_typed_hyperparameter_fails_the_job_with_its_name_and_value(train: Train) -> None:
    job = train("trains", {"rate": "fast"}, {"train": {"a.csv": "1\n"}})
    assert job.wait() == 1
    assert job.failure.splitlines()[0] == "hyperparameter 'rate': got 'fast', expected a number (model.py:21 in fit)"
    assert "Traceback" not in job.stderr


def test_a_missing_hyperparameter_without_default_fails_the_job(train: Train) -> None:
    job = train("trains", {"sleep": "0"}, {"train": {"a.csv": "1\n"}})
    assert job.wait() == 1
    assert job.failure.splitlines()[0] == "hyperparameter 'rate' is required (float); this job has sleep (model.py:21 in fit)"


def test_an_unknown_channel_fails_the_job_with_the_channels_there_are(train: Train) -> None:
    job = train("trains", {"rate": "1"}, {"training": {"a.csv": "1\n"}})
    assert job.wait() == 1
    assert job.failure.splitlines()[0] == "no channel 'train'; this job has training (model.py:20 in fit)"


def test_a_model_without_fit_says_what_to_add(train: Train) -> None:
    job = train("echo")
    assert job.wait() == 1
    assert job.failure.startswith("class Model in model.py has no fit(): add `def fit(self, ctx)`")


def test_a_model_that_breaks_the_contract_fails_before_training(train: Train) -> None:
    job = train("no_predict")
    assert job.wait() == 1
    assert "predict() is missing: add `def predict(self, input)`" in job.failure


def test_an_import_that_fails_names_the_line_of_the_import(train: Train) -> None:
    job = train("import_fails")
    assert job.wait() == 1
    expected = "ModuleNotFoundError: No module named 'a_library_that_is_not_installed' (model.py:3 in <module>)"
    assert job.failure.splitlines()[0] == expected


def test_a_syntax_error_names_its_line(train: Train) -> None:
    job = train("syntax_error")
    assert job.wait() == 1
    assert job.failure.splitlines()[0] == "SyntaxError: expected ':' (model.py:5 in <module>)"


def test_a_fit_that_saves_nothing_fails_the_job(train: Train) -> None:
    job = train("fit_saves_nothing")
    assert job.wait() == 1
    assert job.failure == f"fit() returned but saved nothing: write the model into ctx.model_dir ({job.base / 'model'})"


def test_sys_exit_in_fit_decides_the_exit_code(train: Train) -> None:
    succeeding, failing = train("fit_exits", {"code": "0"}), train("fit_exits", {"code": "3"})
    assert succeeding.wait() == 0
    assert failing.wait() == 3
    assert failing.failure.splitlines()[0] == "SystemExit: 3 (model.py:15 in fit)"


def test_a_configuration_file_that_is_no_json_fails_the_job_with_its_path(train: Train) -> None:
    job = train("trains")
    job.end()
    path = job.base / "input" / "config" / "hyperparameters.json"
    path.write_text("{rate")
    job.start("train")
    assert job.wait() == 1
    assert job.failure.startswith(f"{path} is not valid JSON: ")


def test_a_wrong_setting_fails_the_job_with_its_name_and_exit_code_2(train: Train) -> None:
    job = train("trains", {"rate": "1"}, {"train": {"a.csv": "1\n"}}, SAGEMAKER_SUBMIT_DIRECTORY="/no/such/folder")
    assert job.wait() == 2
    assert job.failure == "SAGEMAKER_SUBMIT_DIRECTORY: got '/no/such/folder', expected a folder in the container, such as /opt/ml/model/code"
    assert [event["reason"] for event in job.events("training_failed")] == [job.failure]


def test_sigterm_stops_fit_lets_it_save_and_exits_143_without_a_failure_file(train: Train) -> None:
    job = train("fit_saves_late")
    until(lambda: "fitting" in job.stdout, job)
    assert job.terminate() == 128 + signal.SIGTERM
    assert (job.base / "checkpoints" / "step").read_text() == "7"
    assert "swallowed" not in job.stdout
    assert len(job.events("training_stopped")) == 1
    assert not (job.base / "output" / "failure").exists()


def test_the_parameters_of_fit_are_its_hyperparameters(train: Train) -> None:
    job = train("declares_hyperparameters", {"rate": "0.5", "C": "2", "layers": "[8, 4]", "solver": '"saga"', "seed": "null", "verbose": "yes"})
    assert job.wait() == 0
    saved = json.loads((job.base / "model" / "saved.json").read_text())
    expected = {"rate": 0.5, "C": 2.0, "max_iter": 200, "layers": [8, 4], "solver": "saga", "seed": None, "verbose": True}
    assert saved == expected
    assert not job.events("hyperparameters_not_read")


def test_all_wrong_hyperparameters_are_in_the_failure_reason(train: Train) -> None:
    job = train("declares_hyperparameters", {"max_itr": "5", "solver": "sgd", "C": "big"})
    assert job.wait() == 1
    takes = "(fit() takes rate, C, max_iter, layers, solver, seed, verbose)"
    assert job.failure.splitlines() == [
        "4 hyperparameters are wrong:",
        f"  hyperparameter 'max_itr' is unknown; did you mean 'max_iter'? {takes}",
        "  hyperparameter 'solver': got 'sgd', expected one of lbfgs, saga",
        "  hyperparameter 'C': got 'big', expected a number",
        "  hyperparameter 'rate' is required (float)",
    ]


def test_a_channel_in_pipe_mode_is_read_from_its_pipes(train: Train) -> None:
    job = train("reads_stream")
    job.end()
    config = job.base / "input" / "config" / "inputdataconfig.json"
    config.write_text(json.dumps({"train": {"TrainingInputMode": "Pipe"}}))
    data = job.base / "input" / "data"
    data.mkdir()
    for epoch in range(2):
        os.mkfifo(data / f"train_{epoch}")
    job.start("train")
    for epoch in range(2):
        (data / f"train_{epoch}").write_bytes(b"x" * 200_000 + str(epoch).encode())
    assert job.wait() == 0
    assert [(job.base / "model" / f"epoch-{epoch}").read_bytes()[-2:] for epoch in range(2)] == [b"x0", b"x1"]


def test_the_same_fit_reads_the_same_bytes_in_file_mode(train: Train) -> None:
    job = train("reads_stream", {"epochs": "1"}, {"train": {"a.csv": "1\n", "b.csv": "2\n"}})
    assert job.wait() == 0
    assert (job.base / "model" / "epoch-0").read_text() == "1\n2\n"


def test_sigterm_interrupts_a_fit_that_waits_for_a_pipe(train: Train) -> None:
    job = train("reads_stream")
    job.end()
    (job.base / "input" / "config" / "inputdataconfig.json").write_text(json.dumps({"train": {"TrainingInputMode": "Pipe"}}))
    (job.base / "input" / "data").mkdir()
    os.mkfifo(job.base / "input" / "data" / "train_0")
    job.start("train")
    until(lambda: job.events("training_started"), job)
    assert job.terminate() == 143


def test_a_fit_goes_on_from_the_checkpoint_that_was_restored(train: Train) -> None:
    job = train("resumes", {"steps": "5"})
    assert job.wait() == 0
    assert (job.base / "model" / "steps").read_text() == "0 to 5"
    (job.base / "checkpoints" / "step").write_text("3")
    job.start("train")
    assert job.wait() == 0
    assert (job.base / "model" / "steps").read_text() == "3 to 5"
    assert [line for line in job.stdout.splitlines() if line.startswith("step")] == ["step 3", "step 4"]
