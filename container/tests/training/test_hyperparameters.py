"""Strings to what fit() asks for."""

import pytest

from slipway_kit.errors import TrainingInputError
from slipway_kit.training.hyperparameters import HyperparameterType, convert


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("0.5", float, 0.5),
        ("1e-3", float, 0.001),
        ("inf", float, float("inf")),
        ("12", int, 12),
        ("-1", int, -1),
        ("true", bool, True),
        ("False", bool, False),
        ("0", bool, False),
        ("adam", str, "adam"),
        ("12", str, "12"),
        ('"adam"', str, "adam"),
        ('"0.5"', float, 0.5),
        ("[8, 4]", list, [8, 4]),
        ('{"a": 1}', dict, {"a": 1}),
        ("", str, ""),
        ('"', str, '"'),
    ],
)
def test_a_string_becomes_what_is_asked_for(text: str, kind: HyperparameterType, expected: object) -> None:
    value = convert("x", text, kind)
    assert (value, type(value)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("text", "kind", "expected"),
    [
        ("fast", float, "a number"),
        ("nan", float, "a number"),
        ("1.5", int, "a whole number"),
        ("", int, "a whole number"),
        ("maybe", bool, "true or false"),
        ("8,4", list, "a JSON list"),
        ("[1]", dict, "a JSON object"),
    ],
)
def test_a_string_that_is_not_what_is_asked_for_is_named_with_its_value(text: str, kind: HyperparameterType, expected: str) -> None:
    with pytest.raises(TrainingInputError) as raised:
        convert("rate", text, kind)
    assert str(raised.value) == f"hyperparameter 'rate': got {text!r}, expected {expected}"
