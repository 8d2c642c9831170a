"""What a process needs to be forked after it has loaded a model: a system that can do it, and a model that survives it.

A fork copies one thread and no other: a lock that another thread held stays locked for ever, a pool of threads (OpenMP, BLAS, CUDA) is gone.
Files and sockets are shared as they are, with one position and one conversation. So what load() leaves behind is looked at first.
"""

import os
import signal
import sys
import threading
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
SETTLE_SECONDS = 0.5
"""A thread that has been joined is still seen for a moment."""
HARMLESS = ("/dev/null", "/dev/zero", "/dev/random", "/dev/urandom")
_SELF = Path("/proc/self")


def adopt_orphans() -> str | None:
    """Become the parent of whatever the processes below leave behind. Returns why not, when this system cannot."""
    if not sys.platform.startswith("linux"):
        return "only Linux forks a loaded process safely"
    return None if _prctl(PR_SET_CHILD_SUBREAPER, 1) else "this system does not let a process adopt others (PR_SET_CHILD_SUBREAPER)"


def end_with(parent: int) -> None:
    """Be killed when `parent`, which forked this process, ends: the one way that takes no thread."""
    if not _prctl(PR_SET_PDEATHSIG, signal.SIGKILL) or os.getppid() != parent:
        os._exit(1)


def open_files() -> dict[int, str]:
    """What this process has open, by descriptor."""
    found: dict[int, str] = {}
    for entry in (_SELF / "fd").iterdir():
        try:
            found[int(entry.name)] = str(entry.readlink())
        except OSError:  # the one that this listing takes
            continue
    return found


def obstacle(before: dict[int, str]) -> str | None:
    """Why this process must not be forked, if so; `before` is what it had open before load()."""
    try:
        return _threads() or _files(before) or _children()
    except OSError as error:
        return f"what load() leaves behind cannot be seen: {error}"


def _threads() -> str | None:
    until = time.monotonic() + SETTLE_SECONDS
    while (count := sum(1 for _ in (_SELF / "task").iterdir())) > 1:
        if time.monotonic() > until:
            names = [thread.name for thread in threading.enumerate() if thread is not threading.main_thread()]
            whose = ", ".join(names) if names else "of a library, such as an OpenMP, BLAS or CUDA pool"
            return f"load() leaves {count - 1} more thread{'s' if count > 2 else ''} running ({whose})"
        time.sleep(0.01)
    return None


def _files(before: dict[int, str]) -> str | None:
    opened = [target for descriptor, target in sorted(open_files().items()) if before.get(descriptor) != target and target not in HARMLESS]
    # A mapped file is read by address, not by position.
    maps = (_SELF / "maps").read_text(errors="replace") if opened else ""
    shared = [target for target in opened if not any(line.endswith(" " + target) for line in maps.splitlines())]
    return f"load() leaves open what processes cannot share: {', '.join(shared[:3])}" if shared else None


def _children() -> str | None:
    path = _SELF / "task" / str(os.getpid()) / "children"
    pids = path.read_text().split() if path.exists() else []
    return f"load() leaves a process running ({', '.join(pids[:3])})" if pids else None


def _prctl(option: int, value: int) -> bool:
    try:
        from ctypes import CDLL

        return int(CDLL(None).prctl(option, value, 0, 0, 0)) == 0
    except (ImportError, OSError, AttributeError):
        return False
