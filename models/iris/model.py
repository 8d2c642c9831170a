"""Iris species from two petal measurements, by logistic regression."""

import csv

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score

FEATURES = ("petal_length", "petal_width")


class Model:
    def load(self, model_dir):
        self.classifier = joblib.load(model_dir / "iris.joblib")

    def predict(self, input):
        return self.predict_batch([input])[0]

    def predict_batch(self, inputs):
        rows = [[each[name] for name in FEATURES] for each in inputs]
        probabilities = self.classifier.predict_proba(np.array(rows, dtype=np.float64)).tolist()
        classes = self.classifier.classes_.tolist()
        return [
            {"category": classes[max(range(len(row)), key=row.__getitem__)], "probabilities": dict(zip(classes, row, strict=True))}
            for row in probabilities
        ]

    def fit(self, ctx, C: float = 1.0, max_iter: int = 200):
        with open(ctx.channels["train"] / "iris.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        features = np.array([[float(row[name]) for name in FEATURES] for row in rows])
        species = np.array([row["species"] for row in rows])
        classifier = LogisticRegression(C=C, max_iter=max_iter, random_state=0)
        ctx.metric("accuracy", cross_val_score(classifier, features, species, cv=5).mean())
        classifier.fit(features, species)
        joblib.dump(classifier, ctx.model_dir / "iris.joblib")
