"""What fit() is given: channels, hyperparameters, directories, hosts, and a way to report metrics."""

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeVar, overload

from slipway_kit.errors import TrainingInputError
from slipway_kit.training.channels import Channels
from slipway_kit.training.cluster import Cluster
from slipway_kit.training.hyperparameters import convert, is_reserved

T = TypeVar("T", bool, int, float, str, list[object], dict[str, object])


class _Required:
    """Marks a hyperparameter that has no default: None could be one."""


REQUIRED = _Required()


@dataclass(frozen=True)
class TrainingContext:
    """The argument of `fit(self, ctx)`."""

    channels: Channels
    """Directory of each input channel in File or FastFile mode: `ctx.channels["train"]`. `stream()` reads a channel in any mode."""
    hyperparameters: Mapping[str, str]
    """Every hyperparameter as SageMaker gives it: a string. `hyperparameter()` converts."""
    model_dir: Path
    """Save the model here: it becomes model.tar.gz, and load() gets the same files."""
    output_dir: Path
    """Anything else worth keeping: it becomes output.tar.gz."""
    checkpoint_dir: Path
    """Survives spot interruptions: save progress here, and look here first."""
    cluster: Cluster
    """The hosts of the job and this process's place among them."""
    _read: set[str] = field(default_factory=set, repr=False)

    @overload
    def hyperparameter(self, name: str, kind: type[T]) -> T: ...
    @overload
    def hyperparameter(self, name: str, kind: type[T], default: T) -> T: ...
    def hyperparameter(self, name: str, kind: type[Any], default: Any = REQUIRED) -> Any:
        """A hyperparameter as bool, int, float, str, list or dict (the last two are written in JSON).

        Raises TrainingInputError when it is missing and has no default, or cannot be read as `kind`.
        """
        self._read.add(name)
        text = self.hyperparameters.get(name)
        if text is not None:
            return convert(name, text, kind)
        if isinstance(default, _Required):
            given = ", ".join(self.hyperparameters) or "none"
            raise TrainingInputError(f"hyperparameter {name!r} is required ({kind.__name__}); this job has {given}")
        return default

    def metric(self, name: str, value: float) -> None:
        """Report a metric: prints `name=value;`, for metric definitions like `accuracy=([0-9.eE+-]+);`."""
        if not name or any(character in "=;\n" for character in name):
            raise TrainingInputError(f"metric name {name!r}: expected a name without '=', ';' or line breaks")
        sys.stdout.write(f"{name}={float(value):.10g};\n")
        sys.stdout.flush()

    def stream(self, channel: str, epoch: int = 0) -> BinaryIO:
        """All bytes of a channel as one stream, to be used with `with`; in Pipe mode each epoch, counted from 0, has its own."""
        return self.channels.open(channel, epoch)

    @property
    def hosts(self) -> tuple[str, ...]:
        """All hosts of the job, sorted."""
        return self.cluster.hosts

    @property
    def current_host(self) -> str:
        """Name of this host."""
        return self.cluster.current_host

    @property
    def rank(self) -> int:
        """Place of this process among all of the job, from 0. One process runs on each host, unless a launcher was asked for."""
        return self.cluster.rank

    @property
    def world_size(self) -> int:
        """Number of processes of the job, over all hosts."""
        return self.cluster.world_size

    @property
    def local_rank(self) -> int:
        """Place of this process on its host, from 0: the number of its GPU."""
        return self.cluster.local_rank

    @property
    def master_address(self) -> str:
        """Host that the others meet at."""
        return self.cluster.master_address

    @property
    def master_port(self) -> int:
        """Port that the others meet at."""
        return self.cluster.master_port

    @property
    def is_leader(self) -> bool:
        """True in the first process of the first host: the one that saves what all share."""
        return self.rank == 0

    def mark_read(self, names: Iterable[str]) -> None:
        """Count hyperparameters as asked for."""
        self._read.update(names)

    def unread_hyperparameters(self) -> list[str]:
        """Hyperparameters the job was given and fit() never asked for by name: usually a misspelling."""
        return sorted(name for name in self.hyperparameters if name not in self._read and not is_reserved(name))
