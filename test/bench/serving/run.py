"""`npm run bench:serving`: the kit and its peers on one core, in one run.

Each server runs on core 0 (OMP threads 1), wrk on core 1. Needs Linux with two cores, taskset, wrk, nginx and Go; installs the peers into the
user's cache. Writes the table into docs/benchmarks.md with --write.
"""

import argparse
import http.client
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from pathlib import Path

from stacks import APPS, ENVIRONMENTS, HERE, ROOT, Stack, prepare_mlserver, stacks, variables

PORT = 18431
CONCURRENCIES = (1, 8, 64)
JSON_BODY = '{"petal_length":0.4,"petal_width":1.4}'
TEXT_BODY = "The quick brown fox jumps over the lazy dog. " * 4 + "And on it goes, wow."
MARKS = ("<!-- serving -->", "<!-- /serving -->")


class DoesNotServe(Exception):
    """A stack does not start, or answers what is wrong."""


@dataclass(frozen=True)
class Load:
    """What one run of wrk found; latencies in milliseconds."""

    rate: float
    p50: float
    p99: float
    errors: int

    def __str__(self) -> str:
        return f"{self.rate:,.0f} ({_short(self.p50)} / {_short(self.p99)})" + (f" {self.errors} failed" if self.errors else "")


def _short(milliseconds: float) -> str:
    return f"{milliseconds:.2f}" if milliseconds < 10 else f"{milliseconds:.0f}"


@dataclass
class Result:
    """One row of the table."""

    stack: Stack
    cells: dict[str, Load]
    start: float
    memory: float
    cpu: float
    """Microseconds of processor time that a request of Iris takes at 64 callers."""


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=int, default=5, help="length of each measurement")
    options.add_argument("--only", default="", help="stacks whose name contains this")
    options.add_argument("--starts-only", action="store_true", help="only how soon the kit accepts and answers")
    options.add_argument("--write", action="store_true", help="write the table into docs/benchmarks.md")
    given = options.parse_args()
    missing = [name for name in ("taskset", "wrk", "nginx", "go") if shutil.which(name) is None]
    if missing:
        sys.stderr.write(f"bench:serving needs {', '.join(missing)} on PATH\n")
        return 1
    cache = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "slipway" / "serving-bench"
    for name, packages in ENVIRONMENTS.items():
        install(cache / name, packages)
    with tempfile.TemporaryDirectory(prefix="slipway-serving-") as folder:
        work = Path(folder)
        if given.starts_only:
            prepare(cache, work)
            print(time_starts(cache, work).strip())
            return 0
        results = measure_all(cache, work, given.only, given.seconds)
        below = compare_batching(cache, work) + time_starts(cache, work) if given.only == "" else ""
    text = table(results, given.seconds) + below
    print(text)
    if given.write:
        write(text)
    return 0


