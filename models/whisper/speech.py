"""Speech made up for training and for the sample: ten words from formants, as the synthesisers of the 1970s made them. Not loaded to serve."""

import io
import wave

import numpy as np

RATE = 16_000
FRAME = 160  # the parameters of a voice change every 10 ms
NYQUIST = RATE / 2

# Of each sound: milliseconds, loudness of the voice and of the breath, the three formants of the voice, centre and width of the breath, all in Hz.
SOUNDS = {
    "IY": (120, 1.0, 0.0, (280, 2250, 2900), (4000, 2000)),
    "IH": (90, 1.0, 0.0, (400, 1950, 2550), (4000, 2000)),
    "EH": (100, 1.0, 0.0, (550, 1800, 2500), (4000, 2000)),
    "AE": (110, 1.0, 0.0, (690, 1650, 2400), (4000, 2000)),
    "AA": (120, 1.0, 0.0, (730, 1100, 2450), (4000, 2000)),
    "AH": (100, 1.0, 0.0, (620, 1200, 2500), (4000, 2000)),
    "AO": (120, 1.0, 0.0, (570, 850, 2400), (4000, 2000)),
    "OW": (110, 1.0, 0.0, (450, 900, 2300), (4000, 2000)),
    "UW": (120, 1.0, 0.0, (310, 870, 2250), (4000, 2000)),
    "W": (60, 0.6, 0.0, (300, 650, 2200), (4000, 2000)),
    "R": (70, 0.7, 0.0, (400, 1100, 1500), (4000, 2000)),
    "N": (80, 0.5, 0.0, (250, 1400, 2300), (4000, 2000)),
    "V": (60, 0.4, 0.1, (300, 1100, 2300), (5500, 3000)),
    "Z": (90, 0.3, 0.3, (300, 1600, 2500), (6000, 1500)),
    "F": (90, 0.0, 0.2, (300, 1100, 2300), (5500, 4000)),
    "TH": (80, 0.0, 0.15, (300, 1300, 2500), (6500, 4000)),
    "S": (110, 0.0, 0.5, (300, 1600, 2500), (6200, 1200)),
    "T": (25, 0.0, 0.6, (300, 1700, 2600), (4500, 2500)),
    "K": (30, 0.0, 0.6, (300, 1900, 2400), (2200, 1200)),
    "-": (50, 0.0, 0.0, (300, 1500, 2500), (4000, 2000)),  # the closed mouth before T and K
}

WORDS = {
    "zero": "Z IH R OW",
    "one": "W AH N",
    "two": "- T UW",
    "three": "TH R IY",
    "four": "F AO R",
    "five": "F AA IY V",
    "six": "S IH - K S",
    "seven": "S EH V AH N",
    "eight": "EH IY - T",
    "nine": "N AA IY N",
}


def speak(words, random, noise=0.01):
    """
    Samples of these words at 16 kHz, -1 to 1, and where each begins and ends, in seconds. Voice, speed, pauses and noise are drawn for each text.

    Raises KeyError for a word it has no sounds for.
    """
    pitch, speed, size = random.uniform(90, 220), random.uniform(0.85, 1.25), random.uniform(0.9, 1.15)
    parts, spans, length = [silence(random)], [], 0
    length = len(parts[0])
    for word in words:
        spoken = voice([SOUNDS[name] for name in WORDS[word].split()], pitch * random.uniform(0.92, 1.08), speed, size, random)
        spans.append((length / RATE, (length + len(spoken)) / RATE))
        parts += [spoken, silence(random)]
        length += len(spoken) + len(parts[-1])
    samples = np.concatenate(parts)
    samples = samples / np.abs(samples).max() * random.uniform(0.3, 0.9)
    return samples + noise * random.uniform(0.2, 1.0) * random.standard_normal(len(samples)), spans


def silence(random):
    return np.zeros(int(random.uniform(0.15, 0.4) * RATE))


def voice(sounds, pitch, speed, size, random):
    """One word: overtones of the pitch through the formants, and noise through a band, both gliding from sound to sound."""
    track = np.concatenate([np.tile(row(sound), (max(2, round(sound[0] * speed / 10)), 1)) for sound in sounds])
    kernel = np.array([0.25, 0.5, 0.25])
    padded = np.pad(track, ((2, 2), (0, 0)), mode="edge")
    track = np.stack([np.convolve(np.convolve(column, kernel, "valid"), kernel, "valid") for column in padded.T], axis=1)
    at = np.arange(len(track) * FRAME) / FRAME
    curves = [np.interp(at, np.arange(len(track)) + 0.5, column) for column in track.T]
    loud, breath, formants, centre, width = curves[0], curves[1], curves[2:5], curves[5], curves[6]
    phase = np.cumsum(2 * np.pi * pitch * np.linspace(1.08, 0.9, len(at)) / RATE)
    spoken = np.zeros(len(at))
    for overtone in range(1, int(3800 / pitch) + 1):
        strength = sum(gain / (1 + ((overtone * pitch - formant * size) / 90) ** 2) for formant, gain in zip(formants, (1.0, 0.6, 0.3), strict=True))
        spoken += strength * np.sin(overtone * phase)
    return loud * spoken + breath * hiss(centre, width, random)


def row(sound):
    _, loud, breath, formants, band = sound
    return np.array([loud, breath, *formants, *band], dtype=float)


def hiss(centre, width, random):
    """Noise in a band that moves: a narrow noise around 0 Hz, shifted up."""
    size = len(centre)
    low = random.standard_normal(size + 4) + 1j * random.standard_normal(size + 4)
    low = np.convolve(low, np.ones(5) / 5, "valid")
    shift = np.exp(2j * np.pi * np.cumsum(np.minimum(centre, NYQUIST * 0.95)) / RATE)
    return (low * shift).real * np.sqrt(width / 2000)


def wav(samples):
    """The bytes of a WAV file, 16 bits."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(samples, -1, 1) * 32767).astype("<i2").tobytes())
    return written.getvalue()
