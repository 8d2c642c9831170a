"""SageMaker hands every hyperparameter over as a string; here they become what fit() asked for."""

import json
import math

import orjson

from slipway_kit.errors import TrainingInputError

HyperparameterType = type[bool] | type[int] | type[float] | type[str] | type[list[object]] | type[dict[str, object]]

BOOLEANS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}


def convert(name: str, text: str, kind: HyperparameterType) -> object:
    """Read one hyperparameter.

    The SageMaker SDK writes strings with their JSON quotes (`"\\"adam\\""`): they are taken off.
    Raises TrainingInputError naming the hyperparameter, what was given and what is expected.
    """
    bare = unquoted(text)
    if kind is str:
        return bare
    if kind is bool:
        return _checked(BOOLEANS.get(bare.strip().lower()), name, text, "true or false")
    if kind is int:
        return _checked(_number(int, bare), name, text, "a whole number")
    if kind is float:
        return _checked(_number(float, bare), name, text, "a number")
    expected = "a JSON list" if kind is list else "a JSON object"
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        value = None
    return _checked(value if isinstance(value, kind) else None, name, text, expected)


def is_reserved(name: str) -> bool:
    """Whether SageMaker's SDK, its tuner or the kit itself put it there: not a hyperparameter of the model."""
    return name.startswith(("sagemaker_", "slipway_", "_tuning_"))


def unquoted(text: str) -> str:
    """Without the JSON quotes that the SageMaker SDK writes around strings."""
    if len(text) >= 2 and text[0] == text[-1] == '"':
        try:
            value = orjson.loads(text)
        except orjson.JSONDecodeError:
            return text
        return value if isinstance(value, str) else text
    return text


def decoded(text: str) -> object:
    """The JSON value that SageMaker's framework containers read a hyperparameter as; the string itself when it is none."""
    try:
        value: object = json.loads(text)
    except ValueError:
        return text
    return value


def _number(kind: type[int] | type[float], text: str) -> float | int | None:
    try:
        number = kind(text)
    except ValueError:
        return None
    return None if math.isnan(number) else number


def _checked(value: object, name: str, text: str, expected: str) -> object:
    if value is None:
        raise TrainingInputError(f"hyperparameter {name!r}: got {text!r}, expected {expected}")
    return value
