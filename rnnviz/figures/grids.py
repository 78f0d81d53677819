"""A grid of numbers: cells that can be read where they fit, a heat map where there are too many."""

from __future__ import annotations

import numpy as np

from rnnviz.figures import cells, heat, plain, predictions
from rnnviz.figures.measures.forward import Prediction
from rnnviz.figures.theme import between, ground, role

Picture = plain.Figure | str
"""A figure, or HTML."""


def states(values: np.ndarray, read: tuple[str, ...], theme: str) -> Picture:
    """Draw the hidden states (n1, T); ``read`` labels each step, on a second line with what is read there."""
    if not cells.fit(values):
        return heat.signed(values, x="step t", y="unit", theme=theme, columns=read)
    return cells.signed(values, cells.Axes("step t", "unit", read, _numbers(values.shape[0])), theme)


def norms(
    values: np.ndarray,
    theme: str,
    role: str = "chain",
    *,
    y: str = "loss step t",
    steps: np.ndarray | None = None,
    cut: np.ndarray | None = None,
) -> Picture:
    """Draw the norms (T, T) of (t, k) on a log scale: step t, called ``y``, down, source step k to the right.

    Entries above the diagonal are left out: no path leads from a state back to a later one. ``steps`` names
    the steps where not all are there; cells marked in ``cut`` (T, T) are greyed.
    """
    reachable = np.where(np.tri(*values.shape, dtype=bool), values, np.nan)
    if not cells.fit(reachable):
        return heat.norms(reachable, theme=theme, role=role, y=y, steps=steps, cut=cut)
    names = _numbers(len(values))
    return cells.norms(reachable, cells.Axes("source step k", y, names, names), theme, role, cut)


def counts(found: object, theme: str) -> Picture:
    """Draw how often each answer was given for each target, of an ``experiment.learned.Confusion``."""
    values, labels = found.counts.astype(float), tuple(map(str, found.labels))
    if not cells.fit(values):
        return heat.counts(values, labels, theme)
    largest = max(1.0, float(values.max()))
    stops = [(0.0, ground(theme).page), (1.0, role("output", theme).line)]
    axes = cells.Axes("answer", "target", labels, labels)
    return cells.table(
        values, axes, lambda value: between(stops, value / largest), theme, np.eye(len(values)) > 0
    )


def classes(shown: Prediction, name: str, theme: str) -> Picture:
    """Draw the prediction called ``name`` over the classes; the target of each place is marked."""
    values = shown.predicted[name].T
    if not cells.fit(values):
        return predictions.classes(shown, name, theme)
    axes = cells.Axes(shown.axis, "class", tuple(str(place) for place in shown.places), shown.outputs)
    return cells.shares(values, shown.target.T > 0.5, axes, theme)


def predicted(shown: Prediction, name: str, theme: str) -> Picture:
    """Draw classes as a grid and numbers as lines, as the task has them."""
    return classes(shown, name, theme) if shown.as_classes else predictions.lines(shown, theme)


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(place) for place in range(count))
