"""One step of the forward pass opened; the states over time; predictions beside their targets."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnviz.engine import Trace
from rnnviz.experiment.core import Experiment, ends, over_samples, targets
from rnnviz.notation.ids import at, state
from rnnviz.tasks import Task


def states(trace: Trace, sample: int) -> np.ndarray:
    """Return the hidden states (n1, T) of one sample, of the batch mean for sample −1."""
    return (trace.H.mean(axis=1) if sample < 0 else trace.H[:, sample]).T


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions beside their targets, all (places, outputs), in the unit of the task.

    Where the places are means over the batch, ``samples`` are the target and the prediction that were averaged, each
    (places, m, outputs).
    """

    axis: str  # what runs along x: the steps, the years, or in sequence_to_vector the samples of the batch
    places: tuple  # labels along x
    outputs: tuple[str, ...]  # their labels
    target: np.ndarray
    predicted: np.ndarray
    unit: str
    kind: str  # "classes", "binary" or "real", as the task's targets are
    samples: tuple[np.ndarray, np.ndarray] | None = None

    @property
    def as_classes(self) -> bool:
        """Whether there is a number for each of several classes."""
        return self.kind == "classes"


def prediction(task: Task, Y_hat: np.ndarray, sample: int) -> Prediction:
    """Lay predictions, a ``Trace.Y_hat``, beside the targets of a task.

    In sequence_to_sequence those of one sample, or for −1 the means over the batch.
    """
    samples = None
    if task.mode == "sequence_to_vector":
        target, chosen = task.Y, Y_hat[-1]
        axis, places = "sample", tuple(range(len(target)))
    else:
        target, chosen = _chosen(task, task.Y, sample), _chosen(task, Y_hat, sample)
        axis, places = "step t", tuple(range(len(target)))
        if task.time is not None and sample >= 0:
            axis, places = "year", tuple(int(year) for year in task.time[:, sample])
        if sample < 0 and task.Y.shape[1] > 1:
            samples = task.to_unit(_asked(task, task.Y)), task.to_unit(_asked(task, Y_hat))
    both = task.to_unit(target), task.to_unit(chosen)
    return Prediction(axis, places, task.output_labels, *both, task.unit, task.kind, samples)


def _chosen(task: Task, values: np.ndarray, sample: int) -> np.ndarray:
    """Of values (T, m, n) those of one sample up to its padding, or for −1 their mean over the batch."""
    return over_samples(task, values) if sample < 0 else values[: ends(task)[sample], sample]


def _asked(task: Task, values: np.ndarray) -> np.ndarray:
    """Values (T, m, n); of samples with padding all that count, one below the other, (places, 1, n)."""
    return values if task.mask is None else values[task.mask > 0][:, None]


class Fit(NamedTuple):
    """How many places are right, the mean weight on the right class, and the mean absolute error."""

    right: int
    weight: float
    error: float


def fit(as_classes: bool, target: np.ndarray, values: np.ndarray) -> Fit:
    """Return how close values (places, outputs) are to their targets."""
    wanted = target > 0.5
    same = values.argmax(axis=1) == target.argmax(axis=1) if as_classes else (values > 0.5) == wanted
    weight = float(np.mean(np.sum(values * wanted, axis=1)))
    return Fit(int(np.sum(same)), weight, float(np.mean(np.abs(values - target))))


def step_matrices(experiment: Experiment, t: int) -> dict[str, np.ndarray]:
    """The matrices of one forward step, of all m samples, in the order in which they are computed.

    They are ``X_t``, ``W1``, ``X_t W1``, ``H_{t-1}`` (``H_init`` at t = 0), ``Wh1``, ``H_{t-1} Wh1``, ``b1``, ``A_t``,
    ``H_t`` and, where step t has an output, ``W2``, ``H_t W2``, ``b2``, ``Z_t``, ``Y_hat_t``, ``Y_t``; biases as
    (1, n). ValueError for an impossible t.
    """
    T = len(experiment.task.X)
    if not 0 <= t < T:
        raise ValueError(f"t: got {t}, expected a step from 0 to {T - 1}")
    trace = experiment.trace
    X, H, H_init = experiment.task.X[t], trace.H[t], np.broadcast_to(trace.H_init, trace.H[t].shape)
    (x, a, h, z, y, answer), name = at(t, "X", "A", "H", "Z", "Y", "Y_hat"), state(t - 1)
    before = trace.H[t - 1] if t else H_init
    W1, Wh1, b1, W2, b2 = experiment.parameters
    found = {x: X, "W1": W1, f"{x} W1": X @ W1, name: before, "Wh1": Wh1, f"{name} Wh1": before @ Wh1}
    found |= {"b1": b1[None], a: trace.A[t], h: H}
    # In sequence_to_vector Z, Y_hat and Y hold the last step alone.
    out = t - T + len(trace.Z)
    if out >= 0:
        found |= {"W2": W2, f"{h} W2": H @ W2, "b2": b2[None], z: trace.Z[out]}
        found |= {answer: trace.Y_hat[out], y: targets(experiment.task)[out]}
    return found
