"""Truncation and clipping drawn: likeness over τ, and what clipping does over its limit."""

from __future__ import annotations

import numpy as np

from rnnviz.charts import cells
from rnnviz.charts import figure as plain
from rnnviz.charts.lines import curve
from rnnviz.charts.template import layout
from rnnviz.charts.theme import ground, role
from rnnviz.notation.rules import TRUNCATIONS

MEASURES = {"error": "relative error", "cosine": "cosine", "share": "kept share"}


def over_length(found: object, measure: str, chosen: int, theme: str, height: int = 300) -> plain.Figure:
    """Draw one measure of both truncations over τ, with the chosen τ marked.

    Parameters
    ----------
    found : laboratory.truncation.compute.Truncations
    measure : {"error", "cosine", "share"}
    chosen : int
    theme : {"light", "dark"}
    """
    looks = {
        "window": (role("parameter", theme).line, "solid"),
        "chunk": (role("output", theme).line, "dash"),
    }
    traces = [
        curve(
            found.lengths,
            getattr(found.likeness[kind], measure),
            TRUNCATIONS[kind],
            colour,
            dash=dash,
            width=3,
            mode="lines+markers",
        )
        for kind, (colour, dash) in looks.items()
    ]
    line = {"color": ground(theme).muted, "dash": "dot", "width": 1.5}
    mark = {"type": "line", "x0": chosen, "x1": chosen, "y0": 0, "y1": 1, "yref": "paper", "line": line}
    more = {
        "showlegend": True,
        "shapes": [mark],
        "yaxis": {"nticks": 6},
        "xaxis": _lengths_axis(found.lengths),
    }
    return plain.Figure(traces, layout(theme, x="τ", y=MEASURES[measure], height=height, **more))


def _lengths_axis(lengths: np.ndarray) -> dict:
    """Return a linear axis where every length is there, a log axis where they are spaced on a log scale."""
    most = int(lengths[-1])
    if len(lengths) == most:
        return {"dtick": max(1, -(-most // 12))}
    places = [place for power in (1, 10, 100) for place in (power, 2 * power, 5 * power) if place <= most]
    return {"type": "log", "tickvals": places, "ticktext": [str(place) for place in places]}


def over_limit(found: dict[str, np.ndarray], theme: str, height: int = 300) -> plain.Figure:
    """Draw angle and kept length over the limit of clipping."""
    part, value = found["part"], role("chain", theme).line
    traces = [
        curve(part, found["angle by value"] / 90, "by value: angle / 90°", value, width=3),
        curve(part, found["length by value"], "by value: length left", value, dash="dash"),
        curve(part, found["length by norm"], "by norm: length left", role("forward", theme).line, width=3),
        curve(part, found["angle by norm"] / 90, "by norm: angle / 90°", ground(theme).muted, dash="dot"),
    ]
    x = "limit, as a part of the norm or of the largest entry"
    more = {"showlegend": True, "yaxis": {"range": [-0.04, 1.08]}, "xaxis": {"nticks": 8}}
    return plain.Figure(traces, layout(theme, x=x, y="angle, length", height=height, **more))


def entries(names: list[str], values: np.ndarray, theme: str) -> str:
    """Draw the largest entries before and after clipping, shape (entries, 3)."""
    axes = cells.Axes("gradient", "entry", ("before", "by norm", "by value"), tuple(names))
    return cells.signed(values, axes, theme)
