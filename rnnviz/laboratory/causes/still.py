"""Two causes, apart, in pictures that stand alone."""

from functools import partial

from rnnviz.charts.still import Still, Stills
from rnnviz.experiment.core import Experiment
from rnnviz.laboratory.causes import compute, draw
from rnnviz.laboratory.causes import say as said
from rnnviz.notation import prose
from rnnviz.settings.config import RunConfig

HELP = prose.help_of("causes")


def numbers(found: compute.Causes) -> dict[str, tuple[str, str]]:
    """Return what each cause makes of the whole way, by name: value, and what it means."""
    return {name: (value, HELP["way"]) for name, value in said.ways(found).items()}


def eigenvalues(found: compute.Causes) -> Still:
    """The eigenvalues of Wh1 in the plane."""
    words = said.eigenvalue_sentence(found)
    drawn = partial(draw.eigenvalues, found.spectrum.eigenvalues, found.spectrum.radius)
    note = f"Dashed: the unit circle. Dotted: the spectral radius. {words}"
    return Still("eigenvalues", "Eigenvalues of Wₕ₁", drawn, words, said.eigenvalues_table(found), note)


def slopes(found: compute.Causes) -> tuple[Still, Still]:
    """The slopes over time, and how often each occurs."""
    words, often = said.slope_sentence(found), said.histogram_sentence(found)
    drawn, counted = partial(draw.slopes_over_time, found), partial(draw.slope_histogram, found)
    return (
        Still("slopes", "Slopes f₁′", drawn, words, said.slopes_table(found), words),
        Still("histogram", "How often each slope occurs", counted, often, said.histogram_table(found), often),
    )


def way(found: compute.Causes, sample: int) -> Still:
    """The whole way back: all singular values of the product, and what each cause alone would do."""
    words, drawn = said.both_sentence(found), partial(draw.way_back, found)
    return Still("way", "way back", drawn, words, said.table(found), said.way_sentence(found, sample))


def verdict(found: compute.Causes, config: RunConfig) -> str:
    """Say what both causes together do, and what is held."""
    held = said.held_sentence(found)
    return said.both_sentence(found) + said.whole_way_sentence(config) + (f"  \n{held}" if held else "")


def ways_of_gates(found: compute.GatedCauses) -> dict[str, tuple[str, str]]:
    """Return what each path of a gated cell makes of the whole way, as `numbers`."""
    return {name: (value, HELP["paths"]) for name, value in said.ways(found).items()}


def paths(found: compute.GatedCauses, sample: int) -> Still:
    """The whole way back of a gated cell: along the direct path, and in all."""
    words, drawn = said.paths_sentence(found), partial(draw.paths_back, found)
    return Still("way", "way back", drawn, words, said.paths_table(found), said.way_sentence(found, sample))


def gate(found: compute.GatedCauses, name: str) -> Still:
    """One gate over time."""
    words, drawn = said.gate_sentence(found, name), partial(draw.gate_over_time, found, name)
    return Still("gates", f"{name.capitalize()} gate over time", drawn, words, said.gate_table(found, name), words)


def still(experiment: Experiment) -> Stills:
    """Return the part of an experiment."""
    config = experiment.config
    sample = max(config.sample, 0)
    if config.cell != "plain":
        gated = compute.gated_causes(experiment, sample)
        back, over_time = paths(gated, sample), tuple(gate(gated, name) for name in gated.values)
        return Stills(back.alt + said.whole_way_sentence(config), (back,), over_time, ways_of_gates(gated))
    found = compute.causes(experiment, sample, config.slopes == "held")
    return Stills(verdict(found, config), (way(found, sample),), (eigenvalues(found), *slopes(found)), numbers(found))
