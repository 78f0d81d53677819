"""Whether a chart would be blank, and the sentence that then stands in its place."""

import numpy as np

from rnnviz.charts.marks import Band, Chart, Contour, Dots, Map, Mark, Rule


def instead(chart: Chart) -> str:
    """Return why a chart has nothing to draw; empty where it has a number with a place on its axes."""
    if any(_drawn(mark, chart) for mark in chart.marks):
        return ""
    if chart.x.log or chart.y.log:
        return "Nothing to draw: no number of this chart is finite and above 0, as its log scale needs."
    return "Nothing to draw: no number of this chart is finite."


def _drawn(mark: Mark, chart: Chart) -> bool:
    if isinstance(mark, (Map, Contour)):
        return bool(np.isfinite(mark.z).any())
    if isinstance(mark, (Band, Rule)) or (isinstance(mark, Dots) and mark.silent):
        return False
    return bool(np.any(_has_place(mark.x, chart.x.log) & _has_place(mark.y, chart.y.log)))


def _has_place(values: np.ndarray, log: bool) -> np.ndarray:
    return np.isfinite(values) & ((np.asarray(values) > 0) | (not log))
