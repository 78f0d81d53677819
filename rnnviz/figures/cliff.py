"""The loss surface as a map and in three dimensions, with the step and the walk on it."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures.measures.cliff import colour_span, label, leaves, within
from rnnviz.figures.template import colour_bar, layout, power
from rnnviz.figures.theme import FONT, ground, role, sequential

PICKS = 41
"""Places across the map that can be picked with the pointer."""


def contour(
    found: object, place: tuple[float, float], step: object, way: object, theme: str, height: int = 520
) -> go.Figure:
    """Draw the map with lines of equal loss, where the experiment stands, its next step and the walk.

    Parameters
    ----------
    found : experiment.surface.Surface
    place : (float, float)
        Where the experiment stands.
    step : experiment.surface.Step
    way : experiment.surface.Walk
    theme : {"light", "dark"}
    """
    marks = _marks(found, place, step, way, theme)
    traces = [_map(found, step.before, theme), *marks, _picks(found)]
    x, y = ({"range": [float(axis[0]), float(axis[-1])], "showgrid": False} for axis in (found.x, found.y))
    names = [label(name) for name in found.entries]
    more = {"showlegend": True, "xaxis": x, "yaxis": y, "right": 66, "clickmode": "event+select"}
    return go.Figure(traces, layout(theme, x=names[0], y=names[1], height=height, **more))


def _map(found: object, here: float, theme: str) -> go.Contour:
    low, high = colour_span(found.losses, here)
    return go.Contour(
        x=found.x,
        y=found.y,
        z=_exponents(found.losses, high),
        customdata=found.losses,
        zmin=low,
        zmax=high,
        ncontours=14,
        colorscale=sequential("loss", theme),
        line={"width": 0.6, "color": ground(theme).muted},
        hovertemplate="%{x:.4g}, %{y:.4g}: loss <b>%{customdata:.6g}</b><extra></extra>",
        colorbar=colour_bar(theme, **_ticks(low, high)),
        showlegend=False,
    )


def _exponents(losses: np.ndarray, highest: float) -> np.ndarray:
    """Return log10 of the losses, cut at what the colours tell apart; NaN where there is none."""
    with np.errstate(all="ignore"):
        exponents = np.log10(losses)
    return np.where(np.isfinite(losses) & (losses > 0), np.minimum(exponents, highest), np.nan)


def _ticks(low: float, high: float) -> dict:
    places = list(range(int(np.ceil(low)), int(np.floor(high)) + 1))
    if len(places) < 2:
        places = [low, high]
        return {"tickvals": places, "ticktext": [f"{10**place:.2g}" for place in places]}
    return {"tickvals": places, "ticktext": [power(place) for place in places]}


def _marks(found: object, place: tuple, step: object, way: object, theme: str) -> list[go.Scatter]:
    chain, good, ink = role("chain", theme).line, role("forward", theme).line, ground(theme).ink
    return [
        _line(way.x, way.y, "training run", ink, 1.5),
        _arrow(found, place, step.plain, "plain step", chain),
        _arrow(found, place, step.clipped, "clipped step", good),
        _dot(found.start, "start values", ground(theme).surface, ink, 11, "diamond"),
        _dot(place, "here", ink, ground(theme).surface, 13, "circle"),
    ]


def _line(x: np.ndarray, y: np.ndarray, name: str, colour: str, width: float) -> go.Scatter:
    words = "%{x:.6g}, %{y:.6g}<extra></extra>"
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": width},
        marker={"size": 3, "color": colour},
        hovertemplate=words,
        unselected={"marker": {"opacity": 1}},
    )


def _arrow(found: object, place: tuple, target: tuple, name: str, colour: str) -> go.Scatter:
    """The way from the place to the target, or to the border of the map, with its head."""
    end = within(found, place, target)
    beyond = " (leaves the map)" if leaves(found, target) else ""
    return go.Scatter(
        x=[place[0], end[0]],
        y=[place[1], end[1]],
        name=name + beyond,
        mode="lines+markers",
        line={"color": colour, "width": 3.5},
        marker={"symbol": "arrow", "size": [0, 15], "angleref": "previous", "color": colour, "opacity": 1},
        hovertemplate=f"{name} to {target[0]:.6g}, {target[1]:.6g}<extra></extra>",
        unselected={"marker": {"opacity": 1}},
    )


def _dot(place: tuple, name: str, colour: str, border: str, size: int, symbol: str) -> go.Scatter:
    return go.Scatter(
        x=[place[0]],
        y=[place[1]],
        name=name,
        mode="markers",
        marker={
            "size": size,
            "symbol": symbol,
            "color": colour,
            "line": {"color": border, "width": 2},
            "opacity": 1,
        },
        hovertemplate=f"{name}: %{{x:.6g}}, %{{y:.6g}}<extra></extra>",
        unselected={"marker": {"opacity": 1}},
    )


def _picks(found: object) -> go.Scatter:
    """Invisible places on top, so that a click on the map is a click on one of them."""
    x, y = np.meshgrid(*(np.linspace(axis[0], axis[-1], PICKS) for axis in (found.x, found.y)))
    unseen = {"marker": {"opacity": 0}}
    return go.Scatter(
        x=x.ravel(),
        y=y.ravel(),
        mode="markers",
        marker={"size": 13, "opacity": 0},
        hoverinfo="none",
        showlegend=False,
        name="",
        selected=unseen,
        unselected=unseen,
    )


def mountain(
    found: object, place: tuple[float, float], step: object, way: object, theme: str, height: int = 560
) -> go.Figure:
    """Draw the surface in three dimensions, its height the logarithm of the loss, with the walk on it."""
    low, high = colour_span(found.losses, step.before)
    colours = ground(theme)
    surface = go.Surface(
        x=found.x,
        y=found.y,
        z=_exponents(found.losses, high),
        cmin=low,
        cmax=high,
        colorscale=sequential("loss", theme),
        colorbar=colour_bar(theme, **_ticks(low, high)),
        customdata=found.losses,
        hovertemplate="%{x:.4g}, %{y:.4g}: loss <b>%{customdata:.6g}</b><extra></extra>",
    )
    spots = [
        _spot([place[0]], [place[1]], [step.before], "here", colours.ink, high, 6),
        _spot(way.x, way.y, _losses_on(found, way), "training run", role("forward", theme).line, high, 3),
    ]
    return go.Figure([surface, *spots], _scene(found, theme, height, (low, high)))


def _losses_on(found: object, way: object) -> np.ndarray:
    """The map's loss nearest to each place of the walk; NaN beyond the map."""
    columns, rows = (
        np.rint((values - axis[0]) / (axis[1] - axis[0]))
        for values, axis in ((way.x, found.x), (way.y, found.y))
    )
    there = (columns >= 0) & (rows >= 0) & (columns < len(found.x)) & (rows < len(found.y))
    picked = found.losses[np.where(there, rows, 0).astype(int), np.where(there, columns, 0).astype(int)]
    return np.where(there, picked, np.nan)


