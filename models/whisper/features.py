"""What a recogniser hears: a WAV file's samples, and their energy by band, as Whisper takes it (log-mel)."""

import io
import wave

import numpy as np

RATE = 16_000
HOP = 320  # 20 ms
WINDOW = 512
BANDS = 24


def read_wav(data):
    """Samples at 16 kHz, -1 to 1, of a WAV file of 8 to 32 bits, any rate and number of channels. Raises ValueError for anything else."""
    try:
        with wave.open(io.BytesIO(data)) as file:
            width, channels, rate, frames = file.getsampwidth(), file.getnchannels(), file.getframerate(), file.readframes(file.getnframes())
    except (wave.Error, EOFError) as error:
        raise ValueError(f"the audio is not a WAV file: {error}") from error
    raw = np.frombuffer(frames, dtype=np.uint8)
    raw = raw[: len(raw) // (width * channels) * width * channels].reshape(-1, width)
    if width == 1:
        samples = (raw[:, 0].astype(np.float64) - 128) / 128
    else:
        wide = np.zeros((len(raw), 4), dtype=np.uint8)
        wide[:, 4 - width :] = raw
        samples = wide.view("<i4")[:, 0] / 2.0**31
    samples = samples.reshape(-1, channels).mean(axis=1)
    if rate != RATE and len(samples) > 0:
        samples = np.interp(np.arange(0, len(samples), rate / RATE), np.arange(len(samples)), samples)
    return samples


def log_mel(samples):
    """One row of BANDS for each 20 ms, with the mean of the quiet part at 0; loudness does not count, what stands out of the background does."""
    padded = np.pad(samples, (WINDOW // 2, WINDOW // 2 + HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)) ** 2
    energy = np.log(power @ bank() + 1e-6 * power.max() + 1e-10)
    return (energy - np.percentile(energy, 10, axis=0)) / 5


def bank():
    """Triangles of equal width on the mel scale, from 60 Hz to 7600 Hz."""
    edges = 700 * (10 ** (np.linspace(mel(60), mel(7600), BANDS + 2) / 2595) - 1)
    bins = np.fft.rfftfreq(WINDOW, 1 / RATE)[:, None]
    rising = (bins - edges[:-2]) / (edges[1:-1] - edges[:-2])
    falling = (edges[2:] - bins) / (edges[2:] - edges[1:-1])
    return np.clip(np.minimum(rising, falling), 0, None)


def mel(hertz):
    return 2595 * np.log10(1 + hertz / 700)
