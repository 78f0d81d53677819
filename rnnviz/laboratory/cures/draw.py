"""Ways of learning side by side: learning curves, gradient by lag, and what each learned at which length."""

from collections.abc import Iterable, Sequence

import numpy as np

from rnnviz.charts import cells
from rnnviz.charts.axes import log_axis, log_span, logged
from rnnviz.charts.marks import Axis, Chart, Line
from rnnviz.charts.theme import EXACT_ZERO, NEGATIVE, POSITIVE, between, ground, role
from rnnviz.laboratory.cures.compute import Outcome

_ROLES = ("ink", "forward", "output", "loss", "chain", "parameter")
_DASHES = ("solid", "dash", "dot")


def learning(outcomes: Sequence[Outcome], names: Sequence[str], training: bool, theme: str) -> Chart:
    """Draw the losses of one length over the updates, held out or in training, and the best constant's."""
    rows = [each.training if training else each.held_out for each in outcomes]
    lines = _lines(outcomes, names, [each.points for each in outcomes], rows, theme)
    last = max((len(each.losses) for each in outcomes), default=1)
    constant = np.nan
    if outcomes:
        constant = outcomes[0].constant_training if training else outcomes[0].constant
    best = Line(np.array([0, last]), np.full(2, constant), "best constant", ground(theme).muted, dash="dashdot")
    low, high = log_span(*rows, [constant])
    ends = max(low, np.log10(constant) - 6), min(high, np.log10(constant) + 1.5)
    title = "training loss" if training else "held-out loss"
    return Chart((*lines, best), Axis("update"), log_axis(title, *ends), theme, 380)


def by_lag(outcomes: Sequence[Outcome], names: Sequence[str], after: bool, theme: str) -> Chart:
    """Draw what is left of the last error's length by lag, before or after training."""
    rows = [each.end if after else each.start for each in outcomes]
    lines = _lines(outcomes, names, [np.arange(len(row)) for row in rows], rows, theme)
    low, high = log_span(*rows)
    up = log_axis("part of the error's length", max(low, min(-12, high - 12)), min(high, max(6, low + 12)))
    return Chart(lines, Axis("lag t − k"), up, theme, 380)


def _lines(
    outcomes: Sequence[Outcome],
    names: Sequence[str],
    across: Iterable[np.ndarray],
    rows: Iterable[np.ndarray],
    theme: str,
) -> list[Line]:
    """Return a line a way, in the order of names: they look the same in all charts, without colour too."""
    colours = [*(role(name, theme).line for name in _ROLES), POSITIVE[theme], NEGATIVE[theme]]
    lines = {}
    for each, x, row in zip(outcomes, across, rows, strict=True):
        place = names.index(each.cure.name)
        colour, dash = colours[place % len(colours)], _DASHES[place % len(_DASHES)]
        lines[place] = Line(x, logged(row), each.cure.label, colour, dash=dash)
    return [lines[place] for place in sorted(lines)]


def reached(left: np.ndarray, low: np.ndarray, labels: Sequence[str], lengths: Sequence[int], theme: str) -> str:
    """Draw losses as parts of the best constant answer's; those marked in ``low`` have a frame.

    A run that is still to come, NaN in ``left``, is "not yet".
    """
    best, page = role("parameter", theme).line, ground(theme).page
    stops = [(0.0, best), (0.5, page), (1.0, EXACT_ZERO[theme])]
    axes = cells.Axes("steps T", "way", tuple(map(str, lengths)), tuple(labels))
    shown = np.where(np.isinf(left), np.finfo(float).max, left)
    return cells.table(shown, axes, lambda value: between(stops, value), theme, low, missing="not yet")
