"""Run with `python -m pytest` where the packages of requirements.txt are installed."""

import json
from pathlib import Path
from types import SimpleNamespace

from model import Model

HERE = Path(__file__).parent


def test_the_sample_is_answered_with_a_rent_near_those_of_such_flats(tmp_path):
    metrics = {}
    context = SimpleNamespace(channels={"train": HERE / "data"}, model_dir=tmp_path, metric=metrics.__setitem__)
    model = Model()
    model.fit(context)
    model.load(tmp_path)
    answer = model.predict(json.loads((HERE / "sample.json").read_text()))
    assert 800 < answer["rent"] < 1200
    assert metrics["r2"] > 0.9
