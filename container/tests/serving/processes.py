"""The processes of a server, and who of them answers."""

import re
import threading
from pathlib import Path

from tests.conftest import Server, until


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def children(pid: int) -> list[int]:
    return [int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()]


def proportional_bytes(pid: int) -> int:
    """Memory, with what is shared divided by those that share it."""
    found = re.findall(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(found[0]) * 1024


def template(server: Server) -> int:
    """The process that workers are forked from now."""
    pid: int = server.events("model_sharing")[-1]["pid"]
    return pid


def workers(server: Server, count: int) -> set[int]:
    """The process ids of so many workers, each of which has answered."""
    seen: set[int] = set()

    def ask() -> None:
        answer = server.invoke({})
        if answer.status == 200:
            seen.add(answer.json["pid"])

    def all_seen() -> bool:
        threads = [threading.Thread(target=ask) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(map(alive, seen)) == count

    until(all_seen, server)
    return set(filter(alive, seen))
