"""The path of all parameters through training over the loss, and forecasts beside the truth."""

from collections.abc import Sequence

import numpy as np

from rnnviz.charts.contours import over_losses
from rnnviz.charts.marks import Axis, Chart, Dots, Line, Mark, Rule
from rnnviz.charts.theme import ground, role
from rnnviz.laboratory.learned.compute import Course, Forecast, OwnForecast
from rnnviz.notation.numbers import counted

DASHES = {"last value": "dot", "11 years ago": "dash"}


def over_loss(found: Course, theme: str) -> Chart:
    """Draw the path over the losses of its plane."""
    x, y = found.path.T
    page, ink, colour = ground(theme).page, ground(theme).ink, role("parameter", theme).line
    words = [f"after {counted(int(epoch), 'update')}" for epoch in found.epochs]
    path = Line(x, y, "path", colour, width=3, halo=page, words=words, updates=found.epochs)
    ends = Dots(x[[0, -1]], y[[0, -1]], "", page, size=11, edge=ink, labels=("start", "end"), silent=True)
    titles = "along the first direction", "along the second"
    return over_losses(found.x, found.y, found.losses, titles, [path, ends], theme, 460, legend=False)


def forecast_lines(found: Forecast, theme: str, unit: str) -> Chart:
    """Draw forecasts over the years; ``unit`` is the title of the value axis."""
    colours, own = ground(theme), role("output", theme).line
    marks = [Line(found.years, found.truth, "truth", colours.ink, width=3)]
    for name, values in found.forecasts.items():
        colour, width = (own, 2.5) if name == "network" else (colours.muted, 1.2)
        dash = DASHES.get(name, "solid")
        marks.append(Line(found.years, values, name, colour, width=width, dash=dash))
    return Chart(marks, Axis("year"), Axis(unit), theme, 320)


def own_lines(found: OwnForecast, times: Sequence[str], theme: str, unit: str) -> Chart:
    """Draw the last rows and the forecasts of those that are held out, over their times, and what comes next."""
    last, colours, own = len(found.known), ground(theme), role("output", theme).line
    held = np.arange(found.first, last)
    rows = np.arange(max(0, 2 * found.first - last), last)
    at = 0 if times else found.begin
    looks = {"network": (own, 2.5, "solid"), "last value": (colours.muted, 1.2, "dot")}
    marks: list[Mark] = [Line(at + rows, found.known[rows], "truth", colours.ink, width=3)]
    for name, values in found.forecasts.items():
        colour, width, dash = looks.get(name, (role("forward", theme).line, 1.2, "dash"))
        marks.append(Line(at + held, values, name, colour, width=width, dash=dash))
    if found.next.size:
        marks.append(Line(at + last + np.arange(len(found.next)), found.next, "next", own, dash="dash", dots=5))
    marks.append(Rule(at + found.first - 0.5, colours.muted))
    ticks = tuple((row, times[row]) for row in rows[:: max(1, len(rows) // 6)]) if times else None
    return Chart(marks, Axis("time" if times else "row", ticks=ticks, about=6), Axis(unit), theme, 320)
