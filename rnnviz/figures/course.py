"""The path of all parameters through training, over the loss on the plane in which most of it lies."""

from __future__ import annotations

import plotly.graph_objects as go

from rnnviz.figures.cliff import contours, with_halo
from rnnviz.figures.template import layout
from rnnviz.figures.theme import ground, role


def over_loss(found: object, theme: str, height: int = 460) -> go.Figure:
    """Draw an ``experiment.course.Course``.

    Parameters
    ----------
    found : experiment.course.Course
    theme : {"light", "dark"}
    height : int
        In pixels.
    """
    line = go.Scatter(
        x=found.path[:, 0],
        y=found.path[:, 1],
        customdata=found.epochs,
        mode="lines",
        line={"color": role("parameter", theme).line, "width": 3},
        name="path",
        hovertemplate="after %{customdata} updates<extra></extra>",
        showlegend=False,
    )
    ends = go.Scatter(
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
    axes = {
        "xaxis": {"range": [found.x[0], found.x[-1]], "showgrid": False},
        "yaxis": {"range": [found.y[0], found.y[-1]], "showgrid": False},
    }
    traces = [contours(found, theme), *with_halo(line, theme), ends]
    titles = {"x": "along the first direction", "y": "along the second"}
    return go.Figure(traces, layout(theme, **titles, height=height, right=66, hovermode="closest", **axes))
