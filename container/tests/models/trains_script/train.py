"""A training script as SageMaker's own containers run it: arguments, SM_* variables, no class."""

import argparse
import json
import multiprocessing
import os
import pathlib
import sys
import time

from beside import rows


def square(number):
    return number * number


def parse():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=float, default=1.0)
    parser.add_argument("--layers", type=str, default="")
    parser.add_argument("--how", type=str, default="saves")
    parser.add_argument("-C", type=float, default=1.0)
    parser.add_argument("--model-dir", type=str, default=os.environ["SM_MODEL_DIR"])
    parser.add_argument("--train", type=str, default=os.environ.get("SM_CHANNEL_TRAIN"))
    return parser.parse_args()


def main():
    arguments = parse()
    if arguments.how == "fails":
        raise KeyError("petal_lenght")
    if arguments.how == "saves nothing":
        return None
    if arguments.how == "waits":
        try:
            print("waiting", flush=True)
            time.sleep(600)
        finally:
            pathlib.Path(os.environ["SM_MODEL_DIR"], "saved-late").write_text("saved")
    squares = []
    if arguments.how == "spawns":
        with multiprocessing.get_context("spawn").Pool(1) as pool:
            squares = pool.map(square, [2, 3])
    told = {
        "arguments": vars(arguments),
        "argv": sys.argv,
        "folder": str(pathlib.Path.cwd()),
        "rows": rows(arguments.train) if arguments.train else None,
        "squares": squares,
        "environment": {name: value for name, value in os.environ.items() if name.startswith("SM_") or name in ("RANK", "LOCAL_RANK")},
    }
    pathlib.Path(arguments.model_dir, f"told-{os.environ.get('RANK', '0')}.json").write_text(json.dumps(told))
    return 3 if arguments.how == "exits" else None


if __name__ == "__main__":
    sys.exit(main())
