"""The path of all parameters through training, over the loss on the plane in which most of it lies."""

from __future__ import annotations

import numpy as np

from rnnviz.figures.cliff import PLAYED, contours, not_finite, plane, with_halo
from rnnviz.figures.plain import Figure, scatter
from rnnviz.figures.theme import ground, role
from rnnviz.story.numbers import counted


def over_loss(found: object, theme: str, height: int = 460) -> Figure:
    """Draw an ``experiment.course.Course``.

    Parameters
    ----------
    found : experiment.course.Course
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
