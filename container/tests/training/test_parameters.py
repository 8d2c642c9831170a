"""Hyperparameters as parameters of fit()."""

from collections.abc import Callable
from typing import Any, Literal

import pytest

from slipway_kit.errors import ContractError, TrainingInputError
from slipway_kit.training.parameters import arguments, declared


class Fits:
    def alone(self, ctx: object) -> None: ...

    def plain(self, ctx: object, rate: float, C: float = 1.0, max_iter: int = 200, name: str = "", verbose: bool = False) -> None: ...

    def rich(
        self,
        ctx: object,
        *,
        layers: list[int] | None = None,
        weights: dict[str, float] | None = None,
        solver: Literal["saga", 2] = "saga",
    ) -> None: ...

    def open_ended(self, ctx: object, C: float = 1.0, **others: str) -> None: ...

    def impossible(self, ctx: object, a: set[int], b: bytes = b"", c: int | str = 0) -> None: ...


def fit_of(parameters: str) -> Callable[..., object]:
    """A bound fit() written without the annotations that this file's own checks ask for."""
    names: dict[str, Any] = {}
    exec(f"class Model:\n    def fit(self, ctx, {parameters}): ...", names)
    fit: Callable[..., object] = names["Model"]().fit
    return fit


def given(fit: Callable[..., object], **hyperparameters: str) -> dict[str, object]:
    return arguments(declared(fit), hyperparameters)


def test_a_fit_with_ctx_alone_declares_nothing() -> None:
    assert declared(Fits().alone).empty


def test_annotations_convert_and_defaults_are_left_to_python() -> None:
    values = given(Fits().plain, rate="1e-3", max_iter="5", name='"adam"', verbose="true")
    assert values == {"rate": 0.001, "max_iter": 5, "name": "adam", "verbose": True}


def test_lists_objects_literals_and_none_are_read() -> None:
    values = given(Fits().rich, layers="[8, 4]", weights='{"a": 1, "b": 0.5}', solver="2")
    assert values == {"layers": [8, 4], "weights": {"a": 1, "b": 0.5}, "solver": 2}
    assert given(Fits().rich, layers="null", weights="None") == {"layers": None, "weights": None}


def test_the_items_of_a_list_of_lists_are_lists() -> None:
    fit = fit_of("layers: list[list[int]]")
    assert given(fit, layers="[[8], [4, 2]]") == {"layers": [[8], [4, 2]]}
    with pytest.raises(TrainingInputError, match=r"got '\[8\]', expected list\[list\[int\]\]"):
        given(fit, layers="[8]")


def test_without_annotation_the_default_tells_the_type() -> None:
    assert given(fit_of("epochs=3, note=None"), epochs="7", note="x") == {"epochs": 7, "note": "x"}


def test_all_faults_come_at_once_with_the_closest_name() -> None:
    with pytest.raises(TrainingInputError) as raised:
        given(Fits().plain, c="2", max_itre="5", verbose="maybe", zebra="1")
    takes = "(fit() takes rate, C, max_iter, name, verbose)"
    assert str(raised.value).splitlines() == [
        "5 hyperparameters are wrong:",
        f"  hyperparameter 'c' is unknown; did you mean 'C'? {takes}",
        f"  hyperparameter 'max_itre' is unknown; did you mean 'max_iter'? {takes}",
        "  hyperparameter 'verbose': got 'maybe', expected true or false",
        f"  hyperparameter 'zebra' is unknown {takes}",
        "  hyperparameter 'rate' is required (float)",
    ]


@pytest.mark.parametrize(
    ("hyperparameters", "message"),
    [
        ({"layers": "[8, true]"}, "hyperparameter 'layers': got '[8, true]', expected list[int]"),
        ({"weights": '{"a": "b"}'}, "hyperparameter 'weights': got '{\"a\": \"b\"}', expected dict[str, float]"),
        ({"solver": "sag"}, "hyperparameter 'solver': got 'sag', expected one of saga, 2"),
    ],
)
def test_one_fault_stands_alone(hyperparameters: dict[str, str], message: str) -> None:
    with pytest.raises(TrainingInputError) as raised:
        given(Fits().rich, **hyperparameters)
    assert str(raised.value) == message


def test_what_sagemaker_itself_adds_is_not_unknown() -> None:
    assert given(Fits().rich, sagemaker_program="x.py", _tuning_objective_metric="loss", slipway_launcher="torchrun") == {}


def test_others_receive_every_further_hyperparameter_as_a_string() -> None:
    assert given(Fits().open_ended, C="2", anything='"else"', sagemaker_region="r") == {"C": 2.0, "anything": "else"}


def test_annotations_that_no_string_can_become_are_all_named_before_training() -> None:
    with pytest.raises(ContractError) as raised:
        declared(Fits().impossible)
    lines = str(raised.value).splitlines()
    assert lines[0].startswith("`def impossible(ctx: object, a: set[int]")
    assert [line.split(";")[0] for line in lines[1:]] == [
        "  a: set[int] cannot be read from a hyperparameter",
        "  b: bytes cannot be read from a hyperparameter",
        "  c: int | str cannot be read from a hyperparameter",
    ]


def test_an_annotation_that_does_not_exist_at_run_time_is_named() -> None:
    with pytest.raises(ContractError, match="C: Nowhere cannot be read from a hyperparameter"):
        declared(fit_of("C: 'Nowhere' = 1"))
