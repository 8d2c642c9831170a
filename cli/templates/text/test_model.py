"""Run with `python -m pytest` in this folder."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from model import Model

HERE = Path(__file__).parent


def test_the_sample_is_about_a_delivery(tmp_path):
    metrics = {}
    context = SimpleNamespace(channels={"train": HERE / "data"}, model_dir=tmp_path, metric=metrics.__setitem__)
    model = Model()
    model.fit(context)
    model.load(tmp_path)
    answer = model.predict(json.loads((HERE / "sample.json").read_text()))
    assert answer["label"] == "delivery"
    assert sum(answer["probabilities"].values()) == pytest.approx(1)
    assert metrics == {"rows": 20}
