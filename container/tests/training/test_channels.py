"""Channels in File, FastFile and Pipe mode."""

import os
import threading
from pathlib import Path

import pytest

from slipway_kit.errors import TrainingInputError
from slipway_kit.training import channels as module
from slipway_kit.training.channels import Channel, Channels


def feed(fifo: Path, data: bytes) -> threading.Thread:
    """Make a pipe and write to it on a thread, as SageMaker does."""
    os.mkfifo(fifo)
    thread = threading.Thread(target=lambda: fifo.write_bytes(data))
    thread.start()
    return thread


@pytest.mark.parametrize("mode", ["File", "FastFile"])
def test_the_files_of_a_directory_are_one_stream_in_the_order_of_their_paths(tmp_path: Path, mode: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "1.csv").write_bytes(b"one\n" * 1_000_000)
    (tmp_path / "b.csv").write_bytes(b"two\n")
    (tmp_path / "empty.csv").write_bytes(b"")
    (tmp_path / "z.csv").write_bytes(b"three")
    channels = Channels({"train": Channel(tmp_path, mode)})
    assert channels["train"] == tmp_path
    assert channels.mode("train") == mode
    for epoch in range(2):
        with channels.open("train", epoch) as stream:
            assert stream.read() == b"one\n" * 1_000_000 + b"two\nthree"
    with channels.open("train") as stream:
        assert sum(1 for _ in stream) == 1_000_002


def test_a_pipe_is_read_epoch_by_epoch(tmp_path: Path) -> None:
    channels = Channels({"train": Channel(tmp_path / "train", "Pipe")})
    for epoch, data in enumerate((b"first" * 100_000, b"second")):
        writer = feed(tmp_path / f"train_{epoch}", data)
        with channels.open("train", epoch) as stream:
            assert stream.read() == data
        writer.join()


def test_a_pipe_that_is_made_a_moment_later_is_waited_for(tmp_path: Path) -> None:
    channels = Channels({"train": Channel(tmp_path / "train", "Pipe")})
    threading.Timer(0.1, lambda: feed(tmp_path / "train_0", b"late")).start()
    with channels.open("train") as stream:
        assert stream.read() == b"late"


def test_a_pipe_that_never_comes_is_an_error_that_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIFO_SECONDS", 0.0)
    channels = Channels({"train": Channel(tmp_path / "train", "Pipe")})
    with pytest.raises(TrainingInputError, match=r"channel 'train' has no pipe for epoch 5 \(.*/train_5\): epochs count from 0"):
        channels.open("train", 5)


def test_a_pipe_has_no_directory_and_says_how_it_is_read() -> None:
    channels = Channels({"train": Channel(Path("/data/train"), "Pipe")})
    with pytest.raises(TrainingInputError, match=r"channel 'train' is a stream, .*: read it with ctx\.stream\('train'\)"):
        channels["train"]


def test_an_unknown_channel_cannot_be_streamed() -> None:
    with pytest.raises(TrainingInputError, match="no channel 'test'; this job has no channels"):
        Channels({}).open("test")
