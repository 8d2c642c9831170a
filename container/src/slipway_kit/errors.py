"""Errors of the kit, and where in the user's code an error came from.

KitError
├── SettingError            an environment variable cannot be read
├── ContractError           model.py is missing or does not fulfil the contract
├── TrainingInputError      a hyperparameter or a channel is missing or ill-typed
└── RequestError            answered to the caller with its own HTTP status
    ├── InvalidInput        400 (user code may raise it too)
    ├── PayloadTooLarge     413
    ├── UnsupportedMediaType 415
    ├── NotAcceptable       406
    ├── UnprocessableInput  422
    ├── Overloaded          503
    ├── WorkerLost          503
    └── RequestTimeout      504
"""

import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType, MappingProxyType


class KitError(Exception):
    """Base of everything the kit raises on purpose: its message is meant for the user, a traceback adds nothing."""


class SettingError(KitError):
    """One or more environment variables cannot be read; the message lists all of them."""


class ContractError(KitError):
    """model.py is missing or does not fulfil the contract; the message quotes what was found and what is right."""


class TrainingInputError(KitError):
    """A hyperparameter or a channel is missing or ill-typed."""


class RequestError(KitError):
    """An error that is the caller's to know: `status` is the HTTP status it is answered with."""

    status = 500
    details: Mapping[str, str] = MappingProxyType({})
    """Further fields of the answer."""


class InvalidInput(RequestError):
    """The request cannot be understood. Raise it in `predict` to answer 400 with your message."""

    status = 400


class PayloadTooLarge(RequestError):
    """The body is over the limit."""

    status = 413


class UnsupportedMediaType(RequestError):
    """No codec reads this content type."""

    status = 415


class UnprocessableInput(RequestError):
    """The request does not fit the annotation of `predict`; names the field, what was received and what is allowed."""

    status = 422

    def __init__(self, message: str, *, field: str, received: str, allowed: str) -> None:
        super().__init__(message)
        self.details = {"field": field, "received": received, "allowed": allowed}


class NotAcceptable(RequestError):
    """No codec writes the answer in a type the caller accepts."""

    status = 406


class Overloaded(RequestError):
    """The queue is full, or this worker is being replaced; the caller may try again."""

    status = 503


class WorkerLost(RequestError):
    """The process that was predicting this request was ended from outside, or by what it called; the caller may try again."""

    status = 503


class RequestTimeout(RequestError):
    """The model did not answer within the time limit."""

    status = 504


COMPREHENSIONS = ("<listcomp>", "<dictcomp>", "<setcomp>")
"""Frames of their own before Python 3.12, lines of the function around them since: told alike."""


@dataclass(frozen=True)
class Location:
    """A line of the user's code, e.g. `model.py:21` in `fit`."""

    file: str
    line: int
    function: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


def user_frames(error: BaseException, code_dir: Path) -> list[tuple[Location, str]]:
    """The traceback's frames that lie in the user's code, outermost first, each with its source line."""
    root = code_dir.resolve()
    frames: list[tuple[Location, str]] = []
    for frame in traceback.extract_tb(error.__traceback__):
        file = _inside(frame.filename, root)
        if file is None or frame.lineno is None:
            continue
        function = frame.name
        if function in COMPREHENSIONS and frames and frames[-1][0].file == file:
            function = frames.pop()[0].function
        frames.append((Location(file, frame.lineno, function), frame.line or ""))
    if isinstance(error, SyntaxError) and error.filename is not None and error.lineno is not None:
        file = _inside(error.filename, root)
        if file is not None:
            frames.append((Location(file, error.lineno, "<module>"), (error.text or "").strip()))
    return frames


def locate(error: BaseException, code_dir: Path) -> Location | None:
    """The deepest line of the user's code that the error passed through, if any."""
    frames = user_frames(error, code_dir)
    return frames[-1][0] if frames else None


def locate_frame(frame: FrameType | None, code_dir: Path) -> Location | None:
    """The deepest line of the user's code on a live stack: what it was doing when it was interrupted."""
    root = code_dir.resolve()
    while frame is not None:
        file = _inside(frame.f_code.co_filename, root)
        if file is not None:
            return Location(file, frame.f_lineno, frame.f_code.co_name)
        frame = frame.f_back
    return None


def summary(error: BaseException) -> str:
    """`KeyError: 'petal_lenght'`, as the last line of a traceback says it."""
    return traceback.format_exception_only(type(error), error)[-1].strip()


def message_of(error: BaseException) -> str:
    """`str(error)`, also of an error that cannot say what it is."""
    try:
        return str(error)
    except Exception as fault:  # a model's errors are code of its own
        return f"({type(error).__name__} has no message: its __str__ raised {type(fault).__name__})"


def _inside(filename: str, root: Path) -> str | None:
    path = Path(filename)
    try:
        return path.resolve().relative_to(root).as_posix()
    except (OSError, ValueError):
        return None
