"""Keeps what it is sent: {"keep": bytes}. Raises MemoryError for {"memory": true}."""

import os


class Model:
    def load(self, model_dir):
        self.kept = []

    def predict(self, input):
        if "memory" in input:
            raise MemoryError("no room for the activations")
        self.kept.append(bytearray(os.urandom(1024)) * (input.get("keep", 0) // 1024))
        return os.getpid()
