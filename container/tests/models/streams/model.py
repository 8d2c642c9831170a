"""Streams the items it is sent; {"wait": file} waits for a file, {"raise": why} raises. Notes when a stream has ended."""

import time
from pathlib import Path


class Model:
    def load(self, model_dir):
        self.ended = model_dir.parent / "ended"

    def predict(self, input):
        if input == "plain":
            return "not a stream"
        return self.items(input)

    def items(self, input):
        try:
            for item in input:
                if isinstance(item, dict) and "wait" in item:
                    while not Path(item["wait"]).exists():
                        time.sleep(0.005)
                    continue
                if isinstance(item, dict) and "raise" in item:
                    raise ValueError(item["raise"])
                if isinstance(item, dict) and "repeat" in item:
                    yield from ("x" * 65536 for _ in range(item["repeat"]))
                    continue
                yield item
        finally:
            self.ended.touch()
