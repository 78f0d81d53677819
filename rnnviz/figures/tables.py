"""The numbers behind a chart as columns: its text equivalent, with every digit."""

from __future__ import annotations

import numpy as np

from rnnviz.figures.measures.flow import Lags
from rnnviz.figures.measures.forward import Prediction

LONGEST = 25_000
"""A table has at most this many rows; of long series every n-th is listed."""


def grid(values: np.ndarray, row: str, column: str, name: str) -> dict[str, np.ndarray]:
    """Return a matrix as one row an entry, leaving out what is NaN."""
    rows, columns = np.nonzero(~np.isnan(values))
    found = {row: rows, column: columns, name: values[rows, columns]}
    return {title: _thinned(entries) for title, entries in found.items()}


def triangle(values: np.ndarray, name: str) -> dict[str, np.ndarray]:
    """Return the entries (t, k) with k ≤ t of a (T, T) matrix, one row an entry."""
    reachable = np.tri(*values.shape, dtype=bool)
    return grid(np.where(reachable, values, np.nan), "loss step t", "source step k", name)


def by_lag(found: Lags) -> dict[str, np.ndarray]:
    """Return the measured shares of each lag beside bound and long-run rate."""
    return {
        "lag t − k": found.lag,
        "last loss": found.last,
        "smallest": found.low,
        "largest": found.high,
        "bound (γ σ_max)^lag": found.bound,
        "long-run rate ρ^lag": found.trend,
    }


def predictions(shown: Prediction) -> dict[str, np.ndarray]:
    """Return targets and predictions, a column for each output."""
    columns: dict[str, np.ndarray] = {shown.axis: np.array(shown.places)}
    for output, label in enumerate(shown.outputs):
        suffix = f" ({label})" if len(shown.outputs) > 1 else ""
        columns["target" + suffix] = shown.target[:, output]
        columns |= {name + suffix: values[:, output] for name, values in shown.predicted.items()}
    return columns


def training(run: object) -> dict[str, np.ndarray]:
    """Return losses and gradient norms of an ``experiment.TrainingRun`` at each epoch."""
    columns = {"epoch": np.arange(len(run.losses)), "training loss L": run.losses}
    if run.held_out_losses is not None:
        held_out = np.full(len(run.losses), np.nan)
        held_out[run.snapshot_epochs] = run.held_out_losses
        columns["held-out loss"] = held_out
    columns |= {f"gradient norm of {name}": values for name, values in run.gradient_norms.items()}
    columns |= {f"L_{t}": values for t, values in enumerate(run.step_losses.T) if values.any()}
    return {title: _thinned(values) for title, values in columns.items()}


def _thinned(values: np.ndarray) -> np.ndarray:
    return values[:: max(1, -(-len(values) // LONGEST))]
