"""The gradient check as pictures: loop against differences, error over ε, what a mistake does to training."""

import numpy as np

from rnnviz.charts.axes import log_axis, log_span, logged
from rnnviz.charts.limits import END, reach
from rnnviz.charts.marks import Axis, Chart, Dots, Line, Mark
from rnnviz.charts.theme import ground, mix, role
from rnnviz.checks.gradient.differences import Comparison, ErrorCurve

PARAMETER_NAMES = {"W1": "W₁", "Wh1": "Wₕ₁", "b1": "β₁", "W2": "W₂", "b2": "β₂"}
_SIGNS = {"W1": "circle", "Wh1": "diamond", "b1": "square", "W2": "triangle-up", "b2": "x"}


def scatter(found: Comparison, theme: str) -> Chart:
    """Draw every entry: numeric across, by the loop upwards; equal ones lie on the line."""
    end = 1.08 * reach(np.concatenate([found.analytic, found.numeric]), END / 1.08)
    ends = np.array([-end, end])
    equal = Line(ends, ends, "", ground(theme).muted, width=1, dash="dot")
    x, y, colour = found.numeric[[found.worst]], found.analytic[[found.worst]], role("chain", theme).line
    worst = Dots(x, y, "worst", colour, "circle-open", size=17, silent=True)
    marks: list[Mark] = [equal, *(_cloud(found, name, theme) for name in PARAMETER_NAMES), worst]
    across, up = (Axis(title, range=(-end, end)) for title in ("by central differences", "by the loop"))
    return Chart(marks, across, up, theme, 360)


def _cloud(found: Comparison, name: str, theme: str) -> Dots:
    places = [place for place, (parameter, _) in enumerate(found.entries) if parameter == name]
    line = role("parameter", theme).line
    colour = line if name == "Wh1" else mix(line, ground(theme).ink, 0.5)
    words = [f"{PARAMETER_NAMES[name]}[{', '.join(map(str, found.entries[place][1]))}]" for place in places]
    x, y = found.numeric[places], found.analytic[places]
    return Dots(x, y, PARAMETER_NAMES[name], colour, _SIGNS[name], size=8, opacity=0.85, words=words)


def error_curve(found: ErrorCurve, theme: str) -> Chart:
    """Draw the relative error of differences over ε on two log scales, with that of the loop as a level."""
    looks = {
        "central": ("central difference", "chain", "solid"),
        "forward": ("one-sided difference", "output", "dash"),
        "analytic": ("the loop itself", "parameter", "dot"),
    }
    floor = {name: np.maximum(errors, 1e-17) for name, errors in found.errors.items()}
    marks = [
        Line(found.epsilons, logged(floor[name]), label, role(colour, theme).line, width=2.5, dash=dash)
        for name, (label, colour, dash) in looks.items()
    ]
    across = log_axis("step size ε", *log_span(found.epsilons))
    return Chart(marks, across, log_axis("relative error", *log_span(*floor.values())), theme, 360)


def trainings(right: np.ndarray, broken: np.ndarray | None, theme: str) -> Chart:
    """Draw the total loss over the updates with the right gradient, and with a broken one.

    A run of losses, shape (E + 1,), that ends early stopped being finite.
    """
    one, other = role("parameter", theme).line, role("chain", theme).line
    marks = [Line(np.arange(len(right)), right, "right gradient", one, width=3)]
    if broken is not None:
        marks.append(Line(np.arange(len(broken)), broken, "broken gradient", other, width=3, dash="dash"))
    present = np.concatenate([line.y for line in marks])
    positive = present[(present > 0) & np.isfinite(present)]
    wide = positive.size > 1 and positive.max() / 50 > positive.min()
    title = "total loss L"
    up = log_axis(title, *log_span(present)) if wide else Axis(title, from_zero=True)
    return Chart(marks, Axis("update"), up, theme, 320)
