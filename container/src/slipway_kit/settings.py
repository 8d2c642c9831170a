"""Every environment variable the kit reads, in one place. A bad value names the variable, the value and what is allowed."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway_kit.errors import SettingError
from slipway_kit.serving.sizing import default_workers

BASE_DIR = "SAGEMAKER_BASE_DIR"
PORT = "SAGEMAKER_BIND_TO_PORT"
WORKERS = "SAGEMAKER_MODEL_SERVER_WORKERS"
TIMEOUT = "SAGEMAKER_MODEL_SERVER_TIMEOUT"
CODE_DIR = "SLIPWAY_CODE_DIR"
PROGRAM = "SAGEMAKER_PROGRAM"
SUBMIT_DIRECTORY = "SAGEMAKER_SUBMIT_DIRECTORY"
HOST = "SLIPWAY_HOST"
MAX_BODY_BYTES = "SLIPWAY_MAX_BODY_BYTES"
MAX_QUEUE = "SLIPWAY_MAX_QUEUE"
MAX_BATCH = "SLIPWAY_MAX_BATCH"
MAX_BATCH_BYTES = "SLIPWAY_MAX_BATCH_BYTES"
MAX_DECOMPRESSED_BYTES = "SLIPWAY_MAX_DECOMPRESSED_BYTES"
MAX_RATIO = "SLIPWAY_MAX_DECOMPRESSION_RATIO"
MAX_DEPTH = "SLIPWAY_MAX_JSON_DEPTH"
MAX_WORKER_BYTES = "SLIPWAY_MAX_WORKER_BYTES"
ALLOW_PICKLE = "SLIPWAY_ALLOW_PICKLE"
CLIENT_TIMEOUT = "SLIPWAY_CLIENT_TIMEOUT"
METRICS_INTERVAL = "SLIPWAY_METRICS_INTERVAL"
METRICS_PORT = "SLIPWAY_METRICS_PORT"
ACCESS_LOG = "SLIPWAY_ACCESS_LOG"
SHARE_MODEL = "SLIPWAY_SHARE_MODEL"

ACCESS_LOG_MODES = ("sampled", "all", "off")


@dataclass(frozen=True)
class Layout:
    """The directories of the SageMaker contract, under `/opt/ml` or `SAGEMAKER_BASE_DIR`."""

    base: Path

    @property
    def config(self) -> Path:
        return self.base / "input" / "config"

    @property
    def data(self) -> Path:
        return self.base / "input" / "data"

    @property
    def model(self) -> Path:
        return self.base / "model"

    @property
    def output_data(self) -> Path:
        return self.base / "output" / "data"

    @property
    def checkpoints(self) -> Path:
        return self.base / "checkpoints"

    @property
    def failure(self) -> Path:
        return self.base / "output" / "failure"


@dataclass(frozen=True)
class ServingSettings:
    """What `serve` is told by its environment."""

    host: str
    port: int
    workers: int
    max_body_bytes: int
    """Largest request body, counted after transfer decoding."""
    max_decompressed_bytes: int
    """Largest body that came compressed, when unpacked."""
    max_ratio: int
    """Of the unpacked to the compressed size."""
    max_depth: int
    """Levels that the JSON of a request may nest."""
    allow_pickle: bool
    """Whether pickles are read, and with them code that the caller wrote is run."""
    max_queue: int
    """Requests one worker holds while the model is busy; more are answered 503."""
    max_worker_bytes: int
    """Memory of its own that makes a worker be replaced; 0 for no limit."""
    client_seconds: float
    """Seconds a caller may take to send a body, or not to read on in its answer."""
    max_batch: int
    """Requests one predict_batch answers; 1 turns batching off."""
    max_batch_bytes: int
    """Bytes of the requests of one batch."""
    timeout: float
    """Seconds a request may take before it is answered 504."""
    access_log: str
    metrics_interval: float
    """Seconds between lines of embedded metrics; 0 for none."""
    metrics_port: int
    """Port of GET /metrics; 0 for none."""
    share_model: bool
    """Several workers share the memory of one loaded model, where that can be."""


class _Reader:
    """Reads variables one by one and collects every fault."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.faults: list[str] = []

    def given(self, name: str) -> bool:
        return name in self._environment

    def text(self, name: str, default: str) -> str:
        return self._environment.get(name, default)

    def integer(self, name: str, default: int, low: int, high: int) -> int:
        text = self._environment.get(name)
        if text is None:
            return default
        if text.strip().isdecimal() and low <= int(text) <= high:
            return int(text)
        self.faults.append(f"{name}: got {text!r}, expected a whole number from {low} to {high}")
        return default

    def choice(self, name: str, default: str, allowed: tuple[str, ...]) -> str:
        text = self._environment.get(name, default)
        if text not in allowed:
            self.faults.append(f"{name}: got {text!r}, expected one of {', '.join(allowed)}")
            return default
        return text


