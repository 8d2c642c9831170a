"""The functions that Amazon's own serving containers take, as a model: for scripts written for those.

    def model_fn(model_dir): ...                          # the model; required unless it is a TorchScript model.pt
    def input_fn(request_body, content_type): ...         # default: decoded by content type, numbers as a float32 array when numpy is there
    def predict_fn(input_object, model): ...              # default: model.predict(input), or model(input)
    def output_fn(prediction, accept): ...                # default: encoded by Accept; may return a body or (body, content_type)
    def transform_fn(model, request_body, content_type, accept): ...   # instead of the last three

Each may take one more parameter, the context, and may be `async def`.
"""

import difflib
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import FunctionType, ModuleType, SimpleNamespace
from typing import Any

from slipway_kit import codecs
from slipway_kit.errors import ContractError

FORMS = {
    "model_fn": "def model_fn(model_dir)",
    "input_fn": "def input_fn(request_body, content_type)",
    "predict_fn": "def predict_fn(input_object, model)",
    "output_fn": "def output_fn(prediction, accept)",
    "transform_fn": "def transform_fn(model, request_body, content_type, accept)",
}
ARGUMENTS = {"model_fn": 1, "input_fn": 2, "predict_fn": 2, "output_fn": 2, "transform_fn": 4}
REPLACED_BY_TRANSFORM = ("input_fn", "predict_fn", "output_fn")
TORCHSCRIPT = ("model.pt", "model.pth")


@dataclass(frozen=True)
class RawRequest:
    """A request that the model decodes itself."""

    body: bytes
    content_type: str
    accept: str


@dataclass(frozen=True)
class Encoded:
    """An answer that the model has encoded itself."""

    body: bytes
    content_type: str


def functions_of(module: ModuleType) -> dict[str, FunctionType]:
    """The contract's functions that a module defines."""
    return {name: value for name in FORMS if isinstance(value := getattr(module, name, None), FunctionType)}


def check_functions(module: ModuleType, functions: dict[str, FunctionType], file: str) -> None:
    """Raises ContractError: wrong signatures, misspelt names, transform_fn beside what it replaces; all of them at once."""
    faults = [fault for name, function in functions.items() for fault in _check(name, function)]
    beside = [name for name in REPLACED_BY_TRANSFORM if name in functions]
    if "transform_fn" in functions and beside:
        faults.append(f"  transform_fn() does the work of {', '.join(beside)}: define either it or them")
    for name, value in vars(module).items():
        if name in FORMS or not isinstance(value, FunctionType) or value.__module__ != module.__name__:
            continue
        meant = difflib.get_close_matches(name, FORMS, 1, 0.8)
        if meant and meant[0] not in functions:
            faults.append(f"  found `{quote(value)}` on line {value.__code__.co_firstlineno}: did you mean `{FORMS[meant[0]]}`?")
    if faults:
        raise ContractError(f"the functions in {file} do not fulfil the contract of SageMaker's serving scripts:\n" + "\n".join(faults))


def quote(function: Callable[..., object]) -> str:
    """A function's signature as its author wrote it."""
    prefix = "async def" if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function) else "def"
    return f"{prefix} {getattr(function, '__name__', '?')}{inspect.signature(function)}"


def _check(name: str, function: FunctionType) -> list[str]:
    found = f"  found `{quote(function)}` on line {function.__code__.co_firstlineno}, expected `{FORMS[name]}`"
    if not any(_accepts(function, ARGUMENTS[name] + extra) for extra in (0, 1)):
        return [f"{found}, or with one more parameter for the context"]
    if name == "model_fn" and (inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function)):
        return [f"{found}; the model is loaded before anything is served, so it may not be async"]
    return []


def _accepts(function: FunctionType, count: int) -> bool:
    try:
        inspect.signature(function).bind(*[object()] * count)
    except TypeError:
        return False
    return True


