"""Where the gradient goes: what is left by lag, the maps behind it, and where the gradient comes from."""

from rnnviz.experiment.flow import (
    drawn_steps,
    gates,
    gradient_flow,
    jacobian_norms,
    length_of_gradient,
    spectrum,
    terms_by_path,
    terms_of_losses,
)
from rnnviz.laboratory.reach import compute
from rnnviz.laboratory.reach import say as said
from rnnviz.laboratory.reach import still as stills
from rnnviz.laboratory.reach.still import HELP
from rnnviz.settings.config import RunConfig
from rnnviz.ui.cache import experiment, view
from rnnviz.ui.choose import choice, control
from rnnviz.ui.show import below, columns, controls, heading, lazy_fold, metrics, note, say, still, still_chart, verdict

BOTH = "both together"


def show(config: RunConfig, theme: str) -> None:
    """Draw the part."""
    # All is computed before anything is drawn: what arrives together is drawn once.
    lengths, (found, contributions, shares, direct) = view(length_of_gradient, config), view(stills.measured, config)
    with controls():
        seen = choice("Picture", list(_PICTURES), key="flow.picture", help=HELP["picture"])
    verdict(said.flow_sentence(found, config.cell))
    _PICTURES[seen](config, theme)
    with controls():
        is_plain = config.cell == "plain"
        metrics(stills.numbers(view(spectrum, config)) if is_plain else stills.of_gates(view(gates, config)))
    # Wh1 stands in the place of a parameter that has no way back.
    name = config.parameter if config.parameter in shares else "Wh1"
    by_lag, alone = stills.by_lags(shares, direct, name)
    words = stills.words_of(by_lag, alone, name, lengths[name], found.median)
    with below():
        heading("Where the gradient comes from", help=HELP["sources"])
        say(words + said.whose_sentence(experiment(config)) + "  \n" + said.contributions_sentence(contributions))
        fold = lazy_fold("Bars by lag and by state", key="flow.sources")
        if fold.open:
            with fold:
                bars = stills.bars(by_lag, alone, words, contributions)
                for place, one in zip(columns(1, 1), bars, strict=True):
                    with place:
                        still_chart(one, theme)
                        note(one.note)


def _by_lag(config: RunConfig, theme: str) -> None:
    found, *_ = view(stills.measured, config)
    still(stills.by_lag(found, config.cell), theme)


def _loss_map(config: RunConfig, theme: str) -> None:
    still(stills.of_losses(view(gradient_flow, config), config.cell), theme)


def _state_map(config: RunConfig, theme: str) -> None:
    with controls():
        control("sample", config)
    sample = max(config.sample, 0)
    steps = view(drawn_steps, config).tolist()
    norms = view(jacobian_norms, config, sample, tuple(steps))
    still(stills.of_states(norms, steps, sample, config.cell), theme)


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
    still(stills.of_terms(terms[config.parameter], config.parameter, "" if path == BOTH else path), theme)


_PICTURES = {"by lag": _by_lag, "map of losses": _loss_map, "map of states": _state_map, "map of terms": _term_map}
