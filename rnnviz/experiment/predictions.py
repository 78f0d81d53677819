"""What the network says before and after training, beside the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters, forward
from rnnviz.tasks import sunspots as sunspot_data

from .core import Experiment, targets


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


def accuracy(kind: str, Y_hat: np.ndarray, Y: np.ndarray) -> float | None:
    """Fraction of right answers: the largest output of "classes", the side of ½ of "binary", else None."""
    if kind == "classes":
        return float((Y_hat.argmax(axis=-1) == Y.argmax(axis=-1)).mean())
    if kind == "binary":
        return float(((Y_hat > 0.5) == (Y > 0.5)).mean())
    return None


def held_out_accuracy(experiment: Experiment, parameters: Parameters) -> float | None:
    """Accuracy on sequences that training never saw, or None where there are none."""
    task = experiment.task
    if task.held_out_X is None:
        return None
    Y_hat = forward(experiment.architecture, parameters, task.held_out_X).Y_hat
    return accuracy(
        task.kind, Y_hat, task.held_out_Y if Y_hat.ndim == task.held_out_Y.ndim else task.held_out_Y[None]
    )


@dataclass(frozen=True, eq=False)
class Forecast:
    """Forecasts of the held-out years in sunspot numbers.

    `forecasts` and `errors` have the keys "network", "last value" and "11 years ago"; an error is a dict with
    "mae" and "rmse".
    """

    years: np.ndarray
    truth: np.ndarray
    forecasts: dict[str, np.ndarray]
    errors: dict[str, dict[str, float]]


def sunspot_forecast(experiment: Experiment, parameters: Parameters) -> Forecast:
    """One forecast for each held-out year from the T true years before it, beside two naive forecasts.

    Raises
    ------
    ValueError
        If the task is not sunspots.
    """
    X, truth, years = held_out_years(experiment)
    outputs = forward(experiment.architecture, parameters, X).Y_hat[-1, :, 0]
    forecasts = {"network": sunspot_data.to_unit(outputs)} | sunspot_data.baselines(years)
    errors = {name: sunspot_data.errors(values, truth) for name, values in forecasts.items()}
    return Forecast(years, truth, forecasts, errors)


def held_out_years(experiment: Experiment) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The T years before each held-out year, its number and its year: see `rnnviz.tasks.sunspots.contexts`.

    Raises
    ------
    ValueError
        If the task is not sunspots.
    """
    if experiment.task.name != "sunspots":
        raise ValueError(f"experiment: got the task {experiment.task.name}, expected sunspots")
    return sunspot_data.contexts(experiment.config.steps)
