"""Run with `python -m pytest` where scikit-learn is installed."""

import json
from pathlib import Path

import inference
import train

HERE = Path(__file__).parent


def test_the_sample_is_a_customer_who_leaves(tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("SM_CHANNEL_TRAIN", str(HERE / "data"))
    monkeypatch.setenv("SM_MODEL_DIR", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["train.py", "--strength", "0.5"])
    train.main()
    request = inference.input_fn((HERE / "sample.json").read_text(), "application/json")
    body, content_type = inference.output_fn(inference.predict_fn(request, inference.model_fn(str(tmp_path))), "application/json")
    assert (json.loads(body)["leaves"], content_type) == ("yes", "application/json")
    assert float(capsys.readouterr().out.split("accuracy=")[1].split(";")[0]) > 0.9
