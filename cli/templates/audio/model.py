"""What a recording is of: the kind whose sounds have the nearest spectrum. Its kinds are the names of the files in data/, <kind>-<number>.wav."""

import io
import wave

import numpy as np
from slipway_kit import InvalidInput

BANDS = 32


def spectrum(recording):
    """Share of the sound's strength in each band up to half its rate; of a WAV file with 8 or 16 bits."""
    try:
        with wave.open(io.BytesIO(recording)) as file:
            kind = {1: "u1", 2: "<i2"}[file.getsampwidth()]
            samples = np.frombuffer(file.readframes(file.getnframes()), dtype=kind).reshape(-1, file.getnchannels()).mean(axis=1)
            seconds = file.getnframes() / file.getframerate()
    except (wave.Error, EOFError, KeyError) as error:
        raise InvalidInput(f"expected a WAV file with 8 or 16 bits: {error}") from error
    if len(samples) < 2 * BANDS:
        raise InvalidInput(f"the recording is too short: {seconds:.3f} s")
    strengths = np.abs(np.fft.rfft((samples - samples.mean()) * np.hanning(len(samples))))
    bands = np.array([part.mean() for part in np.array_split(strengths, BANDS)])
    return bands / max(np.linalg.norm(bands), 1e-12), seconds


class Model:
    def load(self, model_dir):
        with np.load(model_dir / "spectra.npz") as saved:
            self.kinds, self.spectra = saved["kinds"].tolist(), saved["spectra"]

    def predict(self, input: bytes):
        bands, seconds = spectrum(input)
        near = self.spectra @ bands
        return {"kind": self.kinds[int(near.argmax())], "seconds": round(seconds, 2), "similarity": dict(zip(self.kinds, near.tolist(), strict=True))}

    def fit(self, ctx):
        found = {}
        for file in sorted(ctx.channels["train"].glob("*.wav")):
            found.setdefault(file.stem.rpartition("-")[0], []).append(spectrum(file.read_bytes())[0])
        means = np.array([np.mean(bands, axis=0) for bands in found.values()])
        np.savez(ctx.model_dir / "spectra.npz", kinds=np.array(list(found)), spectra=means / np.linalg.norm(means, axis=1, keepdims=True))
        ctx.metric("recordings", sum(len(bands) for bands in found.values()))
