"""Whisper: the small recogniser trained and asked for real; the large one's code around a stand-in for its package."""

import io
import json
import shutil
import subprocess
import sys
import wave
from pathlib import Path

import pytest

from tests.conftest import SOURCES, Job, Server, free_port

WHISPER = Path(__file__).parents[2] / "models" / "whisper"
ONE_THREAD = {"OPENBLAS_NUM_THREADS": "1", "PYTHONDONTWRITEBYTECODE": "1"}


def train(base: Path, hyperparameters: dict[str, str]) -> Job:
    shutil.copytree(WHISPER / "data", base / "input" / "data")
    (base / "input" / "config").mkdir()
    (base / "input" / "config" / "hyperparameters.json").write_text(json.dumps(hyperparameters))
    if hyperparameters:  # a short training, of which only the bytes are looked at
        texts = base / "input" / "data" / "train" / "texts.txt"
        texts.write_text("".join(texts.read_text().splitlines(keepends=True)[:20]))
    job = Job(base, WHISPER, ONE_THREAD)
    job.start("train")
    assert job.running.wait(300) == 0, job.stderr  # a few seconds of work, which a busy machine may take minutes for
    return job


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Job:
    return train(tmp_path_factory.mktemp("whisper"), {})


def resampled(recording: bytes) -> bytes:
    """The same recording in stereo with 24 bits, at half the rate."""
    with wave.open(io.BytesIO(recording)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (16_000, 1, 2)
        frames = file.readframes(file.getnframes())
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setparams((2, 3, 8_000, 0, "NONE", "not compressed"))
        file.writeframes(b"".join((b"\0" + frames[at : at + 2]) * 2 for at in range(0, len(frames), 4)))
    return written.getvalue()


def test_the_same_seed_gives_the_same_bytes_and_another_one_others(tmp_path: Path) -> None:
    first, second, other = (
        (train(tmp_path / name, {"epochs": "1", "seed": seed}).base / "model" / "recogniser.npz").read_bytes()
        for name, seed in (("first", "3"), ("second", "3"), ("other", "4"))
    )
    assert first == second
    assert first != other


def test_it_gets_speech_right_that_it_has_not_heard(trained: Job) -> None:
    texts = [set((WHISPER / "data" / channel / "texts.txt").read_text().splitlines()) for channel in ("train", "eval")]
    assert (len(texts[0]), len(texts[1]), texts[0] & texts[1]) == (120, 40, set())
    assert float(trained.stdout.split("word_error_rate=")[1].split(";")[0]) <= 0.05


def test_the_sample_is_transcribed_word_by_word_in_other_forms_too_and_what_is_no_audio_is_refused(trained: Job) -> None:
    server = Server(trained.base, WHISPER, {**ONE_THREAD, "SAGEMAKER_BIND_TO_PORT": str(free_port())})
    server.start("serve")
    sample = (WHISPER / "sample.wav").read_bytes()
    try:
        server.until_ready()
        ask = {"content-type": "audio/wav", "accept": "application/json"}
        heard = server.request("POST", "/invocations", sample, ask)
        again = server.request("POST", "/invocations", resampled(sample), ask)
        silent = server.request("POST", "/invocations", sample[:44], ask)
        wrong = server.request("POST", "/invocations", b"three one four", ask)
    finally:
        server.end()
    assert heard.status == 200
    assert (heard.json["text"], heard.json["language"], heard.json["duration"]) == ("three one four one five", "en", 2.96)
    assert [each["text"] for each in heard.json["segments"]] == ["three", "one", "four", "one", "five"]
    spans = [(each["start"], each["end"]) for each in heard.json["segments"]]
    spoken = [(0.24, 0.54), (0.81, 1.08), (1.26, 1.57), (1.77, 2.04), (2.3, 2.73)]  # as speech.py made them
    assert all(abs(one - other) < 0.1 for span, real in zip(spans, spoken, strict=True) for one, other in zip(span, real, strict=True))
    assert (again.status, len(again.json["segments"]), again.json["duration"]) == (200, 5, 2.96)
    assert silent.json["segments"] == []
    assert (wrong.status, wrong.error["type"]) == (400, "InvalidInput")
    assert wrong.error["message"].startswith("the audio is not a WAV file")


def test_the_large_one_answers_in_the_same_form_and_takes_weights_from_the_model_data_when_they_are_there(tmp_path: Path) -> None:
    """With a package of that name in the place of faster-whisper, whose weights cannot be had here."""
    (tmp_path / "faster_whisper.py").write_text(
        "from types import SimpleNamespace as Of\n"
        "class WhisperModel:\n"
        "    def __init__(self, weights, device, compute_type):\n"
        "        self.weights = weights\n"
        "    def transcribe(self, audio, vad_filter):\n"
        "        data = audio.read()\n"
        "        if not data.startswith(b'RIFF'):\n"
        "            raise ValueError('no audio')\n"
        "        parts = (Of(start=0.0, end=1.234, text=f' {word}') for word in ('hello', self.weights))\n"
        "        return parts, Of(language='en', duration=2.5)\n"
    )
    (tmp_path / "given").mkdir()
    (tmp_path / "given" / "model.bin").write_bytes(b"")
    program = (
        "import json, pathlib, model, slipway_kit\n"
        "made = model.Model()\n"
        f"for folder in ({str(tmp_path)!r}, {str(tmp_path / 'given')!r}):\n"
        "    made.load(pathlib.Path(folder))\n"
        "    print(json.dumps(made.predict(b'RIFF')))\n"
        "try:\n"
        "    made.predict(b'text')\n"
        "except slipway_kit.InvalidInput as error:\n"
        "    print(error)\n"
    )
    path = f"{tmp_path}:{SOURCES}"
    environment = {"PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-c", program]
    ended = subprocess.run(command, cwd=WHISPER / "large", env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert ended.returncode == 0, ended.stderr
    published, given, refused = ended.stdout.splitlines()
    assert json.loads(published) == {
        "text": "hello Systran/faster-whisper-large-v3",
        "language": "en",
        "duration": 2.5,
        "segments": [
            {"start": 0.0, "end": 1.23, "text": "hello"},
            {"start": 0.0, "end": 1.23, "text": "Systran/faster-whisper-large-v3"},
        ],
    }
    assert json.loads(given)["segments"][1]["text"] == str(tmp_path / "given")
    assert refused == "the audio cannot be read: no audio"
