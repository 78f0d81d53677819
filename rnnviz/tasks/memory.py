"""Long sequences with little in them: adding two marked numbers, and recalling the first."""

import numpy as np

from rnnviz.settings.config import RunConfig

from .task import Task, build, random, rows_as_tokens, train_and_held_out

NOISE = 0.1


def adding(config: RunConfig) -> Task:
    """The adding problem in its later form [1]_: X holds a number from 0 to 1 and a mark.

    One mark is in the first half and one in the second; Y_t is the sum of the numbers marked so far, so that
    sequence_to_vector asks for the sum of both. The first form [2]_ has numbers from -1 to 1 and the target
    ½ + sum / 4.

    References
    ----------
    .. [1] M. Arjovsky, A. Shah, Y. Bengio, "Unitary evolution recurrent neural networks", ICML 2016.
    .. [2] S. Hochreiter, J. Schmidhuber, "Long short-term memory", Neural Computation 9, 1997.
    """
    X, X_held = train_and_held_out(config, _marked(random(config, 3), config.steps, 200, 128))
    return build(
        config,
        X,
        _running_sum(X),
        held_out=(X_held, _running_sum(X_held)),
        kind="real",
        sentence="Add the two numbers that carry a mark and ignore the others.",
        feature_labels=("number", "mark"),
        output_labels=("sum",),
        tokens=rows_as_tokens([[f"{x:.2f}" + "*" * int(mark) for x, mark in step] for step in X]),
    )


def marked_sums(rng: np.random.Generator, steps: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """X (T, count, 2) and Y (count, 1) of `adding` asked at the last step, as many as are wanted."""
    X = _marked(rng, steps, steps, count)
    return X, _running_sum(X)[-1]


def _marked(rng: np.random.Generator, steps: int, rows: int, count: int) -> np.ndarray:
    """(rows, count, 2) numbers and marks; the marks depend on `steps`, the numbers do not."""
    X = np.stack([rng.random((rows, count)).round(2), np.zeros((rows, count))], axis=2)
    place, samples, half = rng.random((2, count)), np.arange(count), steps // 2
    X[(place[0] * half).astype(int), samples, 1] = 1.0
    X[(half + place[1] * (steps - half)).astype(int), samples, 1] = 1.0
    return X


def _running_sum(X: np.ndarray) -> np.ndarray:
    return (X[..., :1] * X[..., 1:]).cumsum(axis=0)


def recall(config: RunConfig) -> Task:
    """Give back the ±1 read at t = 0 after noise of standard deviation 0.1 (Bengio et al. 1994, latching).

    Sequence_to_sequence asks for it at every step.
    """
    table = NOISE * random(config, 4).standard_normal((200, 128, 2))
    table[0, :, 0] = np.where(np.arange(128) % 2, -1.0, 1.0)
    X, X_held = train_and_held_out(config, table)
    return build(
        config,
        X,
        _first_signal(X),
        held_out=(X_held, _first_signal(X_held)),
        kind="real",
        sentence="Give back the number that was read at the first step; what follows is noise.",
        feature_labels=("signal", "noise"),
        output_labels=("first signal",),
        tokens=rows_as_tokens([[f"{x:.2g}" for x in step] for step in X[..., 0]]),
    )


def _first_signal(X: np.ndarray) -> np.ndarray:
    return np.broadcast_to(X[0, :, :1], (*X.shape[:2], 1))
