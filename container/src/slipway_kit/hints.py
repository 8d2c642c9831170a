"""The annotation of `predict`'s input, as the form a request must have.

dataclasses, TypedDicts, msgspec structs, plain types such as dict[str, float], pydantic models, numpy arrays, pandas data frames, str and bytes.
A request that does not fit is answered 422 with the field, what was received and what is allowed.
"""

import dataclasses
import inspect
import re
import sys
import typing
from collections.abc import Callable
from typing import Any

import msgspec
import msgspec.inspect
import orjson

from slipway_kit import codecs, log
from slipway_kit.errors import UnprocessableInput

Convert = Callable[[Any, str], Any]
"""Takes a decoded request and its content type; raises UnprocessableInput."""
_PATH = re.compile(r"^(.*?)(?: - at `(?:key in )?\$\.?([^`]*)`)?$")
_MISSING = re.compile(r"missing required field `([^`]+)`")


@dataclasses.dataclass(frozen=True)
class Hint:
    """How requests become what an annotation asks for."""

    convert: Convert
    from_json: Callable[[bytes], Any] | None = None
    """Decodes and checks JSON in one go."""
    raw: bool = False
    """The body as it is, whatever its type."""


def hint_of(predict: Callable[..., Any]) -> Hint | None:
    """The hint that the first parameter's annotation gives; None without one, or with one that says nothing about requests."""
    parameters = [name for name in inspect.signature(predict).parameters if name != "self"]
    try:
        annotation = typing.get_type_hints(predict).get(parameters[0])
    except (NameError, TypeError, AttributeError) as error:
        log.warning("hint_ignored", reason=f"the annotation of predict() cannot be read: {error}")
        return None
    if annotation is None or annotation in (Any, object, inspect.Parameter.empty):
        return None
    if annotation is bytes:
        return Hint(lambda value, _kind: value, raw=True)
    if annotation is str:
        return Hint(_text)
    module = (getattr(annotation, "__module__", None) or "").partition(".")[0]
    name = getattr(typing.get_origin(annotation) or annotation, "__name__", "")
    if name == "ndarray" or (module == "numpy" and name in ("NDArray", "ArrayLike")):
        return Hint(_array)
    if module == "pandas" and name == "DataFrame":
        return Hint(_frame)
    if hasattr(annotation, "model_validate_json"):
        return _pydantic(annotation)
    return _typed(annotation)


def _typed(annotation: Any) -> Hint | None:
    try:
        decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(annotation)
        known = not isinstance(msgspec.inspect.type_info(annotation), msgspec.inspect.CustomType)
    except TypeError:
        known = False
    if not known:
        log.warning("hint_ignored", reason=f"the annotation of predict() says nothing about requests: {annotation}")
        return None

    def from_json(body: bytes) -> Any:
        try:
            return decoder.decode(body)
        except msgspec.ValidationError as error:
            raise explain(str(error), orjson.loads(body)) from None

    def convert(value: Any, kind: str) -> Any:
        loose = kind in (codecs.CSV, codecs.FORM_DATA)
        value = _rows(value, annotation) if kind == codecs.CSV else value
        try:
            return msgspec.convert(value, annotation, strict=not loose)
        except msgspec.ValidationError as error:
            raise explain(str(error), value) from None

    return Hint(convert, from_json)


def _rows(rows: Any, annotation: Any) -> Any:
    """CSV: rows get the names of the fields they are to have, and one row is one request."""
    wants_list = typing.get_origin(annotation) is list or annotation is list
    item = (typing.get_args(annotation) or (Any,))[0] if wants_list else annotation
    names = list(typing.get_type_hints(item)) if (isinstance(item, type) and not issubclass(item, list | dict)) or typing.is_typeddict(item) else []
    if names:
        rows = [dict(zip(names, row, strict=True)) if isinstance(row, list) and len(row) == len(names) else row for row in rows]
    return rows[0] if not wants_list and len(rows) == 1 and isinstance(rows[0], dict) else rows


def explain(message: str, value: Any) -> UnprocessableInput:
    """`Expected `float`, got `str` - at `$.petal_length`` with the value it speaks of."""
    found = _PATH.match(message)
    said, path = (found[1], found[2] or "") if found else (message, "")
    missing = _MISSING.search(said)
    received = _at(value, path)
    if missing is not None:
        path = f"{path}.{missing[1]}" if path else missing[1]
        allowed, shown = "a value: the field is required", f"no such field among {', '.join(received)}" if isinstance(received, dict) else "nothing"
    else:
        allowed, shown = said.partition(", got ")[0].removeprefix("Expected ").replace("`", ""), _shown(received)
    place = path or "the request"
    return UnprocessableInput(f"{place}: received {shown}, expected {allowed}", field=path, received=shown, allowed=allowed)


def _at(value: Any, path: str) -> Any:
    for key, index in re.findall(r"([^.\[\]]+)|\[(\d+|\.\.\.)\]", path):
        try:
            value = value[int(index)] if index.isdecimal() else value[key]
        except (KeyError, IndexError, TypeError, ValueError):
            return value
    return value


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."


def _pydantic(model: Any) -> Hint:
    error_type: Any = sys.modules["pydantic"].ValidationError

    def checked(validate: Callable[[Any], Any], value: Any) -> Any:
        try:
            return validate(value)
        except error_type as error:
            first: dict[str, Any] = error.errors()[0]
            path = ".".join(str(part) for part in first["loc"])
            shown = _shown(first["input"])
            place = path or "the request"
            raise UnprocessableInput(f"{place}: received {shown}: {first['msg']}", field=path, received=shown, allowed=first["msg"]) from None

    return Hint(lambda value, kind: checked(model.model_validate, _rows(value, model) if kind == codecs.CSV else value))


def _text(value: Any, kind: str) -> str:
    if isinstance(value, str):
        return value
    shown = _shown(value)
    raise UnprocessableInput(f"the request: received {shown} as {kind}, expected text", field="", received=shown, allowed="text")


def _array(value: Any, _kind: str) -> Any:
    np = sys.modules["numpy"]
    if hasattr(value, "to_pydict"):
        value = list(zip(*value.to_pydict().values(), strict=True))
    if isinstance(value, list) and value and all(isinstance(row, dict) for row in value):
        value = [list(row.values()) for row in value]
    try:
        array = np.asarray(value)
    except ValueError:
        array = None
    if array is None or array.dtype.kind not in "biufc":
        shown = _shown(value)
        raise UnprocessableInput(
            f"the request: received {shown}, expected an array of numbers", field="", received=shown, allowed="an array of numbers"
        )
    return array


def _frame(value: Any, _kind: str) -> Any:
    pandas = sys.modules["pandas"]
    try:
        return value.to_pandas() if hasattr(value, "to_pandas") else pandas.DataFrame([value] if isinstance(value, dict) else value)
    except (ValueError, TypeError, AttributeError) as error:
        shown = _shown(value)
        raise UnprocessableInput(f"the request: received {shown}, expected a table: {error}", field="", received=shown, allowed="a table") from None
