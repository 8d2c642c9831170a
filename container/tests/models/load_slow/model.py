"""load() holds the interpreter, as the import of a large library does, until there is a file `go` in the model directory."""

import os


class Model:
    def load(self, model_dir):
        (model_dir / "pid.part").write_text(str(os.getpid()))
        (model_dir / "pid.part").rename(model_dir / "pid")
        while not (model_dir / "go").exists():
            sum(range(1000))

    def predict(self, input):
        return "loaded"
