"""Serves model.joblib, which was trained elsewhere. requirements.txt must name the versions that it was saved with."""

import joblib
import numpy as np


class Model:
    def load(self, model_dir):
        self.model = joblib.load(model_dir / "model.joblib")

    def predict(self, input):
        """`input` is {"instances": [[...], ...]}: one list of features for each row."""
        return {"predictions": np.asarray(self.model.predict(np.array(input["instances"]))).tolist()}
