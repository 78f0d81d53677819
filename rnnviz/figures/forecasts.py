"""A forecast beside the truth and beside forecasts that need no network."""

from __future__ import annotations

from rnnviz.figures import plain
from rnnviz.figures.lines import curve
from rnnviz.figures.template import layout
from rnnviz.figures.theme import ground, role

DASHES = {"last value": "dot", "11 years ago": "dash"}


def lines(found: object, theme: str, unit: str, height: int = 320) -> plain.Figure:
    """Draw an ``experiment.Forecast`` over the years.

    Parameters
    ----------
    found : object
        With ``years``, ``truth`` and ``forecasts`` by name.
    theme : {"light", "dark"}
    unit : str
        Title of the value axis.
    height : int
        In pixels.
    """
    colours = ground(theme)
    traces = [curve(found.years, found.truth, "truth", colours.ink, width=3)]
    for name, values in found.forecasts.items():
        own = name == "network"
        colour = role("output", theme).line if own else colours.muted
        traces.append(
            curve(
                found.years, values, name, colour, width=2.5 if own else 1.2, dash=DASHES.get(name, "solid")
            )
        )
    return plain.Figure(traces, layout(theme, x="year", y=unit, height=height, showlegend=True))
