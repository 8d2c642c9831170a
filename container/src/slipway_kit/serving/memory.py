"""How much memory this process takes."""

import os
from pathlib import Path

_STATM = Path("/proc/self/statm")


def resident_bytes() -> int:
    """Resident memory of its own: what it shares with other processes (libraries, a model loaded before a fork) does not count. 0 where unknown."""
    try:
        _, resident, shared, *_ = _STATM.read_text().split()
        return (int(resident) - int(shared)) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 0
