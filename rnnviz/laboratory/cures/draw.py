"""Ways of learning side by side: learning curves, gradient by lag, and what each learned at which length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnviz.charts import cells
from rnnviz.charts import figure as plain
from rnnviz.charts.lines import curve, logged
from rnnviz.charts.template import layout, log_axis, log_span
from rnnviz.charts.theme import EXACT_ZERO, NEGATIVE, POSITIVE, between, ground, role

_ROLES = ("ink", "forward", "output", "loss", "chain", "parameter")
_DASHES = ("solid", "dash", "dot")


def _look(place: int, theme: str) -> dict:
    """Return colour and dash of one way; the same for all charts, told apart without colour too."""
    colours = [*(role(name, theme).line for name in _ROLES), POSITIVE[theme], NEGATIVE[theme]]
    return {"colour": colours[place % len(colours)], "dash": _DASHES[place % len(_DASHES)]}


def learning(
    outcomes: Sequence, names: Sequence[str], training: bool, theme: str, height: int = 380
) -> plain.Figure:
    """Draw the losses of one length over the updates, held out or in training, and the best constant's."""
    rows = {place: each.training if training else each.held_out for place, each in _placed(outcomes, names)}
    traces = [
        curve(each.points, logged(rows[place]), each.cure.label, **_look(place, theme))
        for place, each in _placed(outcomes, names)
    ]
    last = max((len(each.losses) for each in outcomes), default=1)
    constant = np.nan
    if outcomes:
        constant = outcomes[0].constant_training if training else outcomes[0].constant
    traces.append(
        curve([0, last], np.array([constant] * 2), "best constant", ground(theme).muted, dash="dashdot")
    )
    low, high = log_span(*rows.values(), [constant])
    axis = log_axis(max(low, np.log10(constant) - 6), min(high, np.log10(constant) + 1.5))
    return _lines(traces, theme, "update", "training loss" if training else "held-out loss", axis, height)


def by_lag(
    outcomes: Sequence, names: Sequence[str], after: bool, theme: str, height: int = 380
) -> plain.Figure:
    """Draw what is left of the last error's length by lag, before or after training."""
    rows = {place: each.end if after else each.start for place, each in _placed(outcomes, names)}
    traces = [
        curve(np.arange(len(rows[place])), logged(rows[place]), each.cure.label, **_look(place, theme))
        for place, each in _placed(outcomes, names)
    ]
    low, high = log_span(*rows.values())
    axis = log_axis(max(low, min(-12, high - 12)), min(high, max(6, low + 12)))
    return _lines(traces, theme, "lag t − k", "part of the error's length", axis, height)


def _placed(outcomes: Sequence, names: Sequence[str]) -> list[tuple[int, object]]:
    return sorted(((names.index(each.cure.name), each) for each in outcomes), key=lambda pair: pair[0])


def _lines(traces: list, theme: str, x: str, y: str, axis: dict, height: int) -> plain.Figure:
    more = {"yaxis": axis, "showlegend": True}
    return plain.Figure(traces, layout(theme, x=x, y=y, height=height, **more))


def reached(
    left: np.ndarray, low: np.ndarray, labels: Sequence[str], lengths: Sequence[int], theme: str
) -> str:
    """Draw losses as parts of the best constant answer's; those marked in ``low`` have a frame.

    A run that is still to come, NaN in ``left``, is "not yet".
    """
    best, page = role("parameter", theme).line, ground(theme).page
    stops = [(0.0, best), (0.5, page), (1.0, EXACT_ZERO[theme])]
    axes = cells.Axes("steps T", "way", tuple(map(str, lengths)), tuple(labels))
    shown = np.where(np.isinf(left), np.finfo(float).max, left)
    return cells.table(shown, axes, lambda value: between(stops, value), theme, low, missing="not yet")
