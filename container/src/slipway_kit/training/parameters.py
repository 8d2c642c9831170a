"""Hyperparameters as parameters of fit(): `def fit(self, ctx, C: float = 1.0, layers: list[int] = [8])`.

Their annotations convert the strings of SageMaker; what is unknown, missing or ill-typed is reported all at once.
"""

import difflib
import inspect
import types
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway_kit.contract import quote
from slipway_kit.errors import ContractError, TrainingInputError
from slipway_kit.training.hyperparameters import HyperparameterType, convert, is_reserved, unquoted

EMPTY = inspect.Parameter.empty
PLAIN: tuple[HyperparameterType, ...] = (bool, int, float, str, list, dict)
SUPPORTED = "bool, int, float, str, list, dict, list[int] and the like, Literal[...], or one of these `| None`"


@dataclass(frozen=True)
class Declared:
    """What a fit() declares after ctx."""

    parameters: Mapping[str, tuple[object, object]]
    """Annotation and default of each, by name; EMPTY stands for no default."""
    takes_others: bool
    """It ends in `**others`, which receives every further hyperparameter as a string."""

    @property
    def empty(self) -> bool:
        return not self.parameters and not self.takes_others


def declared(fit: Callable[..., object]) -> Declared:
    """The hyperparameters that a bound fit() declares.

    Raises ContractError naming every annotation that no string can become.
    """
    further = list(inspect.signature(fit).parameters.values())[1:]
    hints = _hints(fit)
    parameters = {
        each.name: (_annotation(each, hints), each.default)
        for each in further
        if each.kind in (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    }
    faults = [
        f"  {name}: {_written(annotation)} cannot be read from a hyperparameter; use {SUPPORTED}"
        for name, (annotation, _) in parameters.items()
        if not _supported(annotation)
    ]
    if faults:
        raise ContractError(f"`{quote(fit)}` declares hyperparameters that cannot be given:\n" + "\n".join(faults))
    return Declared(parameters, any(each.kind is inspect.Parameter.VAR_KEYWORD for each in further))


def arguments(declaration: Declared, given: Mapping[str, str]) -> dict[str, object]:
    """The keyword arguments of fit(): every declared hyperparameter that the job gives, converted; defaults are left to Python.

    Raises TrainingInputError naming all that are unknown (with the closest declared name), missing or ill-typed.
    """
    known = declaration.parameters
    values: dict[str, object] = {}
    faults: list[str] = []
    for name, text in given.items():
        if name in known:
            try:
                values[name] = _read(name, text, known[name][0])
            except TrainingInputError as error:
                faults.append(str(error))
        elif is_reserved(name):
            continue
        elif declaration.takes_others:
            values[name] = unquoted(text)
        else:
            faults.append(_unknown(name, list(known)))
    for name, (annotation, default) in known.items():
        if default is EMPTY and name not in given:
            faults.append(f"hyperparameter {name!r} is required ({_written(annotation)})")
    if len(faults) > 1:
        raise TrainingInputError(f"{len(faults)} hyperparameters are wrong:\n" + "\n".join(f"  {fault}" for fault in faults))
    if faults:
        raise TrainingInputError(faults[0])
    return values


def _unknown(name: str, known: list[str]) -> str:
    folded = {each.lower(): each for each in known}
    close = difflib.get_close_matches(name.lower(), folded, n=1)
    guess = f"; did you mean {folded[close[0]]!r}?" if close else ""
    return f"hyperparameter {name!r} is unknown{guess} (fit() takes {', '.join(known)})"


def _hints(fit: Callable[..., object]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(fit)
    except (NameError, TypeError, AttributeError):  # a name that exists for type checkers only
        return dict(getattr(fit, "__annotations__", {}))


def _annotation(parameter: inspect.Parameter, hints: Mapping[str, object]) -> object:
    """Its annotation; without one the type of its default; else a string, as SageMaker gives it."""
    if parameter.name in hints:
        return hints[parameter.name]
    default = parameter.default
    return type(default) if default is not EMPTY and type(default) in PLAIN else str


def _supported(annotation: object) -> bool:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        arms = _arms(annotation)
        return len(arms) == 1 and _supported(arms[0])
    return annotation in PLAIN or origin in (list, dict, typing.Literal)


def _read(name: str, text: str, annotation: object) -> object:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        return None if text.strip().lower() in ("none", "null") else _read(name, text, _arms(annotation)[0])
    if origin is typing.Literal:
        choices = typing.get_args(annotation)
        for choice in choices:
            if unquoted(text) == str(choice):
                return choice
        raise TrainingInputError(f"hyperparameter {name!r}: got {text!r}, expected one of {', '.join(map(str, choices))}")
    if origin is list or origin is dict:
        value = convert(name, text, list if origin is list else dict)
        item = (*typing.get_args(annotation), object)[-2]
        items = value.values() if isinstance(value, dict) else value
        if isinstance(items, typing.Iterable) and not all(_is(each, item) for each in items):
            raise TrainingInputError(f"hyperparameter {name!r}: got {text!r}, expected {_written(annotation)}")
        return value
    for kind in PLAIN:
        if annotation is kind:
            return convert(name, text, kind)
    return unquoted(text)


def _is(value: object, kind: object) -> bool:
    """Whether a JSON value is of a plain kind; a whole number is a float too, true is no number."""
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    if kind is int:
        return isinstance(value, int) and not isinstance(value, bool)
    plain = typing.get_origin(kind) or kind  # of list[int] its list: what is in it is not looked at
    return not isinstance(plain, type) or isinstance(value, plain)


def _arms(annotation: object) -> list[object]:
    return [arm for arm in typing.get_args(annotation) if arm is not types.NoneType]


def _written(annotation: object) -> str:
    return annotation.__name__ if isinstance(annotation, type) and typing.get_origin(annotation) is None else str(annotation).replace("typing.", "")
