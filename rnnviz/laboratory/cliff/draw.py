"""The loss over two entries, from above: a contour map with the point, its steps and the walks."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from rnnviz.charts.contours import PLAYED, contours, not_finite, plane, with_halo
from rnnviz.charts.figure import Figure, Part, heatmap, scatter
from rnnviz.charts.theme import ground, role, sequential
from rnnviz.laboratory.cliff.say import label, landing_words, walk_name, walk_words
from rnnviz.laboratory.cliff.steps import cut_at_border, inside
from rnnviz.notation.numbers import four

PICKS = "pick"
"""Name of the unseen cells that a reader points at."""

ROLES = {"plain": "forward", "clipped": "parameter", "own": "parameter"}
_WALK_DASHES = {"plain": "solid", "clipped": "dot", "own": "dot"}
_STEP_DASHES = {"plain": "solid", "clipped": "dash"}
_FAR = 1e6
"""Widths of a map beyond which a point is only seen as a direction."""


def contour(
    found: object, step: object, walks: Mapping[str, object], theme: str, height: int = 520
) -> Figure:
    """Draw the map from above.

    Parameters
    ----------
    found : laboratory.cliff.compute.Surface
    step : laboratory.cliff.compute.Step
    walks : mapping of str to laboratory.cliff.compute.Walk
        "plain" and "clipped", or "own", or none.
    theme : {"light", "dark"}
    height : int
    """
    traces = [contours(found, theme), _picks(found, theme)]
    for kind, walk in walks.items():
        traces += with_halo(_walk(found, walk, walk_name(kind, step.limit), kind, theme), theme)
    for kind in drawn_steps(found, step):
        traces += with_halo(_step(found, step, kind, theme), theme)
    if inside(found, step.at):
        traces.append(_point(step.at, theme))
    more = {"showlegend": True, "shapes": not_finite(found, theme)}
    return Figure(traces, plane(found, theme, *map(label, found.entries), height=height, **more))


def _picks(found: object, theme: str) -> Part:
    """Every second point of the map as a cell that is felt and not seen."""
    return heatmap(
        x=found.x[::2],
        y=found.y[::2],
        z=found.losses[::2, ::2],
        customdata=found.slopes,
        name=PICKS,
        opacity=0,
        colorscale=sequential("loss", theme),
        showscale=False,
        showlegend=False,
        hovertemplate="(%{x:.4g}, %{y:.4g}): L = %{z:.6g}, gradient of the two %{customdata:.4g}"
        "<extra></extra>",
        meta={"picked": True},
    )


def drawn_steps(found: object, step: object) -> list[str]:
    """Return the steps that begin on the map; clipping that changes nothing takes no step of its own."""
    if step.plain is None or not inside(found, step.at):
        return []
    return ["plain", "clipped"] if step.length > step.limit else ["plain"]


def _in_reach(found: object, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Bring points far beyond a map nearer on their way to its middle: sums of them are no floats.

    They stay so far away that the way to them looks the same from any place of the map.
    """
    low, high = (np.array([[found.x[end]], [found.y[end]]]) for end in (0, -1))
    middle = (low + high) / 2
    with np.errstate(all="ignore"):
        ways = np.stack([x, y]) - middle
        away = np.abs(ways / (high - low)).max(axis=0)
        part = np.where(away > _FAR, _FAR / away, 1.0)
    return middle + ways * np.where(np.isfinite(away), part, np.nan)


def _walk(found: object, walk: object, name: str, kind: str, theme: str) -> Part:
    """Draw a walk; what lies beyond the map is cut off by the axes."""
    colour = role(ROLES[kind], theme).line
    x, y = _in_reach(found, walk.x, walk.y)
    return scatter(
        x=x,
        y=y,
        customdata=np.stack([walk.epochs, walk.losses], axis=1),
        meta=PLAYED,
        name=name,
        mode="lines+markers",
        line={"color": colour, "width": 1.5, "dash": _WALK_DASHES[kind]},
        marker={"size": 5, "color": colour, "line": {"width": 0.7, "color": ground(theme).page}},
        hovertext=walk_words(walk),
    )


def _step(found: object, step: object, kind: str, theme: str) -> Part:
    """Draw a step as an arrow, to the border where it leaves the map."""
    landing, colour = getattr(step, kind), role(ROLES[kind], theme).line
    end = cut_at_border(found, step.at, landing.place)
    return scatter(
        x=[step.at[0], end[0]],
        y=[step.at[1], end[1]],
        name=step_name(found, landing, kind),
        mode="lines+markers",
        line={"color": colour, "width": 4, "dash": _STEP_DASHES[kind]},
        marker={
            "size": [0, 14],
            "symbol": "arrow",
            "angleref": "previous",
            "color": colour,
            "line": {"color": ground(theme).page, "width": 1},
        },
        hovertext=["", landing_words(landing, kind)],
    )


def step_name(found: object, landing: object, kind: str) -> str:
    """Return the name of a step in the legend."""
    return f"{kind} step" if inside(found, landing.place) else f"{kind} step (leaves the map)"


def _point(at: tuple[float, float], theme: str) -> Part:
    colours = ground(theme)
    return scatter(
        x=[at[0]],
        y=[at[1]],
        name="the experiment",
        mode="markers",
        marker={"size": 13, "color": colours.ink, "line": {"width": 2, "color": colours.page}},
        hovertext=[f"the experiment: ({four(at[0])}, {four(at[1])})"],
    )
