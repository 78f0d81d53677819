"""Forecasts of years that training never saw."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters, forward
from rnnviz.experiment.core import Experiment
from rnnviz.tasks import sunspots as sunspot_data


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
    """One forecast for each held-out year from the T true years before it, beside two naive forecasts."""
    X, truth, years = held_out_years(experiment)
    outputs = forward(experiment.architecture, parameters, X).Y_hat[-1, :, 0]
    forecasts = {"network": sunspot_data.to_unit(outputs)} | sunspot_data.baselines(years)
    errors = {name: sunspot_data.errors(values, truth) for name, values in forecasts.items()}
    return Forecast(years, truth, forecasts, errors)


def held_out_years(experiment: Experiment) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The T years before each held-out year, its number and its year; ValueError for another task."""
    if experiment.task.name != "sunspots":
        raise ValueError(f"experiment: got the task {experiment.task.name}, expected sunspots")
    return sunspot_data.contexts(experiment.config.steps)
