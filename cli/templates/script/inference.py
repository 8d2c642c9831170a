"""Serves with SageMaker's functions, as its own containers do."""

import json
import os

import joblib

FEATURES = ("months", "calls")


def model_fn(model_dir):
    return joblib.load(os.path.join(model_dir, "model.joblib"))


def input_fn(body, content_type):
    request = json.loads(body)
    return [[float(request[name]) for name in FEATURES]]


def predict_fn(rows, classifier):
    [row] = classifier.predict_proba(rows).tolist()
    chances = {label: row[column] for column, label in enumerate(classifier.classes_.tolist())}
    return {"leaves": max(chances, key=chances.get), "chances": chances}


def output_fn(answer, accept):
    return json.dumps(answer), "application/json"
