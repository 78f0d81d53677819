"""Where the gradient goes: what is left by lag, the maps behind it, and where the gradient comes from."""

from typing import TYPE_CHECKING

from rnnviz.charts import grids, tables
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.flow import (
    attributed,
    drawn_steps,
    gates,
    gradient_flow,
    jacobian_norms,
    length_of_gradient,
    spectrum,
    terms_by_path,
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
BOTH = "both together"


def show(config: RunConfig, theme: str) -> None:
    """Draw the part."""
    # All is computed before anything is drawn: what arrives together is drawn once.
    lengths, (found, contributions, shares, direct) = view(length_of_gradient, config), view(_measured, config)
    with controls():
        seen = choice("Picture", list(_PICTURES), key="flow.picture", help=HELP["picture"])
    verdict(said.flow_sentence(found, config.cell))
    _PICTURES[seen](config, theme)
    with controls():
        metrics(_of_weights(config) if config.cell == "plain" else _of_gates(config))
    # Wh1 stands in the place of a parameter that has no way back.
    name = config.parameter if config.parameter in shares else "Wh1"
    by_lag, alone = (compute.shares_by_lag(each[name]) if each else None for each in (shares, direct))
    assert by_lag is not None
    words = said.share_sentence(by_lag, name, lengths[name], found.median)
    words += said.path_sentence(by_lag, alone, name) if alone else ""
    with below():
        heading("Where the gradient comes from", help=HELP["sources"])
        say(words + said.whose_sentence(experiment(config)) + "  \n" + said.contributions_sentence(contributions))
        fold = lazy_fold("Bars by lag and by state", key="flow.sources")
        if fold.open:
            with fold:
                _bars(by_lag, alone, words, contributions, theme)


def _of_weights(config: RunConfig) -> dict[str, tuple[str, str]]:
    values = view(spectrum, config)
    return {
        "Spectral norm σₘₐₓ(Wₕ₁)": (four(values.norm), HELP["norm"]),
        "Largest slope γ": (four(values.gamma), HELP["slope"]),
        "γ σₘₐₓ": (four(values.gamma * values.norm), HELP["stretch"]),
        "Spectral radius ρ(Wₕ₁)": (four(values.radius), HELP["radius"]),
    }


def _of_gates(config: RunConfig) -> dict[str, tuple[str, str]]:
    found = {f"{gate.capitalize()} gate, mean": each.mean() for gate, each in view(gates, config).items()}
    return {name: (four(mean), HELP["gate"]) for name, mean in found.items() if "Candidate" not in name}


def _measured(
    experiment: Experiment,
) -> "tuple[compute.Left, np.ndarray, dict[str, np.ndarray], dict[str, np.ndarray]]":
    """Return what is left by lag, what each loss adds to each state, and the shares of the terms, whole and direct."""
    found = attributed(experiment)
    if experiment.architecture.cell != "plain":
        alone = attributed(experiment, directly=True)
        left: compute.Left = compute.paths(found.sample_norms, alone.sample_norms)
        return left, found.contributions, found.shares, alone.shares
    values = spectrum(experiment)
    left = compute.lags(found.sample_norms, values.gamma, values.norm, values.radius)
    return left, found.contributions, found.shares, {}


def _by_lag(config: RunConfig, theme: str) -> None:
    found, *_ = view(_measured, config)
    figure = draw.left_by_lag(found, theme, "[H, C]" if config.cell == "lstm" else "H")
    picture(figure, "lag", said.flow_sentence(found, config.cell), said.lags_table(found))
    below().caption(f"{said.band_sentence(found)} {said.beside_sentence(config.cell)}")


def _loss_map(config: RunConfig, theme: str) -> None:
    norms = view(gradient_flow, config)
    zeros = tables.zero_sentence(norms)
    alt = f"{said.map_words(config.steps)} {zeros}"
    picture(grids.norms(norms, theme), "flow", alt, tables.triangle(norms, "‖∂Lₜ/∂Hₖ‖"))
    below().caption(f"Colour: ‖∂Lₜ/∂Hₖ‖ over batch and units, on a log scale. {zeros}{said.state_note(config.cell)}")


def _state_map(config: RunConfig, theme: str) -> None:
    with controls():
        control("sample", config)
    sample = max(config.sample, 0)
    steps = view(drawn_steps, config).tolist()
    norms = view(jacobian_norms, config, sample, tuple(steps))
    words = said.state_sentence(norms, steps, sample)
    figure = grids.norms(norms, theme, y="state step t", steps=steps)
    picture(figure, "states", words, tables.triangle(norms, "‖∂Hₜ/∂Hₖ‖₂", "state step t", steps))
    below().caption(
        f"Colour: the largest singular value of ∂Hₜ/∂Hₖ, on a log scale. {words}{said.state_note(config.cell)}"
    )


def _term_map(config: RunConfig, theme: str) -> None:
    with controls():
        control("parameter", config)
    path = BOTH
    if config.cell != "plain":
        with controls():
            path = choice("Path", (BOTH, *compute.PATH_NAMES), key="flow.path", help=HELP["path"])
    if path == BOTH:
        terms = view(terms_of_losses, config)
    elif (found := view(terms_by_path, config)) is None:
        say("The terms of this network are too many to be taken apart by path: fewer steps or units are needed.")
        return
    else:
        terms = found[compute.PATH_NAMES.index(path)]
    if config.parameter not in terms:
        say("W₂ and β₂ act at the step of the loss itself: their gradient takes no way back through time.")
        return
    shown = terms[config.parameter]
    words = said.terms_sentence(shown, config.parameter, "" if path == BOTH else path)
    picture(grids.norms(shown, theme, role="parameter"), "terms", words, tables.triangle(shown, "‖term(t, k)‖"))
    below().caption(f"Colour: ‖term(t, k)‖ on a log scale. {words} {tables.zero_sentence(shown)}")


_PICTURES = {"by lag": _by_lag, "map of losses": _loss_map, "map of states": _state_map, "map of terms": _term_map}


def _bars(
    found: compute.ByLag, direct: compute.ByLag | None, words: str, contributions: "np.ndarray", theme: str
) -> None:
    left, right = columns(1, 1)
    with left:
        chart(draw.by_lag(found, theme, direct), "shares", words, said.shares_table(found, direct))
        note("All bars together are 1, the whole gradient. The line is what a window of so many steps keeps.")
    with right:
        bands, words = compute.bands(contributions), said.contributions_sentence(contributions)
        chart(draw.by_state(bands, theme), "received", words, said.bands_table(bands))
        note("A bar is as long as the error ∂L/∂Hₖ; its bands are the losses that it came from.")
