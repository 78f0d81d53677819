"""Two causes, apart: what Wh1 does to an error on its way back, and what the slopes do."""

import streamlit as st

from rnnviz.experiment.flow import spectrum
from rnnviz.laboratory.causes import compute
from rnnviz.laboratory.causes import say as said
from rnnviz.laboratory.causes import still as stills
from rnnviz.laboratory.causes.still import HELP
from rnnviz.settings.config import RunConfig
from rnnviz.ui.cache import view
from rnnviz.ui.choose import choice, control, knob
from rnnviz.ui.show import below, columns, controls, heading, lazy_fold, metrics, note, say, still, still_chart, verdict


def show(config: RunConfig, theme: str) -> None:
    """Draw the part."""
    if config.cell != "plain":
        _gated(config, theme)
        return
    sample = max(config.sample, 0)
    found = view(compute.causes, config, sample, config.slopes == "held")
    with controls():
        _knobs(config)
        metrics(stills.numbers(found))
    way = stills.way(found, sample)
    verdict(stills.verdict(found, config))
    still(way, theme)
    with below():
        eigenvalues, (slopes, histogram) = stills.eigenvalues(found), stills.slopes(found)
        heading(eigenvalues.title, help=HELP["eigenvalues"])
        still_chart(eigenvalues, theme)
        note(eigenvalues.note)
        heading(slopes.title, help=HELP["slopes"])
        say(slopes.note)
        fold = lazy_fold("Slopes over time and how often each occurs", key="flow.slopes")
        if fold.open:
            with fold:
                left, right = columns(3, 2)
                with left:
                    still_chart(slopes, theme)
                with right:
                    still_chart(histogram, theme)
                    note(histogram.note)


def _knobs(config: RunConfig) -> None:
    """Draw a slider of each cause; the others, and whether the slopes are held, when asked for."""
    radius = round(view(spectrum, config.replace(gain=1.0, edits="")).radius, 3)
    knob("spectral_radius", config, 0.0, 2.0, value=radius, step=0.001)
    knob("bias", config, -4.0, 4.0)
    with st.popover("More controls"):
        knob("gain", config, 0.0, 2.0)
        knob("input_scale", config, 0.0, 10.0)
        control("slopes", config)
        control("sample", config)


def _gated(config: RunConfig, theme: str) -> None:
    """Draw the part of a gated cell: its two paths, and the gates in the place of Wh1 and slopes."""
    sample = max(config.sample, 0)
    found = view(compute.gated_causes, config, sample)
    with controls():
        knob(f"{found.keeping}_bias", config, -6.0, 6.0)
        knob("gain", config, 0.0, 2.0)
        with st.popover("More controls"):
            knob("input_scale", config, 0.0, 10.0)
            control("sample", config)
        metrics(stills.ways_of_gates(found))
    paths = stills.paths(found, sample)
    verdict(paths.alt + said.whole_way_sentence(config))
    still(paths, theme)
    with below():
        heading("Gates over time", help=HELP["gates"])
        one = stills.gate(
            found, choice("Gate", list(found.values), key="flow.gate", help=HELP["gates"], default=found.keeping)
        )
        say(one.note)
        still_chart(one, theme)
