"""A small Transformer: its training, and its way into CTranslate2's format. Only training imports this."""

import autograd.numpy as np
import numpy
from autograd import value_and_grad
from ctranslate2.specs import TransformerSpec

HEADS, WIDTH, LAYERS, LONGEST = 4, 64, 1, 1024
PAD, START, END = 0, 1, 2


def new_weights(sizes, rng):
    """Random weights by their names in CTranslate2's specification, for vocabularies of `sizes` pieces (source, target)."""
    weights = {}

    def linear(name, outputs, inputs=WIDTH):
        weights[f"{name}.weight"] = rng.normal(0, inputs**-0.5, (outputs, inputs))
        weights[f"{name}.bias"] = np.zeros(outputs)

    def norm(name):
        weights[f"{name}.layer_norm.gamma"], weights[f"{name}.layer_norm.beta"] = np.ones(WIDTH), np.zeros(WIDTH)

    weights["encoder.embeddings.0.weight"] = rng.normal(0, WIDTH**-0.5, (sizes[0], WIDTH))
    weights["decoder.embeddings.weight"] = rng.normal(0, WIDTH**-0.5, (sizes[1], WIDTH))
    linear("decoder.projection", sizes[1])
    for side in ("encoder", "decoder"):
        norm(side)
        for layer in (f"{side}.layer.{number}" for number in range(LAYERS)):
            for name, outputs in (("self_attention.linear.0", 3), ("self_attention.linear.1", 1)):
                linear(f"{layer}.{name}", outputs * WIDTH)
            if side == "decoder":
                for name, outputs in (("attention.linear.0", 1), ("attention.linear.1", 2), ("attention.linear.2", 1)):
                    linear(f"{layer}.{name}", outputs * WIDTH)
                norm(f"{layer}.attention")
            linear(f"{layer}.ffn.linear_0", 4 * WIDTH)
            linear(f"{layer}.ffn.linear_1", WIDTH, 4 * WIDTH)
            norm(f"{layer}.self_attention")
            norm(f"{layer}.ffn")
    return {name: value.astype(np.float32) for name, value in weights.items()}


def positions():
    """Sines and cosines of rising wavelength, one row a position."""
    angle = numpy.arange(LONGEST)[:, None] * 10000.0 ** (-numpy.arange(0, WIDTH, 2) / WIDTH)
    return numpy.concatenate([numpy.sin(angle), numpy.cos(angle)], axis=1).astype(numpy.float32)


POSITIONS = positions()


def linear(w, name, x):
    return np.dot(x, w[f"{name}.weight"].T) + w[f"{name}.bias"]


def norm(w, name, x):
    centred = x - np.mean(x, axis=-1, keepdims=True)
    scale = np.sqrt(np.mean(centred * centred, axis=-1, keepdims=True) + 1e-5)
    return centred / scale * w[f"{name}.layer_norm.gamma"] + w[f"{name}.layer_norm.beta"]


