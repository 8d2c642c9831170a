"""Notes the id of each request it begins, those of a batch on one line. {"how": "sleep"} hangs, {"how": "seize"} with the interpreter held in C."""

import ctypes
import os
import time


class Model:
    def load(self, model_dir):
        self.path, self.begun = model_dir / "begun", None
        if not os.environ.get("SHARED"):
            self.open()  # which keeps workers from sharing the model
        self.pause = float(os.environ.get("PAUSE", "0"))

    def open(self):
        self.begun = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def answer(self, inputs):
        if self.begun is None:
            self.open()
        os.write(self.begun, (",".join(str(each["id"]) for each in inputs) + "\n").encode())
        time.sleep(self.pause)
        for each in inputs:
            if each.get("how") == "sleep":
                time.sleep(3600)
            if each.get("how") == "seize":
                ctypes.PyDLL(None).pause()
        return [{"id": each["id"], "pid": os.getpid()} for each in inputs]

    def predict(self, input):
        return self.answer([input])[0]

    if os.environ.get("BATCHES"):

        def predict_batch(self, inputs):
            return self.answer(inputs)
