"""Truncation and clipping drawn: likeness over τ, and what clipping does over its limit."""

from __future__ import annotations

import math

import numpy as np

from rnnviz.charts import cells
from rnnviz.charts.marks import Axis, Chart, Line, Mark, Rule
from rnnviz.charts.theme import ground, role
from rnnviz.laboratory.truncation.compute import Truncations
from rnnviz.notation.rules import TRUNCATIONS

MEASURES = {"error": "relative error", "cosine": "cosine", "share": "kept share"}
_LOOKS = {"window": ("parameter", "solid"), "chunk": ("output", "dash")}


def over_length(found: Truncations, measure: str, chosen: int, theme: str, height: int = 300) -> Chart:
    """Draw one measure of `MEASURES` of both truncations over τ, with the chosen τ marked."""
    lines = [
        Line(
            found.lengths,
            getattr(found.likeness[kind], measure),
            TRUNCATIONS[kind],
            role(name, theme).line,
            dash=dash,
            width=3,
            dots=5,
        )
        for kind, (name, dash) in _LOOKS.items()
    ]
    marks: list[Mark] = [*lines, Rule(chosen, ground(theme).muted)]
    return Chart(marks, _lengths_axis(found.lengths), Axis(MEASURES[measure]), theme, height)


def _lengths_axis(lengths: np.ndarray) -> Axis:
    """Return a linear axis where every length is there, a log axis where they are spaced on a log scale."""
    most = int(lengths[-1])
    if len(lengths) == most:
        return Axis("τ", every=max(1, -(-most // 12)))
    places = [place for power in (1, 10, 100) for place in (power, 2 * power, 5 * power) if place <= most]
    return Axis("τ", log=True, ticks=tuple((math.log10(place), str(place)) for place in places))


def over_limit(found: dict[str, np.ndarray], theme: str, height: int = 300) -> Chart:
    """Draw angle and kept length over the limit of clipping."""
    part, value, norm = found["part"], role("chain", theme).line, role("forward", theme).line
    marks = (
        Line(part, found["angle by value"] / 90, "by value: angle / 90°", value, width=3),
        Line(part, found["length by value"], "by value: length left", value, dash="dash"),
        Line(part, found["length by norm"], "by norm: length left", norm, width=3),
        Line(part, found["angle by norm"] / 90, "by norm: angle / 90°", ground(theme).muted, dash="dot"),
    )
    across = Axis("limit, as a part of the norm or of the largest entry", about=8)
    return Chart(marks, across, Axis("angle, length", range=(-0.04, 1.08)), theme, height)


def entries(names: list[str], values: np.ndarray, theme: str) -> str:
    """Draw the largest entries before and after clipping, shape (entries, 3)."""
    axes = cells.Axes("gradient", "entry", ("before", "by norm", "by value"), tuple(names))
    return cells.signed(values, axes, theme)
