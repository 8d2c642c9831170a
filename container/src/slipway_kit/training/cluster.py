"""The hosts of a job and a process's place among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MASTER_PORT = 29500
"""Where PyTorch's processes meet unless told otherwise; no firewall stands between the hosts of a job."""


@dataclass(frozen=True)
class Cluster:
    """Hosts and ranks. Without a launcher there is one process on each host, and its rank is that of its host."""

    hosts: tuple[str, ...]
    current_host: str
    network_interface: str | None = None
    rank: int = 0
    world_size: int = 1
    local_rank: int = 0
    master_port: int = MASTER_PORT
    master_host: str | None = None

    @property
    def host_rank(self) -> int:
        """Place of this host among the sorted hosts, from 0; they all see the same order."""
        return self.hosts.index(self.current_host)

    @property
    def master_address(self) -> str:
        """The first host, unless MASTER_ADDR names another place. A single host is this machine, which need not be able to resolve its own name."""
        if len(self.hosts) == 1:
            return "127.0.0.1"
        return self.hosts[0] if self.master_host is None else self.master_host


def read_cluster(resources: Mapping[str, object], environment: Mapping[str, str]) -> Cluster:
    """From resourceconfig.json, and from the RANK, WORLD_SIZE, LOCAL_RANK and MASTER_PORT of a launcher when all of them are there.

    MASTER_ADDR and MASTER_PORT without the others name the place to meet: hosts that are processes of one machine have no names in its network.
    """
    current = resources.get("current_host")
    host = current if isinstance(current, str) else environment.get("HOSTNAME", "algo-1")
    listed = resources.get("hosts")
    names = {str(name) for name in listed} if isinstance(listed, list) else set()
    hosts = tuple(sorted({*names, host}))
    interface = resources.get("network_interface_name")
    place = [environment.get(name, "") for name in ("RANK", "WORLD_SIZE", "LOCAL_RANK", "MASTER_PORT")]
    launched = all(text.isdecimal() for text in place)
    master_host = environment.get("MASTER_ADDR")
    meeting = int(place[3]) if master_host is not None and place[3].isdecimal() else MASTER_PORT
    rank, world_size, local_rank, port = map(int, place) if launched else (hosts.index(host), len(hosts), 0, meeting)
    return Cluster(hosts, host, interface if isinstance(interface, str) else None, rank, world_size, local_rank, port, master_host)


def gpu_count() -> int:
    """NVIDIA's GPUs of this host, told by their devices: no tool or library needs to be there."""
    return sum(path.name[6:].isdecimal() for path in Path("/dev").glob("nvidia*"))
