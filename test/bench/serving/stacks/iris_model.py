"""The project's Iris model, one request at a time, for servers that know nothing of it."""

import importlib.util
import os
from pathlib import Path

spec = importlib.util.spec_from_file_location("model", os.environ["IRIS_CODE"] + "/model.py")
module = importlib.util.module_from_spec(spec)
spec.loader.exec_module(module)
model = module.Model()
model.load(Path(os.environ["IRIS_MODEL"]))
predict = model.predict
predict_batch = model.predict_batch
