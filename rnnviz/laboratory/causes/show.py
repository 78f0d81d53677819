"""Two causes, apart: what Wh1 does to an error on its way back, and what the slopes do."""

import streamlit as st

from rnnviz.experiment.flow import spectrum
from rnnviz.laboratory.causes import compute, draw
from rnnviz.laboratory.causes import say as said
from rnnviz.notation import prose
from rnnviz.settings.config import RunConfig
from rnnviz.ui.cache import view
from rnnviz.ui.choose import choice, control, knob
from rnnviz.ui.show import below, chart, columns, controls, heading, lazy_fold, metrics, note, picture, say, verdict

HELP = prose.help_of("causes")


def show(config: RunConfig, theme: str) -> None:
    """Draw the part."""
    if config.cell != "plain":
        _gated(config, theme)
        return
    sample = max(config.sample, 0)
    found = view(compute.causes, config, sample, config.slopes == "held")
    with controls():
        _knobs(config)
        metrics({name: (value, HELP["way"]) for name, value in said.ways(found).items()})
    sentence, held = said.both_sentence(found), said.held_sentence(found)
    verdict(sentence + said.whole_way_sentence(config) + (f"  \n{held}" if held else ""))
    picture(draw.way_back(found, theme), "way", sentence, said.table(found))
    with below():
        note(said.way_sentence(found, sample))
        words = said.eigenvalue_sentence(found)
        heading("Eigenvalues of Wₕ₁", help=HELP["eigenvalues"])
        drawn = draw.eigenvalues(found.spectrum.eigenvalues, found.spectrum.radius, theme)
        chart(drawn, "eigenvalues", words, said.eigenvalues_table(found))
        note(f"Dashed: the unit circle. Dotted: the spectral radius. {words}")
        heading("Slopes f₁′", help=HELP["slopes"])
        words = said.slope_sentence(found)
        say(words)
        fold = lazy_fold("Slopes over time and how often each occurs", key="flow.slopes")
        if fold.open:
            with fold:
                _slopes(found, words, theme)


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
        metrics({name: (value, HELP["paths"]) for name, value in said.ways(found).items()})
    sentence = said.paths_sentence(found)
    verdict(sentence + said.whole_way_sentence(config))
    picture(draw.paths_back(found, theme), "way", sentence, said.paths_table(found))
    with below():
        note(said.way_sentence(found, sample))
        heading("Gates over time", help=HELP["gates"])
        gate = choice("Gate", list(found.values), key="flow.gate", help=HELP["gates"], default=found.keeping)
        words = said.gate_sentence(found, gate)
        say(words)
        chart(draw.gate_over_time(found, gate, theme), "gates", words, said.gate_table(found, gate))


def _slopes(found: compute.Causes, words: str, theme: str) -> None:
    left, right = columns(3, 2)
    with left:
        chart(draw.slopes_over_time(found, theme), "slopes", words, said.slopes_table(found))
    with right:
        words = said.histogram_sentence(found)
        chart(draw.slope_histogram(found, theme), "histogram", words, said.histogram_table(found))
        note(words)
