"""Where the gradient goes, in pictures that stand alone."""

from functools import partial

import numpy as np

from rnnviz.charts import grids, tables
from rnnviz.charts.still import Still, Stills
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.flow import (
    Spectrum,
    attributed,
    drawn_steps,
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


def measured(experiment: Experiment) -> tuple[compute.Lags, np.ndarray, dict[str, np.ndarray]]:
    """Return what is left by lag, what each loss adds to each state, and the shares of the terms."""
    found, values = attributed(experiment), spectrum(experiment)
    left = compute.lags(found.sample_norms, values.gamma, values.norm, values.radius)
    return left, found.contributions, found.shares


def numbers(values: Spectrum) -> dict[str, tuple[str, str]]:
    """Return the norms that decide, by name: value, and what it means."""
    return {
        "Spectral norm σₘₐₓ(Wₕ₁)": (four(values.norm), HELP["norm"]),
        "Largest slope γ": (four(values.gamma), HELP["slope"]),
        "γ σₘₐₓ": (four(values.gamma * values.norm), HELP["stretch"]),
        "Spectral radius ρ(Wₕ₁)": (four(values.radius), HELP["radius"]),
    }


def by_lag(found: compute.Lags) -> Still:
    """What is left after each lag."""
    note = (
        f"{said.band_sentence(found)} Nothing can lie above the bound. "
        "The long-run rate is that of Wₕ₁ alone: it leaves the slopes f₁′ out."
    )
    chart = partial(draw.left_by_lag, found)
    return Still("lag", "by lag", chart, said.flow_sentence(found), said.lags_table(found), note)


def of_losses(norms: np.ndarray) -> Still:
    """The map of ∂Lₜ/∂Hₖ."""
    zeros = tables.zero_sentence(norms)
    return Still(
        "flow",
        "map of losses",
        partial(grids.norms, norms),
        f"{said.map_words(len(norms))} {zeros}",
        tables.triangle(norms, "‖∂Lₜ/∂Hₖ‖"),
        f"Colour: ‖∂Lₜ/∂Hₖ‖ over batch and units, on a log scale. {zeros}",
    )


def of_states(norms: np.ndarray, steps: list[int], sample: int) -> Still:
    """The map of ∂Hₜ/∂Hₖ of one sample, at these steps."""
    words = said.state_sentence(norms, steps, sample)
    return Still(
        "states",
        "map of states",
        partial(grids.norms, norms, y="state step t", steps=steps),
        words,
        tables.triangle(norms, "‖∂Hₜ/∂Hₖ‖₂", "state step t", steps),
        f"Colour: the largest singular value of ∂Hₜ/∂Hₖ, on a log scale. {words}",
    )


def of_terms(norms: np.ndarray, parameter: str) -> Still:
    """The map of the terms of a parameter."""
    words = said.terms_sentence(norms, parameter)
    return Still(
        "terms",
        "map of terms",
        partial(grids.norms, norms, role="parameter"),
        words,
        tables.triangle(norms, "‖term(t, k)‖"),
        f"Colour: ‖term(t, k)‖ on a log scale. {words} {tables.zero_sentence(norms)}",
    )


def bars(by_lag: compute.ByLag, words: str, contributions: np.ndarray) -> tuple[Still, Still]:
    """Where the gradient comes from: by lag, said in ``words``, and by state."""
    bands, of_states = compute.bands(contributions), said.contributions_sentence(contributions)
    note = "All bars together are 1, the whole gradient. The line is what a window of so many steps keeps."
    lags = Still("shares", "by lag", partial(draw.by_lag, by_lag), words, said.shares_table(by_lag), note)
    note = "A bar is as long as the error ∂L/∂Hₖ; its bands are the losses that it came from."
    states = Still("received", "by state", partial(draw.by_state, bands), of_states, said.bands_table(bands), note)
    return lags, states


def still(experiment: Experiment) -> Stills:
    """Return the part of an experiment."""
    found, contributions, shares = measured(experiment)
    name = experiment.config.parameter if experiment.config.parameter in shares else "Wh1"
    sample, steps = max(experiment.config.sample, 0), drawn_steps(experiment).tolist()
    by_lags = compute.shares_by_lag(shares[name])
    words = said.share_sentence(by_lags, name, length_of_gradient(experiment)[name], found.median)
    pictures = (
        by_lag(found),
        of_losses(gradient_flow(experiment)),
        of_states(jacobian_norms(experiment, sample, steps), steps, sample),
        of_terms(terms_of_losses(experiment)[name], name),
    )
    below = bars(by_lags, words + said.whose_sentence(experiment), contributions)
    return Stills(said.flow_sentence(found), pictures, below, numbers(spectrum(experiment)), "flow.picture")
