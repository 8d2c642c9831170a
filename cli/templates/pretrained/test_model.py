"""Run with `python -m pytest` in this folder."""

import json
from pathlib import Path

from model import Model

HERE = Path(__file__).parent


def test_the_sample_is_answered():
    model = Model()
    model.load(HERE / "artifact")
    assert model.predict(json.loads((HERE / "sample.json").read_text())) == {"y": 7.0}
