"""Serves with SageMaker's four functions: the reviews nearest to a query."""

import json
from pathlib import Path

import encoders
import numpy as np


def model_fn(model_dir):
    folder = Path(model_dir)
    reviews = json.loads((folder / "reviews.json").read_text(encoding="utf-8"))
    return encoders.load(folder), np.load(folder / "vectors.npy"), reviews


def input_fn(body, content_type):
    if content_type.split(";")[0] != "application/json":
        raise ValueError(f"content type {content_type} is not application/json")
    request = json.loads(body)
    if not isinstance(request.get("query"), str):
        raise ValueError("query: expected text")
    n_items = request.get("n_items", 5)
    if not isinstance(n_items, int) or n_items < 1:
        raise ValueError(f"n_items: received {n_items!r}, expected a whole number of 1 or more")
    return request["query"], n_items


def predict_fn(request, model):
    (query, n_items), (encoder, vectors, reviews) = request, model
    scores = vectors @ encoder.encode([query])[0]  # all of length 1: the cosines of the angles between them
    nearest = np.argsort(-scores, kind="stable")[:n_items]
    return [{**reviews[index], "stars": int(reviews[index]["stars"]), "score": round(float(scores[index]), 3)} for index in nearest]


def output_fn(nearest, accept):
    return json.dumps({"reviews": nearest}), "application/json"
