"""The failure file: its first 1024 characters become FailureReason, so the most useful words come first."""

from pathlib import Path

from slipway_kit import log
from slipway_kit.errors import KitError, message_of, summary, user_frames

LIMIT = 1024


def reason(error: BaseException, code_dir: Path) -> str:
    """`KeyError: 'petal_lenght' (model.py:21 in fit)`, then the frames of the user's code, the failing one first. At most 1024 characters.

    A KitError's message is already written for its reader and stands alone, but for the line that met it.
    """
    frames = user_frames(error, code_dir)
    headline = message_of(error) if isinstance(error, KitError) else summary(error)
    if not frames:
        return headline[:LIMIT]
    place = frames[-1][0]
    suffix = f" ({place} in {place.function})"
    lines = [headline[: LIMIT - len(suffix)] + suffix]
    lines += [f"  {location} in {location.function}: {source}" for location, source in reversed(frames)]
    return "\n".join(lines)[:LIMIT]


def write(path: Path, text: str) -> None:
    """Leave the reason where SageMaker looks for it. Being unable to is logged: the log then is all there is."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        log.warning("failure_file_not_written", path=str(path), reason=str(error))
