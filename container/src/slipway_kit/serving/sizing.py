"""How many workers an instance carries, and how many threads each may use for linear algebra."""

import os
from pathlib import Path

# Interpreter, numpy and scikit-learn together take about 130 MB in each worker.
WORKER_FLOOR_BYTES = 256 * 1024 * 1024
# A model usually takes more memory than its files: unpickled, and with its library's buffers.
MEMORY_PER_FILE_BYTE = 4
THREAD_VARIABLES = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def usable_cpus() -> int:
    """Cores this process may use: its CPU affinity, cut by a cgroup quota when there is one."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text().split()[:2]
        if quota != "max":
            cores = min(cores, max(1, int(quota) // int(period)))
    except (OSError, ValueError):
        pass  # no cgroup v2 here: affinity alone decides
    return max(1, cores)


def memory_bytes() -> int:
    """Memory of the container when it is limited, else of the machine."""
    try:
        machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        limit = Path("/sys/fs/cgroup/memory.max").read_text().strip()
        return min(machine, int(limit)) if limit != "max" else machine
    except (OSError, ValueError):
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def default_workers(model_dir: Path) -> int:
    """One worker per core, fewer when that many copies of the model would take over half of the memory; one on a GPU instance."""
    if Path("/dev/nvidia0").exists():
        return 1
    files = sum(entry.stat().st_size for entry in model_dir.rglob("*") if entry.is_file()) if model_dir.is_dir() else 0
    fits = memory_bytes() // 2 // max(WORKER_FLOOR_BYTES, files * MEMORY_PER_FILE_BYTE)
    return max(1, min(usable_cpus(), fits))


def limit_threads(workers: int) -> None:
    """Share the cores between workers. Must run before numpy is imported; what the user has set stays."""
    share = str(max(1, usable_cpus() // workers))
    for name in THREAD_VARIABLES:
        os.environ.setdefault(name, share)
