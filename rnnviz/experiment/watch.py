"""What a network in training says, holds and sends back at the epochs that are shown."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters, forward, lag_gradients
from rnnviz.engine.pulse import told
from rnnviz.engine.side_by_side import as_many_as_fit, run_each

from .core import Experiment, targets
from .training import TrainingRun

MOST_POINTS, MOST_PLACES = 200, 12_000
"""How many states are followed at an epoch, and at all epochs: every step of as many sequences as fit."""
_MOST_LAG_EPOCHS, _FEWEST_LAG_EPOCHS, _LAG_WORK = 25, 6, 4e8
"""The gradient by lag is a sweep an epoch: 25 of them, fewer where a sweep is long."""


@dataclass(frozen=True, eq=False)
class Watched:
    """A training run seen at F of its kept epochs.

    Attributes
    ----------
    places : (F,) array of int
        Which of the run's snapshots.
    predicted : (F, P, n2) array
        In the unit of the task. In sequence_to_sequence P is T, of the chosen sample (the mean over the batch
        for sample −1); in sequence_to_vector P is m, the last step of every sequence.
    target : (P, n2) array
    right : (F,) array of int, or None
        Where `predicted` are means over the batch: in how many of all T m places the largest prediction of a
        sequence itself stands where its largest target is.
    states : (F, T, S, 2) array
        H_t of the first S sequences along the two directions in which the states of the last epoch spread
        most, from their mean.
    spread : float
        The part of the last epoch's variance that the two directions hold, 0 to 1.
    lag_places : (G,) array of int
        The snapshots at which the gradient is taken apart by lag.
    by_lag : (G, T) array
        ‖Σ_t term(t, t − lag)‖ of Wh1, with every term and before clipping.
    """

    places: np.ndarray
    predicted: np.ndarray
    target: np.ndarray
    right: np.ndarray | None
    states: np.ndarray
    spread: float
    lag_places: np.ndarray
    by_lag: np.ndarray


def watch(experiment: Experiment, run: TrainingRun, places: Sequence[int], sample: int) -> Watched:
    """Run the network at some of the snapshots, all finite, and keep what is shown of it.

    `sample` is the sequence whose predictions are kept, −1 for their mean.
    """
    followed = _followed(experiment, len(places))
    predicted, states, right = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    averages = sample < 0 and experiment.architecture.mode == "sequence_to_sequence"
    for H, Y_hat in _seen(experiment, run, places, _columns(experiment, sample, followed)):
        predicted.append(_spoken(experiment, Y_hat, sample))
        states.append(H[:, :, :followed].copy())  # a view would hold the states of all sequences
        right += [_right(Y_hat, targets(experiment.task))] if averages else []
    lag_places = _lag_places(experiment, places)
    flat, spread = _flattened(np.concatenate(states))
    to_unit = experiment.task.to_unit
    return Watched(
        np.asarray(places),
        to_unit(np.concatenate(predicted)),
        to_unit(_chosen(targets(experiment.task), experiment, sample)),
        np.concatenate(right) if averages else None,
        flat,
        spread,
        lag_places,
        np.array([_by_lag(experiment, parameters) for parameters in told(list(_at(run, lag_places)))]),
    )


def _followed(experiment: Experiment, frames: int) -> int:
    T, m, _ = experiment.task.X.shape
    return max(1, min(m, min(MOST_POINTS, MOST_PLACES // frames) // T))


def _at(run: TrainingRun, places: np.ndarray) -> Iterator[Parameters]:
    return (Parameters(*(run.parameters[name][place] for name in Parameters._fields)) for place in places)


def _columns(experiment: Experiment, sample: int, followed: int) -> np.ndarray:
    """The sequences that are run: those followed first, then the chosen one, or all where all are needed."""
    m = experiment.task.X.shape[1]
    if sample < 0 or experiment.architecture.mode == "sequence_to_vector":
        return np.arange(m)
    return np.append(np.arange(followed), sample)


def _seen(
    experiment: Experiment, run: TrainingRun, places: Sequence[int], columns: np.ndarray
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """States and predictions at all places, as many networks at once as fit."""
    X, H_init = experiment.task.X[:, columns], experiment.H_init[columns]
    for part in as_many_as_fit(experiment.architecture, X, len(places)):
        some = list(places[part])
        stacked = Parameters(*(run.parameters[name][some] for name in Parameters._fields))
        yield run_each(experiment.architecture, stacked, X, H_init)


def _spoken(experiment: Experiment, Y_hat: np.ndarray, sample: int) -> np.ndarray:
    """The predictions (F, P, n2) of networks whose last sequence is the chosen one."""
    if experiment.architecture.mode == "sequence_to_vector":
        return Y_hat[:, -1]
    return Y_hat.mean(axis=2) if sample < 0 else Y_hat[:, :, -1]


def _right(Y_hat: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """In how many places of each network (F, T, m, n2) the largest output is the wanted one."""
    return (Y_hat.argmax(axis=-1) == Y.argmax(axis=-1)).sum(axis=(1, 2))


def _chosen(Y: np.ndarray, experiment: Experiment, sample: int) -> np.ndarray:
    if experiment.architecture.mode == "sequence_to_vector":
        return Y[-1]
    return Y.mean(axis=1) if sample < 0 else Y[:, sample]


def _flattened(states: np.ndarray) -> tuple[np.ndarray, float]:
    """States (F, T, S, n1) along the two main directions of the last of them, and the share these hold.

    The last are those of the last frame in which all are finite.
    """
    finite = np.flatnonzero(np.isfinite(states).all(axis=(1, 2, 3)))
    last = states[finite[-1] if finite.size else -1].reshape(-1, states.shape[-1])
    with np.errstate(over="ignore", invalid="ignore"):
        middle = last.mean(axis=0)
        spread = last - middle
        if not np.isfinite(spread).all():
            spread = np.zeros_like(last)
        _, lengths, directions = np.linalg.svd(spread, full_matrices=False)
        flat = (states - middle) @ directions[:2].T
    if flat.shape[-1] < 2:
        flat = np.concatenate([flat, np.zeros_like(flat)], axis=-1)
    parts = (lengths / (lengths[0] or 1.0)) ** 2  # the squares themselves may overflow
    return flat, float(parts[:2].sum() / parts.sum()) if lengths[0] > 0 else 1.0


def _lag_places(experiment: Experiment, places: Sequence[int]) -> np.ndarray:
    T, m, _ = experiment.task.X.shape
    work = T * T * m * experiment.config.hidden**2
    count = int(np.clip(_LAG_WORK / work, _FEWEST_LAG_EPOCHS, _MOST_LAG_EPOCHS))
    return np.asarray(places)[np.unique(np.linspace(0, len(places) - 1, count).round().astype(int))]


def _by_lag(experiment: Experiment, parameters: Parameters) -> np.ndarray:
    task = experiment.task
    trace = forward(experiment.architecture, parameters, task.X, experiment.H_init)
    found = lag_gradients(experiment.architecture, parameters, trace, task.Y).Wh1
    with np.errstate(over="ignore", invalid="ignore"):
        return np.sqrt(np.einsum("lij,lij->l", found, found))
