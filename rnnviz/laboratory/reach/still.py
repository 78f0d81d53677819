"""Where the gradient goes, in pictures that stand alone."""

from collections.abc import Mapping
from functools import partial

import numpy as np

from rnnviz.charts import grids, tables
from rnnviz.charts.still import Still, Stills
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.flow import (
    Spectrum,
    attributed,
    drawn_steps,
    gates,
    gradient_flow,
    jacobian_norms,
    length_of_gradient,
    spectrum,
    terms_of_losses,
)
from rnnviz.laboratory.reach import compute, draw
from rnnviz.laboratory.reach import say as said
from rnnviz.notation import prose
from rnnviz.notation.numbers import four

HELP = prose.help_of("where")


def measured(experiment: Experiment) -> tuple[compute.Left, np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Return what is left by lag, what each loss adds to each state, and the shares of the terms, whole and direct."""
    found = attributed(experiment)
    if experiment.architecture.cell != "plain":
        alone = attributed(experiment, directly=True)
        paths = compute.paths(found.sample_norms, alone.sample_norms)
        return paths, found.contributions, found.shares, alone.shares
    values = spectrum(experiment)
    lags = compute.lags(found.sample_norms, values.gamma, values.norm, values.radius)
    return lags, found.contributions, found.shares, {}


def numbers(values: Spectrum) -> dict[str, tuple[str, str]]:
    """Return the norms that decide, by name: value, and what it means."""
    return {
        "Spectral norm σₘₐₓ(Wₕ₁)": (four(values.norm), HELP["norm"]),
        "Largest slope γ": (four(values.gamma), HELP["slope"]),
        "γ σₘₐₓ": (four(values.gamma * values.norm), HELP["stretch"]),
        "Spectral radius ρ(Wₕ₁)": (four(values.radius), HELP["radius"]),
    }


def of_gates(values: Mapping[str, np.ndarray]) -> dict[str, tuple[str, str]]:
    """Return how far each gate of a gated cell is open in the mean, by name, as `numbers`."""
    found = {f"{gate.capitalize()} gate, mean": each.mean() for gate, each in values.items()}
    return {name: (four(mean), HELP["gate"]) for name, mean in found.items() if "Candidate" not in name}


def by_lag(found: compute.Left, cell: str) -> Still:
    """What is left after each lag."""
    note = f"{said.band_sentence(found)} {said.beside_sentence(cell)}"
    chart = partial(draw.left_by_lag, found, state="[H, C]" if cell == "lstm" else "H")
    return Still("lag", "by lag", chart, said.flow_sentence(found, cell), said.lags_table(found), note)


def of_losses(norms: np.ndarray, cell: str) -> Still:
    """The map of ∂Lₜ/∂Hₖ."""
    zeros = tables.zero_sentence(norms)
    return Still(
        "flow",
        "map of losses",
        partial(grids.norms, norms),
        f"{said.map_words(len(norms))} {zeros}",
        tables.triangle(norms, "‖∂Lₜ/∂Hₖ‖"),
        f"Colour: ‖∂Lₜ/∂Hₖ‖ over batch and units, on a log scale. {zeros}{said.state_note(cell)}",
    )


def of_states(norms: np.ndarray, steps: list[int], sample: int, cell: str) -> Still:
    """The map of ∂Hₜ/∂Hₖ of one sample, at these steps."""
    words = said.state_sentence(norms, steps, sample)
    return Still(
        "states",
        "map of states",
        partial(grids.norms, norms, y="state step t", steps=steps),
        words,
        tables.triangle(norms, "‖∂Hₜ/∂Hₖ‖₂", "state step t", steps),
        f"Colour: the largest singular value of ∂Hₜ/∂Hₖ, on a log scale. {words}{said.state_note(cell)}",
    )


def of_terms(norms: np.ndarray, parameter: str, path: str = "") -> Still:
    """The map of the terms of a parameter, of a gated cell also of one ``path`` alone."""
    words = said.terms_sentence(norms, parameter, path)
    return Still(
        "terms",
        "map of terms",
        partial(grids.norms, norms, role="parameter"),
        words,
        tables.triangle(norms, "‖term(t, k)‖"),
        f"Colour: ‖term(t, k)‖ on a log scale. {words} {tables.zero_sentence(norms)}",
    )


def by_lags(
    shares: Mapping[str, np.ndarray], direct: Mapping[str, np.ndarray], name: str
) -> tuple[compute.ByLag, compute.ByLag | None]:
    """Return a parameter's shares by lag, and of a gated cell those of the direct path."""
    return compute.shares_by_lag(shares[name]), compute.shares_by_lag(direct[name]) if direct else None


def words_of(found: compute.ByLag, direct: compute.ByLag | None, name: str, length: float, median: np.ndarray) -> str:
    """Say from which lags the gradient comes, and of a gated cell by which path."""
    words = said.share_sentence(found, name, length, median)
    return words + (said.path_sentence(found, direct, name) if direct else "")


def bars(
    found: compute.ByLag, direct: compute.ByLag | None, words: str, contributions: np.ndarray
) -> tuple[Still, Still]:
    """Where the gradient comes from: by lag, said in ``words``, and by state."""
    bands, of_states = compute.bands(contributions), said.contributions_sentence(contributions)
    note = "All bars together are 1, the whole gradient. The line is what a window of so many steps keeps."
    drawn = partial(draw.by_lag, found, direct=direct)
    lags = Still("shares", "by lag", drawn, words, said.shares_table(found, direct), note)
    note = "A bar is as long as the error ∂L/∂Hₖ; its bands are the losses that it came from."
    states = Still("received", "by state", partial(draw.by_state, bands), of_states, said.bands_table(bands), note)
    return lags, states


def still(experiment: Experiment) -> Stills:
    """Return the part of an experiment."""
    config, (found, contributions, shares, direct) = experiment.config, measured(experiment)
    name = config.parameter if config.parameter in shares else "Wh1"
    sample, steps = max(config.sample, 0), drawn_steps(experiment).tolist()
    lags, alone = by_lags(shares, direct, name)
    words = words_of(lags, alone, name, length_of_gradient(experiment)[name], found.median)
    pictures = (
        by_lag(found, config.cell),
        of_losses(gradient_flow(experiment), config.cell),
        of_states(jacobian_norms(experiment, sample, steps), steps, sample, config.cell),
        of_terms(terms_of_losses(experiment)[name], name),
    )
    below = bars(lags, alone, words + said.whose_sentence(experiment), contributions)
    is_plain = config.cell == "plain"
    values = numbers(spectrum(experiment)) if is_plain else of_gates(gates(experiment))
    return Stills(said.flow_sentence(found, config.cell), pictures, below, values, "flow.picture")
