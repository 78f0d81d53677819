"""What the parts of Gradient flow say."""

from __future__ import annotations

from functools import partial

import numpy as np

from rnnviz.experiment import clipping as experiment_clipping
from rnnviz.experiment import flow
from rnnviz.laboratory.causes import say as said_causes
from rnnviz.laboratory.causes.compute import causes
from rnnviz.laboratory.cliff import compute as surface
from rnnviz.laboratory.cliff import say as said_cliff
from rnnviz.laboratory.cliff import steps as cliff_steps
from rnnviz.laboratory.reach import compute
from rnnviz.laboratory.reach import compute as reach_compute
from rnnviz.laboratory.reach import say as said_flow
from rnnviz.laboratory.reach import sources as said_sources
from rnnviz.laboratory.truncation import compute as shortcuts
from rnnviz.laboratory.truncation import draw as drawn_shortcuts
from rnnviz.laboratory.truncation import say as said_shortcuts
from tests.said.places import HIDDEN, Said, at


def said(run, trained) -> Said:
    """Yield every sentence with its place."""
    for part in (_where, _causes, _shortcuts):
        yield from part(run)
    yield from _cliff(run, trained)


def _where(run) -> Said:
    passage, values, shares = flow.attributed(run), flow.spectrum(run), None
    left = compute.lags(passage.sample_norms, values.gamma, values.norm, values.radius)
    yield from at("flow: where", (said_flow.flow_sentence(left), said_flow.band_sentence(left)))
    lengths, shares = flow.length_of_gradient(run), passage.shares
    for name in HIDDEN:
        by_lag = reach_compute.shares_by_lag(shares[name])
        yield (
            "flow: sources",
            said_sources.share_sentence(by_lag, name, lengths[name], left.median)
            + said_sources.whose_sentence(run),
        )
    yield "flow: received", said_sources.received_sentence(passage.contributions)
    norms = flow.gradient_flow(run)
    yield "flow: map of losses", f"{said_flow.map_words(run.config.steps)} {said_flow.zero_sentence(norms)}"
    steps = tuple(flow.drawn_steps(run).tolist())
    norms = flow.jacobian_norms(run, max(run.config.sample, 0), steps)
    yield "flow: map of states", said_flow.state_sentence(norms, steps, max(run.config.sample, 0))
    for name, norms in flow.terms_of_losses(run).items():
        words = said_flow.terms_sentence(norms, name)
        yield "flow: map of terms", f"{words} {said_flow.zero_sentence(norms)}"


def _causes(run) -> Said:
    for held in (True, False):
        found = causes(run, max(run.config.sample, 0), held)
        said = (
            said_causes.both_sentence, said_causes.held_sentence, said_causes.eigenvalue_sentence,
            said_causes.slope_sentence, said_causes.histogram_sentence,
            partial(said_causes.way_sentence, sample=max(run.config.sample, 0)),
        )  # fmt: skip
        yield from at("flow: causes", (say(found) for say in said))


def _shortcuts(run) -> Said:
    config, T = run.config, run.config.steps
    lengths = {1, max(1, T // 2), config.truncation or 1, T}
    first = run.architecture.first_loss_step(T)
    full = shortcuts.mask(T, T, "window", first)
    for length in (each for each in lengths if each <= T):
        extra = () if length in shortcuts.compared_lengths(T) else (length,)
        found = shortcuts.truncations(run, *extra)
        masks = {kind: shortcuts.mask(T, length, kind, first) for kind in shortcuts.KINDS}
        yield "flow: truncation", said_shortcuts.confusion_sentence(length, masks["window"], masks["chunk"])
        for kind, kept in masks.items():
            words = said_shortcuts.kept_sentence(kind, length, kept, full, found.at(kind, length))
            yield "flow: truncation, grids", words
        cut = {kind: bool((full & ~kept).any()) for kind, kept in masks.items()}
        for name in (*HIDDEN, "W2"):
            alone = {kind: found.only(name).at(kind, length) for kind in shortcuts.KINDS}
            yield "flow: truncation, one parameter", said_shortcuts.alone_sentence(name, alone, cut)
        yield "flow: truncation, over τ", said_shortcuts.spacing_note(found.lengths)
        likenesses = {kind: found.at(kind, length) for kind in shortcuts.KINDS}
        if said_shortcuts.comparable(found):
            for measure, words in drawn_shortcuts.MEASURES.items():
                told = said_shortcuts.over_length_sentence(
                    likenesses, length, measure, words, "all parameters"
                )
                yield "flow: truncation, over τ", told
    yield "flow: truncation", said_shortcuts.trains_sentence(config.truncation, config.truncation_kind)
    yield from _clipping(run)


def _clipping(run) -> Said:
    config = run.config
    for part in (0.5, 1.1):
        found = experiment_clipping.clipping(run, part, 0.6 * part)
        if found is not None:
            angles = (
                experiment_clipping.angle(found.before, each) for each in (found.by_norm, found.by_value)
            )
            yield "flow: clipping", said_shortcuts.clip_sentence(found, tuple(angles))
    used = said_shortcuts.used_sentence(config.clip_norm, config.clip_value, shortcuts.as_trained(run))
    yield "flow: clipping, as trained", used


def _cliff(run, trained) -> Said:
    config = run.config
    entries = surface.chosen_entries(run, (config.first_entry, config.second_entry))
    for wanted, taken in zip((config.first_entry, config.second_entry), entries, strict=True):
        if wanted != taken:
            yield "flow: cliff", said_cliff.missing_note(wanted, taken)
    limit = config.clip_norm or 1.0
    step, middle = cliff_steps.gradient_step(run, *entries, limit), surface.value_of
    place = middle(run.parameters, entries[0]), middle(run.parameters, entries[1])
    found = _small_map(run, entries, place)
    yield "flow: cliff, map", said_cliff.map_sentence(found, step)
    yield "flow: cliff, size", said_cliff.size_sentence(found)
    yield "flow: cliff, step", said_cliff.step_sentence(step)
    yield "flow: cliff, step", said_cliff.step_note(step, found, config)
    yield "flow: cliff, walk", said_cliff.train_help(config.epochs, limit)
    if config.clip_value is not None:
        yield "flow: cliff, walk", said_cliff.clip_value_note(config.clip_value)
    walk = cliff_steps.walk(run, trained, *entries)
    yield "flow: cliff, walk", said_cliff.walk_sentence(walk, found, "Training, not clipped")
    yield from at("flow: cliff, points of a walk", said_cliff.walk_words(walk)[:3])


def _small_map(run, entries: tuple[str, str], place: tuple[float, float]):
    """A map of few points around a place: what is said of it needs no fine one."""
    x, y = (np.linspace(value - 0.6, value + 0.6, 5) for value in place)
    losses = np.full((5, 5), run.backward.loss) * np.linspace(0.9, 1.1, 25).reshape(5, 5)
    slopes = np.linspace(0.0, run.backward.loss, 9).reshape(3, 3)
    return surface.Surface(entries, place, x, y, losses, slopes)
