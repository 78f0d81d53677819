"""The loss over two entries: a contour map and a view in space, with the point, its steps and the walks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures.measures.cliff import cut_at_border, exponents, inside, label, span, walk_name
from rnnviz.figures.template import axis, colour_bar, layout, power
from rnnviz.figures.theme import ground, role, sequential
from rnnviz.story.limits import decimal

PICKS = "pick"
"""Name of the invisible markers that a reader points at."""

_ROLES = {"plain": "forward", "clipped": "parameter", "own": "parameter"}
_DASHES = {"plain": "solid", "clipped": "dot"}
_FAR = 1e6
"""Widths of a map beyond which a point is only seen as a direction."""


def contour(
    found: object, step: object, walks: Mapping[str, object], theme: str, height: int = 520
) -> go.Figure:
    """Draw the map from above.

    Parameters
    ----------
    found : experiment.surface.Surface
    step : experiment.surface.Step
    walks : mapping of str to experiment.surface.Walk
        "plain" and "clipped", or "own", or none.
    theme : {"light", "dark"}
    height : int
    """
    traces = [contours(found, theme), _picks(found)]
    for kind, walk in walks.items():
        traces += with_halo(_walk(found, walk, walk_name(kind, step.limit), kind, theme), theme)
    for kind in _drawn(found, step):
        traces += with_halo(_step(found, step, kind, theme), theme)
    if inside(found, step.at):
        traces.append(_point(step.at, theme))
    x, y = map(label, found.entries)
    more = {
        "xaxis": {"range": [found.x[0], found.x[-1]], "showgrid": False, "nticks": 8},
        "yaxis": {"range": [found.y[0], found.y[-1]], "showgrid": False, "nticks": 8},
        "showlegend": True,
        "shapes": _not_finite(found, theme),
        "hovermode": "closest",
    }
    return go.Figure(traces, layout(theme, x=x, y=y, height=height, right=66, **more))


def contours(found: object, theme: str) -> go.Contour:
    """Return the losses of a map with ``x``, ``y`` and ``losses``, on a log scale."""
    low, high = span(found.losses)
    return go.Contour(
        x=found.x,
        y=found.y,
        z=exponents(found.losses),
        zmin=low,
        zmax=high,
        colorscale=sequential("loss", theme),
        contours={"start": low, "end": high, "size": (high - low) / 16, "coloring": "heatmap"},
        line={"width": 0.6, "color": ground(theme).page},
        colorbar=colour_bar(theme, **_ticks(low, high), title={"text": "L", "font": {"size": 12}}),
        hoverinfo="skip",
        showlegend=False,
    )


def _ticks(low: float, high: float) -> dict:
    every = max(1, round((high - low) / 5))
    places = [place for place in range(int(np.ceil(low)), int(np.floor(high)) + 1) if place % every == 0]
    if len(places) > 1:
        return {"tickmode": "array", "tickvals": places, "ticktext": [power(place) for place in places]}
    values = np.linspace(low, high, 4)
    return {"tickmode": "array", "tickvals": values, "ticktext": list(map(decimal, values))}


def _picks(found: object) -> go.Scatter:
    """Every so many points of the map as markers that are felt and not seen."""
    x, y = np.meshgrid(found.x[::2], found.y[::2])
    unseen = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=x.ravel(),
        y=y.ravel(),
        customdata=np.stack([found.losses[::2, ::2].ravel(), found.slopes.ravel()], axis=1),
        name=PICKS,
        mode="markers",
        marker={"size": 12, "opacity": 0},
        selected=unseen,
        unselected=unseen,
        showlegend=False,
        hovertemplate="(%{x:.4g}, %{y:.4g}): <b>L = %{customdata[0]:.6g}</b>, gradient of the two "
        "%{customdata[1]:.4g}<extra></extra>",
    )


def _drawn(found: object, step: object) -> list[str]:
    """Return the steps that begin on the map; clipping that changes nothing takes no step of its own."""
    if step.plain is None or not inside(found, step.at):
        return []
    return ["plain", "clipped"] if step.length > step.limit else ["plain"]


def with_halo(trace: go.Scatter, theme: str) -> list[go.Scatter]:
    """Return a line on a wider one in the colour of the page, so that it is seen on any loss."""
    halo = go.Scatter(
        x=trace.x,
        y=trace.y,
        mode="lines",
        line={"color": ground(theme).page, "width": trace.line.width + 3},
        hoverinfo="skip",
        showlegend=False,
    )
    return [halo, trace]


def _in_reach(found: object, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Bring points far beyond a map nearer on their way to its middle: plotly's sums of them are no floats.

    They stay so far away that the way to them looks the same from any place of the map.
    """
    low, high = (np.array([[found.x[end]], [found.y[end]]]) for end in (0, -1))
    middle = (low + high) / 2
    with np.errstate(all="ignore"):
        ways = np.stack([x, y]) - middle
        away = np.abs(ways / (high - low)).max(axis=0)
        part = np.where(away > _FAR, _FAR / away, 1.0)
    return middle + ways * np.where(np.isfinite(away), part, np.nan)