class FunctionModel:
    """The functions of a script in the place of a model class."""

    functions: dict[str, FunctionType]

    def load(self, model_dir: Path) -> None:
        self._context = SimpleNamespace(system_properties={"model_dir": str(model_dir), "gpu_id": None})
        self._model = self._run("model_fn", str(model_dir)) if "model_fn" in self.functions else default_model(model_dir)

    def predict(self, request: RawRequest) -> Any:
        if "transform_fn" in self.functions:
            return _encoded(self._run("transform_fn", self._model, request.body, request.content_type, request.accept), request)
        value = self._run("input_fn", request.body, request.content_type) if "input_fn" in self.functions else default_input(request)
        prediction = self._run("predict_fn", value, self._model) if "predict_fn" in self.functions else default_predict(value, self._model)
        if "output_fn" not in self.functions or inspect.isgenerator(prediction):
            return prediction
        return _encoded(self._run("output_fn", prediction, request.accept), request)

    def _run(self, name: str, *arguments: Any) -> Any:
        function = self.functions[name]
        return function(*arguments) if _accepts(function, len(arguments)) else function(*arguments, self._context)


class AsyncFunctionModel(FunctionModel):
    """The same, when one of the functions is async."""

    async def predict(self, request: RawRequest) -> Any:
        if "transform_fn" in self.functions:
            answer = await _waited(self._run("transform_fn", self._model, request.body, request.content_type, request.accept))
            return _encoded(answer, request)
        value = await _waited(self._run("input_fn", request.body, request.content_type)) if "input_fn" in self.functions else default_input(request)
        prediction = self._run("predict_fn", value, self._model) if "predict_fn" in self.functions else default_predict(value, self._model)
        prediction = await _waited(prediction)
        if "output_fn" not in self.functions or inspect.isgenerator(prediction) or inspect.isasyncgen(prediction):
            return prediction
        return _encoded(await _waited(self._run("output_fn", prediction, request.accept)), request)


async def _waited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


def model_type(functions: dict[str, FunctionType]) -> tuple[type[FunctionModel], bool]:
    """A class without constructor arguments that answers with these functions, and whether it predicts asynchronously."""
    asynchronous = any(inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function) for function in functions.values())
    base = AsyncFunctionModel if asynchronous else FunctionModel
    return type("Functions", (base,), {"functions": functions}), asynchronous


def default_model(model_dir: Path) -> Any:
    """A TorchScript model, as Amazon's PyTorch container finds it. Raises ContractError when there is none."""
    for name in TORCHSCRIPT:
        if (model_dir / name).is_file():
            torch = import_module("torch")  # only a model of torch's needs it
            return torch.jit.load(str(model_dir / name)).eval()
    raise ContractError(f"there is no model_fn(), and the model has no {' or '.join(TORCHSCRIPT)}: write `{FORMS['model_fn']}`")


def default_input(request: RawRequest) -> Any:
    codec, parameters = codecs.codec_for(request.content_type)
    value = codec.decode(request.body, parameters)
    if codec.type not in (codecs.JSON, codecs.CSV):
        return value
    try:
        np = import_module("numpy")
        return np.array(value, dtype=np.float32)
    except (ImportError, TypeError, ValueError):  # no numpy, or no numbers: as decoded
        return value


def default_predict(value: Any, model: Any) -> Any:
    if hasattr(model, "parameters") and callable(model):  # a torch module
        torch = import_module("torch")
        with torch.no_grad():
            return model(torch.as_tensor(value))
    return model.predict(value) if hasattr(model, "predict") else model(value)


def _encoded(answer: Any, request: RawRequest) -> Any:
    """What output_fn returned: a body, a body with its type, or a value yet to be encoded."""
    body, content_type = answer if isinstance(answer, tuple) and len(answer) == 2 and isinstance(answer[1], str) else (answer, request.accept)
    if isinstance(body, str | bytes | bytearray) and not (content_type.isascii() and content_type.isprintable()):
        raise ContractError(f"output_fn() returned the content type {content_type!r}, which cannot be sent: write it in ASCII, on one line")
    if isinstance(body, str):
        return Encoded(body.encode(), content_type)
    return Encoded(bytes(body), content_type) if isinstance(body, bytes | bytearray) else answer
