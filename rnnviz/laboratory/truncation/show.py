"""Truncation and clipping as overlays on the full gradient."""

from functools import partial

import streamlit as st

from rnnviz.charts import tables
from rnnviz.experiment.clipping import angle, clipping
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.flow import terms_of_losses
from rnnviz.laboratory.truncation import compute, draw
from rnnviz.laboratory.truncation import say as said
from rnnviz.laboratory.truncation import still as stills
from rnnviz.notation import prose
from rnnviz.settings.config import LABELS, RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import experiment, view
from rnnviz.ui.choose import choice, control, dial
from rnnviz.ui.show import below, chart, columns, controls, heading, note, say, still, still_chart, verdict

HELP = prose.help_of("truncation")
WAYS = ("truncation", "clipping")
WHOSE = (stills.EVERY, "the chosen one alone")


def show(config: RunConfig, theme: str) -> None:
    """Draw the part: one of its two ways at a time."""
    with controls():
        way = choice("Cut the gradient by", WAYS, key="flow.way", help=HELP["way"])
    {WAYS[0]: _truncation, WAYS[1]: _clipping}[way](config, experiment(config), theme)


def _truncation(config: RunConfig, run: Experiment, theme: str) -> None:
    length, T = 1, config.steps
    with controls():
        if T > 1:
            own = stills.first_length(config)
            length = int(dial("Truncation τ", 1, T, 1, key="flow.length", help=HELP["length"], default=own))
    extra = () if length in compute.compared_lengths(config.steps) else (length,)
    found = view(compute.truncations, config, *extra)
    _curve(config, found, length, theme)
    with below():
        _grids(config, run, found, length, theme)


def _grids(config: RunConfig, run: Experiment, found: compute.Truncations, length: int, theme: str) -> None:
    T = config.steps
    first = run.architecture.first_loss_step(T)
    masks = {kind: compute.mask(T, length, kind, first) for kind in compute.KINDS}
    full = compute.mask(T, T, "window", first)
    say(said.confusion_sentence(length, masks["window"], masks["chunk"]))
    alone = found.only(config.parameter)
    likeness = {kind: alone.at(kind, length) for kind in compute.KINDS}
    cut = {kind: bool((full & ~kept).any()) for kind, kept in masks.items()}
    say(said.alone_sentence(config.parameter, likeness, cut))
    # Wh1 stands in the place of a parameter that has no way back.
    terms = view(terms_of_losses, config)
    name = config.parameter if config.parameter in terms else "Wh1"
    norms = terms[name]
    for place, kind in zip(columns(1, 1), compute.KINDS, strict=True):
        with place:
            one = stills.kept(norms, found, length, kind, first)
            heading(one.title, help=HELP[kind])
            say(one.note)
            still_chart(one, theme)
            _train_like_this(config, length, kind)
    note(said.grid_note(name, tables.zero_sentence(norms)))
    note(said.trains_sentence(config.truncation, config.truncation_kind))


def _train_like_this(config: RunConfig, length: int, kind: str) -> None:
    used = config.truncation == length and config.truncation_kind == kind
    st.button(
        "Trains like this" if used else "Train like this",
        key=f"flow.use.{kind}",
        help=HELP["use"],
        disabled=used,
        type="tertiary",
        icon=":material/check:" if used else ":material/content_cut:",
        on_click=partial(state.apply, truncation=length, truncation_kind=kind),
    )


def _curve(config: RunConfig, found: compute.Truncations, length: int, theme: str) -> None:
    names = {words: name for name, words in draw.MEASURES.items()}
    with controls(), st.popover("More controls"):
        control("parameter", config)
        alone = choice("Gradient of", WHOSE, key="flow.whose", help=HELP["whose"]) == WHOSE[1]
        measure = names[choice("Against the full gradient", list(names), key="flow.measure", help=HELP["curve"])]
    found = found.only(config.parameter) if alone else found
    if not said.comparable(found):
        say(said.NOT_COMPARABLE)
        return
    of = LABELS[config.parameter] if alone else WHOSE[0]
    one = stills.over_length(found, length, measure, of)
    verdict(one.alt)
    still(one, theme)


def _clipping(config: RunConfig, run: Experiment, theme: str) -> None:
    with controls():
        of_norm = _part("Limit by norm", "flow.clip_norm", stills.CLIPPED[0], HELP["norm"])
        of_largest = _part("Limit by value", "flow.clip_value", stills.CLIPPED[1], HELP["value"])
    found = view(clipping, config, of_norm, of_largest)
    curve = view(compute.clip_curve, config)
    if found is None or curve is None:
        say(said.NOT_CLIPPED)
        return
    angles = angle(found.before, found.by_norm), angle(found.before, found.by_value)
    one = stills.over_limit(curve, said.clip_sentence(found, angles))
    verdict(one.alt)
    still(one, theme)
    with below():
        shapes = {name: values.shape for name, values in run.parameters._asdict().items()}
        names, values = said.largest(found, said.entry_names(shapes))
        drawn = draw.entries(names, values, theme)
        chart(drawn, "entries", one.alt, said.clipped_table(found, said.entry_names(shapes)))
        note("The largest entries of the gradient.")
        note(said.used_sentence(config.clip_norm, config.clip_value, view(compute.as_trained, config)))


def _part(label: str, key: str, default: float, help: str) -> float:
    return dial(label, 0.01, 1.25, 0.01, key=key, help=help, default=default)
