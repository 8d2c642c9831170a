"""Reads its channel as a stream, twice."""


class Model:
    def load(self, model_dir):
        pass

    def predict(self, input):
        return input

    def fit(self, ctx, epochs: int = 2):
        for epoch in range(epochs):
            with ctx.stream("train", epoch) as stream:
                (ctx.model_dir / f"epoch-{epoch}").write_bytes(stream.read())
