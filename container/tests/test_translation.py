"""The translation model's code, on a training too short to learn German: what it learns when it trains whole is asserted on the real engine."""

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import Job, Server, free_port

TRANSLATION = Path(__file__).parents[2] / "models" / "translation"


def train(base: Path) -> Job:
    shutil.copytree(TRANSLATION / "data", base / "input" / "data")
    (base / "input" / "config").mkdir()
    (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps({"epochs": "2"}))
    job = Job(base, TRANSLATION, {"OPENBLAS_NUM_THREADS": "1"})
    job.start("train")
    assert job.wait() == 0, job.stderr
    return job


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return train(tmp_path_factory.mktemp("translation"))


def test_the_phrase_book_has_hello_world_and_no_sentence_twice_or_in_both_channels() -> None:
    lines = [(TRANSLATION / "data" / channel / "phrases.tsv").read_text().splitlines() for channel in ("train", "eval")]
    assert [line[0] for line in lines] == ["english\tgerman"] * 2
    assert "Hello world!\tHallo Welt!" in lines[0]
    english = [line.split("\t")[0] for part in lines for line in part[1:]]
    assert (len(lines[0]), len(lines[1]), len(set(english))) == (297, 51, len(english))


def test_the_same_seed_gives_the_same_bytes(trained: Job, tmp_path: Path) -> None:
    again = train(tmp_path / "again")
    models = [sorted((job.base / "model").iterdir()) for job in (trained, again)]
    names = ["config.json", "model.bin", "source.spm", "source_vocabulary.json", "target.spm", "target_vocabulary.json"]
    assert [file.name for file in models[0]] == names
    assert [file.read_bytes() for file in models[0]] == [file.read_bytes() for file in models[1]]
    assert (trained.base / "model" / "model.bin").stat().st_size > 400_000


def test_training_tells_what_it_gets_right_of_sentences_it_has_seen_and_has_not(trained: Job) -> None:
    assert "epoch 2 of 2: loss " in trained.stdout
    assert "accuracy=" in trained.stdout
    assert "eval_accuracy=" in trained.stdout


def test_text_is_answered_with_text_and_json_with_json(trained: Job) -> None:
    server = Server(trained.base, TRANSLATION, {"SAGEMAKER_BIND_TO_PORT": str(free_port())})
    server.start("serve")
    try:
        server.until_ready()
        text = server.request("POST", "/invocations", b"Hello world!", {"content-type": "text/plain"})
        sample = server.request("POST", "/invocations", (TRANSLATION / "sample.json").read_bytes(), {"content-type": "application/json"})
        wrong = server.invoke({"txt": "Hello world!"})
        nothing = server.request("POST", "/invocations", b"", {"content-type": "text/plain"})
    finally:
        server.end()
    assert (text.status, text.headers["content-type"].split(";")[0]) == (200, "text/plain")
    assert json.loads((TRANSLATION / "sample.json").read_text()) == {"text": "Hello world!"}
    assert sample.json == {"translation": text.body.decode()}
    assert (wrong.status, wrong.error["message"]) == (422, "text: received no such field among txt, expected a value: the field is required")
    assert (nothing.status, nothing.body) == (200, b"")
