"""The path of all parameters through training over the loss, and forecasts beside the truth."""

from __future__ import annotations

import numpy as np

from rnnviz.charts import figure as plain
from rnnviz.charts.contours import PLAYED, contours, not_finite, plane, with_halo
from rnnviz.charts.figure import Figure, scatter
from rnnviz.charts.lines import curve
from rnnviz.charts.template import layout
from rnnviz.charts.theme import ground, role
from rnnviz.notation.numbers import counted

DASHES = {"last value": "dot", "11 years ago": "dash"}


def over_loss(found: object, theme: str, height: int = 460) -> Figure:
    """Draw an ``laboratory.learned.course.Course``.

    Parameters
    ----------
    found : laboratory.learned.course.Course
    theme : {"light", "dark"}
    height : int
        In pixels.
    """
    line = scatter(
        x=found.path[:, 0],
        y=found.path[:, 1],
        customdata=np.asarray(found.epochs)[:, None],
        meta=PLAYED,
        mode="lines",
        line={"color": role("parameter", theme).line, "width": 3},
        name="path",
        hovertext=[f"after {counted(int(epoch), 'update')}" for epoch in found.epochs],
        showlegend=False,
    )
    ends = scatter(
        x=found.path[[0, -1], 0],
        y=found.path[[0, -1], 1],
        mode="markers+text",
        text=["start", "end"],
        textposition="top center",
        textfont={"color": ground(theme).ink},
        marker={"size": 11, "color": ground(theme).page, "line": {"color": ground(theme).ink, "width": 2}},
        hoverinfo="skip",
        showlegend=False,
    )
    traces = [contours(found, theme), *with_halo(line, theme), ends]
    titles = "along the first direction", "along the second"
    return Figure(traces, plane(found, theme, *titles, height=height, shapes=not_finite(found, theme)))


def forecast_lines(found: object, theme: str, unit: str, height: int = 320) -> plain.Figure:
    """Draw an ``experiment.Forecast`` over the years.

    Parameters
    ----------
    found : object
        With ``years``, ``truth`` and ``forecasts`` by name.
    theme : {"light", "dark"}
    unit : str
        Title of the value axis.
    height : int
        In pixels.
    """
    colours = ground(theme)
    traces = [curve(found.years, found.truth, "truth", colours.ink, width=3)]
    for name, values in found.forecasts.items():
        own = name == "network"
        colour = role("output", theme).line if own else colours.muted
        traces.append(
            curve(
                found.years, values, name, colour, width=2.5 if own else 1.2, dash=DASHES.get(name, "solid")
            )
        )
    return plain.Figure(traces, layout(theme, x="year", y=unit, height=height, showlegend=True))