def _walk(found: object, walk: object, name: str, kind: str, theme: str) -> go.Scatter:
    """Draw a walk; what lies beyond the map is cut off by the axes."""
    colour = role(_ROLES[kind], theme).line
    x, y = _in_reach(found, walk.x, walk.y)
    return go.Scatter(
        x=x,
        y=y,
        customdata=np.stack([walk.epochs, walk.losses], axis=1),
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 1.5, "dash": "dot"},
        marker={"size": 5, "color": colour, "line": {"width": 0.7, "color": ground(theme).page}},
        hovertemplate="after %{customdata[0]} updates: <b>L = %{customdata[1]:.6g}</b><extra></extra>",
        **_never_dimmed(),
    )


def _never_dimmed() -> dict:
    """A pick selects one marker; plotly would fade all the others."""
    return {"selected": {"marker": {"opacity": 1}}, "unselected": {"marker": {"opacity": 1}}}


def _step(found: object, step: object, kind: str, theme: str) -> go.Scatter:
    """Draw a step as an arrow, to the border where it leaves the map."""
    landing, colour = getattr(step, kind), role(_ROLES[kind], theme).line
    end = cut_at_border(found, step.at, landing.place)
    where = f"({landing.place[0]:.6g}, {landing.place[1]:.6g})"
    head = {"size": [0, 14], "symbol": "arrow", "angleref": "previous", "color": colour, "opacity": 1}
    return go.Scatter(
        x=[step.at[0], end[0]],
        y=[step.at[1], end[1]],
        name=_step_name(found, landing, kind),
        mode="lines+markers",
        line={"color": colour, "width": 4},
        marker=head | {"line": {"color": ground(theme).page, "width": 1}},
        hovertemplate=f"{kind} step to {where}: <b>L = {landing.loss:.6g}</b><extra></extra>",
        **_never_dimmed(),
    )


def _step_name(found: object, landing: object, kind: str) -> str:
    return f"{kind} step" if inside(found, landing.place) else f"{kind} step (leaves the map)"


def _point(at: tuple[float, float], theme: str) -> go.Scatter:
    colours = ground(theme)
    return go.Scatter(
        x=[at[0]],
        y=[at[1]],
        name="the experiment",
        mode="markers",
        marker={"size": 13, "color": colours.ink, "line": {"width": 2, "color": colours.page}},
        hovertemplate="the experiment: (%{x:.6g}, %{y:.6g})<extra></extra>",
        cliponaxis=False,
        **_never_dimmed(),
    )


def _not_finite(found: object, theme: str) -> list[dict]:
    """A quiet ground that shows wherever the map has no finite loss."""
    if np.isfinite(found.losses).all():
        return []
    place = {"x0": found.x[0], "x1": found.x[-1], "y0": found.y[0], "y1": found.y[-1]}
    return [
        {"type": "rect", "layer": "below", "fillcolor": ground(theme).quiet, "line": {"width": 0}, **place}
    ]


def space(
    found: object, step: object, walks: Mapping[str, object], theme: str, height: int = 560
) -> go.Figure:
    """Draw the map as a surface in space, log10 L upwards; a walk stands at the losses that training had.

    Parameters
    ----------
    found, step, walks, theme, height
        As for `contour`.
    """
    low, high = span(found.losses)
    traces = [_sheet(found, theme, low, high)]
    for kind, walk in walks.items():
        name = walk_name(kind, step.limit)
        traces.append(_walk_in_space(found, walk, name, kind, theme, low))
    traces += [_step_in_space(found, step, kind, theme, low) for kind in _drawn(found, step)]
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
    colour = role(_ROLES[kind], theme).line
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
        hovertemplate="after %{customdata[0]} updates: <b>L = %{customdata[1]:.6g}</b><extra></extra>",
    )


def _step_in_space(found: object, step: object, kind: str, theme: str, low: float) -> go.Scatter3d:
    """Draw a step from loss to loss; one that leaves the map goes level to the border."""
    landing, colour = getattr(step, kind), role(_ROLES[kind], theme).line
    stays, end = inside(found, landing.place), cut_at_border(found, step.at, landing.place)
    return go.Scatter3d(
        x=[step.at[0], end[0]],
        y=[step.at[1], end[1]],
        z=_heights([step.loss, landing.loss if stays else step.loss], low),
        name=_step_name(found, landing, kind),
        mode="lines+markers",
        line={"color": colour, "width": 8},
        marker={"size": [0.1, 5], "color": colour, "symbol": "diamond"},
        hovertemplate=f"{kind} step: <b>L = {landing.loss:.6g}</b><extra></extra>",
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
    axes["zaxis"] |= _ticks(low, high)
    return axes | {
        "aspectmode": "manual",
        "aspectratio": {"x": 1.1, "y": 1.1, "z": 0.75},
        "camera": {"eye": {"x": 1.5, "y": -0.9, "z": 1.05}, "center": {"x": 0, "y": 0, "z": -0.15}},
    }
