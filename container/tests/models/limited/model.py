"""Really runs out of memory: in load() when LOADS (bytes) is over its limit, in predict() for {"take": bytes}."""

import os
import resource
from pathlib import Path


class Model:
    def load(self, model_dir):
        with Path("/proc/self/statm").open() as statm:
            taken = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (taken + (256 << 20), resource.RLIM_INFINITY))
        self.weights = bytearray(int(os.environ.get("LOADS", "0")))

    def predict(self, input):
        taken = bytearray(input.get("take", 0))
        return {"pid": os.getpid(), "took": len(taken)}
