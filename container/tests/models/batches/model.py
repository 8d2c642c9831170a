"""Doubles numbers, together or alone; says how many came together. Refuses what is negative."""

import threading


class Model:
    def load(self, model_dir):
        self.sizes = []
        self.gate = model_dir.parent

    def predict(self, input):
        if input == "sizes":
            return self.sizes
        if isinstance(input, str):
            (self.gate / "begun").touch()
            while not (self.gate / input).exists():
                threading.Event().wait(0.005)
            return input
        if input < 0:
            raise ValueError(f"{input} is negative")
        return input * 2

    def predict_batch(self, inputs):
        self.sizes.append(len(inputs))
        return [self.predict(each) for each in inputs]
