"""Goes on from its checkpoint."""


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return input

    def fit(self, ctx, steps: int):
        checkpoint = ctx.checkpoint_dir / "step"
        first = int(checkpoint.read_text()) if checkpoint.exists() else 0
        for step in range(first, steps):
            print(f"step {step}", flush=True)
        (ctx.model_dir / "steps").write_text(f"{first} to {steps}")
