"""The gradient by lag against its bound, and the curves that line charts are made of."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnviz.figures import plain
from rnnviz.figures.measures.flow import Lags
from rnnviz.figures.template import layout, log_axis, log_span
from rnnviz.figures.theme import ground, role

MOST_MARKERS = 30


def by_lag(found: Lags, theme: str, height: int = 360) -> plain.Figure:
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


def curve(
    x: Sequence,
    y: np.ndarray,
    name: str,
    colour: str,
    *,
    dash: str = "solid",
    width: float = 2,
    mode: str = "lines",
) -> plain.Part:
    return plain.scatter(
        x=x,
        y=y,
        name=name,
        mode=mode,
        line={"color": colour, "dash": dash, "width": width},
        marker={"size": 5, "color": colour},
        hovertemplate="%{x}: <b>%{y:.6g}</b>",
        connectgaps=False,
    )


def logged(values: np.ndarray) -> np.ndarray:
    """Return the values with NaN where a log scale has no place."""
    return np.where((values > 0) & np.isfinite(values), values, np.nan)


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
