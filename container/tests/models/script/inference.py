"""A script as SageMaker's own containers take it."""

import json
import pathlib


def model_fn(model_dir):
    return pathlib.Path(model_dir).name


def input_fn(request_body, content_type):
    return json.loads(request_body) | {"type": content_type}


def predict_fn(input_object, model, context):
    return {"model": model, "input": input_object, "dir": pathlib.Path(context.system_properties["model_dir"]).name}


def output_fn(prediction, accept):
    if accept == "text/plain":
        return str(prediction["input"]["n"]), "text/plain"
    return json.dumps(prediction)
