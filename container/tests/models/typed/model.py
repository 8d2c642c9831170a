"""Says what it got: a dataclass."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Flower:
    petal_length: float
    petal_width: float
    name: str = "unknown"


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input: Flower):
        return [type(input).__name__, input.petal_length, input.petal_width, input.name]
