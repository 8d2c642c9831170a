"""Trains the recogniser: which word is being spoken, or none, every 20 ms. A network with one hidden layer, by Adam."""

import numpy as np
from features import BANDS, HOP, RATE, log_mel
from model import CONTEXT, forward, windows
from speech import speak


def read(channel):
    """Texts to speak, one a line: lists of words."""
    return [line.split() for line in (channel / "texts.txt").read_text(encoding="utf-8").splitlines()]


def train(texts, epochs, hidden, rate, seed):
    """Words and weights. The same settings give the same weights."""
    random = np.random.default_rng(seed)
    words = sorted({word for text in texts for word in text})
    inputs, targets = examples(words, texts, random)
    sizes = (BANDS * (2 * CONTEXT + 1), hidden, len(words) + 1)
    weights = []
    for before, after in zip(sizes[:-1], sizes[1:], strict=True):
        weights += [random.standard_normal((before, after)).astype(np.float32) * np.float32(np.sqrt(2 / before)), np.zeros(after, np.float32)]
    moments = [(np.zeros_like(each), np.zeros_like(each)) for each in weights]
    step = 0
    for epoch in range(epochs):
        order, loss = random.permutation(len(inputs)), 0.0
        for batch in np.array_split(order, max(1, len(order) // 128)):
            step += 1
            gradients, lost = backward(weights, inputs[batch], targets[batch])
            loss += lost * len(batch) / len(order)
            for number, gradient in enumerate(gradients):
                first, second = moments[number]
                first += 0.1 * (gradient - first)
                second += 0.001 * (gradient**2 - second)
                corrected = rate * np.sqrt(1 - 0.999**step) / (1 - 0.9**step) * (1 - epoch / epochs)
                weights[number] = weights[number] - np.float32(corrected) * first / (np.sqrt(second) + np.float32(1e-8))
        print(f"epoch {epoch + 1} of {epochs}: loss {loss:.3f}", flush=True)
    return words, weights


def examples(words, texts, random):
    """Windows of made-up speech, and the number of the word in the middle of each; 0 is silence."""
    inputs, targets = [], []
    for text in texts:
        samples, spans = speak(text, random)
        rows = log_mel(samples)
        at = np.arange(len(rows)) * HOP / RATE
        target = np.zeros(len(rows), dtype=np.int64)
        for word, (start, end) in zip(text, spans, strict=True):
            target[(at >= start) & (at < end)] = words.index(word) + 1
        inputs.append(windows(rows).astype(np.float32))
        targets.append(target)
    return np.concatenate(inputs), np.concatenate(targets)


def backward(weights, inputs, targets):
    """Gradients of the mean cross entropy, and that itself."""
    inner, chances = forward(weights, inputs)
    picked = (np.arange(len(targets)), targets)
    loss = float(-np.log(chances[picked] + 1e-9).mean())
    chances[picked] -= 1
    chances /= len(targets)
    below = chances @ weights[2].T * (inner > 0)
    return [inputs.T @ below, below.sum(axis=0), inner.T @ chances, chances.sum(axis=0)], loss


def word_error_rate(model, texts, seed):
    """Wrong, missing and added words, by the number of words spoken, on speech that is not in the training."""
    random = np.random.default_rng(seed)
    wrong = spoken = 0
    for said in texts:
        wrong += distance(said, [each["text"] for each in model.segments(speak(said, random)[0])])
        spoken += len(said)
    return wrong / spoken


def distance(said, heard):
    """Edits that turn one list into the other (Levenshtein)."""
    row = list(range(len(heard) + 1))
    for number, word in enumerate(said, 1):
        before, row[0] = row[0], number
        for column, other in enumerate(heard, 1):
            before, row[column] = row[column], min(row[column] + 1, row[column - 1] + 1, before + (word != other))
    return row[-1]
