"""What a network says before and after training, beside the truth: for tests of what is learned."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters, forward
from rnnviz.experiment.core import Experiment, targets


def accuracy(kind: str, Y_hat: np.ndarray, Y: np.ndarray) -> float | None:
    """Fraction of right answers: the largest output of "classes", the side of ½ of "binary", else None."""
    if kind == "classes":
        return float((Y_hat.argmax(axis=-1) == Y.argmax(axis=-1)).mean())
    if kind == "binary":
        return float(((Y_hat > 0.5) == (Y > 0.5)).mean())
    return None


@dataclass(frozen=True, eq=False)
class Predictions:
    """Outputs before and after training beside the targets, (steps with an output, m, n2), in `unit`.

    Accuracies are fractions of right answers over steps and samples, or None for real-valued targets.
    """

    before: np.ndarray
    after: np.ndarray
    truth: np.ndarray
    unit: str
    accuracy_before: float | None
    accuracy_after: float | None


def predictions_before_after(experiment: Experiment, parameters: Parameters) -> Predictions:
    """The outputs of the start values and of `parameters` on the training sequences."""
    task = experiment.task
    after = forward(experiment.architecture, parameters, task.X, experiment.H_init).Y_hat
    before, truth = experiment.trace.Y_hat, targets(task)
    return Predictions(
        before=task.to_unit(before),
        after=task.to_unit(after),
        truth=task.to_unit(truth),
        unit=task.unit,
        accuracy_before=accuracy(task.kind, before, truth),
        accuracy_after=accuracy(task.kind, after, truth),
    )


def held_out_accuracy(experiment: Experiment, parameters: Parameters) -> float | None:
    """Accuracy on sequences that training never saw, or None where there are none."""
    task = experiment.task
    if task.held_out_X is None:
        return None
    Y_hat = forward(experiment.architecture, parameters, task.held_out_X).Y_hat
    return accuracy(task.kind, Y_hat, task.held_out_Y if Y_hat.ndim == task.held_out_Y.ndim else task.held_out_Y[None])
