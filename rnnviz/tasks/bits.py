"""Symbols that are read one a step: running parity and echo."""

import numpy as np

from rnnviz.notation.counts import counted
from rnnviz.settings.config import RunConfig

from .task import Task, build, one_hot, random, rows_as_tokens, train_and_held_out

SYMBOLS = ("A", "B", "C")


def parity(config: RunConfig) -> Task:
    """Is the number of ones read so far odd? X is the bit itself, (T, m, 1)."""
    X, X_held = _different_sequences(config, 2, random(config, 1))
    return build(
        config,
        X[..., None],
        _odd(X),
        held_out=(X_held[..., None], _odd(X_held)),
        kind="binary",
        sentence="Say at every step whether the number of ones read so far is odd.",
        feature_labels=("bit",),
        output_labels=("odd",),
        tokens=rows_as_tokens(X),
    )


def echo(config: RunConfig) -> Task:
    """Repeat the symbol of `lag` steps ago; before that the answer is "none yet"."""
    S, S_held = _different_sequences(config, len(SYMBOLS), random(config, 2))
    return build(
        config,
        one_hot(S, len(SYMBOLS)),
        _delayed(S, config.lag),
        held_out=(one_hot(S_held, len(SYMBOLS)), _delayed(S_held, config.lag)),
        kind="classes",
        sentence=f"Repeat the symbol that was read {counted(config.lag, 'step')} ago.",
        feature_labels=SYMBOLS,
        output_labels=(*SYMBOLS, "none yet"),
        tokens=rows_as_tokens([[SYMBOLS[s] for s in row] for row in S]),
    )


def first_symbols(rng: np.random.Generator, steps: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """X (T, count, 3) and Y (count, 4) of `echo` asked at the last step for the first symbol."""
    S = rng.integers(len(SYMBOLS), size=(steps, count))
    return one_hot(S, len(SYMBOLS)), _delayed(S, steps - 1)[-1]


def _odd(X: np.ndarray) -> np.ndarray:
    return (X.cumsum(axis=0) % 2)[..., None].astype(float)


def _delayed(S: np.ndarray, lag: int) -> np.ndarray:
    """One-hot (T, m, 4) of S moved by `lag` steps."""
    late = np.full_like(S, len(SYMBOLS))
    late[lag:] = S[: len(S) - lag]
    return one_hot(late, len(SYMBOLS) + 1)


def _different_sequences(config: RunConfig, base: int, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(T, m) training and (T, up to 64) held-out digits, no sequence in both.

    Short sequences are few: the batch may repeat some, and fewer (or none) are left to hold out.
    """
    X, others = train_and_held_out(config, rng.integers(base, size=(200, 128)))
    seen = set(map(tuple, X.T))
    fresh = [row for row in dict.fromkeys(map(tuple, others.T)) if row not in seen]
    return X, np.array(fresh, dtype=int).reshape(-1, config.steps).T
