"""The loss over two entries as a surface in space, log10 L upwards; with the steps and walks of the map."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from rnnviz.charts.contours import exponents, span
from rnnviz.charts.template import axis, layout, log_ticks
from rnnviz.charts.theme import ground, role, sequential
from rnnviz.laboratory.cliff.draw import ROLES, drawn_steps, step_name
from rnnviz.laboratory.cliff.say import label, landing_words, walk_name, walk_words
from rnnviz.laboratory.cliff.steps import cut_at_border, inside


def space(
    found: object, step: object, walks: Mapping[str, object], theme: str, height: int = 560
) -> go.Figure:
    """Draw the surface; a walk stands at the losses that training had.

    Parameters
    ----------
    found, step, walks, theme, height
        As for ``laboratory.cliff.draw.contour``.
    """
    low, high = span(found.losses)
    traces = [_sheet(found, theme, low, high)]
    for kind, walk in walks.items():
        name = walk_name(kind, step.limit)
        traces.append(_walk_in_space(found, walk, name, kind, theme, low))
    traces += [_step_in_space(found, step, kind, theme, low) for kind in drawn_steps(found, step)]
    if inside(found, step.at):
        traces.append(_point_in_space(step, theme, low))
    figure = go.Figure(
        traces, layout(theme, x="", y="", height=height, left=0, right=0, bottom=0, showlegend=True)
    )
    figure.update_layout(scene=_scene(found, theme, low, high), xaxis=None, yaxis=None, dragmode="turntable")
    return figure


def _sheet(found: object, theme: str, low: float, high: float) -> go.Surface:
    heights = exponents(found.losses)
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
        contours={
            "z": {
                "show": True,
                "start": low,
                "end": high,
                "size": (high - low) / 16,
                "color": ground(theme).page,
            }
        },
        hovertemplate="(%{x:.4g}, %{y:.4g}): <b>L = %{customdata:.6g}</b><extra></extra>",
        showlegend=False,
    )


def _heights(losses: np.ndarray, low: float) -> np.ndarray:
    """log10 L a little above the sheet, so that a line on it is seen."""
    return np.maximum(exponents(np.asarray(losses, dtype=float)), low) + 0.02


def _walk_in_space(found: object, walk: object, name: str, kind: str, theme: str, low: float) -> go.Scatter3d:
    """Draw the points of a walk that lie on the map."""
    colour = role(ROLES[kind], theme).line
    here = np.array([inside(found, each) for each in zip(walk.x, walk.y, strict=True)], dtype=bool)
    x, y = (np.where(here, values, np.nan) for values in (walk.x, walk.y))
    return go.Scatter3d(
        x=x,
        y=y,
        z=_heights(walk.losses, low),
        customdata=np.stack([walk.epochs, walk.losses], axis=1),
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 4, "dash": "dot"},
        marker={"size": 2.5, "color": colour},
        hovertext=walk_words(walk),
        hoverinfo="text",
    )


def _step_in_space(found: object, step: object, kind: str, theme: str, low: float) -> go.Scatter3d:
    """Draw a step from loss to loss; one that leaves the map goes level to the border."""
    landing, colour = getattr(step, kind), role(ROLES[kind], theme).line
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


def _point_in_space(step: object, theme: str, low: float) -> go.Scatter3d:
    return go.Scatter3d(
        x=[step.at[0]],
        y=[step.at[1]],
        z=_heights([step.loss], low),
        name="the experiment",
        mode="markers",
        marker={"size": 7, "color": ground(theme).ink},
        hovertemplate=f"the experiment: <b>L = {step.loss:.6g}</b><extra></extra>",
    )


def _scene(found: object, theme: str, low: float, high: float) -> dict:
    x, y = map(label, found.entries)
    quiet = {"showbackground": False, "gridcolor": ground(theme).quiet, "zeroline": False}
    rename = {"x": x, "y": y, "z": "L"}
    axes = {}
    for letter, title in rename.items():
        base = axis(theme, title, **quiet)
        base["title"] = {"text": title, "font": base["title"]["font"]}
        base.pop("automargin")
        axes[f"{letter}axis"] = base
    axes["xaxis"]["range"], axes["yaxis"]["range"] = [found.x[0], found.x[-1]], [found.y[0], found.y[-1]]
    axes["zaxis"] |= log_ticks(low, high)
    return axes | {
        "aspectmode": "manual",
        "aspectratio": {"x": 1.1, "y": 1.1, "z": 0.75},
        "camera": {"eye": {"x": 1.5, "y": -0.9, "z": 1.05}, "center": {"x": 0, "y": 0, "z": -0.15}},
    }
