"""The value that every task generator returns, and the few things that all generators need."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.settings.config import RunConfig

OUTPUT_PAIRS = {
    "softmax_cce": ("softmax", "categorical_cross_entropy"),
    "sigmoid_bce": ("sigmoid", "binary_cross_entropy"),
    "softmax_se": ("softmax", "squared_error"),
    "sigmoid_se": ("sigmoid", "squared_error"),
    "identity_se": ("identity", "squared_error"),
    "relu_se": ("relu", "squared_error"),
}
"""Output activation and loss behind each choice of `RunConfig.output`."""


@dataclass(frozen=True, eq=False)
class Task:
    """Data and words of what a network has to learn."""

    name: str
    X: np.ndarray  # (T, m, n0)
    Y: np.ndarray  # (T, m, n2), or (m, n2) in sequence_to_vector
    kind: str  # "classes" (one-hot targets), "binary" (one probability) or "real"
    output_activation: str  # as the architecture takes it, and so the next two
    loss: str
    mode: str
    sentence: str  # what is to be learned
    feature_labels: tuple[str, ...]  # n0 of them
    output_labels: tuple[str, ...]  # n2
    tokens: tuple[tuple[str, ...], ...]  # m of T: what is read at each step, as a short text ("" for padding)
    held_out_X: np.ndarray | None = None  # noqa: N815  (training never sees it; shaped as X with an m of its own)
    held_out_Y: np.ndarray | None = None  # noqa: N815
    unit: str = ""  # of `to_unit(Y)`
    to_unit: Callable[[np.ndarray], np.ndarray] = np.asarray  # takes outputs or targets to the original unit
    time: np.ndarray | None = None  # (T, m): the year that each target belongs to, for a real series
    start: Parameters | None = None  # the weights to begin with, where none are drawn
    H_init: np.ndarray | None = None  # (m, n1): the state before step 0, where the settings do not give it
    C_init: np.ndarray | None = None  # (m, n1): an LSTM's memory there
    mask: np.ndarray | None = None  # (T, m), or (m,): 1 for a loss, 0 for padding; None where every loss counts


def build(
    config: RunConfig,
    X: np.ndarray,
    Y: np.ndarray,
    *,
    held_out: tuple[np.ndarray, np.ndarray] | None = None,
    **words: Any,
) -> Task:
    """A Task from X and Y given at every step, (T, m, …), and the remaining attributes of `Task` as words.

    Of Y sequence_to_vector keeps the last step.
    """
    last = config.mode == "sequence_to_vector"
    X_held, Y_held = held_out if held_out is not None and held_out[0].shape[1] else (None, None)
    activation, loss = OUTPUT_PAIRS[config.output_pair()]
    return Task(
        name=config.task,
        X=np.ascontiguousarray(X, dtype=float),
        Y=np.array(Y[-1] if last else Y, dtype=float),
        output_activation=activation,
        loss=loss,
        mode=config.mode,
        held_out_X=None if X_held is None else np.ascontiguousarray(X_held, dtype=float),
        held_out_Y=None if Y_held is None else np.array(Y_held[-1] if last else Y_held, dtype=float),
        **words,
    )


def one_hot(indices: np.ndarray, size: int) -> np.ndarray:
    """Rows of the identity: shape `indices.shape + (size,)`; a negative index gives a row of zeros."""
    return (np.asarray(indices)[..., None] == np.arange(size)).astype(float)


def random(config: RunConfig, task_number: int) -> np.random.Generator:
    """The generator of a task's data: a function of the seed, apart from the one that draws the weights."""
    return np.random.default_rng([task_number, config.seed])


def train_and_held_out(config: RunConfig, table: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The first T steps of the first m samples of a (200, 128, …) table, and those of the last 64.

    Drawn once at full size, a table keeps its numbers when T or m change.
    """
    return table[: config.steps, : config.batch], table[: config.steps, -64:]


def rows_as_tokens(rows: Iterable[Iterable[object]]) -> tuple[tuple[str, ...], ...]:
    """(T, m) things, numbers or symbols, to m tuples of T texts; a minus is a true one."""
    return tuple(tuple(str(value).replace("-", "−") for value in column) for column in zip(*rows, strict=True))


def starts(first: int, last: int, count: int) -> np.ndarray:
    """At most `count` different window starts, spread evenly; none where the last is before the first."""
    return np.unique(np.linspace(first, last, max(0, min(count, last - first + 1))).round().astype(int))