def _spot(x, y, losses, name: str, colour: str, highest: float, size: int) -> go.Scatter3d:
    lifted = _exponents(np.asarray(losses, dtype=float), highest) + 0.02
    return go.Scatter3d(
        x=x,
        y=y,
        z=lifted,
        name=name,
        mode="markers+lines",
        marker={"size": size, "color": colour},
        line={"color": colour, "width": 4},
        hovertemplate=f"{name}: %{{x:.6g}}, %{{y:.6g}}<extra></extra>",
    )


def _scene(found: object, theme: str, height: int, span: tuple[float, float]) -> dict:
    colours, names = ground(theme), [label(name) for name in found.entries]
    quiet = {"color": colours.muted, "gridcolor": colours.quiet, "backgroundcolor": "rgba(0,0,0,0)"}
    ranges = ([float(axis[0]), float(axis[-1])] for axis in (found.x, found.y))
    x, y = (
        quiet | {"title": {"text": name}, "range": each} for name, each in zip(names, ranges, strict=True)
    )
    ticks = {key: value for key, value in _ticks(*span).items() if key in ("tickvals", "ticktext")}
    return {
        "height": height,
        "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 12, "color": colours.ink},
        "showlegend": False,
        "scene": {
            "xaxis": x,
            "yaxis": y,
            "zaxis": quiet | {"title": {"text": "loss (log)"}} | ticks,
            "camera": {"eye": {"x": -1.5, "y": -1.5, "z": 0.9}},
            "aspectmode": "cube",
        },
    }
