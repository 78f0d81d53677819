"""Line charts: the gradient by lag, the losses, the gradient norms, predictions against targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures.measures.flow import Lags
from rnnviz.figures.template import layout, log_axis, log_span
from rnnviz.figures.theme import ground, mix, role, sequential

PARAMETER_NAMES = {"W1": "W₁", "Wh1": "Wₕ₁", "b1": "β₁", "W2": "W₂", "b2": "β₂"}


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
        _line(found.lag, _logged(found.last), "measured", chain.line, width=3, mode="lines+markers"),
        _line(found.lag, found.bound, "bound (γ σ<sub>max</sub>)<sup>lag</sup>", colours.ink, dash="dash"),
        _line(found.lag, found.trend, "long-run rate ρ<sup>lag</sup>", colours.muted, dash="dot"),
    ]
    return go.Figure(
        traces,
        layout(
            theme,
            x="lag t − k",
            y="‖∂L<sub>t</sub>/∂H<sub>k</sub>‖ / ‖∂L<sub>t</sub>/∂H<sub>t</sub>‖",
            height=height,
            yaxis=log_axis(*_readable_span(found)),
            xaxis=_whole(len(found.lag)),
            showlegend=True,
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
    yaxis = log_axis(*log_span(train)) if _spans_decades(train) else {"rangemode": "tozero"}
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
    style = {"yaxis": {"rangemode": "tozero"}, "showlegend": True}
    return go.Figure(traces, layout(theme, x="epoch", y="loss L<sub>t</sub>", height=height, **style))


def gradient_norms(
    norms: Mapping[str, np.ndarray], clip_norm: float | None, theme: str, height: int = 300
) -> go.Figure:
    """Draw the norm of each parameter's gradient over the epochs, with the length all are clipped to."""
    traces = [
        _line(np.arange(len(values)), _logged(values), PARAMETER_NAMES[name], **_stroke(name, theme))
        for name, values in norms.items()
    ]
    extra = [] if clip_norm is None else [clip_norm]
    yaxis = log_axis(*log_span(*norms.values(), extra))
    figure = go.Figure(
        traces, layout(theme, x="epoch", y="gradient norm", height=height, yaxis=yaxis, showlegend=True)
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


def _stroke(parameter: str, theme: str) -> dict:
    """Return how a parameter is drawn: weights solid, biases dotted; Wh1 strong, the output layer lighter."""
    shade, ground_colours = role("parameter", theme), ground(theme)
    dash = "dot" if parameter[0] == "b" else "solid"
    if parameter == "Wh1":
        return {"colour": shade.line, "width": 3.5, "dash": dash}
    if parameter in ("W1", "b1"):
        return {"colour": mix(shade.line, ground_colours.ink, 0.5), "width": 2, "dash": dash}
    return {"colour": mix(shade.line, ground_colours.page, 0.5), "width": 2, "dash": dash}


def _logged(values: np.ndarray) -> np.ndarray:
    """Return the values with NaN where a log scale has no place."""
    return np.where((values > 0) & np.isfinite(values), values, np.nan)


def _readable_span(found: Lags) -> tuple[float, float]:
    """Return exponents that show all that was measured, and of bound and trend what stays readable."""
    low, high = log_span(found.last, found.low, found.high)
    all_low, all_high = log_span(found.last, found.low, found.high, found.bound, found.trend)
    reach = max(2.0, high - low)
    return max(all_low, low - reach), min(all_high, high + reach)


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
