"""Returns what the request names, in forms that JSON does not know."""

import dataclasses
import datetime


class Array:
    """Has numpy's way of becoming a list."""

    def __init__(self, values):
        self.values = values

    def tolist(self):
        return self.values


@dataclasses.dataclass
class Box:
    left: int
    label: str


ANSWERS = {
    "array": Array([[1.5, 2.5]]),
    "scalar": Array(3),
    "dataclass": Box(1, "cat"),
    "set": {7},
    "keys": {1: "one", 2.5: "two and a half"},
    "date": datetime.date(2024, 2, 29),
    "object": object(),
    "bytes": b"\x00\x01",
    "rows": [{"a": 1, "b": 2}, {"a": 3, "b": 4}],
}


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return ANSWERS[input]
