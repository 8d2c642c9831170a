"""What model.py must offer, checked before anything runs.

A class named `Model`, or the only class defined in model.py that has a `predict`:

    class Model:
        def load(self, model_dir: pathlib.Path) -> None: ...
        def predict(self, input): ...            # or `async def predict`
        def predict_batch(self, inputs): ...     # optional: a list of requests that wait at once, for a list of answers
        def fit(self, ctx): ...                  # optional: needed for training only

A generator streams its answer. A module with the functions of SageMaker's serving scripts (model_fn, predict_fn, …) will do as well.
"""

import inspect
import typing
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import FunctionType, ModuleType, NoneType

from slipway_kit.errors import ContractError
from slipway_kit.functions import check_functions, functions_of, model_type, quote

__all__ = ["MethodRule", "ModelClass", "example", "find_model_class", "quote"]


@dataclass(frozen=True)
class MethodRule:
    """One method of the contract: its right form, and whether a class may go without it or declare it `async`."""

    name: str
    form: str
    purpose: str
    required: bool = True
    may_be_async: bool = False
    more_by_name: bool = False
    """It may declare further parameters, with an annotation or a default: they are passed by name."""


RULES = (
    MethodRule("load", "def load(self, model_dir)", "reads what fit() saved from model_dir, a pathlib.Path"),
    MethodRule("predict", "def predict(self, input)", "answers one decoded request", may_be_async=True),
    MethodRule("predict_batch", "def predict_batch(self, inputs)", "answers a list of decoded requests with a list of answers", required=False),
    MethodRule("fit", "def fit(self, ctx)", "trains and saves into ctx.model_dir", required=False, more_by_name=True),
)


NO_LISTS = (str, bytes, bool, int, float, complex, dict, set, frozenset, NoneType)
"""Types that are no list of requests or answers, whatever is in them."""


@dataclass(frozen=True)
class ModelClass:
    """A class that fulfils the contract."""

    type: type
    predicts_async: bool
    trains: bool
    decodes: bool = False
    """It gets requests as they came, and reads them itself."""


def find_model_class(module: ModuleType) -> ModelClass:
    """The model class of a loaded model.py.

    Raises ContractError: no such class, several, or methods whose signatures do not fit (all of them at once).
    """
    file = Path(getattr(module, "__file__", None) or "model.py").name
    functions = functions_of(module)
    if functions:
        check_functions(module, functions, file)
        made, asynchronous = model_type(functions)
        return ModelClass(made, asynchronous, trains=False, decodes=True)
    cls = _choose(module, file)
    faults = [fault for rule in RULES for fault in _check(cls, rule)]
    faults += _check_constructor(cls)
    predict = _method(cls, "predict")
    if (inspect.iscoroutinefunction(predict) or inspect.isasyncgenfunction(predict)) and hasattr(cls, "predict_batch"):
        faults.append("  found predict_batch() beside an async predict(), whose calls run all at once already: leave one of them out")
    if faults:
        raise ContractError(f"class {cls.__name__} in {file} does not fulfil the model contract:\n" + "\n".join(faults))
    return ModelClass(cls, inspect.iscoroutinefunction(predict) or inspect.isasyncgenfunction(predict), hasattr(cls, "fit"))


def _choose(module: ModuleType, file: str) -> type:
    named = getattr(module, "Model", None)
    if inspect.isclass(named):
        return named
    own = [value for value in vars(module).values() if inspect.isclass(value) and value.__module__ == module.__name__]
    candidates = [cls for cls in own if callable(getattr(cls, "predict", None))]
    if len(candidates) == 1:
        return candidates[0]
    if candidates:
        names = ", ".join(cls.__name__ for cls in candidates)
        raise ContractError(f"{file} has several classes with predict(): {names}; name the one to serve `Model`")
    found = f"it defines {', '.join(cls.__name__ for cls in own)}" if own else "it defines no class"
    raise ContractError(f"{file} has no class with predict() ({found}); write\n{example()}")


def example() -> str:
    """The smallest model.py, for error messages."""
    return "    class Model:\n        def load(self, model_dir):\n            ...\n\n        def predict(self, input):\n            return {}"


def _method(cls: type, name: str) -> object:
    """The function behind a method, whatever decorates it as static or class method."""
    found = inspect.getattr_static(cls, name, None)
    return found.__func__ if isinstance(found, staticmethod | classmethod) else found


def _check(cls: type, rule: MethodRule) -> list[str]:
    found = inspect.getattr_static(cls, rule.name, None)
    function = _method(cls, rule.name)
    if found is None:
        return [f"  {rule.name}() is missing: add `{rule.form}`; it {rule.purpose}"] if rule.required else []
    if not callable(function):
        return [f"  {rule.name} is of type {type(function).__name__}, not a method: write `{rule.form}`; it {rule.purpose}"]
    wrong = f"{_found(function)}, expected `{rule.form}`; it {rule.purpose}"
    receivers = 0 if isinstance(found, staticmethod) else 1
    try:
        signature = inspect.signature(function)
        by_name = _declared_by_name(signature, receivers + 1) if rule.more_by_name else {}
        signature.bind(*[object()] * (receivers + 1), **by_name)
    except TypeError:
        return [wrong]
    if (inspect.isgeneratorfunction(function) or inspect.isasyncgenfunction(function)) and not rule.may_be_async:
        return [f"{wrong}; only predict() may `yield`"]
    if inspect.iscoroutinefunction(function) and not rule.may_be_async:
        return [f"{wrong}; only predict() may be async"]
    return [f"{wrong}; {fault}" for fault in _no_lists(function)] if rule.name == "predict_batch" else []


def _no_lists(function: Callable[..., object]) -> list[str]:
    """The annotations of predict_batch that rule out a list, the requests' or the answers'. What cannot be resolved says nothing."""
    try:
        hints = typing.get_type_hints(function)
    except (NameError, TypeError, AttributeError):
        return []
    parameters = [name for name in hints if name != "return"][:1]
    places = [(name, f"{name} is a list of requests") for name in parameters] + [("return", "what it returns is a list of answers")]
    wrong = [(what, typing.get_origin(hints[name]) or hints[name]) for name, what in places if name in hints]
    return [f"{what}, but is annotated as {kind.__name__}" for what, kind in wrong if kind in NO_LISTS]


def _declared_by_name(signature: inspect.Signature, positional: int) -> dict[str, object]:
    """Parameters after the positional ones that say their type: a bare name is taken for a misunderstanding of the contract."""
    further = list(signature.parameters.values())[positional:]
    nameable = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return {each.name: object() for each in further if each.kind in nameable and each.annotation is not inspect.Parameter.empty}


def _check_constructor(cls: type) -> list[str]:
    try:
        inspect.signature(cls).bind()
    except TypeError:
        init = inspect.getattr_static(cls, "__init__", None)
        found = _found(init) if callable(init) else "  found a constructor with arguments"
        return [f"{found}, expected `def __init__(self)`: the model is made without arguments; do the work in load() or fit()"]
    except ValueError:  # a class written in C may have no signature to check
        return []
    return []


def _found(function: Callable[..., object]) -> str:
    line = f" on line {function.__code__.co_firstlineno}" if isinstance(function, FunctionType) else ""
    return f"  found `{quote(function)}`{line}"
