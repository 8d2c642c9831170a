"""Extractive summaries by TextRank (Mihalcea and Tarau, 2004): sentences vote for those they share words with. Plain Python."""

import json
import math
import re
from dataclasses import dataclass
from pathlib import Path

ABBREVIATION = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|etc|approx|e\.g|i\.e)|\b[A-Z])\.$")


@dataclass(frozen=True)
class Settings:
    """What lies in MODEL_DIR: words that carry no topic, and how the votes are counted."""

    stop_words: frozenset[str]
    damping: float
    tolerance: float
    title_weight: float

    @classmethod
    def read(cls, folder: Path) -> "Settings":
        given = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        return cls(stop_words=frozenset((folder / "stop-words.txt").read_text(encoding="utf-8").split()), **given)


def sentences(text: str) -> list[str]:
    """Sentences in their order, blank space made one; an abbreviation ends none."""
    found: list[str] = []
    for part in re.split(r"""(?:(?<=[.!?])|(?<=[.!?]["')\]]))\s+(?=["'(\[]?[A-Z0-9])|\n\s*\n""", text.strip()):
        plain = " ".join(part.split())
        if found and ABBREVIATION.search(found[-1]):
            found[-1] += f" {plain}"
        elif plain:
            found.append(plain)
    return found


def words(sentence: str, stop_words: frozenset[str]) -> set[str]:
    """Words that carry a topic, without the ending of a plural."""
    plain = (word.removesuffix("'s") for word in re.findall(r"[a-z0-9]+(?:'[a-z]+)?", sentence.lower()))
    return {word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word for word in plain if word not in stop_words}


def similarity(one: set[str], other: set[str]) -> float:
    """Shared words, by the length of both sentences."""
    shared = len(one & other)
    return 0.0 if shared == 0 or len(one) * len(other) < 2 else shared / (math.log(len(one)) + math.log(len(other)))


def ranks(bags: list[set[str]], settings: Settings, title: set[str]) -> list[float]:
    """PageRank over the graph of sentences; those that share words with the title begin each vote with more."""
    size = len(bags)
    weights = [[0.0 if i == j else similarity(bags[i], bags[j]) for j in range(size)] for i in range(size)]
    totals = [sum(row) for row in weights]
    start = [1.0 + settings.title_weight * similarity(bag, title) for bag in bags]
    base = [each / sum(start) for each in start]
    scores = base
    while True:
        votes = [sum(scores[j] * weights[j][i] / totals[j] for j in range(size) if totals[j] > 0) for i in range(size)]
        fresh = [(1 - settings.damping) * base[i] + settings.damping * votes[i] for i in range(size)]
        if sum(abs(new - old) for new, old in zip(fresh, scores, strict=True)) < settings.tolerance:
            return fresh
        scores = fresh


def summarise(text: str, settings: Settings, count: int, title: str = "") -> list[str]:
    """The `count` sentences with the highest rank, in the order of the text; all of a shorter text."""
    found = sentences(text)
    if len(found) <= count:
        return found
    scores = ranks([words(each, settings.stop_words) for each in found], settings, words(title, settings.stop_words))
    chosen = sorted(range(len(found)), key=lambda index: (-round(scores[index], 9), index))[:count]
    return [found[index] for index in sorted(chosen)]
