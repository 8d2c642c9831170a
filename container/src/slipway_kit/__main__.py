"""`python -m slipway_kit serve|train`, and the console scripts `serve` and `train`.

SageMaker starts a container with exactly one argument, `serve` or `train`. Modules are imported inside the commands: serving must accept
connections within 250 ms, so it does not pay for what only training needs.
"""

import sys
from typing import NoReturn

USAGE = """usage: python -m slipway_kit serve|train

  serve   load model.py and answer GET /ping and POST /invocations
  train   call fit() of model.py with the channels and hyperparameters of the job, or run train.py
"""


def serve() -> NoReturn:
    """Serve until SIGTERM. Exits 0 after a clean drain, 1 when the model cannot be loaded, 2 for a wrong setting."""
    from slipway_kit.serving.entrypoint import main

    sys.exit(main())


def train() -> NoReturn:
    """Train once. Exits 0 when fit() returned, 2 for a wrong setting; otherwise non-zero, with the reason in the failure file."""
    from slipway_kit.training.entrypoint import main

    sys.exit(main())


def main(arguments: list[str] | None = None) -> NoReturn:
    """Choose the command from the one argument SageMaker gives."""
    given = sys.argv[1:] if arguments is None else arguments
    commands = {"serve": serve, "train": train}
    if len(given) == 1 and given[0] in commands:
        commands[given[0]]()
    if given in (["-h"], ["--help"]):
        sys.stdout.write(USAGE)
        sys.exit(0)
    sys.stderr.write(f"slipway_kit: expected one argument, serve or train; got {' '.join(given) or 'none'}\n{USAGE}")
    sys.exit(2)


if __name__ == "__main__":
    main()
