"""The numbers behind a chart as columns: its text equivalent, with every digit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

from rnnviz.figures.measures.causes import bounds
from rnnviz.figures.measures.causes import histogram as histogram_of
from rnnviz.figures.measures.flow import Lags
from rnnviz.figures.measures.forward import Prediction
from rnnviz.figures.measures.sources import Bands, ByLag

LONGEST = 25_000
"""A table has at most this many rows; of long series every n-th is listed."""


def markup(columns: Mapping[str, Sequence[str]]) -> str:
    """Return columns of plain texts as an HTML table, in which every character stands for itself."""
    head = "".join(f'<th scope="col">{escape(name)}</th>' for name in columns)
    rows = zip(*columns.values(), strict=True)
    body = "".join("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    name = escape(f"Table: {', '.join(columns)}")
    return f'<div class="rnnviz-digits" role="region" aria-label="{name}" tabindex="0">{table}</div>'


def grid(values: np.ndarray, row: str, column: str, name: str) -> dict[str, np.ndarray]:
    """Return a matrix as one row an entry, leaving out what is NaN."""
    rows, columns = np.nonzero(~np.isnan(values))
    found = {row: rows, column: columns, name: values[rows, columns]}
    return {title: _thinned(entries) for title, entries in found.items()}


def triangle(
    values: np.ndarray, name: str, row: str = "loss step t", steps: Sequence[int] | None = None
) -> dict[str, np.ndarray]:
    """Return the entries (t, k) with k ≤ t of a (T, T) matrix, one row an entry, at the given steps."""
    reachable = np.tri(*values.shape, dtype=bool)
    found = grid(np.where(reachable, values, np.nan), row, "source step k", name)
    if steps is not None:
        found |= {title: np.asarray(steps)[found[title]] for title in (row, "source step k")}
    return found


def by_lag(found: Lags) -> dict[str, np.ndarray]:
    """Return the measured shares of each lag beside bound and long-run rate."""
    return {
        "lag t − k": found.lag,
        "median": found.median,
        "smallest": found.low,
        "largest": found.high,
        "bound (γ σₘₐₓ)^lag": found.bound,
        "long-run rate ρ^lag": found.trend,
    }


def shares(found: ByLag) -> dict[str, np.ndarray]:
    """Return the shares of the gradient by lag."""
    return {
        "lag t − k": np.arange(len(found.along)),
        "along the gradient": found.along,
        "against it": found.against,
        "all up to this lag": found.reached,
    }


def bands(found: Bands) -> dict[str, np.ndarray]:
    """Return what each state receives, a column for each band of losses."""
    steps = {"step k": np.arange(found.values.shape[1]), "‖∂L/∂Hₖ‖": found.values.sum(axis=0)}
    return steps | dict(zip(found.names, found.values, strict=True))


def causes(found: object) -> dict[str, np.ndarray]:
    """Return an ``experiment.causes.Causes`` by steps back, with every singular value."""
    columns = {
        "steps back": np.arange(len(found.weights)),
        "Wh1 alone": found.weights,
        "slopes alone": found.slopes_alone,
        "bound (γ σₘₐₓ)^lag": bounds(found),
    }
    return columns | {f"singular value {i + 1}": values for i, values in enumerate(found.singular.T)}


def eigenvalues(found: object) -> dict[str, np.ndarray]:
    """Return the eigenvalues of Wh1 and their sizes."""
    values = found.spectrum.eigenvalues
    return {"real part": values.real, "imaginary part": values.imag, "|eigenvalue|": np.abs(values)}


def slopes(found: object) -> dict[str, np.ndarray]:
    """Return mean slope and share of saturated units of each step."""
    return {
        "step t": np.arange(len(found.slopes)),
        "mean f₁′": found.slopes.mean(axis=1),
        "share saturated": found.saturated,
    }


def histogram(found: object) -> dict[str, np.ndarray]:
    """Return how many slopes lie between each pair of edges."""
    edges, counts = histogram_of(found)
    return {"from": edges[:-1], "to": edges[1:], "how often": counts}


def cures(outcomes: Sequence) -> dict[str, list]:
    """Return what each ``experiment.cures.Outcome`` reached, one row a run."""
    return {
        "way": [each.cure.label for each in outcomes],
        "steps T": [each.steps for each in outcomes],
        "held-out loss": np.array([_last(each.held_out) for each in outcomes]),
        "best constant, held out": np.array([each.constant for each in outcomes]),
        "part of it, held out": np.array([each.left for each in outcomes]),
        "training loss": np.array([_last(each.training) for each in outcomes]),
        "best constant, training": np.array([each.constant_training for each in outcomes]),
        "part of it, training": np.array([each.left_training for each in outcomes]),
        "updates clipped": [each.clipped for each in outcomes],
        "verdict": [each.verdict for each in outcomes],
    }


def _last(values: np.ndarray) -> float:
    return values[-1] if len(values) else np.nan


def curves(outcomes: Sequence) -> dict[str, np.ndarray]:
    """Return both losses of runs of one length over the updates, two columns a run."""
    longest = max(outcomes, key=lambda each: len(each.points)).points
    columns = {"update": longest}
    for each in outcomes:
        columns[f"{each.cure.label}, held out"] = _filled(each.held_out, len(longest))
        columns[f"{each.cure.label}, training"] = _filled(each.training, len(longest))
    return columns


def cure_lags(outcomes: Sequence) -> dict[str, np.ndarray]:
    """Return what is left of the last error by lag, before and after training, a column a run."""
    columns = {"lag t − k": np.arange(outcomes[0].steps)}
    for each in outcomes:
        columns |= {f"{each.cure.label}, before": each.start, f"{each.cure.label}, after": each.end}
    return columns


def _filled(values: np.ndarray, length: int) -> np.ndarray:
    """Return the values with NaN behind them: a run that broke has fewer."""
    return np.concatenate([values, np.full(length - len(values), np.nan)])


def truncated(norms: np.ndarray, kept: np.ndarray) -> dict[str, np.ndarray]:
    """Return the norms (T, T) of the terms, and whether a truncation keeps each."""
    found = triangle(norms, "‖term(t, k)‖")
    places = found["loss step t"], found["source step k"]
    return found | {"kept": ["yes" if each else "no" for each in kept[places]]}


def truncations(found: object) -> dict[str, np.ndarray]:
    """Return an ``experiment.shortcuts.Truncations``: each measure of both kinds over τ."""
    columns = {"τ": found.lengths}
    for kind, each in found.likeness.items():
        for measure in ("share", "cosine", "error"):
            columns[f"{kind}: {measure}"] = getattr(each, measure)
    return columns


def clipped(found: object, names: Sequence[str]) -> dict[str, Sequence]:
    """Return every entry of an ``experiment.shortcuts.Clipping``."""
    return {"entry": names, "before": found.before, "by norm": found.by_norm, "by value": found.by_value}


def surface(found: object) -> dict[str, np.ndarray]:
    """Return an ``experiment.surface.Surface``, one row a place."""
    x, y = np.meshgrid(found.x, found.y)
    return {found.entries[0]: x.ravel(), found.entries[1]: y.ravel(), "loss": found.losses.ravel()}


def predictions(shown: Prediction) -> dict[str, np.ndarray]:
    """Return targets and predictions, a column for each output."""
    columns: dict[str, np.ndarray] = {shown.axis: np.array(shown.places)}
    for output, label in enumerate(shown.outputs):
        suffix = f" ({label})" if len(shown.outputs) > 1 else ""
        columns["target" + suffix] = shown.target[:, output]
        columns |= {name + suffix: values[:, output] for name, values in shown.predicted.items()}
    return columns


def course(found: object) -> dict[str, np.ndarray]:
    """Return the path of an ``experiment.Course`` by epoch."""
    return {"epoch": found.epochs, "first direction": found.path[:, 0], "second": found.path[:, 1]}


def forecasts(found: object) -> dict[str, np.ndarray]:
    """Return truth and forecasts of an ``experiment.Forecast`` by year."""
    return {"year": found.years, "truth": found.truth} | dict(found.forecasts)


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
