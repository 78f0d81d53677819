"""Short phrases over eleven words, kind or unkind, in which negation and order decide."""

from collections.abc import Sequence
from functools import cache
from itertools import product

import numpy as np

from rnnviz.settings.config import RunConfig

from .task import Task, build, one_hot

Phrase = tuple[tuple[str, ...], bool]  # its words, and whether it is kind
KIND = ("good", "great", "nice")
UNKIND = ("bad", "poor", "awful")
NEGATIONS = ("not", "never")
WORDS = (*NEGATIONS, "very", "so", "but", *KIND, *UNKIND)
_OPENINGS = ((), ("very",), ("so",), ("not",), ("never",), ("not", "very"), ("not", "so"), ("never", "so"))
_FIRST = "not very good, very good, not bad, good not bad, bad not good, not good but bad, not bad but good, so awful"


@cache
def phrases() -> tuple[Phrase, ...]:
    """All 84 phrases as (words, kind?) in a fixed order that mixes lengths and answers.

    The last two groups hold the same words with opposite answers ("good not bad", "bad not good"): no
    count of words can tell them apart.
    """
    found: dict[tuple[str, ...], bool] = {}
    for opening, word in product(_OPENINGS, KIND + UNKIND):
        found[*opening, word] = (word in KIND) != any(w in NEGATIONS for w in opening)
    for kind, unkind in product(KIND, UNKIND):
        found[kind, "not", unkind] = found["not", unkind, "but", kind] = True
        found[unkind, "not", kind] = found["not", kind, "but", unkind] = False
    first = [tuple(text.split()) for text in _FIRST.split(",")]
    rest = [words for words in found if words not in first]
    # 31 has no factor in common with 76 = 84 - 8, so this walk visits each of the rest once
    return tuple((words, found[words]) for words in [*first, *(rest[31 * i % 76] for i in range(76))])


def sentiment(config: RunConfig) -> Task:
    """The task of the first `batch` phrases that fit into T steps; up to 64 others are held out.

    A phrase shorter than T is padded on the left with zero vectors: the network reads "no word" and then the
    phrase, so that its last word is always at t = T − 1. The network does run over the padding: while the
    biases are 0, H stays 0 there; trained biases make it drift.
    """
    fitting = [entry for entry in phrases() if len(entry[0]) <= config.steps]
    chosen, held_out = fitting[: config.batch], fitting[config.batch :][:64]
    X, Y = _encoded(chosen, config.steps)
    return build(
        config,
        X,
        Y,
        held_out=_encoded(held_out, config.steps) if held_out else None,
        kind="binary",
        sentence="Read the phrase word by word and say at the end whether it is kind.",
        feature_labels=WORDS,
        output_labels=("kind",),
        tokens=tuple(_padded(words, config.steps) for words, _ in chosen),
    )


def _padded(words: tuple[str, ...], steps: int) -> tuple[str, ...]:
    return ("",) * (steps - len(words)) + words


def _encoded(entries: Sequence[Phrase], steps: int) -> tuple[np.ndarray, np.ndarray]:
    """X (T, m, 11) and Y (T, m, 1); only the answer at the last step is ever asked for."""
    rows = [[WORDS.index(w) if w else -1 for w in _padded(words, steps)] for words, _ in entries]
    answers = np.array([[kind] for _, kind in entries], dtype=float)
    return one_hot(np.transpose(rows), len(WORDS)), np.broadcast_to(answers, (steps, *answers.shape))
