"""Trains in SageMaker's script mode: hyperparameters are arguments, folders are in SM_* variables. Whether a customer leaves."""

import argparse
import csv
import os

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression

FEATURES = ("months", "calls")
TARGET = "leaves"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--strength", type=float, default=1.0)
    args = parser.parse_args()
    with open(os.path.join(os.environ["SM_CHANNEL_TRAIN"], "train.csv"), newline="") as file:
        rows = list(csv.DictReader(file))
    features = np.array([[float(row[name]) for name in FEATURES] for row in rows])
    target = np.array([row[TARGET] for row in rows])
    classifier = LogisticRegression(C=args.strength, random_state=0).fit(features, target)
    print(f"accuracy={classifier.score(features, target)};")
    joblib.dump(classifier, os.path.join(os.environ["SM_MODEL_DIR"], "model.joblib"))


if __name__ == "__main__":
    main()
