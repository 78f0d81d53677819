"""A grid of numbers: cells that can be read where they fit, a heat map where there are too many."""

from __future__ import annotations

import numpy as np

from rnnviz.charts import cells, heat
from rnnviz.charts import figure as plain
from rnnviz.charts.theme import between, ground, role
from rnnviz.notation.counts import all_of, part_of

Picture = plain.Figure | str
"""A figure, or HTML."""


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


def zero_sentence(norms: np.ndarray) -> str:
    """Say how many of the norms that are drawn are exactly 0: they have no place on a log scale."""
    reachable = np.tri(*norms.shape, dtype=np.bool_) & np.isfinite(norms)
    zeros, count = int(np.sum(norms[reachable] == 0)), int(reachable.sum())
    if count == 0:
        return "No norm here is a finite number."
    if zeros == 0:
        return (
            "The only norm there is is not 0." if count == 1 else f"None of the {count} norms is exactly 0."
        )
    verb = "norm", "is", "are"
    these = all_of(count, *verb) if zeros == count else part_of(zeros, count, *verb)
    return f"Grey: {these} exactly 0, for which a log scale has no place."


def counts(found: object, theme: str) -> Picture:
    """Draw how often each answer was given for each target, of a ``laboratory.learned`` ``Confusion``."""
    values, labels = found.counts.astype(float), tuple(map(str, found.labels))
    if not cells.fit(values):
        return heat.counts(values, labels, theme)
    largest = max(1.0, float(values.max()))
    stops = [(0.0, ground(theme).page), (1.0, role("output", theme).line)]
    axes = cells.Axes("answer", "target", labels, labels)
    return cells.table(
        values, axes, lambda value: between(stops, value / largest), theme, np.eye(len(values)) > 0
    )


def _numbers(count: int) -> tuple[str, ...]:
    return tuple(str(place) for place in range(count))
