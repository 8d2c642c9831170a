"""Input channels: directories in File and FastFile mode, streams in Pipe mode."""

import io
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from slipway_kit.errors import TrainingInputError

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PIPE = "Pipe"
FIFO_SECONDS = 60.0
"""SageMaker makes the pipe of the next epoch when the one before it has been read; it does not take long."""
READ_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Channel:
    """One channel of the job: `path` is its directory, in Pipe mode the stem of its pipes."""

    path: Path
    mode: str = "File"


class Channels(Mapping[str, Path]):
    """Directories of the channels by name. An unknown name raises TrainingInputError that lists the known ones."""

    def __init__(self, channels: Mapping[str, Channel]) -> None:
        self._channels = dict(channels)

    def __getitem__(self, name: str) -> Path:
        channel = self._find(name)
        if channel.mode == PIPE:
            raise TrainingInputError(f"channel {name!r} is a stream, not a directory (Pipe mode): read it with ctx.stream({name!r})")
        return channel.path

    def __contains__(self, name: object) -> bool:
        return name in self._channels

    def __iter__(self) -> Iterator[str]:
        return iter(self._channels)

    def __len__(self) -> int:
        return len(self._channels)

    def mode(self, name: str) -> str:
        """`File`, `FastFile` or `Pipe`."""
        return self._find(name).mode

    def open(self, name: str, epoch: int = 0) -> BinaryIO:
        """All bytes of a channel as one stream, in any mode.

        In Pipe mode it opens the pipe of that epoch, which SageMaker makes anew for each; otherwise the files of the directory follow one
        another in the order of their paths, whatever the epoch.
        """
        channel = self._find(name)
        if channel.mode != PIPE:
            return io.BufferedReader(_Files(sorted(path for path in channel.path.rglob("*") if path.is_file())), READ_BYTES)
        fifo = channel.path.with_name(f"{channel.path.name}_{epoch}")
        end = time.monotonic() + FIFO_SECONDS
        while not fifo.exists():
            if time.monotonic() > end:
                raise TrainingInputError(f"channel {name!r} has no pipe for epoch {epoch} ({fifo}): epochs count from 0, one after the other")
            time.sleep(0.02)
        return fifo.open("rb")

    def _find(self, name: str) -> Channel:
        if name in self._channels:
            return self._channels[name]
        raise TrainingInputError(f"no channel {name!r}; this job has {', '.join(self._channels) or 'no channels'}")


class _Files(io.RawIOBase):
    """Files read as if they were one; each is opened when its turn comes, as FastFile fetches a file when it is opened."""

    def __init__(self, paths: list[Path]) -> None:
        self._rest = iter(paths)
        self._current: io.BufferedReader | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        while True:
            if self._current is None:
                path = next(self._rest, None)
                if path is None:
                    return 0
                self._current = path.open("rb")
            read = self._current.readinto(buffer)
            if read:
                return read
            self._current.close()
            self._current = None

    def close(self) -> None:
        if self._current is not None:
            self._current.close()
        super().close()
