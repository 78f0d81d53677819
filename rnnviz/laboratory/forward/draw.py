"""Predictions against their targets: lines for numbers, a heat map with marks for classes."""

from __future__ import annotations

from html import escape

import numpy as np

from rnnviz.charts import cells, heat
from rnnviz.charts import figure as plain
from rnnviz.charts.grids import Picture, _numbers
from rnnviz.charts.template import layout
from rnnviz.charts.theme import ground, role
from rnnviz.laboratory.forward.compute import Prediction

MARKED_PLACES = 40
"""Longer series are drawn as lines without markers."""


def lines(shown: Prediction, theme: str, height: int = 300) -> plain.Figure:
    """Draw predictions as lines, targets as open circles; several outputs differ in their dash."""
    traces = []
    for output, label in enumerate(shown.outputs):
        suffix = f", {escape(label)}" if len(shown.outputs) > 1 else ""
        traces.append(_targets(shown, output, f"target{suffix}", theme))
        for number, name in enumerate(shown.predicted):
            traces.append(_predicted(shown, output, name, suffix, _colour(shown, number, theme)))
    return plain.Figure(
        traces,
        layout(
            theme,
            x=shown.axis,
            y=escape(shown.unit) or "Ŷ",
            height=height,
            showlegend=True,
            xaxis={"tickformat": "d"},
        ),
    )


def classes(shown: Prediction, name: str, theme: str, height: int = 300) -> plain.Figure:
    """Draw the prediction called ``name`` as a heat map over the classes; a ring marks the target."""
    values = shown.predicted[name].T
    heat = plain.heatmap(
        z=values,
        x=shown.places,
        y=[escape(label) for label in shown.outputs],
        zmin=0,
        zmax=1,
        colorscale=[(0, ground(theme).page), (1, role("forward", theme).line)],
        xgap=1,
        ygap=1,
        showscale=False,
        hovertemplate=f"{shown.axis} %{{x}}, %{{y}}: <b>%{{z:.6g}}</b><extra></extra>",
    )
    quiet = {"showgrid": False, "type": "category", "nticks": 14}
    axes = {"xaxis": quiet, "yaxis": quiet | {"autorange": "reversed"}}
    marks, left = _rings(shown, theme), 24 + min(160, 8 * max(len(label) for label in shown.outputs))
    return plain.Figure([heat, marks], layout(theme, x=shown.axis, y="", height=height, left=left, **axes))


def _colour(shown: Prediction, number: int, theme: str) -> str:
    """Return the forward colour for the last named prediction and a quiet one for those before."""
    return role("forward", theme).line if number == len(shown.predicted) - 1 else ground(theme).muted


def _predicted(shown: Prediction, output: int, name: str, suffix: str, colour: str) -> plain.Part:
    dash = ("solid", "dash", "dot", "dashdot")[output % 4]
    unordered, few = shown.axis == "sample", len(shown.places) <= MARKED_PLACES
    return plain.scatter(
        x=shown.places,
        y=shown.predicted[name][:, output],
        name=name + suffix,
        mode="markers" if unordered else "lines+markers" if few else "lines",
        line={"color": colour, "dash": dash, "width": 2},
        marker={"size": 7 if unordered else 5, "color": colour},
        hovertemplate="%{x}: <b>%{y:.6g}</b>",
    )


def _targets(shown: Prediction, output: int, name: str, theme: str) -> plain.Part:
    ink = ground(theme).ink
    return plain.scatter(
        x=shown.places,
        y=shown.target[:, output],
        name=name,
        mode="markers",
        marker={"symbol": "circle-open", "size": 9, "color": ink, "line": {"width": 1.6}},
        hovertemplate="%{x}: <b>%{y:.6g}</b>",
    )


def _rings(shown: Prediction, theme: str) -> plain.Part:
    """Return small marks on the targets."""
    rows, columns = np.nonzero(shown.target.T > 0.5)
    return plain.scatter(
        x=[shown.places[column] for column in columns],
        y=[escape(shown.outputs[row]) for row in rows],
        mode="markers",
        marker={"symbol": "square-open", "size": 10, "line": {"width": 2}, "color": ground(theme).ink},
        hoverinfo="skip",
    )


def states(values: np.ndarray, read: tuple[str, ...], theme: str) -> Picture:
    """Draw the hidden states (n1, T); ``read`` labels each step, on a second line with what is read there."""
    if not cells.fit(values):
        return heat.signed(values, x="step t", y="unit", theme=theme, columns=read)
    return cells.signed(values, cells.Axes("step t", "unit", read, _numbers(values.shape[0])), theme)


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
