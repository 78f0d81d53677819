"""Where the gradient goes: what is left by lag, the maps behind it, and where the gradient comes from."""

from typing import TYPE_CHECKING

from rnnviz.charts import grids, tables
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.flow import (
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
from rnnviz.settings.config import RunConfig
from rnnviz.ui.cache import experiment, view
from rnnviz.ui.choose import choice, control
from rnnviz.ui.show import below, chart, columns, controls, heading, lazy_fold, metrics, note, picture, say, verdict

if TYPE_CHECKING:
    import numpy as np

HELP = prose.help_of("where")


def show(config: RunConfig, theme: str) -> None:
    """Draw the part."""
    # All is computed before anything is drawn: what arrives together is drawn once.
    values, lengths = view(spectrum, config), view(length_of_gradient, config)
    found, contributions, shares = view(_measured, config)
    with controls():
        seen = choice("Picture", list(_PICTURES), key="flow.picture", help=HELP["picture"])
    verdict(said.flow_sentence(found))
    _PICTURES[seen](config, theme)
    with controls():
        metrics(
            {
                "Spectral norm σₘₐₓ(Wₕ₁)": (four(values.norm), HELP["norm"]),
                "Largest slope γ": (four(values.gamma), HELP["slope"]),
                "γ σₘₐₓ": (four(values.gamma * values.norm), HELP["stretch"]),
                "Spectral radius ρ(Wₕ₁)": (four(values.radius), HELP["radius"]),
            }
        )
    # Wh1 stands in the place of a parameter that has no way back.
    name = config.parameter if config.parameter in shares else "Wh1"
    by_lag = compute.shares_by_lag(shares[name])
    words = said.share_sentence(by_lag, name, lengths[name], found.median)
    with below():
        heading("Where the gradient comes from", help=HELP["sources"])
        say(words + said.whose_sentence(experiment(config)) + "  \n" + said.contributions_sentence(contributions))
        fold = lazy_fold("Bars by lag and by state", key="flow.sources")
        if fold.open:
            with fold:
                _bars(by_lag, words, contributions, theme)


def _measured(experiment: Experiment) -> "tuple[compute.Lags, np.ndarray, dict[str, np.ndarray]]":
    """Return what is left by lag, what each loss adds to each state, and the shares of the terms."""
    found, values = attributed(experiment), spectrum(experiment)
    left = compute.lags(found.sample_norms, values.gamma, values.norm, values.radius)
    return left, found.contributions, found.shares


def _by_lag(config: RunConfig, theme: str) -> None:
    found, _, _ = view(_measured, config)
    picture(draw.left_by_lag(found, theme), "lag", said.flow_sentence(found), said.lags_table(found))
    below().caption(
        f"{said.band_sentence(found)} Nothing can lie above the bound. "
        "The long-run rate is that of Wₕ₁ alone: it leaves the slopes f₁′ out."
    )


def _loss_map(config: RunConfig, theme: str) -> None:
    norms = view(gradient_flow, config)
    zeros = tables.zero_sentence(norms)
    alt = f"{said.map_words(config.steps)} {zeros}"
    picture(grids.norms(norms, theme), "flow", alt, tables.triangle(norms, "‖∂Lₜ/∂Hₖ‖"))
    below().caption(f"Colour: ‖∂Lₜ/∂Hₖ‖ over batch and units, on a log scale. {zeros}")


def _state_map(config: RunConfig, theme: str) -> None:
    with controls():
        control("sample", config)
    sample = max(config.sample, 0)
    steps = view(drawn_steps, config).tolist()
    norms = view(jacobian_norms, config, sample, tuple(steps))
    words = said.state_sentence(norms, steps, sample)
    figure = grids.norms(norms, theme, y="state step t", steps=steps)
    picture(figure, "states", words, tables.triangle(norms, "‖∂Hₜ/∂Hₖ‖₂", "state step t", steps))
    below().caption(f"Colour: the largest singular value of ∂Hₜ/∂Hₖ, on a log scale. {words}")


def _term_map(config: RunConfig, theme: str) -> None:
    with controls():
        control("parameter", config)
    terms = view(terms_of_losses, config)
    if config.parameter not in terms:
        say("W₂ and β₂ act at the step of the loss itself: their gradient takes no way back through time.")
        return
    shown = terms[config.parameter]
    words = said.terms_sentence(shown, config.parameter)
    picture(grids.norms(shown, theme, role="parameter"), "terms", words, tables.triangle(shown, "‖term(t, k)‖"))
    below().caption(f"Colour: ‖term(t, k)‖ on a log scale. {words} {tables.zero_sentence(shown)}")


_PICTURES = {"by lag": _by_lag, "map of losses": _loss_map, "map of states": _state_map, "map of terms": _term_map}


def _bars(found: compute.ByLag, words: str, contributions: "np.ndarray", theme: str) -> None:
    left, right = columns(1, 1)
    with left:
        chart(draw.by_lag(found, theme), "shares", words, said.shares_table(found))
        note("All bars together are 1, the whole gradient. The line is what a window of so many steps keeps.")
    with right:
        bands, words = compute.bands(contributions), said.contributions_sentence(contributions)
        chart(draw.by_state(bands, theme), "received", words, said.bands_table(bands))
        note("A bar is as long as the error ∂L/∂Hₖ; its bands are the losses that it came from.")
