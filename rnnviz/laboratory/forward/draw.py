"""Predictions against their targets: lines for numbers, a heat map with marks for classes."""

import numpy as np

from rnnviz.charts import cells, heat
from rnnviz.charts.axes import named
from rnnviz.charts.grids import Picture
from rnnviz.charts.marks import Axis, Chart, Dots, Line, Mark, Scale
from rnnviz.charts.theme import ground, role
from rnnviz.laboratory.forward.compute import Prediction

MARKED_PLACES = 40
"""Longer series are drawn as lines without markers."""


def lines(shown: Prediction, theme: str) -> Chart:
    """Draw predictions as lines, targets as open circles; several outputs differ in their dash."""
    marks: list[Mark] = []
    places = np.asarray(shown.places, dtype=float)
    colour = role("forward", theme).line
    dots = 5 if len(places) <= MARKED_PLACES else 0
    for output, label in enumerate(shown.outputs):
        suffix, dash = f", {label}" if len(shown.outputs) > 1 else "", ("solid", "dash", "dot", "dashdot")[output % 4]
        target = shown.target[:, output]
        marks.append(Dots(places, target, f"target{suffix}", ground(theme).ink, "circle-open", size=9))
        values, name = shown.predicted[:, output], "prediction" + suffix
        marks.append(
            Dots(places, values, name, colour, size=7)
            if shown.axis == "sample"  # samples have no order
            else Line(places, values, name, colour, dash=dash, dots=dots)
        )
    return Chart(marks, Axis(shown.axis), Axis(shown.unit or "Ŷ"), theme)


def classes(shown: Prediction, theme: str) -> Chart:
    """Draw predictions as a heat map over the classes; a square marks the target."""
    scale = Scale((0, 1), ((0, ground(theme).page), (1, role("forward", theme).line)))
    rows, columns = np.nonzero(shown.target.T > 0.5)
    squares = Dots(columns, rows, "", ground(theme).ink, "square-open", size=10, silent=True)
    return Chart(
        [heat.placed(shown.predicted.T, scale, f"{shown.axis} {{x}}, {{y}}: {{z}}"), squares],
        named(shown.axis, tuple(map(str, shown.places))),
        named("", shown.outputs, downwards=True),
        theme,
        left=heat.room_of(shown.outputs),
    )


def states(values: np.ndarray, read: tuple[str, ...], theme: str) -> Picture:
    """Draw the hidden states (n1, T); ``read`` labels each step, on a second line with what is read there."""
    if not cells.fit(values):
        return heat.signed(values, x="step t", y="unit", theme=theme, columns=read)
    return cells.signed(values, cells.Axes("step t", "unit", read, heat.numbered(values.shape[0])), theme)


def predicted(shown: Prediction, theme: str) -> Picture:
    """Draw numbers as lines, and classes as a grid with the target of each place marked."""
    if not shown.as_classes:
        return lines(shown, theme)
    values = shown.predicted.T
    if not cells.fit(values):
        return classes(shown, theme)
    axes = cells.Axes(shown.axis, "class", tuple(map(str, shown.places)), shown.outputs)
    return cells.shares(values, shown.target.T > 0.5, axes, theme)
