"""A training over its epochs: total loss, loss of each step and gradient norms over one axis of epochs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go

from rnnviz.figures import heat
from rnnviz.figures.lines import curve, logged
from rnnviz.figures.template import axis, layout, log_axis, log_span
from rnnviz.figures.theme import ground, mix, role, sequential

PARAMETER_NAMES = {"W1": "W₁", "Wh1": "Wₕ₁", "b1": "β₁", "W2": "W₂", "b2": "β₂"}
PANEL, GAP, MOST_CURVES = 190, 56, 6
"""Height of a panel and of the gap above it in pixels; the number of steps drawn as curves."""


@dataclass(frozen=True)
class Panel:
    """One chart of the stack: its traces, its y axis, and whether it has a legend."""

    traces: list
    yaxis: dict
    legend: bool


def over_epochs(
    run: object, theme: str, clip_norm: float | None = None, steps_as: str = "Heat map", show: str = "All"
) -> go.Figure:
    """Draw a training run over its epochs; the panels share their epoch axis.

    Parameters
    ----------
    run : experiment.TrainingRun
    theme : {"light", "dark"}
    clip_norm : float, optional
        The length to which gradients are clipped, drawn as a threshold.
    steps_as : {"Heat map", "Lines"}
        How the losses of the steps are drawn; with a single loss at the end they are left out.
    show : {"All", "Losses", "Gradients"}
        Which panels are drawn: fewer are drawn sooner.
    """
    panels = _loss_panels(run, theme, steps_as) if show != "Gradients" else []
    if show != "Losses":
        panels.append(gradient_panel(run.gradient_norms, clip_norm, theme))
    few = {"dtick": 1} if len(run.losses) <= 12 else {}
    return stacked(panels, theme, few)


def _loss_panels(run: object, theme: str, steps_as: str) -> list[Panel]:
    panels = [loss_panel(run, theme)]
    if np.count_nonzero(run.step_losses[0]) > 1:
        panels.append(step_panel(run.step_losses, theme, steps_as))
    return panels


def loss_panel(run: object, theme: str) -> Panel:
    """Draw the total loss, and that of sequences never trained on; on a log scale where it spans decades."""
    epochs = np.arange(len(run.losses))
    traces = [curve(epochs, run.losses, "training", role("loss", theme).line, width=2.5)]
    if run.held_out_losses is not None:
        held_out = run.snapshot_epochs, run.held_out_losses
        traces.append(curve(*held_out, "held out", ground(theme).muted, dash="dash"))
    yaxis = log_axis(*log_span(run.losses)) if _spans_decades(run.losses) else {"rangemode": "tozero"}
    return Panel(traces, axis(theme, "total loss L", **yaxis), len(traces) > 1)


def step_panel(step_losses: np.ndarray, theme: str, drawn_as: str) -> Panel:
    """Draw the loss of each step, shape (epochs, T): all as a heat map, or up to six as curves."""
    if drawn_as == "Heat map":
        trace, yaxis = heat.losses(step_losses.T, theme)
        return Panel([trace], axis(theme, "step t, colour L<sub>t</sub>", **yaxis), False)
    T = step_losses.shape[1]
    steps = sorted({round(place) for place in np.linspace(0, T - 1, min(T, MOST_CURVES))})
    epochs, shades = np.arange(len(step_losses)), _shades(len(steps), theme)
    traces = [
        curve(epochs, step_losses[:, t], f"t = {t}", shade) for t, shade in zip(steps, shades, strict=True)
    ]
    return Panel(traces, axis(theme, "loss L<sub>t</sub>", rangemode="tozero"), True)


def gradient_panel(norms: dict[str, np.ndarray], clip_norm: float | None, theme: str) -> Panel:
    """Draw the norm of each parameter's gradient before clipping, and the length all are clipped to."""
    epochs = np.arange(len(next(iter(norms.values()))))
    traces = [
        curve(epochs, logged(values), PARAMETER_NAMES[name], **_stroke(name, theme))
        for name, values in norms.items()
    ]
    if clip_norm is not None:
        level = np.full(len(epochs), clip_norm)
        traces.append(curve(epochs, level, "clipped to", ground(theme).ink, dash="dash", width=1.5))
    span = log_span(*norms.values(), [] if clip_norm is None else [clip_norm])
    return Panel(traces, axis(theme, "gradient norm", **log_axis(*span)), True)


def stacked(panels: list[Panel], theme: str, ticks: dict) -> go.Figure:
    """Put panels below each other over one x axis, each with a legend of its own where it needs one."""
    inside = len(panels) * PANEL + (len(panels) - 1) * GAP
    figure_layout = layout(theme, x="epoch", y="", height=inside + 98, right=66, showlegend=True)
    traces = []
    for number, panel in enumerate(panels):
        top = 1 - number * (PANEL + GAP) / inside
        bottom = max(0.0, top - PANEL / inside)
        suffix = str(number + 1) if number else ""
        figure_layout[f"yaxis{suffix}"] = panel.yaxis | {"domain": [bottom, top]}
        figure_layout[f"legend{suffix}"] = figure_layout["legend"] | {"y": top + 0.004}
        traces += [_placed(trace, suffix, panel, bottom, top) for trace in panel.traces]
    lowest = f"y{len(panels)}" if len(panels) > 1 else "y"
    figure_layout["xaxis"] |= {"anchor": lowest} | ticks
    return go.Figure(traces, figure_layout)


def _placed(trace: object, suffix: str, panel: Panel, bottom: float, top: float) -> object:
    if isinstance(trace, go.Heatmap):
        trace.colorbar.update(y=(top + bottom) / 2, len=top - bottom, lenmode="fraction")
        return trace.update(yaxis=f"y{suffix}")
    return trace.update(yaxis=f"y{suffix}", legend=f"legend{suffix}", showlegend=panel.legend)


def _stroke(parameter: str, theme: str) -> dict:
    """Return how a parameter is drawn: weights solid, biases dotted; Wh1 strong, the output layer lighter."""
    line, colours = role("parameter", theme).line, ground(theme)
    dash = "dot" if parameter[0] == "b" else "solid"
    if parameter == "Wh1":
        return {"colour": line, "width": 3.5, "dash": dash}
    other = colours.ink if parameter in ("W1", "b1") else colours.page
    return {"colour": mix(line, other, 0.5), "width": 2, "dash": dash}


def _spans_decades(values: np.ndarray) -> bool:
    positive = values[np.isfinite(values) & (values > 0)]
    return positive.size > 1 and float(positive.max() / positive.min()) > 50


def _shades(count: int, theme: str) -> list[str]:
    """Return steps of the loss colour from light (early) to strong (late)."""
    stops = sequential("loss", theme)
    low, high = mix(stops[1][1], ground(theme).page, 0.55), stops[-1][1]
    return [mix(high, low, place / max(1, count - 1)) for place in range(count)]
