"""Speech to text, in the form of Whisper's answers. This one is tiny: it was trained on made-up speech and knows zero to nine, spoken with pauses."""

import numpy as np
from features import BANDS, HOP, RATE, log_mel, read_wav
from slipway_kit import InvalidInput

CONTEXT = 12  # rows of 20 ms before and after the one that is judged
SHORTEST = 5  # rows of a word


class Model:
    def load(self, model_dir):
        with np.load(model_dir / "recogniser.npz") as saved:
            self.words = saved["words"].tolist()
            self.weights = [saved[name] for name in ("w1", "b1", "w2", "b2")]

    def predict(self, input: bytes):
        try:
            samples = read_wav(input)
        except ValueError as error:
            raise InvalidInput(str(error)) from error  # the kit answers 400
        segments = self.segments(samples)
        return {
            "text": " ".join(each["text"] for each in segments),
            "language": "en",
            "duration": round(len(samples) / RATE, 2),
            "segments": segments,
        }

    def segments(self, samples):
        """Runs of rows that are not silence, each with the word that is likeliest over all of it."""
        if len(samples) == 0:
            return []
        chances = forward(self.weights, windows(log_mel(samples)))[1]
        spoken = np.concatenate([[0], (chances[:, 0] < 0.5).astype(int), [0]])
        starts, ends = np.flatnonzero(np.diff(spoken) == 1), np.flatnonzero(np.diff(spoken) == -1)
        found = []
        for start, end in zip(starts.tolist(), ends.tolist(), strict=True):
            if end - start >= SHORTEST:
                likely = np.log(chances[start:end, 1:] + 1e-9).mean(axis=0)
                shares = np.exp(likely - likely.max())
                word = self.words[int(likely.argmax())]
                sure = round(float(shares.max() / shares.sum()), 3)
                found.append({"start": round(start * HOP / RATE, 2), "end": round(end * HOP / RATE, 2), "text": word, "confidence": sure})
        return found

    def fit(self, ctx, epochs: int = 5, hidden: int = 64, rate: float = 0.002, seed: int = 7):
        import training  # with the made-up speech it is not loaded to serve

        texts = training.read(ctx.channels["train"])
        self.words, self.weights = training.train(texts, epochs=epochs, hidden=hidden, rate=rate, seed=seed)
        arrays = dict(zip(("w1", "b1", "w2", "b2"), self.weights, strict=True))
        np.savez(ctx.model_dir / "recogniser.npz", words=np.array(self.words), **arrays)
        if "eval" in ctx.channels:
            ctx.metric("word_error_rate", training.word_error_rate(self, training.read(ctx.channels["eval"]), seed + 1))


def windows(rows):
    """Each row with CONTEXT rows on both sides, as one vector."""
    padded = np.pad(rows, ((CONTEXT, CONTEXT), (0, 0)), mode="edge")
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * CONTEXT + 1, axis=0).reshape(len(rows), BANDS * (2 * CONTEXT + 1))


def forward(weights, inputs):
    """The hidden layer, and the chances of silence and of each word."""
    w1, b1, w2, b2 = weights
    inner = np.maximum(inputs @ w1 + b1, 0)
    scores = inner @ w2 + b2
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return inner, scores / scores.sum(axis=1, keepdims=True)
