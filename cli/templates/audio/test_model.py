"""Run with `python -m pytest` where the packages of requirements.txt and Slipway's kit are installed."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from model import Model
from slipway_kit import InvalidInput

HERE = Path(__file__).parent


def test_the_sample_is_a_bell(tmp_path):
    metrics = {}
    context = SimpleNamespace(channels={"train": HERE / "data"}, model_dir=tmp_path, metric=metrics.__setitem__)
    model = Model()
    model.fit(context)
    model.load(tmp_path)
    answer = model.predict((HERE / "sample.wav").read_bytes())
    assert (answer["kind"], answer["seconds"], metrics) == ("bell", 0.4, {"recordings": 12})
    assert sorted(answer["similarity"]) == ["bell", "hum", "wind"]
    with pytest.raises(InvalidInput, match="expected a WAV file"):
        model.predict(b"no sound")
