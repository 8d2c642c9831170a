"""{"how": "kill"} ends the process while the request is decoded."""

import os
import signal
from dataclasses import dataclass


@dataclass
class Input:
    how: str

    def __post_init__(self):
        if self.how == "kill":
            os.kill(os.getpid(), signal.SIGKILL)


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input: Input):
        return input.how
