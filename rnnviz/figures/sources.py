"""Bars of where the gradient comes from: by lag, and by the losses whose errors reach a state."""

from __future__ import annotations

import numpy as np

from rnnviz.figures import plain
from rnnviz.figures.lines import curve
from rnnviz.figures.measures.sources import MOST_BANDS, Bands, ByLag
from rnnviz.figures.template import layout
from rnnviz.figures.theme import NEGATIVE, POSITIVE, between, ground, sequential
from rnnviz.story.limits import LARGEST, SMALLEST, reach


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
