"""load() ends its process the way the kernel does when memory is out."""

import os
import signal


class Model:
    def load(self, model_dir):
        os.kill(os.getpid(), signal.SIGKILL)

    def predict(self, input):
        return input
