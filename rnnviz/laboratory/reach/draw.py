"""Bars of where the gradient comes from: by lag, and by the losses whose errors reach a state."""

from __future__ import annotations

import numpy as np

from rnnviz.charts import figure as plain
from rnnviz.charts.limits import LARGEST, SMALLEST, reach
from rnnviz.charts.lines import curve, logged
from rnnviz.charts.template import layout, log_axis, log_span
from rnnviz.charts.theme import NEGATIVE, POSITIVE, between, ground, role, sequential
from rnnviz.laboratory.reach.compute import MOST_BANDS, Bands, ByLag, Lags


def by_lag(found: ByLag, theme: str, height: int = 300) -> plain.Figure:
    """Draw the share of the terms of each lag, what pulls against it below zero, and the sum so far."""
    lag = np.arange(len(found.along))
    bars = [
        _bar(lag, found.along, "along the gradient", POSITIVE[theme]),
        _bar(lag, found.against, "against it", NEGATIVE[theme]),
        curve(lag, found.reached, "all up to this lag", ground(theme).ink, mode="lines"),
    ]
    return _stacked(bars, theme, "lag t − k", "share of the gradient", height)


def received(found: Bands, theme: str, height: int = 300) -> plain.Figure:
    """Draw for each state k the error that it receives, banded by the losses that sent it [1]_.

    .. [1] S. Cashman et al., "RNNbow: visualizing learning via backpropagation gradients in RNNs", IEEE
       Computer Graphics and Applications 38, 2018. There lengths are stacked; here the parts along the sum,
       so that each bar is as long as the error it shows.
    """
    stops, count = sequential("loss", theme), len(found.names)
    bars = [
        _bar(np.arange(found.values.shape[1]), values, name, between(stops, (place + 0.6) / count))
        for place, (name, values) in enumerate(zip(found.names, found.values, strict=True))
    ]
    return _stacked(bars, theme, "step k", "‖∂L/∂H<sub>k</sub>‖", height)


def _bar(x: np.ndarray, y: np.ndarray, name: str, colour: str) -> plain.Part:
    return plain.bar(
        x=x,
        y=y,
        name=name,
        marker={"color": colour, "line": {"width": 0}},
        hovertemplate="%{x}: <b>%{y:.6g}</b>",
    )


def _ends(bars: list) -> dict:
    """Return the range of sizes of which plotly cannot work one out itself."""
    top = max((reach(each.y) for each in bars), default=1.0)
    if SMALLEST < top < LARGEST / MOST_BANDS:
        return {}
    below = any((each.y < 0).any() for each in bars)
    return {"range": [-top if below else 0.0, top]}


def _stacked(bars: list, theme: str, x: str, y: str, height: int) -> plain.Figure:
    more = {
        "barmode": "relative",
        "bargap": 0.12,
        "showlegend": len(bars) > 1,
        "yaxis": {"nticks": 6} | _ends(bars),
    }
    places = len(bars[0].x) if bars else 1
    ticks = {"dtick": max(1, -(-places // 10)), "range": [-0.6, places - 0.4], "showgrid": False}
    return plain.Figure(bars, layout(theme, x=x, y=y, height=height, xaxis=ticks, **more))


MOST_MARKERS = 30


def left_by_lag(found: Lags, theme: str, height: int = 360) -> plain.Figure:
    """Draw the share of the error that is left after each lag, on a log scale, with the bound.

    The band holds every sample and every loss; it reaches the lower edge where one of them is exactly 0. A
    median of exactly 0 has no place on a log scale and leaves a gap.
    """
    span = _readable_span(found)
    low = np.where((found.low == 0) & (found.high > 0), 10 ** (span[0] - 1), found.low)
    chain, colours = role("chain", theme), ground(theme)
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    traces = [
        plain.scatter(x=found.lag, y=logged(found.high), **edge),
        plain.scatter(
            x=found.lag,
            y=logged(low),
            **(edge | {"fill": "tonexty", "fillcolor": _see_through(chain.line, 0.16)}),
        ),
        curve(found.lag, logged(found.median), "median", chain.line, width=3, mode=_marked(found.lag)),
        curve(
            found.lag,
            logged(found.bound),
            "bound (γ σ<sub>max</sub>)<sup>lag</sup>",
            colours.ink,
            dash="dash",
        ),
        curve(found.lag, logged(found.trend), "long-run rate ρ<sup>lag</sup>", colours.muted, dash="dot"),
    ]
    return plain.Figure(
        traces,
        layout(
            theme,
            x="lag t − k",
            y="‖∂L<sub>t</sub>/∂H<sub>k</sub>‖ / ‖∂L<sub>t</sub>/∂H<sub>t</sub>‖",
            height=height,
            yaxis=log_axis(*span),
            xaxis=_whole(len(found.lag)),
            showlegend=True,
        ),
    )


def _marked(places: np.ndarray) -> str:
    """Return "lines+markers" for few places, which are then seen one by one, else "lines"."""
    return "lines+markers" if len(places) <= MOST_MARKERS else "lines"


def _readable_span(found: Lags) -> tuple[float, float]:
    """Return exponents that show all that was measured, and of bound and trend what stays readable."""
    low, high = log_span(found.low, found.high)
    all_low, all_high = log_span(found.low, found.high, found.bound, found.trend)
    reach = max(2.0, high - low)
    return max(all_low, low - reach), min(all_high, high + reach)


def _whole(count: int) -> dict:
    """Return ticks at whole numbers only."""
    return {"dtick": max(1, -(-count // 10)), "range": [-0.3, count - 0.7]}


def _see_through(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
