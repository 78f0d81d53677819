"""The loss over two entries as a surface in space, log10 L upwards; with the steps and walks of the map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.optional_imports import get_module

from rnnviz.charts.axes import log_ticks
from rnnviz.charts.contours import LEVELS, exponents, span
from rnnviz.charts.marks import Space
from rnnviz.charts.theme import FONT, ground, role, sequential
from rnnviz.laboratory.cliff.compute import Surface, Walk
from rnnviz.laboratory.cliff.draw import ROLES, contour, drawn_steps, step_name
from rnnviz.laboratory.cliff.say import label, landing_words, walk_name, walk_words
from rnnviz.laboratory.cliff.steps import Landing, Step, cut_at_border, inside

# plotly looks into pandas as soon as anybody has begun to import it. Where many readers come at once that may
# be another thread, half-way through; so whoever draws imports it first, and thereby waits for the other.
get_module("pandas")


def space(found: Surface, step: Step, walks: Mapping[str, Walk], theme: str, height: int = 560) -> Space:
    """Draw what ``laboratory.cliff.draw.contour`` draws; a walk stands at the losses that training had."""
    low, high = span(found.losses)
    traces = [_sheet(found, theme, low, high)]
    for kind, walk in walks.items():
        traces.append(_walk(found, walk, walk_name(kind, step.limit), kind, theme, low))
    for kind, landing in drawn_steps(found, step).items():
        traces.append(_step(found, step, landing, kind, theme, low))
    if inside(found, step.at):
        traces.append(_point(step, theme, low))
    figure = go.Figure(traces, _layout(theme, height) | {"scene": _scene(found, theme, low, high)})
    return Space(figure, contour(found, step, walks, theme))


def _layout(theme: str, height: int) -> dict:
    colours = ground(theme)
    return {
        "height": height,
        "margin": {"l": 0, "r": 0, "t": 10, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": colours.ink},
        "hoverlabel": {"bgcolor": colours.surface, "font": {"color": colours.ink}, "bordercolor": colours.quiet},
        "dragmode": "turntable",
        "showlegend": False,
    }


def _sheet(found: Surface, theme: str, low: float, high: float) -> go.Surface:
    heights, size = exponents(found.losses), (high - low) / (LEVELS - 1)
    lines = {"show": True, "start": low, "end": high, "size": size, "color": ground(theme).page}
    return go.Surface(
        x=found.x,
        y=found.y,
        z=np.where(np.isnan(heights), np.nan, np.maximum(heights, low)),
        customdata=found.losses,
        cmin=low,
        cmax=high,
        colorscale=sequential("loss", theme),
        showscale=False,
        opacity=0.95,
        contours={"z": lines},
        hovertemplate="(%{x:.4g}, %{y:.4g}): <b>L = %{customdata:.6g}</b><extra></extra>",
    )


def _heights(losses: Sequence[float] | np.ndarray, low: float) -> np.ndarray:
    """log10 L a little above the sheet, so that a line on it is seen."""
    return np.maximum(exponents(np.asarray(losses, dtype=float)), low) + 0.02


def _walk(found: Surface, walk: Walk, name: str, kind: str, theme: str, low: float) -> go.Scatter3d:
    """Draw the points of a walk that lie on the map."""
    colour = role(ROLES[kind], theme).line
    here = [inside(found, each) for each in zip(walk.x, walk.y, strict=True)]
    x, y = (np.where(here, values, np.nan) for values in (walk.x, walk.y))
    return go.Scatter3d(
        x=x,
        y=y,
        z=_heights(walk.losses, low),
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 4, "dash": "dot"},
        marker={"size": 2.5, "color": colour},
        hovertext=walk_words(walk),
        hoverinfo="text",
    )


def _step(found: Surface, step: Step, landing: Landing, kind: str, theme: str, low: float) -> go.Scatter3d:
    """Draw a step from loss to loss; one that leaves the map goes level to the border."""
    colour = role(ROLES[kind], theme).line
    stays, end = inside(found, landing.place), cut_at_border(found, step.at, landing.place)
    return go.Scatter3d(
        x=[step.at[0], end[0]],
        y=[step.at[1], end[1]],
        z=_heights([step.loss, landing.loss if stays else step.loss], low),
        name=step_name(found, landing, kind),
        mode="lines+markers",
        line={"color": colour, "width": 8},
        marker={"size": [0.1, 5], "color": colour, "symbol": "diamond"},
        hovertext=["", landing_words(landing, kind)],
        hoverinfo="text",
    )


def _point(step: Step, theme: str, low: float) -> go.Scatter3d:
    return go.Scatter3d(
        x=[step.at[0]],
        y=[step.at[1]],
        z=_heights([step.loss], low),
        name="the experiment",
        mode="markers",
        marker={"size": 7, "color": ground(theme).ink},
        hovertemplate=f"the experiment: <b>L = {step.loss:.6g}</b><extra></extra>",
    )


def _scene(found: Surface, theme: str, low: float, high: float) -> dict:
    first, second = map(label, found.entries)
    places, texts = zip(*log_ticks(low, high), strict=True)
    return {
        "xaxis": _axis(theme, first) | {"range": [found.x[0], found.x[-1]]},
        "yaxis": _axis(theme, second) | {"range": [found.y[0], found.y[-1]]},
        "zaxis": _axis(theme, "L") | {"tickvals": places, "ticktext": texts},
        "aspectmode": "manual",
        "aspectratio": {"x": 1.1, "y": 1.1, "z": 0.75},
        "camera": {"eye": {"x": 1.5, "y": -0.9, "z": 1.05}, "center": {"x": 0, "y": 0, "z": -0.15}},
    }


def _axis(theme: str, title: str) -> dict:
    colours = ground(theme)
    return {
        "title": {"text": title, "font": {"size": 12, "color": colours.muted}},
        "gridcolor": colours.quiet,
        "linecolor": colours.quiet,
        "zeroline": False,
        "showbackground": False,
        "tickfont": {"size": 12, "color": colours.muted},
    }
