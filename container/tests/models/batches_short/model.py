"""Doubles numbers; together it forgets the last one. Waits at `go` for a file of that name."""

import threading


class Model:
    def load(self, model_dir):
        self.gate = model_dir.parent

    def predict(self, input):
        if input == "go":
            (self.gate / "begun").touch()
            while not (self.gate / "go").exists():
                threading.Event().wait(0.005)
            return input
        return input * 2

    def predict_batch(self, inputs):
        return [self.predict(each) for each in inputs[:-1]]
