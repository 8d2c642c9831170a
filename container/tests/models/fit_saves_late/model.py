"""fit() saves a checkpoint when it is stopped, and swallows every Exception."""

import time


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return input

    def fit(self, ctx):
        try:
            print("fitting", flush=True)
            while True:
                try:
                    time.sleep(60)
                except Exception:
                    print("swallowed", flush=True)
        finally:
            (ctx.checkpoint_dir / "step").write_text("7")
