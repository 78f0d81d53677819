"""Predictions against their targets: lines for numbers, a heat map with marks for classes."""

from __future__ import annotations

import numpy as np

from rnnviz.charts import cells, heat
from rnnviz.charts.axes import named
from rnnviz.charts.grids import Picture
from rnnviz.charts.marks import Axis, Chart, Dots, Line, Mark, Scale
from rnnviz.charts.theme import ground, role
from rnnviz.laboratory.forward.compute import Prediction

MARKED_PLACES = 40
"""Longer series are drawn as lines without markers."""


def lines(shown: Prediction, theme: str, height: int = 300) -> Chart:
    """Draw predictions as lines, targets as open circles; several outputs differ in their dash."""
    marks: list[Mark] = []
    places = np.asarray(shown.places, dtype=float)
    for output, label in enumerate(shown.outputs):
        suffix, ink = f", {label}" if len(shown.outputs) > 1 else "", ground(theme).ink
        target = shown.target[:, output]
        marks.append(Dots(places, target, f"target{suffix}", ink, "circle-open", size=9))
        marks += [
            _predicted(shown, output, name, suffix, _colour(shown, number, theme))
            for number, name in enumerate(shown.predicted)
        ]
    return Chart(marks, Axis(shown.axis), Axis(shown.unit or "Ŷ"), theme, height)


def _colour(shown: Prediction, number: int, theme: str) -> str:
    """Return the forward colour for the last named prediction and a quiet one for those before."""
    return role("forward", theme).line if number == len(shown.predicted) - 1 else ground(theme).muted


def _predicted(shown: Prediction, output: int, name: str, suffix: str, colour: str) -> Line | Dots:
    places, values = np.asarray(shown.places, dtype=float), shown.predicted[name][:, output]
    if shown.axis == "sample":  # samples have no order
        return Dots(places, values, name + suffix, colour, size=7)
    dash = ("solid", "dash", "dot", "dashdot")[output % 4]
    dots = 5 if len(places) <= MARKED_PLACES else 0
    return Line(places, values, name + suffix, colour, dash=dash, dots=dots)


def classes(shown: Prediction, name: str, theme: str, height: int = 300) -> Chart:
    """Draw the prediction called ``name`` as a heat map over the classes; a square marks the target."""
    scale = Scale((0, 1), ((0, ground(theme).page), (1, role("forward", theme).line)))
    rows, columns = np.nonzero(shown.target.T > 0.5)
    squares = Dots(columns, rows, "", ground(theme).ink, "square-open", size=10, silent=True)
    return Chart(
        [heat.placed(shown.predicted[name].T, scale, f"{shown.axis} {{x}}, {{y}}: {{z}}"), squares],
        named(shown.axis, tuple(map(str, shown.places))),
        named("", shown.outputs, downwards=True),
        theme,
        height,
        left=heat.room_of(shown.outputs),
    )


def states(values: np.ndarray, read: tuple[str, ...], theme: str) -> Picture:
    """Draw the hidden states (n1, T); ``read`` labels each step, on a second line with what is read there."""
    if not cells.fit(values):
        return heat.signed(values, x="step t", y="unit", theme=theme, columns=read)
    return cells.signed(values, cells.Axes("step t", "unit", read, heat.numbered(values.shape[0])), theme)


def class_picture(shown: Prediction, name: str, theme: str) -> Picture:
    """Draw the prediction called ``name`` over the classes; the target of each place is marked."""
    values = shown.predicted[name].T
    if not cells.fit(values):
        return classes(shown, name, theme)
    axes = cells.Axes(shown.axis, "class", tuple(str(place) for place in shown.places), shown.outputs)
    return cells.shares(values, shown.target.T > 0.5, axes, theme)


def predicted(shown: Prediction, name: str, theme: str) -> Picture:
    """Draw classes as a grid and numbers as lines, as the task has them."""
    return class_picture(shown, name, theme) if shown.as_classes else lines(shown, theme)
