"""The failure file."""

from pathlib import Path

import pytest

from slipway_kit import failure
from slipway_kit.errors import ContractError, Location, locate, user_frames
from slipway_kit.loader import import_model

MODELS = Path(__file__).parent / "models"


def raised_by(action: object, *arguments: object) -> BaseException:
    assert callable(action)
    with pytest.raises(BaseException) as raised:
        action(*arguments)
    return raised.value


def user_code(folder: Path, source: str) -> BaseException:
    (folder / "model.py").write_text(source)
    return raised_by(import_model, folder)


def test_the_most_useful_line_comes_first_then_the_users_frames(tmp_path: Path) -> None:
    error = user_code(tmp_path, "def columns(row):\n    return row['petal_lenght']\n\ncolumns({})\n")
    assert failure.reason(error, tmp_path) == (
        "KeyError: 'petal_lenght' (model.py:2 in columns)\n  model.py:2 in columns: return row['petal_lenght']\n  model.py:4 in <module>: columns({})"
    )
    assert str(locate(error, tmp_path)) == "model.py:2"


def test_a_comprehension_counts_as_a_line_of_its_function(tmp_path: Path) -> None:
    error = user_code(tmp_path, "def columns(rows):\n    return [\n        row['x'] for row in rows\n    ]\n\ncolumns([{}])\n")
    assert [location for location, _ in user_frames(error, tmp_path)] == [
        Location("model.py", 6, "<module>"),
        Location("model.py", 3, "columns"),
    ]


def test_the_reason_is_never_longer_than_1024_characters_and_keeps_the_place(tmp_path: Path) -> None:
    reason = failure.reason(user_code(tmp_path, "raise ValueError('x' * 5000)\n"), tmp_path)
    assert len(reason) == 1024
    assert reason.endswith("x (model.py:1 in <module>)")


def test_an_error_outside_the_users_code_stands_alone(tmp_path: Path) -> None:
    assert failure.reason(raised_by(int, "x"), tmp_path) == "ValueError: invalid literal for int() with base 10: 'x'"
    assert failure.reason(ContractError("no fit()"), tmp_path) == "no fit()"


def test_the_file_is_written_with_its_directory_and_a_failure_to_write_is_logged(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    failure.write(tmp_path / "output" / "failure", "because")
    assert (tmp_path / "output" / "failure").read_text() == "because"
    failure.write(tmp_path / "output" / "failure" / "below-a-file", "because")
    failure.write(tmp_path / "output" / "failure", "file \udcff")
    assert (tmp_path / "output" / "failure").read_text() == "file \\udcff"
    assert '"event":"failure_file_not_written"' in capfd.readouterr().err
