"""The two causes drawn: singular values over the lag, eigenvalues in the complex plane, slopes."""

from __future__ import annotations

import numpy as np

from rnnviz.charts.axes import log_axis, log_span, logged, whole
from rnnviz.charts.marks import Axis, Bar, Chart, Line
from rnnviz.charts.theme import ground, role
from rnnviz.laboratory.causes.compute import Causes
from rnnviz.laboratory.causes.say import bounds, histogram


def way_back(found: Causes, theme: str, height: int = 380) -> Chart:
    """Draw all singular values of the product over the lag, and what each cause alone would do."""
    lag, chain = np.arange(len(found.weights)), role("chain", theme).line
    parameter, output, ink = role("parameter", theme).line, role("output", theme).line, ground(theme).ink
    largest = found.singular[:, 0]
    marks = (
        _others(found.singular, chain),
        Line(lag, logged(largest), "both together, σ<sub>max</sub>", chain, width=4),
        Line(lag, logged(found.weights), "W<sub>h1</sub> alone", parameter, width=3),
        Line(lag, logged(found.slopes_alone), "slopes alone", output, width=3),
        Line(lag, logged(bounds(found)), "bound (γ σ<sub>max</sub>)<sup>lag</sup>", ink, dash="dash"),
    )
    span = log_span(largest, found.weights, found.slopes_alone)
    up = log_axis("singular values of ∂H<sub>T−1</sub>/∂H<sub>k</sub>", *span)
    return Chart(marks, whole("steps back from the last state", len(lag)), up, theme, height)


def _others(singular: np.ndarray, colour: str) -> Line:
    """All singular values but the largest as thin lines in one mark, with gaps between them."""
    T, n1 = singular.shape
    x = np.tile(np.append(np.arange(T, dtype=float), np.nan), n1 - 1)
    y = np.append(logged(singular[:, 1:]), np.full((1, n1 - 1), np.nan), axis=0).T.ravel()
    return Line(x, y, "the other singular values", colour, width=1, opacity=0.45)


def slopes_over_time(found: Causes, theme: str, height: int = 260) -> Chart:
    """Draw the mean slope of each step and the share of saturated units."""
    t = np.arange(len(found.slopes))
    marks = (
        Line(t, found.slopes.mean(axis=1), "mean f₁′", role("output", theme).line, width=3, dots=5),
        Line(t, found.saturated, "share saturated", ground(theme).muted, dash="dot"),
    )
    return Chart(marks, whole("step t", len(t)), Axis("slope, share", range=(-0.03, 1.05)), theme, height)


def slope_histogram(found: Causes, theme: str, height: int = 260) -> Chart:
    """Draw how often each size of slope occurs, over all steps and units."""
    edges, counts = histogram(found)
    words = [f"{low:.3g} to {high:.3g}: {n}" for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)]
    middles, width = (edges[:-1] + edges[1:]) / 2, 0.92 * float(edges[1] - edges[0])
    bars = Bar(middles, counts, "", role("output", theme).line, np.zeros(len(counts)), width, words)
    across = Axis("slope f₁′(A<sub>t</sub>)", range=(-0.01 * edges[-1], 1.01 * edges[-1]), grid=False)
    return Chart([bars], across, Axis("how often", about=5, from_zero=True), theme, height)
