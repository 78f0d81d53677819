"""The two causes drawn: singular values over the lag, eigenvalues in the complex plane, slopes."""

from html import escape

import numpy as np

from rnnviz.charts import heat
from rnnviz.charts.axes import even_ticks, log_axis, log_span, logged, named, whole
from rnnviz.charts.marks import Axis, Bar, Chart, Line, Scale
from rnnviz.charts.theme import FONT, diverging, ground, role, sequential
from rnnviz.laboratory.causes.compute import Causes, GatedCauses
from rnnviz.laboratory.causes.say import bounds, histogram

SIZE, MARGIN = 320, 34
"""Of the complex plane, in pixels."""


def way_back(found: Causes, theme: str) -> Chart:
    """Draw all singular values of the product over the lag, and what each cause alone would do."""
    parameter, output, ink = role("parameter", theme).line, role("output", theme).line, ground(theme).ink
    each = (("W<sub>h1</sub> alone", found.weights, parameter), ("slopes alone", found.slopes_alone, output))
    bound = Line(_lag(found), logged(bounds(found)), "bound (γ σ<sub>max</sub>)<sup>lag</sup>", ink, dash="dash")
    return _way(found, each, [bound], "H", theme)


def paths_back(found: GatedCauses, theme: str) -> Chart:
    """Draw the same of a gated cell, and what its direct path and the rest alone would do."""
    parameter, forward = role("parameter", theme).line, role("forward", theme).line
    each = ("direct path alone", found.direct, forward), ("the rest alone", found.rest, parameter)
    return _way(found, each, [], "H" if found.keeping == "update" else "[H, C]", theme)


def _lag(found: Causes | GatedCauses) -> np.ndarray:
    return np.arange(len(found.singular))


def _way(
    found: Causes | GatedCauses,
    alone: tuple[tuple[str, np.ndarray, str], ...],
    more: list[Line],
    state: str,
    theme: str,
) -> Chart:
    """Draw the singular values over the lag, and what each cause alone leaves, by name, values and colour."""
    lag, chain = _lag(found), role("chain", theme).line
    largest, others = found.singular[:, 0], found.singular[:, 1:]
    # All of the others as thin lines in one mark, with gaps between them.
    x = np.tile(np.append(lag, np.nan), others.shape[1])
    y = np.append(logged(others), np.full((1, others.shape[1]), np.nan), axis=0).T.ravel()
    marks = (
        Line(x, y, "the other singular values", chain, width=1, opacity=0.45),
        Line(lag, logged(largest), "both together, σ<sub>max</sub>", chain, width=4),
        *(Line(lag, logged(left), name, colour, width=3) for name, left, colour in alone),
        *more,
    )
    span = log_span(largest, *(left for _, left, _ in alone))
    up = log_axis(f"singular values of ∂{state}<sub>T−1</sub>/∂{state}<sub>k</sub>", *span)
    return Chart(marks, whole("steps back from the last state", len(lag)), up, theme, 380)


def gate_over_time(found: GatedCauses, name: str, theme: str) -> Chart:
    """Draw the values of a gate, from 0 to 1, or of the candidate, from −1 to 1: units down, steps to the right."""
    values = found.values[name].T
    low, stops = (-1.0, diverging(theme)) if name == "candidate" else (0.0, sequential("forward", theme))
    cells = heat.placed(values, Scale((low, 1.0), stops, even_ticks(low, 1.0)), "unit {y}, step {x}: {z}")
    across, down = named("step t", heat.numbered(values.shape[1])), named("unit", heat.numbered(len(values)), True)
    return Chart([cells], across, down, theme, min(420, 110 + 22 * len(values)), right=heat.SCALE_ROOM)


def slopes_over_time(found: Causes, theme: str) -> Chart:
    """Draw the mean slope of each step and the share of saturated units."""
    t = np.arange(len(found.slopes))
    marks = (
        Line(t, found.slopes.mean(axis=1), "mean f₁′", role("output", theme).line, width=3, dots=5),
        Line(t, found.saturated, "share saturated", ground(theme).muted, dash="dot"),
    )
    return Chart(marks, whole("step t", len(t)), Axis("slope, share", range=(-0.03, 1.05)), theme, 260)


def slope_histogram(found: Causes, theme: str) -> Chart:
    """Draw how often each size of slope occurs, over all steps and units."""
    edges, counts = histogram(found)
    words = [f"{low:.3g} to {high:.3g}: {n}" for low, high, n in zip(edges[:-1], edges[1:], counts, strict=True)]
    middles, width = (edges[:-1] + edges[1:]) / 2, 0.92 * float(edges[1] - edges[0])
    bars = Bar(middles, counts, "", role("output", theme).line, np.zeros(len(counts)), width, words)
    across = Axis("slope f₁′(A<sub>t</sub>)", range=(-0.01 * edges[-1], 1.01 * edges[-1]), grid=False)
    return Chart([bars], across, Axis("how often", about=5, from_zero=True), theme, 260)


def eigenvalues(values: np.ndarray, radius: float, theme: str) -> str:
    """Draw eigenvalues in the complex plane as an SVG, with the unit circle dashed and the spectral radius dotted."""
    low, middle, high = MARGIN, SIZE / 2, SIZE - MARGIN
    scale = (middle - low) / (1.2 * max(1.0, radius))
    colours, shade = ground(theme), role("parameter", theme).line
    parts = [
        f'<line x1="{low}" x2="{high}" y1="{middle}" y2="{middle}" stroke="{colours.quiet}"/>',
        f'<line x1="{middle}" x2="{middle}" y1="{low}" y2="{high}" stroke="{colours.quiet}"/>',
        _circle(scale, colours.muted, "6 4"),
        _circle(radius * scale, shade, "2 3"),
    ]
    texts = (
        (high, high + 4, "end", "real part →"),
        (low, low + 4, "start", "↑ imaginary part"),
        (middle + scale + 3, middle + 13, "start", "1"),
        (middle - scale - 3, middle + 13, "end", "−1"),
        (middle + 4, middle - scale - 4, "start", "i"),
        (middle + 4, middle + scale + 13, "start", "−i"),
    )
    for x, y, anchor, words in texts:
        parts.append(f'<text x="{x:.1f}" y="{y:.1f}" fill="{colours.muted}" text-anchor="{anchor}">{words}</text>')
    for x, y in zip(middle + scale * values.real, middle - scale * values.imag, strict=True):
        parts.append(f'<circle cx="{x:.3f}" cy="{y:.3f}" r="5" fill="{shade}" fill-opacity="0.75"/>')
    size = f'width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}"'
    font = f'font-family="{escape(FONT, quote=True)}" font-size="11"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>{"".join(parts)}</svg>'


def _circle(radius: float, colour: str, dashes: str) -> str:
    line = f'stroke="{colour}" stroke-width="1.5" stroke-dasharray="{dashes}"'
    return f'<circle cx="{SIZE / 2}" cy="{SIZE / 2}" r="{radius:.3f}" fill="none" {line}/>'
