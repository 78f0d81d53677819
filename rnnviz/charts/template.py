"""What all charts share: quiet axes, transparent ground, readable ink, one font, no clutter."""

from __future__ import annotations

import math
from collections.abc import Iterable

from plotly.optional_imports import get_module

from rnnviz.charts.limits import decimal, powers, round_between
from rnnviz.charts.theme import FONT, ground
from rnnviz.notation.numbers import four

# plotly looks into pandas as soon as anybody has begun to import it. Where many readers come at once that may
# be another thread, half-way through; so whoever draws imports it first, and thereby waits for the other.
get_module("pandas")

HEIGHT = 300


def layout(
    theme: str,
    *,
    x: str,
    y: str,
    height: int = HEIGHT,
    left: int = 62,
    right: int = 16,
    bottom: int = 46,
    **more: object,
) -> dict:
    """Return a plotly layout with titled axes in the colours of a theme.

    Parameters
    ----------
    theme : {"light", "dark"}
    x, y : str
        Titles of the axes.
    height : int
        Of the whole chart in pixels.
    left, right, bottom : int
        Room for labels and colour bar in pixels. It is fixed: to let plotly measure it costs as much as
        drawing twice.
    **more
        Replaces or adds entries of the layout; ``xaxis`` and ``yaxis`` are merged into the quiet axes.
    """
    colours = ground(theme)
    base = {
        "height": height,
        "margin": {
            "l": left,
            "r": right,
            "t": 52 if more.get("showlegend") else 10,
            "b": bottom,
            "autoexpand": False,
        },
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": FONT, "size": 13, "color": colours.ink},
        "hoverlabel": {
            "bgcolor": colours.surface,
            "font": {"color": colours.ink},
            "bordercolor": colours.quiet,
        },
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.02,
            "yanchor": "bottom",
            "traceorder": "normal",
            "font": {"color": colours.ink},
        },
        "dragmode": False,
        "showlegend": False,
    }
    axes = {
        "xaxis": axis(theme, x, **more.pop("xaxis", {})),
        "yaxis": axis(theme, y, **more.pop("yaxis", {})),
    }
    return base | axes | more


def axis(theme: str, title: str, **more: object) -> dict:
    """Return one quiet axis with its title."""
    colours = ground(theme)
    base = {
        "title": {"text": title, "font": {"size": 12, "color": colours.muted}, "standoff": 8},
        "automargin": False,
        "gridcolor": colours.quiet,
        "linecolor": colours.quiet,
        "zeroline": False,
        "tickfont": {"size": 12, "color": colours.muted},
    }
    return base | more


def colour_bar(theme: str, **more: object) -> dict:
    """Return a thin colour bar beside the chart."""
    base = {
        "thickness": 10,
        "outlinewidth": 0,
        "tickfont": {"size": 11, "color": ground(theme).muted},
        "xpad": 6,
        "ypad": 0,
    }
    return base | more


def log_axis(low: float, high: float) -> dict:
    """Return the entries of a log axis from 10^``low`` to 10^``high`` with few ticks at whole powers.

    Inside one decade plotly chooses the ticks. Both ends are kept among the powers that a float holds.
    """
    low, high = powers(low, high)
    every = max(1, round((high - low) / 6))
    places = [place for place in range(math.ceil(low), math.floor(high) + 1) if place % every == 0]
    axis = {"type": "log", "range": [low, high]}
    if len(places) < 2:
        return axis | {"nticks": 6}
    return axis | {
        "tickvals": [10.0**place for place in places],
        "ticktext": [power(place) for place in places],
    }


def log_ticks(low: float, high: float) -> dict:
    """Return the ticks of a scale of exponents: whole powers, or round numbers where fewer than two fit."""
    every = max(1, round((high - low) / 5))
    whole = [place for place in range(math.ceil(low), math.floor(high) + 1) if place % every == 0]
    ticks = [(place, power(place)) for place in whole]
    if len(ticks) < 2:
        ticks = [(math.log10(value), four(value)) for value in round_between(low, high)]
    if len(ticks) < 2:
        ticks = [(end, decimal(end)) for end in (low, high)]
    places, texts = zip(*ticks, strict=True)
    return {"tickmode": "array", "tickvals": list(places), "ticktext": list(texts)}


def log_span(*series: Iterable[float]) -> tuple[float, float]:
    """Return exponents with a little room around all positive finite values; (−1, 1) where there are none."""
    exponents = [math.log10(value) for values in series for value in values if 0 < value < math.inf]
    low, high = (min(exponents), max(exponents)) if exponents else (-1.0, 1.0)
    room = 0.05 * (high - low) + 0.05
    return powers(low - room, high + room)


def power(exponent: float) -> str:
    """Return a power of ten as it is printed on a log axis.

    Examples
    --------
    >>> power(-3), power(0)
    ('10<sup>−3</sup>', '1')
    """
    return "1" if exponent == 0 else f"10<sup>{exponent:g}</sup>".replace("-", "−")
