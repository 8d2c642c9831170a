"""{"hold": file}, {"burn": file}, {"raise": message}, {"exit": code}, {"memory": true}, {"refuse": why}, {"kill": true}."""

import os
import signal
import sys
import time
from pathlib import Path

from slipway_kit import InvalidInput


def hold(file, pause):
    """Say that the call has begun, and stay until the file is there."""
    file.with_suffix(".begun").touch()
    while not file.exists():
        pause()


class Model:
    def load(self, model_dir):
        self.calls = 0

    def predict(self, input):
        self.calls += 1
        if "hold" in input:
            hold(Path(input["hold"]), lambda: time.sleep(0.005))
        if "burn" in input:
            hold(Path(input["burn"]), lambda: sum(range(1000)))
        if "raise" in input:
            raise ValueError(input["raise"])
        if "exit" in input:
            sys.exit(input["exit"])
        if "memory" in input:
            raise MemoryError("no room for the activations")
        if "kill" in input:
            os.kill(os.getpid(), signal.SIGKILL)
        if "refuse" in input:
            raise InvalidInput(input["refuse"])
        return {"pid": os.getpid(), "calls": self.calls}
