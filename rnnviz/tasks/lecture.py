"""The lecture's two networks: few steps, small round numbers, nothing random."""

import numpy as np

from rnnviz.settings.config import RunConfig

from .task import Task, build, one_hot, rows_as_tokens

_FIRST_SAMPLE = np.transpose(
    [
        [1.0, -0.5, 1.0, 0.5, -1.0, 0.0, 1.0, -0.5, 0.5, 0.0, 1.0, -1.0],
        [0.5, 1.0, -1.0, 0.5, 0.0, 1.0, 1.0, -1.0, 0.0, -0.5, 0.5, 0.5],
    ]
)  # (12, 2), X of the first sample: the numbers that every picture of the default network shows


def inputs(steps: int, batch: int) -> np.ndarray:
    """Round numbers from −1 to 1 in halves, (steps, batch, 2).

    A longer or wider table begins with the shorter one, so that a change of T or m keeps what was seen.
    """
    t, i, j = np.ogrid[:steps, :batch, :2]
    scattered = (37 * t + 17 * i + 59 * j + 11) ** 3 % 101 % 5  # cubes modulo a prime look irregular
    X = (scattered - 2) / 2
    known = min(steps, len(_FIRST_SAMPLE))
    X[:known, 0] = _FIRST_SAMPLE[:known]
    return X


def lecture_vector(config: RunConfig) -> Task:
    """One probability: has the first feature added up to more than the second?

    In sequence_to_sequence the question is asked at every step.
    """
    X = inputs(config.steps, config.batch)
    totals = X.cumsum(axis=0)
    return build(
        config,
        X,
        (totals[..., :1] > totals[..., 1:]).astype(float),
        kind="binary",
        sentence="Say whether the first feature has added up to more than the second.",
        output_labels=("first is ahead",),
        **_words(X),
    )


def lecture_sequence(config: RunConfig) -> Task:
    """Two classes at every step: does the sum of the features rise against the step before?

    In sequence_to_vector the question is asked at the last step.
    """
    X = inputs(config.steps, config.batch)
    rises = np.diff(X.sum(axis=2), axis=0, prepend=0.0) > 0
    return build(
        config,
        X,
        one_hot(np.where(rises, 0, 1), 2),
        kind="classes",
        sentence="At every step, say whether the two features together rose since the step before.",
        output_labels=("sum rises", "no rise"),
        **_words(X),
    )


def _words(X: np.ndarray) -> dict:
    pairs = [[f"{first:g}, {second:g}" for first, second in step] for step in X]
    return {"feature_labels": ("x₁", "x₂"), "tokens": rows_as_tokens(pairs)}
