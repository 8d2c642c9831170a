"""Serves what train.py saved."""

import json
import pathlib


def model_fn(model_dir):
    return json.loads((pathlib.Path(model_dir) / "told-0.json").read_text())


def predict_fn(input_object, model):
    return model["rows"]
