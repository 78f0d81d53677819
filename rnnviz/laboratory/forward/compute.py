"""One step of the forward pass opened; the states over time; predictions beside their targets."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnviz.engine import Trace
from rnnviz.experiment.core import Experiment, targets
from rnnviz.notation.ids import at, state
from rnnviz.tasks import Task


def states(trace: Trace, sample: int) -> np.ndarray:
    """Return the hidden states (n1, T) of one sample, of the batch mean for sample −1."""
    return _chosen(trace.H, sample).T


@dataclass(frozen=True, eq=False)
class Prediction:
    """Predictions beside their targets, all (places, outputs), in the unit of the task.

    Where the places are means over the batch, ``samples`` are the target and the predictions that were averaged, each
    (places, m, outputs).
    """

    axis: str  # what runs along x: the steps, the years, or in sequence_to_vector the samples of the batch
    places: tuple  # labels along x
    outputs: tuple[str, ...]  # their labels
    target: np.ndarray
    predicted: dict[str, np.ndarray]
    unit: str
    kind: str  # "classes", "binary" or "real", as the task's targets are
    samples: tuple[np.ndarray, dict[str, np.ndarray]] | None = None

    @property
    def as_classes(self) -> bool:
        """Whether there is a number for each of several classes."""
        return self.kind == "classes"


def prediction(task: Task, Y_hats: dict[str, np.ndarray], sample: int) -> Prediction:
    """Lay predictions, each ``Trace.Y_hat`` by its name, beside the targets of a task.

    In sequence_to_sequence those of one sample, or for −1 the means over the batch.
    """
    samples = None
    if task.mode == "sequence_to_vector":
        target, chosen = task.Y, {name: Y_hat[-1] for name, Y_hat in Y_hats.items()}
        axis, places = "sample", tuple(range(len(target)))
    else:
        target = _chosen(task.Y, sample)
        chosen = {name: _chosen(Y_hat, sample) for name, Y_hat in Y_hats.items()}
        axis, places = "step t", tuple(range(len(task.Y)))
        if task.time is not None and sample >= 0:
            axis, places = "year", tuple(int(year) for year in task.time[:, sample])
        if sample < 0 and task.Y.shape[1] > 1:
            samples = task.to_unit(task.Y), {name: task.to_unit(each) for name, each in Y_hats.items()}
    converted = {name: task.to_unit(values) for name, values in chosen.items()}
    target = task.to_unit(target)
    return Prediction(axis, places, task.output_labels, target, converted, task.unit, task.kind, samples)


def _chosen(values: np.ndarray, sample: int) -> np.ndarray:
    """Of values (T, m, n) those of one sample, or for −1 their mean over the batch."""
    return values.mean(axis=1) if sample < 0 else values[:, sample]


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


def step_matrices(experiment: Experiment, t: int, sample: int | None = None) -> dict[str, np.ndarray]:
    """The matrices of one forward step, in the order in which they are computed.

    Of one sequence they have one row, of None all m; −1 stands for the mean over the batch of each quantity
    (the mean of H is not f₁ of the mean of A). They are ``X_t``, ``W1``, ``X_t W1``, ``H_{t-1}`` (``H_init`` at
    t = 0), ``Wh1``, ``H_{t-1} Wh1``, ``b1``, ``A_t``, ``H_t`` and, where step t has an output, ``W2``, ``H_t W2``,
    ``b2``, ``Z_t``, ``Y_hat_t``, ``Y_t``; biases as (1, n). ValueError for an impossible t or sample.
    """
    T, m, _ = experiment.task.X.shape
    if not 0 <= t < T:
        raise ValueError(f"t: got {t}, expected a step from 0 to {T - 1}")
    if sample is not None and not -1 <= sample < m:
        raise ValueError(f"sample: got {sample}, expected −1 to {m - 1} or None")
    parameters, trace = experiment.parameters, experiment.trace
    X, H, H_init = experiment.task.X[t], trace.H[t], np.broadcast_to(trace.H_init, trace.H[t].shape)
    (x, a, h, z, y, answer), name = at(t, "X", "A", "H", "Z", "Y", "Y_hat"), state(t - 1)
    before = trace.H[t - 1] if t else H_init
    rows = {x: X, "W1": None, f"{x} W1": X @ parameters.W1}
    rows |= {name: before, "Wh1": None, f"{name} Wh1": before @ parameters.Wh1, "b1": None}
    rows |= {a: trace.A[t], h: H}
    # In sequence_to_vector Z, Y_hat and Y hold the last step alone.
    out = t - T + len(trace.Z)
    if out >= 0:
        rows |= {"W2": None, f"{h} W2": H @ parameters.W2, "b2": None, z: trace.Z[out]}
        rows |= {answer: trace.Y_hat[out], y: targets(experiment.task)[out]}
    return {
        key: np.atleast_2d(getattr(parameters, key) if values is None else _rows(values, sample))
        for key, values in rows.items()
    }


def _rows(values: np.ndarray, sample: int | None) -> np.ndarray:
    return values if sample is None else _chosen(values[None], sample)
