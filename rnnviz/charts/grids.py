"""A grid of numbers: cells that can be read where they fit, a heat map where there are too many."""

from collections.abc import Sequence

import numpy as np

from rnnviz.charts import cells, heat
from rnnviz.charts.marks import Chart
from rnnviz.charts.theme import between, ground, role

Picture = Chart | str
"""A chart, or HTML."""


def norms(
    values: np.ndarray,
    theme: str,
    role: str = "chain",
    *,
    y: str = "loss step t",
    steps: Sequence[int] | None = None,
    cut: np.ndarray | None = None,
) -> Picture:
    """Draw the norms (T, T) of (t, k) on a log scale: step t, called ``y``, down, source step k to the right.

    Entries above the diagonal are left out: no path leads from a state back to a later one. ``steps`` names
    the steps where not all are there; cells marked in ``cut`` (T, T) are greyed.
    """
    reachable = np.where(np.tri(*values.shape, dtype=np.bool_), values, np.nan)
    if not cells.fit(reachable):
        return heat.norms(reachable, theme=theme, role=role, y=y, steps=steps, cut=cut)
    names = heat.numbered(len(values))
    return cells.norms(reachable, cells.Axes("source step k", y, names, names), theme, role, cut)


def signed(values: np.ndarray, theme: str, x: str, y: str, limit: float | None = None) -> Picture:
    """Draw signed values (rows, columns), named by their places from 0, on a scale up to its own or a shared limit."""
    if not cells.fit(values):
        return heat.signed(values, x=x, y=y, theme=theme, limit=limit)
    rows, columns = map(heat.numbered, values.shape)
    return cells.signed(values, cells.Axes(x, y, columns, rows), theme, limit)


def counts(found: np.ndarray, labels: tuple[str, ...], theme: str) -> Picture:
    """Draw how often each answer (columns) was given for each target (rows)."""
    values = found.astype(float)
    if not cells.fit(values):
        return heat.counts(values, labels, theme)
    largest = max(1.0, float(values.max()))
    stops = [(0.0, ground(theme).page), (1.0, role("output", theme).line)]
    axes = cells.Axes("answer", "target", labels, labels)
    right = np.eye(len(values)) > 0
    return cells.table(values, axes, lambda value: between(stops, value / largest), theme, right)
