"""The reviews' scripts: as AWS's containers run them, with nothing of the kit, and on the kit."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import Job, Server, free_port

REVIEWS = Path(__file__).parents[2] / "models" / "reviews"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def run_as_script(model_dir: Path, more: dict[str, str]) -> str:
    """Runs train.py with the variables of AWS's containers, and tells what it printed."""
    model_dir.mkdir()
    channels = {f"SM_CHANNEL_{name.upper()}": str(REVIEWS / "data" / name) for name in ("train", "eval")}
    environment = {**os.environ, **ONE_THREAD, **channels, "SM_MODEL_DIR": str(model_dir), **more}
    command = [sys.executable, "train.py", "--dimensions", "60", "--seed", "7"]
    return subprocess.run(command, cwd=REVIEWS, env=environment, capture_output=True, text=True, timeout=240, check=True).stdout


@pytest.fixture(scope="module")
def on_the_kit(tmp_path_factory: pytest.TempPathFactory) -> Job:
    base = tmp_path_factory.mktemp("reviews")
    shutil.copytree(REVIEWS / "data", base / "input" / "data")
    (base / "input" / "config").mkdir()
    (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps({"dimensions": "60", "seed": "7"}))
    job = Job(base, REVIEWS, ONE_THREAD)
    job.start("train")
    assert job.wait() == 0, job.stderr
    return job


def test_it_trains_the_same_bytes_as_a_script_and_on_the_kit_and_finds_the_product_of_most_queries(on_the_kit: Job, tmp_path: Path) -> None:
    printed = run_as_script(tmp_path / "model", {"PYTHONHASHSEED": "42"})
    saved = [{file.name: file.read_bytes() for file in sorted(folder.iterdir())} for folder in (tmp_path / "model", on_the_kit.base / "model")]
    assert list(saved[0]) == ["latent-semantic.npz", "reviews.json", "vectors.npy", "vocabulary.json"]
    assert saved[0] == saved[1]
    assert "reviews=120;" in printed
    assert float(printed.split("precision=")[1].split(";")[0]) > 0.75


def test_three_queries_are_answered_with_reviews_that_are_about_them_and_wrong_ones_with_what_is_wrong(on_the_kit: Job) -> None:
    server = Server(on_the_kit.base, REVIEWS, {**ONE_THREAD, "SAGEMAKER_BIND_TO_PORT": str(free_port())})
    server.start("serve")
    try:
        server.until_ready()
        queries = ["fruit smoothies with ice", "good grip for running on muddy trails", "a detective story with a surprising ending"]
        answers = [server.invoke({"query": query, "n_items": 3}).json["reviews"] for query in queries]
        five = server.invoke({"query": "music"}).json["reviews"]
        wrong = [server.invoke(body).error["message"] for body in ({"n_items": 3}, {"query": "music", "n_items": 0})]
    finally:
        server.end()
    assert [[each["product"] for each in answer] for answer in answers] == [["blender"] * 3, ["shoes"] * 3, ["novel"] * 3]
    assert answers[0][0] == {
        "product": "blender",
        "stars": 5,
        "review": "Crushes ice and frozen berries for smoothies in seconds.",
        "score": answers[0][0]["score"],
    }
    scores = [each["score"] for each in answers[0]]
    assert scores == sorted(scores, reverse=True)
    assert len(five) == 5
    assert wrong == ["query: expected text", "n_items: received 0, expected a whole number of 1 or more"]


def test_weights_of_sentence_bert_take_the_place_of_the_encoder_when_they_come_in_a_channel(tmp_path: Path) -> None:
    """With a package of that name which counts letters: neither it nor weights can be had here."""
    (tmp_path / "sentence_transformers.py").write_text(
        "import numpy\n"
        "class SentenceTransformer:\n"
        "    def __init__(self, folder):\n"
        "        self.letters = open(f'{folder}/letters.txt').read()\n"
        "    def encode(self, texts, normalize_embeddings):\n"
        "        counted = numpy.array([[text.count(letter) for letter in self.letters] for text in texts], dtype=float) + 0.01\n"
        "        return counted / numpy.linalg.norm(counted, axis=1, keepdims=True)\n"
    )
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "letters.txt").write_text("abcdefghijklmnopqrstuvwxyz")
    more = {"SM_CHANNEL_ENCODER": str(tmp_path / "weights"), "PYTHONPATH": str(tmp_path)}
    run_as_script(tmp_path / "model", more)
    assert sorted(file.name for file in (tmp_path / "model").iterdir()) == ["reviews.json", "sentence-bert", "vectors.npy"]
    asked = (
        f"import inference; model = inference.model_fn({str(tmp_path / 'model')!r});"
        "print(inference.predict_fn(('The left ear cup lost its sound after two weeks and the warranty claim is still open.', 1), model))"
    )
    environment = {**os.environ, **ONE_THREAD, **more}
    ended = subprocess.run([sys.executable, "-c", asked], cwd=REVIEWS, env=environment, capture_output=True, text=True, timeout=120, check=True)
    assert "'product': 'headphones'" in ended.stdout
