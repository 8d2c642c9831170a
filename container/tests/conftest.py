"""Real `serve` and `train` processes on the tiny models of tests/models."""

import contextlib
import http.client
import itertools
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# Nothing is kept between runs, and a slow machine is no failure.
settings.register_profile("kit", database=None, deadline=None, max_examples=60)
settings.load_profile("kit")

MODELS = Path(__file__).parent / "models"
SOURCES = Path(__file__).parent.parent / "src"
PATIENCE = 60.0


@dataclass
class Answer:
    """An HTTP response, read whole."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def error(self) -> dict[str, str]:
        error: dict[str, str] = self.json["error"]
        return error


@dataclass
class Job:
    """A process of the kit, with its own base directory, output files and environment."""

    base: Path
    code: Path
    environment: dict[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    @property
    def running(self) -> "subprocess.Popen[bytes]":
        assert self.process is not None
        return self.process

    def start(self, command: str) -> None:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("SAGEMAKER_", "SLIPWAY_"))},
            "PYTHONPATH": str(SOURCES),
            "SAGEMAKER_BASE_DIR": str(self.base),
            "SLIPWAY_CODE_DIR": str(self.code),
            **self.environment,
        }
        with (self.base / "stdout").open("wb") as out, (self.base / "stderr").open("wb") as err:
            self.process = subprocess.Popen([sys.executable, "-m", "slipway_kit", command], env=environment, stdout=out, stderr=err)

    @property
    def stdout(self) -> str:
        return (self.base / "stdout").read_text()

    @property
    def stderr(self) -> str:
        return (self.base / "stderr").read_text()

    @property
    def failure(self) -> str:
        return (self.base / "output" / "failure").read_text()

    def events(self, name: str) -> list[dict[str, Any]]:
        """The kit's log lines of one event, from both outputs."""
        whole = [text[: text.rfind("\n") + 1] for text in (self.stdout, self.stderr)]  # a line may be read while it is written
        lines = [json.loads(line) for text in whole for line in text.splitlines() if line.startswith('{"time"')]
        return [line for line in lines if line["event"] == name]

    def wait(self) -> int:
        return self.running.wait(PATIENCE)

    def terminate(self) -> int:
        self.running.send_signal(signal.SIGTERM)
        return self.wait()

    def end(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


class Server(Job):
    """A `serve` process."""

    @property
    def port(self) -> int:
        return int(self.environment["SAGEMAKER_BIND_TO_PORT"])

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)

    def request(self, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None) -> Answer:
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            return read(connection)
        finally:
            connection.close()

    def ping(self) -> Answer:
        return self.request("GET", "/ping")

    def invoke(self, value: object, headers: dict[str, str] | None = None) -> Answer:
        return self.request("POST", "/invocations", json.dumps(value).encode(), {"content-type": "application/json", **(headers or {})})

    def raw(self, data: bytes) -> bytes:
        """Everything the server says to these bytes, until it closes."""
        with socket.create_connection(("127.0.0.1", self.port), PATIENCE) as connection:
            connection.sendall(data)
            received = b""
            while chunk := connection.recv(65536):
                received += chunk
            return received

    def until_ready(self) -> "Server":
        until(lambda: self.events("status")[-1:] and self.events("status")[-1]["status"] == "ready", self)
        return self


class Held:
    """A request that stays inside predict() of the model `scripted` until it is released."""

    def __init__(self, server: Server, how: str = "hold") -> None:
        self._file = server.base / f"held-{time.monotonic_ns()}"
        self._answer = in_background(lambda: server.invoke({how: str(self._file)}))
        until(self._file.with_suffix(".begun").exists, server)

    def release(self) -> Answer:
        self._file.touch()
        return self._answer()

    def answer(self) -> Answer:
        """What came without a release."""
        return self._answer()


