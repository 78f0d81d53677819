"""The loss over two numbers, from above: contours, axes and a ground where it is not finite."""

from __future__ import annotations

import numpy as np

from rnnviz.charts.figure import Part, contour_lines, scatter
from rnnviz.charts.template import colour_bar, layout, log_ticks
from rnnviz.charts.theme import ground, sequential

FLOOR = 1e-300
"""A loss of exactly 0 has no logarithm; it is drawn as the smallest one."""


def exponents(losses: np.ndarray) -> np.ndarray:
    """Return log10 of losses; NaN where they are not finite."""
    with np.errstate(all="ignore"):
        return np.where(np.isfinite(losses), np.log10(np.maximum(losses, FLOOR)), np.nan)


def span(losses: np.ndarray) -> tuple[float, float]:
    """Return the exponents that the colours of a map run over: at most eight decades below the largest."""
    found = exponents(losses)
    if not np.isfinite(found).any():
        return -1.0, 1.0
    low, high = float(np.nanmin(found)), float(np.nanmax(found))
    low = max(low, high - 8)
    return (low - 0.5, high + 0.5) if high - low < 1e-9 else (low, high)


PLAYED = {"played": True}
"""Marks a trace that is played: its ``customdata`` begins with how many updates each point has behind it."""


def plane(found: object, theme: str, x: str, y: str, **more: object) -> dict:
    """Return the layout of a map with ``x`` and ``y``: axes from border to border, room for the colours."""
    axes = {
        f"{name}axis": {"range": [values[0], values[-1]], "showgrid": False, "nticks": 8}
        for name, values in (("x", found.x), ("y", found.y))
    }
    return layout(theme, x=x, y=y, right=66, hovermode="closest", **axes, **more)


def contours(found: object, theme: str) -> Part:
    """Return the losses of a map with ``x``, ``y`` and ``losses``, on a log scale."""
    low, high = span(found.losses)
    return contour_lines(
        x=found.x,
        y=found.y,
        z=exponents(found.losses),
        zmin=low,
        zmax=high,
        colorscale=sequential("loss", theme),
        contours={"start": low, "end": high, "size": (high - low) / 16, "coloring": "heatmap"},
        line={"width": 0.6, "color": ground(theme).page},
        colorbar=colour_bar(theme, **log_ticks(low, high), title={"text": "L", "font": {"size": 12}}),
        hoverinfo="skip",
        showlegend=False,
    )


def with_halo(trace: Part, theme: str) -> list[Part]:
    """Return a line on a wider one in the colour of the page, so that it is seen on any loss."""
    halo = scatter(
        x=trace.x,
        y=trace.y,
        customdata=trace.customdata,
        meta=trace.meta,
        mode="lines",
        line={"color": ground(theme).page, "width": trace.line.width + 3},
        hoverinfo="skip",
        showlegend=False,
    )
    return [halo, trace]


def not_finite(found: object, theme: str) -> list[dict]:
    """A quiet ground that shows wherever the map has no finite loss."""
    if np.isfinite(found.losses).all():
        return []
    place = {"x0": found.x[0], "x1": found.x[-1], "y0": found.y[0], "y1": found.y[-1]}
    return [
        {"type": "rect", "layer": "below", "fillcolor": ground(theme).quiet, "line": {"width": 0}, **place}
    ]
