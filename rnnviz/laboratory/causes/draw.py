"""The two causes drawn: singular values over the lag, eigenvalues in the complex plane, slopes."""

from __future__ import annotations

import numpy as np

from rnnviz.charts import figure as plain
from rnnviz.charts.lines import curve, logged
from rnnviz.charts.template import layout, log_axis, log_span
from rnnviz.charts.theme import ground, role
from rnnviz.laboratory.causes.say import bounds, histogram


def way_back(found: object, theme: str, height: int = 380) -> plain.Figure:
    """Draw all singular values of the product over the lag, and what each cause alone would do."""
    lag, chain, colours = np.arange(len(found.weights)), role("chain", theme), ground(theme)
    traces = [
        _others(found.singular, chain.line),
        curve(lag, logged(found.singular[:, 0]), "both together, σ<sub>max</sub>", chain.line, width=4),
        curve(lag, logged(found.weights), "W<sub>h1</sub> alone", role("parameter", theme).line, width=3),
        curve(lag, logged(found.slopes_alone), "slopes alone", role("output", theme).line, width=3),
        curve(
            lag, logged(bounds(found)), "bound (γ σ<sub>max</sub>)<sup>lag</sup>", colours.ink, dash="dash"
        ),
    ]
    span = log_span(found.singular[:, 0], found.weights, found.slopes_alone)
    return plain.Figure(
        traces,
        layout(
            theme,
            x="steps back from the last state",
            y="singular values of ∂H<sub>T−1</sub>/∂H<sub>k</sub>",
            height=height,
            yaxis=log_axis(*span),
            xaxis={"dtick": max(1, -(-len(lag) // 10)), "range": [-0.3, len(lag) - 0.7]},
            showlegend=True,
        ),
    )


def _others(singular: np.ndarray, colour: str) -> plain.Part:
    """All singular values but the largest as thin lines in one trace, with gaps between them."""
    T, n1 = singular.shape
    x = np.tile(np.append(np.arange(T, dtype=float), np.nan), n1 - 1)
    y = np.append(logged(singular[:, 1:]), np.full((1, n1 - 1), np.nan), axis=0).T.ravel()
    line = {"color": colour, "width": 1}
    return plain.scatter(
        x=x,
        y=y,
        name="the other singular values",
        mode="lines",
        line=line,
        opacity=0.45,
        hovertemplate="%{x}: %{y:.6g}",
    )


def slopes_over_time(found: object, theme: str, height: int = 260) -> plain.Figure:
    """Draw the mean slope of each step and the share of saturated units."""
    t = np.arange(len(found.slopes))
    traces = [
        curve(
            t,
            found.slopes.mean(axis=1),
            "mean f₁′",
            role("output", theme).line,
            width=3,
            mode="lines+markers",
        ),
        curve(t, found.saturated, "share saturated", ground(theme).muted, dash="dot"),
    ]
    ticks = {"dtick": max(1, -(-len(t) // 10)), "range": [-0.3, len(t) - 0.7]}
    return plain.Figure(
        traces,
        layout(
            theme,
            x="step t",
            y="slope, share",
            height=height,
            xaxis=ticks,
            yaxis={"range": [-0.03, 1.05]},
            showlegend=True,
        ),
    )


def slope_histogram(found: object, theme: str, height: int = 260) -> plain.Figure:
    """Draw how often each size of slope occurs, over all steps and units."""
    edges, counts = histogram(found)
    bars = plain.bar(
        x=(edges[:-1] + edges[1:]) / 2,
        y=counts,
        width=np.diff(edges) * 0.92,
        marker={"color": role("output", theme).line},
        customdata=np.column_stack([edges[:-1], edges[1:]]),
        hovertemplate="%{customdata[0]:.3g} to %{customdata[1]:.3g}: <b>%{y}</b><extra></extra>",
    )
    more = {"xaxis": {"range": [-0.01 * edges[-1], 1.01 * edges[-1]]}, "yaxis": {"nticks": 5}}
    return plain.Figure(
        [bars], layout(theme, x="slope f₁′(A<sub>t</sub>)", y="how often", height=height, **more)
    )
