"""Truncation and clipping drawn: likeness over τ, and what clipping does over its limit."""

import math

import numpy as np

from rnnviz.charts import cells
from rnnviz.charts.marks import Axis, Chart, Line, Mark, Rule
from rnnviz.charts.theme import ground, role
from rnnviz.laboratory.truncation.compute import Truncations
from rnnviz.notation.rules import TRUNCATIONS

MEASURES = {"error": "relative error", "cosine": "cosine", "share": "kept share"}
_LOOKS = {"window": ("parameter", "solid"), "chunk": ("output", "dash")}


def over_length(found: Truncations, measure: str, chosen: int, theme: str) -> Chart:
    """Draw one measure of `MEASURES` of both truncations over τ, with the chosen τ marked."""
    marks: list[Mark] = []
    for kind, (name, dash) in _LOOKS.items():
        values, colour = getattr(found.likeness[kind], measure), role(name, theme).line
        marks.append(Line(found.lengths, values, TRUNCATIONS[kind], colour, 3, dash, dots=5))
    marks.append(Rule(chosen, ground(theme).muted))
    most = int(found.lengths[-1])
    if len(found.lengths) == most:
        across = Axis("τ", every=max(1, -(-most // 12)))
    else:
        # Then they are evenly spaced on a log scale.
        places = [place for power in (1, 10, 100) for place in (power, 2 * power, 5 * power) if place <= most]
        across = Axis("τ", log=True, ticks=tuple((math.log10(place), str(place)) for place in places))
    return Chart(marks, across, Axis(MEASURES[measure]), theme)


def over_limit(found: dict[str, np.ndarray], theme: str) -> Chart:
    """Draw angle and kept length over the limit of clipping."""
    part, value, norm = found["part"], role("chain", theme).line, role("forward", theme).line
    marks = (
        Line(part, found["angle by value"] / 90, "by value: angle / 90°", value, width=3),
        Line(part, found["length by value"], "by value: length left", value, dash="dash"),
        Line(part, found["length by norm"], "by norm: length left", norm, width=3),
        Line(part, found["angle by norm"] / 90, "by norm: angle / 90°", ground(theme).muted, dash="dot"),
    )
    across = Axis("limit, as a part of the norm or of the largest entry", about=8)
    return Chart(marks, across, Axis("angle, length", range=(-0.04, 1.08)), theme)


def entries(names: list[str], values: np.ndarray, theme: str) -> str:
    """Draw the largest entries before and after clipping, shape (entries, 3)."""
    axes = cells.Axes("gradient", "entry", ("before", "by norm", "by value"), tuple(names))
    return cells.signed(values, axes, theme)
