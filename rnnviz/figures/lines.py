"""Line charts: the gradient by lag, the losses, the gradient norms, predictions against targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures.measures.flow import Lags
from rnnviz.figures.template import layout
from rnnviz.figures.theme import ground, mix, role, sequential

PARAMETER_NAMES = {"W1": "W₁", "Wh1": "Wₕ₁", "b1": "β₁", "W2": "W₂", "b2": "β₂"}
_DASHES = {"W1": "dash", "Wh1": "solid", "b1": "dot", "W2": "longdash", "b2": "dashdot"}
_LOG = {"type": "log", "exponentformat": "power", "dtick": "auto"}


def by_lag(found: Lags, theme: str, height: int = 360) -> go.Figure:
    """Draw the share of the error that is left after each lag, on a log scale, with the bound.

    Shares that are exactly 0 have no place on a log scale and leave a gap.
    """
    chain, colours = role("chain", theme), ground(theme)
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
    traces = [
        go.Scatter(x=found.lag, y=_logged(found.high), **edge),
        go.Scatter(
            x=found.lag,
            y=_logged(found.low),
            **(edge | {"fill": "tonexty", "fillcolor": _see_through(chain.line, 0.16)}),
        ),
        _line(found.lag, found.bound, "bound (γ σ_max)<sup>t−k</sup>", colours.ink, dash="dash"),
        _line(found.lag, found.trend, "long-run rate ρ<sup>t−k</sup>", colours.muted, dash="dot"),
        _line(found.lag, found.last, "measured, last loss", chain.line, width=3, mode="lines+markers"),
    ]
    top = np.nanmax(np.concatenate([found.bound, found.trend, found.high]), initial=0.0)
    yaxis = _LOG | {"range": _log_range(found)} if top > 0 else {}
    return go.Figure(
        traces,
        layout(
            theme,
            x="lag t − k",
            y="‖∂L_t/∂H_k‖ / ‖∂L_t/∂H_t‖",
            height=height,
            yaxis=yaxis,
            xaxis=_whole(len(found.lag)),
            showlegend=True,
            margin={"l": 8, "r": 12, "t": 56, "b": 8},
        ),
    )


def losses(
    train: np.ndarray, held_out: tuple[np.ndarray, np.ndarray] | None, theme: str, height: int = 300
) -> go.Figure:
    """Draw the total loss over the epochs, and on sequences never trained on.

    Parameters
    ----------
    train : ndarray, shape (epochs,)
    held_out : (ndarray, ndarray), optional
        Epochs and losses, both of the same length.
    theme : {"light", "dark"}
    height : int
    """
    traces = [_line(np.arange(len(train)), train, "training", role("loss", theme).line, width=2.5)]
    if held_out is not None:
        traces.append(_line(*held_out, "held out", ground(theme).muted, dash="dash"))
    yaxis = _LOG if _spans_decades(train) else {"rangemode": "tozero"}
    legend = {"showlegend": held_out is not None}
    return go.Figure(traces, layout(theme, x="epoch", y="total loss L", height=height, yaxis=yaxis, **legend))


def step_losses(values: np.ndarray, theme: str, height: int = 300) -> go.Figure:
    """Draw the loss of each step over the epochs.

    Parameters
    ----------
    values : ndarray, shape (epochs, T)
        At most six steps are drawn: the first, the last and some between.
    theme : {"light", "dark"}
    height : int
    """
    T = values.shape[1]
    steps = sorted({round(place) for place in np.linspace(0, T - 1, min(T, 6))})
    shades = _shades(len(steps), theme)
    epochs = np.arange(len(values))
    traces = [_line(epochs, values[:, t], f"t = {t}", shade) for t, shade in zip(steps, shades, strict=True)]
    return go.Figure(
        traces,
        layout(theme, x="epoch", y="loss L_t", height=height, yaxis={"rangemode": "tozero"}, showlegend=True),
    )


def gradient_norms(
    norms: Mapping[str, np.ndarray], clip_norm: float | None, theme: str, height: int = 300
) -> go.Figure:
    """Draw the norm of each parameter's gradient over the epochs, with the length all are clipped to."""
    shade = role("parameter", theme)
    traces = [
        _line(
            np.arange(len(values)),
            _logged(values),
            PARAMETER_NAMES[name],
            shade.line if name == "Wh1" else shade.text,
            dash=_DASHES[name],
            width=3 if name == "Wh1" else 1.6,
        )
        for name, values in norms.items()
    ]
    figure = go.Figure(
        traces, layout(theme, x="epoch", y="gradient norm", height=height, yaxis=_LOG, showlegend=True)
    )
    if clip_norm is not None:
        text = {"text": "clipped to", "font": {"color": ground(theme).muted, "size": 12}}
        figure.add_hline(clip_norm, line={"color": ground(theme).ink, "dash": "dash", "width": 1}, label=text)
    return figure


def _line(
    x: Sequence,
    y: np.ndarray,
    name: str,
    colour: str,
    *,
    dash: str = "solid",
    width: float = 2,
    mode: str = "lines",
) -> go.Scatter:
    return go.Scatter(
        x=x,
        y=y,
        name=name,
        mode=mode,
        line={"color": colour, "dash": dash, "width": width},
        marker={"size": 5, "color": colour},
        hovertemplate="%{x}: <b>%{y:.6g}</b>",
        connectgaps=False,
    )


def _logged(values: np.ndarray) -> np.ndarray:
    """Return the values with NaN where a log scale has no place."""
    return np.where((values > 0) & np.isfinite(values), values, np.nan)


def _log_range(found: Lags) -> list[float]:
    """Return exponents that show all that was measured, and of bound and trend what stays readable."""
    seen = np.concatenate([_logged(found.last), _logged(found.low), _logged(found.high)])
    exponents = np.log10(seen[np.isfinite(seen)]) if np.isfinite(seen).any() else np.zeros(1)
    ends = [np.log10(values[-1]) for values in (found.bound, found.trend) if 0 < values[-1] < np.inf]
    reach = max(2.0, float(exponents.max() - exponents.min()))
    low = max(min([exponents.min(), *ends]), exponents.min() - reach)
    high = min(max([exponents.max(), *ends]), exponents.max() + reach)
    room = 0.06 * (high - low) + 0.1
    return [float(low - room), float(high + room)]


def _spans_decades(values: np.ndarray) -> bool:
    positive = values[np.isfinite(values) & (values > 0)]
    return positive.size > 1 and float(positive.max() / positive.min()) > 50


def _whole(count: int) -> dict:
    """Return ticks at whole numbers only."""
    return {"dtick": max(1, -(-count // 10)), "range": [-0.3, count - 0.7]}


def _shades(count: int, theme: str) -> list[str]:
    """Return steps of the loss colour from light (early) to strong (late)."""
    stops = sequential("loss", theme)
    low, high = mix(stops[1][1], ground(theme).page, 0.55), stops[-1][1]
    return [mix(high, low, place / max(1, count - 1)) for place in range(count)]


def _see_through(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