def install(folder: Path, packages: tuple[str, ...]) -> None:
    if (folder / "bin" / "python").exists():
        return
    print(f"installing {folder.name}", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    subprocess.run([str(folder / "bin" / "python"), "-m", "pip", "install", "-q", *packages], check=True)


def measure_all(cache: Path, work: Path, only: str, seconds: int) -> list[Result]:
    prepare_mlserver(work, PORT)
    subprocess.run(["go", "build", "-o", str(work / "floor"), "."], cwd=APPS / "floor", check=True)
    every = prepare(cache, work)
    results = []
    for stack in every:
        if only not in stack.name:
            continue
        try:
            results.append(measure(stack, work, seconds))
        except DoesNotServe as error:
            print(f"{stack.name} is left out: {error}", flush=True)
            continue
        print(f"{stack.name}: {', '.join(f'{name} {load}' for name, load in results[-1].cells.items())}", flush=True)
    return results


def prepare(cache: Path, work: Path) -> list[Stack]:
    """Every stack, with the model that they serve."""
    shutil.copytree(ROOT / "models" / "iris" / "data", work / "job" / "input" / "data" / "train")
    every = stacks(cache, work, PORT)
    kit = every[0]
    train = [*kit.commands[0][:-1], "train"]
    subprocess.run(train, env=variables(kit, work, PORT), check=True, stdout=subprocess.DEVNULL)
    return every


def measure(stack: Stack, work: Path, seconds: int) -> Result:
    cells: dict[str, Load] = {}
    cpu = 0.0
    started, processes = start(stack, work)
    try:
        check(stack)
        wrk("json", 64, 1)
        for concurrency in CONCURRENCIES:
            before = sum(cpu_of(process.pid) for process in processes)
            cells[f"json/{concurrency}"] = load = wrk("json", concurrency, seconds)
            cpu = (sum(cpu_of(process.pid) for process in processes) - before) * 1e6 / max(1.0, load.rate * seconds)
        memory = sum(memory_of(process.pid) for process in processes)
        if stack.text_variables:
            stop(processes)
            _, processes = start(replace(stack, variables={**stack.variables, **stack.text_variables}), work)
        if stack.text_variables is not None:
            check_text()
            wrk("text", 64, 1)
            cells["text/64"] = wrk("text", 64, seconds)
    finally:
        stop(processes)
    return Result(stack, cells, started, memory, cpu)


def compare_batching(cache: Path, work: Path, rounds: int = 7) -> str:
    """One caller, batching on and off, in turns: what batching costs where it can win nothing. The median of the rounds' ratios."""
    ports = (PORT, PORT + 10)
    pair = [start(stacks(cache, work, port)[index], work, port) for index, port in enumerate(ports)]
    try:
        ratios = []
        for _ in range(rounds):
            on, off = (wrk("json", 1, 1, port).rate for port in ports)
            ratios.append(on / off)
    finally:
        for _, processes in pair:
            stop(processes)
    ratios.sort()
    low, middle, high = ratios[0], ratios[rounds // 2], ratios[-1]
    return f"\n\nOne caller, batching on against off, {rounds} turns: {middle:.2f} times the requests ({low:.2f} to {high:.2f})."


def time_starts(cache: Path, work: Path, rounds: int = 11) -> str:
    """The kit, from the start of its process: when its port takes a connection, when /ping has an answer of any status, and when that is 200."""
    kit = stacks(cache, work, PORT)[0]
    times: dict[str, list[float]] = {"accepts a connection": [], "answers /ping": [], "answers 200": []}
    for _ in range(rounds):
        began = time.perf_counter()
        with (work / "log").open("ab") as log:
            process = subprocess.Popen(
                ["taskset", "-c", "0", *kit.commands[0]], cwd=APPS, env=variables(kit, work, PORT), stdout=log, stderr=log, start_new_session=True
            )
        steps = {"accepts a connection": accepts, "answers /ping": lambda: ping(PORT) != 0, "answers 200": lambda: ping(PORT) == 200}
        for name, reached in steps.items():
            while not reached():
                if process.poll() is not None or time.perf_counter() - began > 90:
                    stop([process])
                    raise DoesNotServe(f"the kit does not start\n{(work / 'log').read_text()[-1000:]}")
                time.sleep(0.001)
            times[name].append(time.perf_counter() - began)
        stop([process])
    told = (f"{name} after {1e3 * sorted(each)[rounds // 2]:.0f} ms ({1e3 * min(each):.0f} to {1e3 * max(each):.0f})" for name, each in times.items())
    return f"\n\nStart of the kit with Iris, {rounds} times: {', '.join(told)}."


def accepts() -> bool:
    try:
        socket.create_connection(("127.0.0.1", PORT), timeout=5).close()
    except OSError:
        return False
    return True


def start(stack: Stack, work: Path, port: int = PORT) -> tuple[float, list["subprocess.Popen[bytes]"]]:
    """Start a stack; returns the seconds until its first 200 to /ping, and its processes."""
    began = time.perf_counter()
    with (work / "log").open("ab") as log:
        processes = [
            subprocess.Popen(
                ["taskset", "-c", "0", *command], cwd=APPS, env=variables(stack, work, port), stdout=log, stderr=log, start_new_session=True
            )
            for command in stack.commands
        ]
    while ping(port) != 200:
        if time.perf_counter() - began > 90 or any(process.poll() is not None for process in processes):
            stop(processes)
            raise DoesNotServe(f"it does not start\n{(work / 'log').read_text()[-1000:]}")
        time.sleep(0.01)
    return time.perf_counter() - began, processes


def stop(processes: list["subprocess.Popen[bytes]"]) -> None:
    for process in processes:
        for number in (signal.SIGTERM, signal.SIGKILL):
            try:
                os.killpg(process.pid, number)
                process.wait(10 if number == signal.SIGTERM else 5)
            except (ProcessLookupError, subprocess.TimeoutExpired):
                continue
    time.sleep(0.3)


def ping(port: int) -> int:
    try:
        return request("GET", "/ping", port=port)[0]
    except (OSError, http.client.HTTPException):
        return 0


def request(method: str, path: str, body: str | None = None, content_type: str = "application/json", port: int = PORT) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body, {"content-type": content_type} if body else {})
        response = connection.getresponse()
        return response.status, response.read()
    finally:
        connection.close()


def check(stack: Stack) -> None:
    status, body = request("POST", "/invocations", JSON_BODY)
    if status != 200 or json.loads(body)["category"] != "Iris-setosa":
        raise DoesNotServe(f"it answers {status} {body!r}")


def check_text() -> None:
    status, body = request("POST", "/invocations", TEXT_BODY, "text/plain")
    if status != 200 or body != TEXT_BODY.upper().encode():
        raise DoesNotServe(f"it answers {status} {body!r} to text")


def wrk(kind: str, concurrency: int, seconds: int, port: int = PORT) -> Load:
    script = HERE / "post.lua"
    environment = {**os.environ, "BENCH_TYPE": "application/json" if kind == "json" else "text/plain"}
    environment["BENCH_BODY"] = JSON_BODY if kind == "json" else TEXT_BODY
    command = ["taskset", "-c", "1", "wrk", "-t1", f"-c{concurrency}", f"-d{seconds}s", "--timeout", "10s", "-s", str(script)]
    url = f"http://127.0.0.1:{port}/invocations"
    said = subprocess.run([*command, url], env=environment, capture_output=True, text=True, check=True).stdout
    found = json.loads(re.findall(r"^RESULT (.*)$", said, re.MULTILINE)[0])
    return Load(found["requests"] / (found["duration"] / 1e6), found["p50"] / 1e3, found["p99"] / 1e3, found["errors"])


def memory_of(pid: int) -> float:
    """Proportional memory of a process and all it has started, in MB."""
    try:
        rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
        return int(re.findall(r"^Pss:\s+(\d+)", rollup, re.MULTILINE)[0]) / 1024 + sum(memory_of(child) for child in children_of(pid))
    except (OSError, IndexError):
        return 0.0


def cpu_of(pid: int) -> float:
    """Seconds of processor time of a process and all it has started."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK") + sum(cpu_of(child) for child in children_of(pid))
    except OSError:
        return 0.0


def children_of(pid: int) -> list[int]:
    return [int(child) for path in Path(f"/proc/{pid}/task").glob("*/children") for child in path.read_text().split()]


def table(results: list[Result], seconds: int) -> str:
    versions = ", ".join(sorted({package.replace("==", " ") for packages in ENVIRONMENTS.values() for package in packages}))
    nginx = subprocess.run(["nginx", "-v"], capture_output=True, text=True, check=False).stderr.strip().rpartition("/")[2]
    go = subprocess.run(["go", "version"], capture_output=True, text=True, check=False).stdout.split()[2].removeprefix("go")
    columns = ["json/1", "json/8", "json/64", "text/64"]
    lines = [
        f"{time.strftime('%Y-%m-%d')}, {seconds} s a cell, machine load {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores; "
        f"Python {sys.version.split()[0]}, {versions}, nginx {nginx}, Go {go}.",
        "",
        "| requests/s (p50 / p99 in ms) | Iris, 1 caller | Iris, 8 | Iris, 64 | text, 64 | CPU µs a request, Iris, 64 | memory, MB | start, s |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for result in results:
        cells = [str(result.cells[column]) if column in result.cells else "" for column in columns]
        lines.append(f"| {' | '.join([result.stack.name, *cells, f'{result.cpu:.0f}', f'{result.memory:.0f}', f'{result.start:.2f}'])} |")
    return "\n".join(lines)


def write(text: str) -> None:
    page = ROOT / "docs" / "benchmarks.md"
    before, _, rest = page.read_text().partition(MARKS[0])
    after = rest.partition(MARKS[1])[2]
    page.write_text(f"{before}{MARKS[0]}\n{text}\n{MARKS[1]}{after}")


if __name__ == "__main__":
    sys.exit(main())
