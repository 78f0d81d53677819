"""Two causes, apart: what Wh1 does to an error on its way back, and what the slopes do."""

from __future__ import annotations

from rnnviz.experiment.flow import spectrum
from rnnviz.laboratory.causes import compute, draw
from rnnviz.laboratory.causes import say as said
from rnnviz.notation import prose
from rnnviz.settings.config import RunConfig
from rnnviz.ui.cache import view
from rnnviz.ui.choose import control, knob
from rnnviz.ui.show import chart, columns, heading, lazy_fold, note, say

HELP = prose.help_of("causes")


def show(config: RunConfig, theme: str) -> None:
    """Draw the part."""
    sample = max(config.sample, 0)
    found = view(compute.causes, config, sample, config.slopes == "held")
    _knobs(config)
    sentence, held = said.both_sentence(found), said.held_sentence(found)
    say(sentence + said.whole_way_sentence(config) + (f"  \n{held}" if held else ""))
    left, right = columns(3, 2)
    with left:
        heading("The way back, and each cause alone", help=HELP["way"])
        chart(draw.way_back(found, theme), "way", sentence, said.table(found))
        note(said.way_sentence(found, sample))
    with right:
        words = said.eigenvalue_sentence(found)
        heading("Eigenvalues of Wₕ₁", help=HELP["eigenvalues"])
        picture = draw.eigenvalues(found.spectrum.eigenvalues, found.spectrum.radius, theme)
        chart(picture, "eigenvalues", words, said.eigenvalues_table(found))
        note(f"Dashed: the unit circle. Dotted: the spectral radius. {words}")
    heading("Slopes f₁′", help=HELP["slopes"])
    words = said.slope_sentence(found)
    say(words)
    fold = lazy_fold("Slopes over time and how often each occurs", key="flow.slopes")
    if fold.open:
        with fold:
            _slopes(found, words, theme)


def _knobs(config: RunConfig) -> None:
    """Draw the sliders of each cause beside each other, and whether the slopes are held."""
    radius = round(view(spectrum, config.replace(gain=1.0, edits="")).radius, 3)
    left, right = columns(1, 1)
    with left:
        note("Move Wₕ₁:")
        knob("spectral_radius", config, 0.0, 2.0, value=radius, step=0.001)
        knob("gain", config, 0.0, 2.0)
        control("slopes", config)
    with right:
        note("Move the slopes f₁′:")
        knob("bias", config, -4.0, 4.0)
        knob("input_scale", config, 0.0, 10.0)
        control("sample", config)


def _slopes(found: compute.Causes, words: str, theme: str) -> None:
    left, right = columns(3, 2)
    with left:
        chart(draw.slopes_over_time(found, theme), "slopes", words, said.slopes_table(found))
    with right:
        words = said.histogram_sentence(found)
        chart(draw.slope_histogram(found, theme), "histogram", words, said.histogram_table(found))
        note(words)
