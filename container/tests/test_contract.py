"""The check of model.py at boot."""

from types import ModuleType

import pytest

from slipway_kit.contract import find_model_class
from slipway_kit.errors import ContractError


def module(source: str) -> ModuleType:
    made = ModuleType("model")
    exec(compile(source, "model.py", "exec"), made.__dict__)
    return made


def refusal(source: str) -> str:
    with pytest.raises(ContractError) as raised:
        find_model_class(module(source))
    return str(raised.value)


LOAD = "    def load(self, model_dir): ...\n"
PREDICT = "    def predict(self, input): ...\n"


def test_the_smallest_model_fulfils_the_contract() -> None:
    found = find_model_class(module("class Model:\n" + LOAD + PREDICT))
    assert (found.type.__name__, found.predicts_async, found.trains) == ("Model", False, False)


def test_an_async_predict_and_a_fit_are_recognised() -> None:
    source = "class Model:\n" + LOAD + "    async def predict(self, input): ...\n    def fit(self, ctx): ...\n"
    found = find_model_class(module(source))
    assert (found.predicts_async, found.trains) == (True, True)


def test_static_methods_other_argument_names_and_optional_arguments_are_accepted() -> None:
    source = (
        "class Model:\n    @staticmethod\n    def load(path): ...\n    def predict(self, request, /, top=3, *rest): ...\n"
        "    @classmethod\n    def fit(cls, ctx): ...\n"
    )
    assert find_model_class(module(source)).trains


def test_the_only_class_with_predict_is_taken_and_one_named_model_wins() -> None:
    assert find_model_class(module("class Forest:\n" + LOAD + PREDICT + "class Leaf: ...\n")).type.__name__ == "Forest"
    two = "class Forest:\n" + LOAD + PREDICT + "class Model:\n" + LOAD + PREDICT
    assert find_model_class(module(two)).type.__name__ == "Model"


def test_several_classes_with_predict_are_named() -> None:
    two = "class Forest:\n" + LOAD + PREDICT + "class Tree:\n" + LOAD + PREDICT
    assert refusal(two) == "model.py has several classes with predict(): Forest, Tree; name the one to serve `Model`"


def test_no_class_at_all_says_what_to_write() -> None:
    message = refusal("def predict(input): ...\n")
    assert message.startswith("model.py has no class with predict() (it defines no class); write\n    class Model:\n")
    assert "it defines Forest" in refusal("class Forest: ...\n")


def test_every_wrong_method_is_quoted_with_its_line_and_the_right_form() -> None:
    source = (
        "class Model:\n    def __init__(self, path): ...\n    def load(self): ...\n"
        "    def predict(self, input, context): ...\n    async def fit(self, ctx): ...\n"
    )
    assert refusal(source).splitlines() == [
        "class Model in model.py does not fulfil the model contract:",
        "  found `def load(self)` on line 3, expected `def load(self, model_dir)`; it reads what fit() saved from model_dir, a pathlib.Path",
        "  found `def predict(self, input, context)` on line 4, expected `def predict(self, input)`; it answers one decoded request",
        "  found `async def fit(self, ctx)` on line 5, expected `def fit(self, ctx)`; it trains and saves into ctx.model_dir; "
        "only predict() may be async",
        "  found `def __init__(self, path)` on line 2, expected `def __init__(self)`: the model is made without arguments; "
        "do the work in load() or fit()",
    ]


def test_what_is_missing_or_no_method_is_named() -> None:
    assert refusal("class Model:\n" + LOAD).splitlines()[1] == (
        "  predict() is missing: add `def predict(self, input)`; it answers one decoded request"
    )
    assert refusal("class Model:\n    load = 3\n" + PREDICT).splitlines()[1].startswith("  load is of type int, not a method")


def test_a_generator_may_answer_but_not_load_or_train() -> None:
    streaming = find_model_class(module("class Model:\n" + LOAD + "    async def predict(self, input):\n        yield 1\n"))
    assert streaming.predicts_async
    assert not find_model_class(module("class Model:\n" + LOAD + "    def predict(self, input):\n        yield 1\n")).predicts_async
    assert "only predict() may `yield`" in refusal("class Model:\n    def load(self, model_dir):\n        yield 1\n" + PREDICT)


def test_an_async_predict_has_no_use_for_predict_batch() -> None:
    source = "class Model:\n" + LOAD + "    async def predict(self, input): ...\n    def predict_batch(self, inputs): ...\n"
    assert "found predict_batch() beside an async predict()" in refusal(source)


@pytest.mark.parametrize(
    ("written", "more"),
    [
        ("def predict_batch(self)", ""),
        ("def predict_batch(self, inputs, context)", ""),
        ("async def predict_batch(self, inputs)", "; only predict() may be async"),
        ("def predict_batch(self, inputs: dict[str, int])", "; inputs is a list of requests, but is annotated as dict"),
        ("def predict_batch(self, inputs) -> str", "; what it returns is a list of answers, but is annotated as str"),
        ("def predict_batch(self, inputs: list) -> None", "; what it returns is a list of answers, but is annotated as NoneType"),
    ],
)
def test_a_wrong_predict_batch_is_quoted_with_the_right_one(written: str, more: str) -> None:
    assert refusal("class Model:\n" + LOAD + PREDICT + f"    {written}: ...\n").splitlines()[1:] == [
        f"  found `{written}` on line 4, expected `def predict_batch(self, inputs)`; "
        f"it answers a list of decoded requests with a list of answers{more}"
    ]


@pytest.mark.parametrize(
    "written", ["inputs: list[dict]) -> list[str]", "inputs: 'Unknown') -> 'list[Unknown]'", "inputs: Sequence) -> Any", "*inputs)"]
)
def test_a_predict_batch_that_may_be_right_is_accepted(written: str) -> None:
    source = "from collections.abc import Sequence\nfrom typing import Any\nclass Model:\n" + LOAD + PREDICT
    assert find_model_class(module(source + f"    def predict_batch(self, {written}: ...\n")).type.__name__ == "Model"
