"""The loss over two entries as a surface in space, log10 L upwards; with the steps and walks of the map."""

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


def space(found: Surface, step: Step, walks: Mapping[str, Walk], theme: str) -> Space:
    """Draw what ``laboratory.cliff.draw.contour`` draws; a walk stands at the losses that training had."""
    low, high = span(found.losses)
    colours = ground(theme)
    traces = [_sheet(found, theme, low, high)]
    for kind, walk in walks.items():
        traces.append(_walk(found, walk, walk_name(kind, step.limit), kind, theme, low))
    for kind, landing in drawn_steps(found, step).items():
        traces.append(_step(found, step, landing, kind, theme, low))
    if inside(found, step.at):
        words, look = f"the experiment: <b>L = {step.loss:.6g}</b>", {"size": 7, "color": colours.ink}
        place = {"x": step.at[:1], "y": step.at[1:], "z": _heights([step.loss], low), "name": "the experiment"}
        traces.append(go.Scatter3d(place, mode="markers", marker=look, hovertemplate=f"{words}<extra></extra>"))
    layout = {
        "height": 560,
        "margin": {"l": 0, "r": 0, "t": 10, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": colours.ink},
        "hoverlabel": {"bgcolor": colours.surface, "font": {"color": colours.ink}, "bordercolor": colours.quiet},
        "dragmode": "turntable",
        "showlegend": False,
        "scene": _scene(found, theme, low, high),
    }
    return Space(go.Figure(traces, layout), contour(found, step, walks, theme))


def _sheet(found: Surface, theme: str, low: float, high: float) -> go.Surface:
    heights, size = exponents(found.losses), (high - low) / (LEVELS - 1)
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
        contours={"z": {"show": True, "start": low, "end": high, "size": size, "color": ground(theme).page}},
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
    line, marker = {"color": colour, "width": 4, "dash": "dot"}, {"size": 2.5, "color": colour}
    return _path(x, y, _heights(walk.losses, low), name, line, marker, walk_words(walk))


def _path(
    x: np.ndarray, y: np.ndarray, z: np.ndarray, name: str, line: dict, marker: dict, words: Sequence[str]
) -> go.Scatter3d:
    look = {"mode": "lines+markers", "line": line, "marker": marker}
    return go.Scatter3d(x=x, y=y, z=z, name=name, hovertext=words, hoverinfo="text", **look)


def _step(found: Surface, step: Step, landing: Landing, kind: str, theme: str, low: float) -> go.Scatter3d:
    """Draw a step from loss to loss; one that leaves the map goes level to the border."""
    colour = role(ROLES[kind], theme).line
    stays, end = inside(found, landing.place), cut_at_border(found, step.at, landing.place)
    x, y = np.array([step.at, end]).T
    z = _heights([step.loss, landing.loss if stays else step.loss], low)
    line, marker = {"color": colour, "width": 8}, {"size": [0.1, 5], "color": colour, "symbol": "diamond"}
    return _path(x, y, z, step_name(found, landing, kind), line, marker, ["", landing_words(landing, kind)])


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
