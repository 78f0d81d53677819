"""The loss over two entries, from above: a contour map with the point, its steps and the walks."""

from collections.abc import Mapping

import numpy as np

from rnnviz.charts.contours import over_losses
from rnnviz.charts.marks import Chart, Dots, Line, Map, Mark, Scale
from rnnviz.charts.theme import ground, role
from rnnviz.laboratory.cliff.compute import Surface, Walk
from rnnviz.laboratory.cliff.say import label, landing_words, walk_name, walk_words
from rnnviz.laboratory.cliff.steps import Landing, Step, cut_at_border, inside
from rnnviz.notation.numbers import four

ROLES = {"plain": "forward", "clipped": "parameter", "own": "parameter"}
_FAR = 1e6
"""Widths of a map beyond which a point is only seen as a direction."""


def contour(found: Surface, step: Step, walks: Mapping[str, Walk], theme: str) -> Chart:
    """Draw the map from above, with walks called "plain" and "clipped", or "own", or none."""
    words = "({x}, {y}): L = {z}, gradient of the two {value}"
    every_second = found.x[::2], found.y[::2], found.losses[::2, ::2]
    # Cells that are felt and not seen: a reader points at them.
    marks: list[Mark] = [Map(*every_second, Scale((0, 1), ()), words, found.slopes, opacity=0, picked=True)]
    marks += [_walk(found, walk, walk_name(kind, step.limit), kind, theme) for kind, walk in walks.items()]
    marks += [_step(found, step, landing, kind, theme) for kind, landing in drawn_steps(found, step).items()]
    if inside(found, step.at):
        colours, here = ground(theme), [f"the experiment: ({four(step.at[0])}, {four(step.at[1])})"]
        x, y = np.array(step.at)[:, None]
        marks.append(Dots(x, y, "the experiment", colours.ink, size=13, edge=colours.page, words=here))
    first, second = map(label, found.entries)
    return over_losses(found.x, found.y, found.losses, (first, second), marks, theme, 520)


def drawn_steps(found: Surface, step: Step) -> dict[str, Landing]:
    """Return the steps that begin on the map; clipping that changes nothing takes no step of its own."""
    if step.plain is None or step.clipped is None or not inside(found, step.at):
        return {}
    clipped = {"clipped": step.clipped} if step.length > step.limit else {}
    return {"plain": step.plain} | clipped


def _in_reach(found: Surface, x: np.ndarray, y: np.ndarray) -> np.ndarray:
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


def _walk(found: Surface, walk: Walk, name: str, kind: str, theme: str) -> Line:
    """Draw a walk; what lies beyond the map is cut off by the axes."""
    colour, page = role(ROLES[kind], theme).line, ground(theme).page
    dash, words = "solid" if kind == "plain" else "dot", walk_words(walk)
    x, y = _in_reach(found, walk.x, walk.y)
    return Line(x, y, name, colour, 1.5, dash, dots=5, edge=page, halo=page, words=words, updates=walk.epochs)


def _step(found: Surface, step: Step, landing: Landing, kind: str, theme: str) -> Line:
    """Draw a step as an arrow, to the border where it leaves the map."""
    colour, page = role(ROLES[kind], theme).line, ground(theme).page
    dash, words = "solid" if kind == "plain" else "dash", ("", landing_words(landing, kind))
    x, y = np.array([step.at, cut_at_border(found, step.at, landing.place)]).T
    return Line(x, y, step_name(found, landing, kind), colour, 4, dash, arrow=14, edge=page, halo=page, words=words)


def step_name(found: Surface, landing: Landing, kind: str) -> str:
    """Return the name of a step in the legend."""
    return f"{kind} step" if inside(found, landing.place) else f"{kind} step (leaves the map)"
