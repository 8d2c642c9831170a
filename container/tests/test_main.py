"""The command line."""

import pytest

from slipway_kit.__main__ import main


@pytest.mark.parametrize("arguments", [[], ["serve", "train"], ["deploy"]])
def test_anything_but_serve_or_train_is_refused_with_the_usage(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(arguments)
    assert leaving.value.code == 2
    errors = capsys.readouterr().err
    assert errors.startswith(f"slipway_kit: expected one argument, serve or train; got {' '.join(arguments) or 'none'}\n")
    assert "usage: python -m slipway_kit serve|train" in errors


def test_help_is_an_answer_and_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as leaving:
        main(["--help"])
    assert leaving.value.code == 0
    assert capsys.readouterr().out.startswith("usage: ")
