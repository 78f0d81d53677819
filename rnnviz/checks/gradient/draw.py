"""The gradient check as pictures: loop against differences, error over ε, what a mistake does to training."""

from __future__ import annotations

import numpy as np
import plotly.graph_objects as go

from rnnviz.charts.limits import END, reach
from rnnviz.charts.lines import curve, logged
from rnnviz.charts.template import layout, log_axis, log_span
from rnnviz.charts.theme import ground, mix, role

PARAMETER_NAMES = {"W1": "W₁", "Wh1": "Wₕ₁", "b1": "β₁", "W2": "W₂", "b2": "β₂"}
SYMBOLS = {"W1": "circle", "Wh1": "diamond", "b1": "square", "W2": "triangle-up", "b2": "x"}


def scatter(found: object, theme: str, height: int = 360) -> go.Figure:
    """Draw every entry of a Comparison: numeric across, by the loop upwards; equal ones lie on the line.

    Parameters
    ----------
    found : experiment.Comparison
    theme : {"light", "dark"}
    height : int
        In pixels.
    """
    colours = ground(theme)
    both = np.concatenate([found.analytic, found.numeric])
    end = 1.08 * reach(both, END / 1.08)
    line = go.Scatter(
        x=[-end, end], y=[-end, end], mode="lines", hoverinfo="skip", showlegend=False,
        line={"color": colours.muted, "width": 1, "dash": "dot"},
    )  # fmt: skip
    traces = [line, *(_cloud(found, name, theme) for name in PARAMETER_NAMES), _worst(found, theme)]
    return go.Figure(
        traces,
        layout(
            theme, x="by central differences", y="by the loop", height=height, showlegend=True,
            xaxis={"range": [-end, end]}, yaxis={"range": [-end, end]},
        ),
    )  # fmt: skip


def _cloud(found: object, name: str, theme: str) -> go.Scatter:
    places = [place for place, (parameter, _) in enumerate(found.entries) if parameter == name]
    line = role("parameter", theme).line
    shade = line if name == "Wh1" else mix(line, ground(theme).ink, 0.5)
    return go.Scatter(
        x=found.numeric[places], y=found.analytic[places], name=PARAMETER_NAMES[name], mode="markers",
        marker={"symbol": SYMBOLS[name], "size": 8, "color": shade, "opacity": 0.85},
        text=[_entry(*found.entries[place]) for place in places],
        hovertemplate="%{text}<br>differences <b>%{x:.6g}</b><br>loop <b>%{y:.6g}</b><extra></extra>",
    )  # fmt: skip


def _worst(found: object, theme: str) -> go.Scatter:
    place = found.worst
    return go.Scatter(
        x=[found.numeric[place]], y=[found.analytic[place]], mode="markers", name="worst", hoverinfo="skip",
        marker={
            "symbol": "circle-open", "size": 17, "line": {"width": 2.5}, "color": role("chain", theme).line,
        },
    )  # fmt: skip


def _entry(parameter: str, place: tuple[int, ...]) -> str:
    return f"{PARAMETER_NAMES[parameter]}[{', '.join(map(str, place))}]"


def error_curve(found: object, theme: str, height: int = 360) -> go.Figure:
    """Draw the relative error of differences over ε on two log scales, with that of the loop as a level.

    Parameters
    ----------
    found : experiment.ErrorCurve
    theme : {"light", "dark"}
    height : int
        In pixels.
    """
    colours = ground(theme)
    styles = {
        "central": ("central difference", role("chain", theme).line, "solid"),
        "forward": ("one-sided difference", role("output", theme).line, "dash"),
        "analytic": ("the loop itself", role("parameter", theme).line, "dot"),
    }
    floor = {name: np.maximum(errors, 1e-17) for name, errors in found.errors.items()}
    traces = [
        curve(found.epsilons, logged(floor[name]), label, colour, dash=dash, width=2.5)
        for name, (label, colour, dash) in styles.items()
    ]
    span = log_span(*floor.values())
    steps = log_axis(*log_span(found.epsilons))
    figure_layout = layout(
        theme, x="step size ε", y="relative error", height=height, xaxis=steps, yaxis=log_axis(*span),
        showlegend=True,
    )  # fmt: skip
    figure_layout["hoverlabel"] |= {"font": {"color": colours.ink}}
    return go.Figure(traces, figure_layout)


def trainings(right: np.ndarray, broken: np.ndarray | None, theme: str, height: int = 320) -> go.Figure:
    """Draw the total loss over the updates with the right gradient, and with a broken one.

    Parameters
    ----------
    right, broken : (E + 1,) arrays or shorter
        Losses; a run that ends early stopped being finite.
    theme : {"light", "dark"}
    height : int
        In pixels.
    """
    traces = [curve(np.arange(len(right)), right, "right gradient", role("parameter", theme).line, width=3)]
    if broken is not None:
        broken_line = role("chain", theme).line
        traces.append(
            curve(np.arange(len(broken)), broken, "broken gradient", broken_line, dash="dash", width=3)
        )
    present = np.concatenate([right, [] if broken is None else broken])
    positive = present[(present > 0) & np.isfinite(present)]
    wide = positive.size > 1 and positive.max() / 50 > positive.min()
    yaxis = log_axis(*log_span(present)) if wide else {"rangemode": "tozero"}
    return go.Figure(
        traces, layout(theme, x="update", y="total loss L", height=height, yaxis=yaxis, showlegend=True)
    )
