"""Whether a figure would be blank, and the sentence that then stands in its place."""

from __future__ import annotations

import numpy as np

from rnnviz.charts.figure import Figure


def instead(figure: Figure) -> str:
    """Return why a figure has nothing to draw; empty where it has a number with a place on its axes.

    Parameters
    ----------
    figure : charts.figure.Figure or plotly.graph_objects.Figure
    """
    log = {name: figure.layout[f"{name}axis"].type == "log" for name in "xy"}
    if any(_drawn(trace, log) for trace in figure.data):
        return ""
    if any(log.values()):
        return "Nothing to draw: no number of this chart is finite and above 0, as its log scale needs."
    return "Nothing to draw: no number of this chart is finite."


def _drawn(trace: object, log: dict[str, bool]) -> bool:
    if trace.type in ("heatmap", "contour", "surface"):
        return bool(np.isfinite(np.asarray(trace.z, dtype=float)).any())
    if trace.x is None or trace.y is None or trace.marker.opacity == 0 or trace.hoverinfo == "skip":
        return False
    places = [_has_place(trace[name], log[name]) for name in "xy"]
    return bool(np.logical_and(*places).any())


def _has_place(values: object, log: bool) -> np.ndarray:
    """Return which values have a place on an axis; every name of a class has one."""
    found = np.asarray(values)
    if found.dtype.kind in "OUS":
        return np.ones(found.shape, dtype=bool)
    return np.isfinite(found) & (found > 0 if log else True)
