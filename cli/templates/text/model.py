"""What a message is about, by naive Bayes over its words. Needs no library."""

import csv
import json
import math
import re
from collections import Counter


def words(text):
    return re.findall(r"\w+", text.lower())


class Model:
    def load(self, model_dir):
        trained = json.loads((model_dir / "model.json").read_text())
        self.priors, self.counts, self.vocabulary = trained["priors"], trained["counts"], trained["vocabulary"]

    def predict(self, input):
        found = words(input["text"])
        scores = {label: self._score(label, found) for label in self.priors}
        highest = max(scores.values())
        weights = {label: math.exp(score - highest) for label, score in scores.items()}
        total = sum(weights.values())
        return {"label": max(scores, key=scores.__getitem__), "probabilities": {label: weight / total for label, weight in weights.items()}}

    def _score(self, label, found):
        counts = self.counts[label]
        size = sum(counts.values()) + self.vocabulary
        return math.log(self.priors[label]) + sum(math.log((counts.get(word, 0) + 1) / size) for word in found)

    def fit(self, ctx):
        with open(ctx.channels["train"] / "train.csv", newline="") as file:
            rows = list(csv.DictReader(file))
        labels = Counter(row["label"] for row in rows)
        counts = {label: Counter(word for row in rows if row["label"] == label for word in words(row["text"])) for label in labels}
        trained = {
            "priors": {label: number / len(rows) for label, number in labels.items()},
            "counts": counts,
            "vocabulary": len(set().union(*counts.values())),
        }
        (ctx.model_dir / "model.json").write_text(json.dumps(trained))
        ctx.metric("rows", len(rows))
