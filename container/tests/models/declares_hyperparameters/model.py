"""Its hyperparameters are the parameters of fit()."""

import json
from typing import Literal


class Model:
    def load(self, model_dir):
        self.saved = json.loads((model_dir / "saved.json").read_text())

    def predict(self, input):
        return self.saved

    def fit(
        self,
        ctx,
        rate: float,
        C: float = 1.0,
        max_iter=200,
        layers: list[int] = (8,),
        solver: Literal["lbfgs", "saga"] = "lbfgs",
        seed: int | None = 0,
        verbose: bool = False,
    ):
        saved = {"rate": rate, "C": C, "max_iter": max_iter, "layers": layers, "solver": solver, "seed": seed, "verbose": verbose}
        (ctx.model_dir / "saved.json").write_text(json.dumps(saved))
