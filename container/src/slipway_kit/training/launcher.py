"""Several processes of fit() on each host, with the variables of torchrun, when a job asks for them.

The hyperparameters (or environment variables) are `slipway_launcher=torchrun` and, unless there is to be one process for each GPU,
`slipway_processes_per_host=4`. The processes are ours and not torchrun's: it gives a stopped process 30 s to save, SageMaker 120 s.
"""

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping

from slipway_kit import log
from slipway_kit.errors import TrainingInputError
from slipway_kit.training.cluster import Cluster, gpu_count

LAUNCHER, PROCESSES = "slipway_launcher", "slipway_processes_per_host"
LAUNCHED = "SLIPWAY_LAUNCHED"
"""Set for the processes that were launched, so that they do not launch again."""
FAILED_GRACE_SECONDS = 15
POLL_SECONDS = 0.05


def processes_to_launch(hyperparameters: Mapping[str, str], environment: Mapping[str, str] = os.environ) -> int | None:
    """How many processes this host is to run, or None when fit() runs in this one.

    Raises TrainingInputError for a launcher or a number that does not exist, and when torch is not installed.
    """
    launcher = _setting(LAUNCHER, hyperparameters, environment)
    if launcher is None or LAUNCHED in environment:
        return None
    if launcher != "torchrun":
        raise TrainingInputError(f"{LAUNCHER}: got {launcher!r}, expected torchrun, or leave it out for one process on each host")
    if importlib.util.find_spec("torch") is None:
        raise TrainingInputError(f"{LAUNCHER} is torchrun, but torch is not installed: add torch to requirements.txt, or leave {LAUNCHER} out")
    wanted = _setting(PROCESSES, hyperparameters, environment)
    if wanted is None:
        return max(1, gpu_count())
    if not wanted.isdecimal() or not 1 <= int(wanted) <= 128:
        raise TrainingInputError(f"{PROCESSES}: got {wanted!r}, expected a whole number from 1 to 128")
    return int(wanted)


class Launch:
    """The processes of this host."""

    def __init__(self, count: int, cluster: Cluster) -> None:
        port = cluster.master_port if len(cluster.hosts) > 1 else _free_port()
        self._processes = [
            subprocess.Popen([sys.executable, "-m", "slipway_kit", "train"], env={**os.environ, **_variables(each, count, port, cluster)})
            for each in range(count)
        ]
        log.info("processes_launched", host=cluster.current_host, pids=[each.pid for each in self._processes])

    def wait(self) -> int:
        """0 when all have ended well, else the exit code of the first that failed, after the others were stopped: they would wait for it forever."""
        while True:
            codes = [each.poll() for each in self._processes]
            failed = [code for code in codes if code]
            if failed:
                self.stop(FAILED_GRACE_SECONDS)
                return failed[0] if failed[0] > 0 else 128 - failed[0]
            if all(code == 0 for code in codes):
                return 0
            time.sleep(POLL_SECONDS)

    def stop(self, seconds: float) -> None:
        """SIGTERM to those that run; what is left after `seconds` is killed."""
        end = time.monotonic() + seconds
        for each in self._processes:
            if each.poll() is None:
                each.terminate()
        for each in self._processes:
            try:
                each.wait(max(0.0, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                each.kill()
                each.wait()


def _variables(local_rank: int, count: int, port: int, cluster: Cluster) -> dict[str, str]:
    """What torchrun gives a process; several hosts also learn the network between them. What the job sets itself stays."""
    interface = cluster.network_interface if len(cluster.hosts) > 1 else None
    network = {} if interface is None else dict.fromkeys(("NCCL_SOCKET_IFNAME", "GLOO_SOCKET_IFNAME"), interface)
    threads = {} if count == 1 else {"OMP_NUM_THREADS": "1"}
    return {
        **{name: value for name, value in (network | threads).items() if name not in os.environ},
        "RANK": str(cluster.host_rank * count + local_rank),
        "WORLD_SIZE": str(len(cluster.hosts) * count),
        "LOCAL_RANK": str(local_rank),
        "LOCAL_WORLD_SIZE": str(count),
        "GROUP_RANK": str(cluster.host_rank),
        "GROUP_WORLD_SIZE": str(len(cluster.hosts)),
        "MASTER_ADDR": cluster.master_address,
        "MASTER_PORT": str(port),
        LAUNCHED: "1",
    }


def _setting(name: str, hyperparameters: Mapping[str, str], environment: Mapping[str, str]) -> str | None:
    value = hyperparameters.get(name, environment.get(name.upper(), environment.get(name)))
    return None if value is None else value.strip('"').strip()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
