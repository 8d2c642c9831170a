"""Trains in SageMaker's script mode: an encoder of reviews and the vectors of all reviews in the channel `train`."""

import argparse
import csv
import json
import os
from pathlib import Path

import encoders
import numpy as np


def rows(folder, name):
    with open(Path(folder) / name, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def precision(encoder, vectors, reviews, queries, n_items):
    """Share of the nearest reviews that are of the product a query is about."""
    found = np.argsort(-(encoder.encode([each["query"] for each in queries]) @ vectors.T), axis=1, kind="stable")[:, :n_items]
    right = [reviews[index]["product"] == queries[row]["product"] for row, nearest in enumerate(found) for index in nearest]
    return sum(right) / len(right)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dimensions", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    reviews = rows(os.environ["SM_CHANNEL_TRAIN"], "reviews.csv")
    model_dir = Path(os.environ["SM_MODEL_DIR"])
    texts = [f"{row['product']}: {row['review']}" for row in reviews]
    weights = os.environ.get("SM_CHANNEL_ENCODER")  # Sentence-BERT's, when they are given as a channel
    encoder = encoders.LatentSemantic.fit(texts, args.dimensions, args.seed) if weights is None else encoders.SentenceBert(weights)
    encoder.save(model_dir)
    vectors = encoder.encode(texts)
    np.save(model_dir / "vectors.npy", vectors)
    (model_dir / "reviews.json").write_text(json.dumps(reviews), encoding="utf-8")
    print(f"reviews={len(reviews)};")
    if "SM_CHANNEL_EVAL" in os.environ:
        queries = rows(os.environ["SM_CHANNEL_EVAL"], "queries.csv")
        print(f"precision={precision(encoder, vectors, reviews, queries, 3):.3f};")


if __name__ == "__main__":
    main()
