"""What a network in training says, holds and sends back at the epochs that are shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters, lag_gradients
from rnnviz.engine.progress import tracked
from rnnviz.engine.side_by_side import as_many_as_fit, run_each

from .core import Experiment, ends, over_samples, targets, with_parameters
from .flow import gates
from .training import TrainingRun

MOST_POINTS, MOST_PLACES = 200, 12_000
"""How many states are followed at an epoch, and at all epochs: every step of as many sequences as fit."""
_MOST_LAG_EPOCHS, _FEWEST_LAG_EPOCHS, _LAG_WORK = 25, 6, 4e8
"""The gradient by lag is a sweep an epoch: 25 of them, fewer where a sweep is long."""


@dataclass(frozen=True, eq=False)
class Watched:
    """A training run seen at F of its kept epochs, at `places` (F,) of its snapshots.

    `predicted` (F, P, n2) and `target` (P, n2) are in the unit of the task. In sequence_to_sequence P is T, of the
    chosen sample (the mean over the batch for sample −1); in sequence_to_vector P is m, the last step of every
    sequence. Where they are means over the batch, `right` (F,) counts in how many of all T m places the largest
    prediction of a sequence itself stands where its largest target is; else None. `states` (F, T, S, 2) are H_t of the
    first S sequences along the two directions in which the states of the last epoch spread most, from their mean, and
    `spread` the part of its variance that these hold, 0 to 1. `by_lag` (G, T) is ‖Σ_t term(t, t − lag)‖ of Wh1, with
    every term and before clipping, at the snapshots `lag_places` (G,). `gates` are there the means of each gate of a
    gated cell over steps, samples and units, (G,) by its name.
    """

    places: np.ndarray
    predicted: np.ndarray
    target: np.ndarray
    right: np.ndarray | None
    states: np.ndarray
    spread: float
    lag_places: np.ndarray
    by_lag: np.ndarray
    gates: dict[str, np.ndarray]


def watch(experiment: Experiment, run: TrainingRun, places: Sequence[int], sample: int) -> Watched:
    """Run the network at some of the snapshots, all finite, and keep what is shown of it.

    `sample` is the sequence whose predictions are kept, −1 for their mean.
    """
    task, architecture, (T, m, _) = experiment.task, experiment.architecture, experiment.task.X.shape
    vector, Y = architecture.is_sequence_to_vector, targets(task)
    followed = max(1, min(m, min(MOST_POINTS, MOST_PLACES // len(places)) // T))
    # The sequences that are run: those followed first, then the chosen one, or all where all are needed.
    columns = np.arange(m) if sample < 0 or vector else np.append(np.arange(followed), sample)

    def shown(values: np.ndarray, column: int) -> np.ndarray:
        """(…, P, n2) of (…, T, m, n2)."""
        if vector:
            return values[..., -1, :, :]
        return over_samples(task, values) if sample < 0 else values[..., : ends(task)[sample], column, :]

    X, H_init, memory = task.X[:, columns], experiment.H_init[columns], experiment.C_init
    C_init = None if memory is None else memory[columns]
    predicted, states, right = list[np.ndarray](), list[np.ndarray](), list[np.ndarray]()
    for part in as_many_as_fit(architecture, X, len(places)):
        H, Y_hat = run_each(architecture, _at(run, list(places[part])), X, H_init, C_init)
        predicted.append(shown(Y_hat, -1))
        states.append(H[:, :, :followed].copy())  # a view would hold the states of all sequences
        if sample < 0 and not vector:
            same = Y_hat.argmax(axis=-1) == Y.argmax(axis=-1)
            right.append((same if task.mask is None else same & (task.mask > 0)).sum(axis=(1, 2)))
    count = int(np.clip(_LAG_WORK / (T * T * m * architecture.n_hidden**2), _FEWEST_LAG_EPOCHS, _MOST_LAG_EPOCHS))
    lag_places = np.asarray(places)[np.unique(np.linspace(0, len(places) - 1, count).round().astype(int))]
    flat, spread = _flattened(np.concatenate(states))
    seen = [with_parameters(experiment, _at(run, place)) for place in tracked(lag_places)]
    return Watched(
        np.asarray(places),
        task.to_unit(np.concatenate(predicted)),
        task.to_unit(shown(Y, sample)),
        np.concatenate(right) if right else None,
        flat,
        spread,
        lag_places,
        np.array([_by_lag(each) for each in seen]),
        _gates(seen),
    )


def _at(run: TrainingRun, places: int | list[int]) -> Parameters:
    return Parameters(*(run.parameters[name][places] for name in Parameters._fields))


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


def _gates(seen: list[Experiment]) -> dict[str, np.ndarray]:
    means = [{name: values.mean() for name, values in gates(each).items() if name != "candidate"} for each in seen]
    return {name: np.array([each[name] for each in means]) for name in means[0]}


def _by_lag(experiment: Experiment) -> np.ndarray:
    found = lag_gradients(*experiment.problem).Wh1
    with np.errstate(over="ignore", invalid="ignore"):
        return np.sqrt(np.einsum("lij,lij->l", found, found))
