"""Bars of where the gradient comes from: by lag, and by the losses whose errors reach a state."""

import numpy as np

from rnnviz.charts.axes import log_axis, log_span, logged, whole
from rnnviz.charts.marks import Axis, Band, Bar, Chart, Line, Mark
from rnnviz.charts.theme import NEGATIVE, POSITIVE, between, ground, role, sequential
from rnnviz.laboratory.reach.compute import PATH_NAMES, Bands, ByLag, Lags, Left, Paths, by_path

MOST_DOTS = 30
"""Points up to which they are seen one by one."""


def by_lag(found: ByLag, theme: str, direct: ByLag | None = None) -> Chart:
    """Draw the share of the terms of each lag, what pulls against it below zero, and the sum so far.

    Of a gated cell what came along the direct path stands apart from the rest.
    """
    if direct is None:
        looks = {"along the gradient": POSITIVE[theme], "against it": NEGATIVE[theme]}
        bars = _stacked(np.array([found.along, found.against]), looks)
    else:
        looks = dict(zip(PATH_NAMES, (role("forward", theme).line, role("chain", theme).line), strict=True))
        bars = _stacked(by_path(found, direct), looks)
    reached = Line(np.arange(len(found.along)), found.reached, "all up to this lag", ground(theme).ink)
    across = _places("lag t − k", len(found.along))
    return Chart([*bars, reached], across, Axis("share of the gradient", from_zero=True), theme)


def by_state(found: Bands, theme: str) -> Chart:
    """Draw for each state k the error that it receives, banded by the losses that sent it [1]_.

    .. [1] S. Cashman et al., "RNNbow: visualizing learning via backpropagation gradients in RNNs", IEEE
       Computer Graphics and Applications 38, 2018. There lengths are stacked; here the parts along the sum,
       so that each bar is as long as the error it shows.
    """
    stops, count = sequential("loss", theme), len(found.names)
    looks = {name: between(stops, (place + 0.6) / count) for place, name in enumerate(found.names)}
    across, up = _places("step k", found.values.shape[1] if count else 1), Axis("‖∂L/∂H<sub>k</sub>‖", from_zero=True)
    return Chart(_stacked(found.values, looks), across, up, theme, legend=count > 1)


def _places(title: str, count: int) -> Axis:
    return Axis(title, every=max(1, -(-count // 10)), range=(-0.6, count - 0.4), grid=False)


@np.errstate(over="ignore", invalid="ignore")
def _stacked(values: np.ndarray, looks: dict[str, str]) -> list[Bar]:
    """Stack bars of the values, shape (bars, places), by name and colour: upwards above zero, downwards below it."""
    signs, bases = np.sign(values), np.zeros_like(values)
    for place in range(1, len(values)):
        # It begins at the end of those before it on its side of zero.
        bases[place] = np.where(signs[:place] == signs[place], values[:place], 0).sum(axis=0)
    rows, x = zip(looks.items(), values, bases, strict=True), np.arange(values.shape[1])
    return [Bar(x, y, name, colour, base) for (name, colour), y, base in rows]


def left_by_lag(found: Left, theme: str, state: str = "H") -> Chart:
    """Draw the share of the error that is left after each lag, on a log scale, with the bound or the direct path's.

    The band holds every sample and every loss; it reaches the lower edge where one of them is exactly 0. A
    median of exactly 0 has no place on a log scale and leaves a gap.
    """
    span = _readable_span(found)
    low = np.where((found.low == 0) & (found.high > 0), 10 ** (span[0] - 1), found.low)
    chain, colours = role("chain", theme).line, ground(theme)
    dots = 5 if len(found.lag) <= MOST_DOTS else 0
    marks: tuple[Mark, ...] = (
        Band(found.lag, logged(low), logged(found.high), chain, 0.16),
        Line(found.lag, logged(found.median), "median", chain, width=3, dots=dots),
        *(
            Line(found.lag, logged(y), name, getattr(colours, ink), dash=dash)
            for name, (y, ink, dash) in _beside(found)
        ),
    )
    up = log_axis(f"‖∂L<sub>t</sub>/∂{state}<sub>k</sub>‖ / ‖∂L<sub>t</sub>/∂{state}<sub>t</sub>‖", *span)
    return Chart(marks, whole("lag t − k", len(found.lag)), up, theme, 360)


def _beside(found: Left) -> list[tuple[str, tuple[np.ndarray, str, str]]]:
    """Return the lines beside what was measured: by their names values, colour and dashes."""
    if isinstance(found, Paths):
        return [("direct path alone", (found.direct, "ink", "dash"))]
    assert isinstance(found, Lags)
    return [
        ("bound (γ σ<sub>max</sub>)<sup>lag</sup>", (found.bound, "ink", "dash")),
        ("long-run rate ρ<sup>lag</sup>", (found.trend, "muted", "dot")),
    ]


def _readable_span(found: Left) -> tuple[float, float]:
    """Return exponents that show all that was measured, and of what stands beside it what stays readable."""
    low, high = log_span(found.low, found.high)
    all_low, all_high = log_span(found.low, found.high, *(values for _, (values, *_) in _beside(found)))
    reach = max(2.0, high - low)
    return max(all_low, low - reach), min(all_high, high + reach)