def attend(query, key, value, hidden):
    """Multi-head attention of (batch, length, WIDTH) arrays; `hidden` is true where a query may not look."""

    def heads(x):
        return np.transpose(np.reshape(x, (x.shape[0], x.shape[1], HEADS, WIDTH // HEADS)), (0, 2, 1, 3))

    scores = np.matmul(heads(query), np.transpose(heads(key), (0, 1, 3, 2))) * np.float32((WIDTH // HEADS) ** -0.5)
    scores = scores + hidden[:, None] * np.float32(-1e9)
    scores = np.exp(scores - np.max(scores, axis=-1, keepdims=True))
    mixed = np.matmul(scores / np.sum(scores, axis=-1, keepdims=True), heads(value))
    return np.reshape(np.transpose(mixed, (0, 2, 1, 3)), query.shape)


def self_attention(w, name, x, hidden):
    query, key, value = np.split(linear(w, f"{name}.linear.0", norm(w, name, x)), 3, axis=-1)
    return x + linear(w, f"{name}.linear.1", attend(query, key, value, hidden))


def cross_attention(w, name, x, memory, hidden):
    key, value = np.split(linear(w, f"{name}.linear.1", memory), 2, axis=-1)
    query = linear(w, f"{name}.linear.0", norm(w, name, x))
    return x + linear(w, f"{name}.linear.2", attend(query, key, value, hidden))


def feed_forward(w, name, x):
    return x + linear(w, f"{name}.linear_1", np.maximum(linear(w, f"{name}.linear_0", norm(w, name, x)), np.float32(0)))


def embed(table, pieces):
    return table[pieces] * np.float32(WIDTH**0.5) + POSITIONS[: pieces.shape[1]]


def loss(w, source, target):
    """Mean cross-entropy of each next piece of `target`, with a tenth of the probability spread over all pieces."""
    padding = (source == PAD)[:, None, :]
    x = embed(w["encoder.embeddings.0.weight"], source)
    for number in range(LAYERS):
        x = self_attention(w, f"encoder.layer.{number}.self_attention", x, padding)
        x = feed_forward(w, f"encoder.layer.{number}.ffn", x)
    memory = norm(w, "encoder", x)
    given, wanted = target[:, :-1], target[:, 1:]
    future = numpy.triu(numpy.ones((given.shape[1], given.shape[1]), dtype=bool), 1)[None]
    x = embed(w["decoder.embeddings.weight"], given)
    for number in range(LAYERS):
        x = self_attention(w, f"decoder.layer.{number}.self_attention", x, future)
        x = cross_attention(w, f"decoder.layer.{number}.attention", x, memory, padding)
        x = feed_forward(w, f"decoder.layer.{number}.ffn", x)
    scores = linear(w, "decoder.projection", norm(w, "decoder", x))
    scores = scores - np.max(scores, axis=-1, keepdims=True)
    logs = scores - np.log(np.sum(np.exp(scores), axis=-1, keepdims=True))
    goal = numpy.full(logs.shape, 0.1 / logs.shape[-1], dtype=numpy.float32)
    numpy.put_along_axis(goal, wanted[..., None], numpy.float32(0.9), axis=-1)
    goal = goal * (wanted != PAD)[..., None]
    return -np.sum(logs * goal) / np.float32(numpy.sum(wanted != PAD))


def train(pairs, sizes, *, epochs, batch_size, rate, seed, on_epoch):
    """Fits weights to `pairs` of piece numbers (source, target) with Adam; the same arguments give the same weights."""
    rng = numpy.random.default_rng(seed)
    weights = new_weights(sizes, rng)
    first = {name: numpy.zeros_like(value) for name, value in weights.items()}
    second = {name: numpy.zeros_like(value) for name, value in weights.items()}
    gradient, step = value_and_grad(loss), 0
    steps = epochs * -(-len(pairs) // batch_size)
    for epoch in range(epochs):
        order, losses = rng.permutation(len(pairs)), []
        for start in range(0, len(order), batch_size):
            batch = [pairs[index] for index in order[start : start + batch_size]]
            value, slopes = gradient(weights, padded([s for s, _ in batch]), padded([t for _, t in batch]))
            losses.append(float(value))
            step += 1
            speed = rate * min(step / 40, (steps - step + 1) / steps * 1.1, 1) * (1 - 0.98**step) ** 0.5 / (1 - 0.9**step)
            for name, slope in slopes.items():
                first[name] += (slope - first[name]) * 0.1
                second[name] += (slope * slope - second[name]) * 0.02
                weights[name] -= speed * first[name] / (numpy.sqrt(second[name]) + 1e-8)
        on_epoch(epoch, sum(losses) / len(losses))
    return weights


def padded(rows):
    table = numpy.full((len(rows), max(map(len, rows))), PAD)
    for row, pieces in zip(table, rows, strict=True):
        row[: len(pieces)] = pieces
    return table


def save(weights, vocabularies, folder):
    """Writes weights and vocabularies (lists of pieces: source, target) as a CTranslate2 model."""
    spec = TransformerSpec.from_config(LAYERS, HEADS)
    for side in (spec.encoder, spec.decoder):
        side.position_encodings.encodings = POSITIONS
    for name, value in weights.items():
        *parents, last = name.split(".")
        place = spec
        for part in parents:
            place = place[int(part)] if part.isdigit() else getattr(place, part)
        setattr(place, last, value)
    spec.register_source_vocabulary(vocabularies[0])
    spec.register_target_vocabulary(vocabularies[1])
    spec.config.add_source_eos = True
    spec.validate()
    spec.save(str(folder))