def in_background(request: Callable[[], Answer]) -> Callable[[], Answer]:
    """Start a request on a thread; the result waits for its answer."""
    answers: list[Answer] = []

    def ask() -> None:
        with contextlib.suppress(OSError, http.client.HTTPException):  # whoever waits for the answer sees that none came
            answers.append(request())

    thread = threading.Thread(target=ask)
    thread.start()

    def answer() -> Answer:
        thread.join(PATIENCE)
        assert answers, "no answer came"
        return answers[0]

    return answer


def read(connection: http.client.HTTPConnection) -> Answer:
    response = connection.getresponse()
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())


def until(condition: Callable[[], object], job: Job | None = None) -> None:
    """Wait for a condition; a process that ends meanwhile fails the test with its output."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, "waited in vain" + (f"\n{job.stdout}\n{job.stderr}" if job else "")
        if job is not None and job.running.poll() is not None and not condition():
            pytest.fail(f"the process ended with {job.running.returncode}\n{job.stdout}\n{job.stderr}")
        time.sleep(0.01)


# Below the ports that the kernel gives out, and others for each of pytest-xdist's workers ("gw1"): nobody takes one between its choice and its use.
PORTS = itertools.cycle((os.getpid() + step) % 1_000 for step in range(1_000))
WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


def free_port() -> int:
    while True:
        port = 20_000 + 1_000 * WORKER + next(PORTS)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(("127.0.0.1", port))
            return port


Serve = Callable[..., Server]
Train = Callable[..., Job]


@contextlib.contextmanager
def servers_in(folder: Path) -> Iterator[Serve]:
    """Start `serve` on models of tests/models, with what they write in a folder; ends them all."""
    servers: list[Server] = []

    def start(model: str, **environment: str) -> Server:
        base = folder / f"server-{len(servers)}"
        (base / "model").mkdir(parents=True)
        server = Server(base, MODELS / model, {"SAGEMAKER_BIND_TO_PORT": str(free_port()), **environment})
        servers.append(server)
        server.start("serve")
        return server

    try:
        yield start
    finally:
        for server in servers:
            server.end()


@pytest.fixture
def start_server(tmp_path: Path) -> Iterator[Serve]:
    """Start `serve` on a model of tests/models; does not wait for it."""
    with servers_in(tmp_path) as start:
        yield start


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """A server for all tests of a module that ask for the same: for those that look at answers, and not at what the server has done or said."""
    made: dict[tuple[str, frozenset[tuple[str, str]]], Server] = {}
    with servers_in(tmp_path_factory.mktemp("shared")) as start:

        def share(model: str, **environment: str) -> Server:
            key = (model, frozenset(environment.items()))
            if key not in made:
                made[key] = start(model, **environment).until_ready()
            return made[key]

        yield share


@pytest.fixture
def serve(start_server: Serve) -> Serve:
    """Start `serve` and wait until it is ready."""
    return lambda model, **environment: start_server(model, **environment).until_ready()


@pytest.fixture
def train(tmp_path: Path) -> Iterator[Train]:
    """Start `train` with hyperparameters and channels; `channels` maps a name to its files' texts."""
    jobs: list[Job] = []

    def start(
        model: str, hyperparameters: dict[str, str] | None = None, channels: dict[str, dict[str, str]] | None = None, **environment: str
    ) -> Job:
        base = tmp_path / f"job-{len(jobs)}"
        config = base / "input" / "config"
        config.mkdir(parents=True)
        (config / "hyperparameters.json").write_text(json.dumps(hyperparameters or {}))
        (config / "inputdataconfig.json").write_text(json.dumps({name: {"TrainingInputMode": "File"} for name in channels or {}}))
        (config / "resourceconfig.json").write_text(json.dumps({"current_host": "algo-1", "hosts": ["algo-1"]}))
        for name, files in (channels or {}).items():
            directory = base / "input" / "data" / name
            directory.mkdir(parents=True)
            for file, text in files.items():
                (directory / file).write_text(text)
        job = Job(base, MODELS / model, {"TRAINING_JOB_NAME": "a-job", **environment})
        jobs.append(job)
        job.start("train")
        return job

    yield start
    for job in jobs:
        job.end()