def read_layout(environment: Mapping[str, str] = os.environ) -> Layout:
    return Layout(Path(environment.get(BASE_DIR, "/opt/ml")))


def read_code_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the user's code: what a script mode directory names, else SLIPWAY_CODE_DIR.

    Raises SettingError for a script mode directory that is not a folder of this machine.
    """
    submitted = environment.get(SUBMIT_DIRECTORY)
    if submitted is not None:
        folder = Path(submitted.removeprefix("file://"))
        if not folder.is_dir():
            raise SettingError(f"{SUBMIT_DIRECTORY}: got {submitted!r}, expected a folder in the container, such as /opt/ml/model/code")
        return folder.absolute()
    beside = read_layout(environment).model / "code"
    if PROGRAM in environment and (beside / environment[PROGRAM]).is_file():
        return beside.absolute()
    return Path(environment.get(CODE_DIR, "/opt/slipway/code")).absolute()


def read_program(environment: Mapping[str, str] = os.environ) -> str:
    """The file that is imported, in the folder of the user's code."""
    return environment.get(PROGRAM, "model.py")


def read_serving(layout: Layout, environment: Mapping[str, str] = os.environ) -> ServingSettings:
    """Read what `serve` needs.

    Raises SettingError naming every variable that cannot be read.
    """
    read = _Reader(environment)
    # A base directory of its own means that there is no container around the process, and so nothing that keeps strangers out.
    in_container = not read.given(BASE_DIR)
    settings = ServingSettings(
        host=read.text(HOST, "0.0.0.0" if in_container else "127.0.0.1"),
        port=read.integer(PORT, 8080, 1, 65535),
        workers=read.integer(WORKERS, default_workers(layout.model) if in_container else 1, 1, 512),
        max_body_bytes=read.integer(MAX_BODY_BYTES, 6 * 1024 * 1024, 1, 2**40),
        max_decompressed_bytes=read.integer(MAX_DECOMPRESSED_BYTES, 64 * 1024 * 1024, 1, 2**40),
        max_ratio=read.integer(MAX_RATIO, 100, 1, 100_000),
        max_depth=read.integer(MAX_DEPTH, 100, 1, 500),
        allow_pickle=read.choice(ALLOW_PICKLE, "0", ("0", "1")) == "1",
        max_queue=read.integer(MAX_QUEUE, 1024, 1, 1_000_000),
        max_worker_bytes=read.integer(MAX_WORKER_BYTES, 0, 0, 2**50),
        client_seconds=float(read.integer(CLIENT_TIMEOUT, 60, 1, 86_400)),
        max_batch=read.integer(MAX_BATCH, 64, 1, 65536),
        max_batch_bytes=read.integer(MAX_BATCH_BYTES, 16 * 1024 * 1024, 1, 2**40),
        timeout=float(read.integer(TIMEOUT, 60, 1, 86_400)),
        access_log=read.choice(ACCESS_LOG, "sampled", ACCESS_LOG_MODES),
        metrics_interval=float(read.integer(METRICS_INTERVAL, 0, 0, 86_400)),
        metrics_port=read.integer(METRICS_PORT, 0, 0, 65535),
        share_model=read.choice(SHARE_MODEL, "1", ("1", "0")) == "1",
    )
    if read.faults:
        raise SettingError("\n".join(read.faults))
    return settings
