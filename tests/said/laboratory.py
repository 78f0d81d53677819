"""What the parts of Gradient flow say."""

from __future__ import annotations

from functools import partial

import numpy as np

from rnnviz.charts import tables
from rnnviz.experiment import clipping, flow
from rnnviz.laboratory.causes import say as causes_said
from rnnviz.laboratory.causes.compute import causes
from rnnviz.laboratory.cliff import compute as cliff_compute
from rnnviz.laboratory.cliff import say as cliff_said
from rnnviz.laboratory.cliff import steps as cliff_steps
from rnnviz.laboratory.reach import compute as reach_compute
from rnnviz.laboratory.reach import say as reach_said
from rnnviz.laboratory.truncation import compute as truncation_compute
from rnnviz.laboratory.truncation import draw as truncation_draw
from rnnviz.laboratory.truncation import say as truncation_said
from tests.said.places import HIDDEN, Said, at


def said(run, trained) -> Said:
    """Yield every sentence with its place."""
    for part in (_where, _causes, _truncation):
        yield from part(run)
    yield from _cliff(run, trained)


def _where(run) -> Said:
    sent, values, shares = flow.attributed(run), flow.spectrum(run), None
    left = reach_compute.lags(sent.sample_norms, values.gamma, values.norm, values.radius)
    yield from at("flow: where", (reach_said.flow_sentence(left), reach_said.band_sentence(left)))
    lengths, shares = flow.length_of_gradient(run), sent.shares
    for name in HIDDEN:
        by_lag = reach_compute.shares_by_lag(shares[name])
        yield (
            "flow: sources",
            reach_said.share_sentence(by_lag, name, lengths[name], left.median) + reach_said.whose_sentence(run),
        )
    yield "flow: received", reach_said.contributions_sentence(sent.contributions)
    norms = flow.gradient_flow(run)
    yield "flow: map of losses", f"{reach_said.map_words(run.config.steps)} {tables.zero_sentence(norms)}"
    steps = tuple(flow.drawn_steps(run).tolist())
    norms = flow.jacobian_norms(run, max(run.config.sample, 0), steps)
    yield "flow: map of states", reach_said.state_sentence(norms, steps, max(run.config.sample, 0))
    for name, norms in flow.terms_of_losses(run).items():
        words = reach_said.terms_sentence(norms, name)
        yield "flow: map of terms", f"{words} {tables.zero_sentence(norms)}"


def _causes(run) -> Said:
    for held in (True, False):
        found = causes(run, max(run.config.sample, 0), held)
        said = (
            causes_said.both_sentence, causes_said.held_sentence, causes_said.eigenvalue_sentence,
            causes_said.slope_sentence, causes_said.histogram_sentence,
            partial(causes_said.way_sentence, sample=max(run.config.sample, 0)),
        )  # fmt: skip
        yield from at("flow: causes", (say(found) for say in said))


def _truncation(run) -> Said:
    config, T = run.config, run.config.steps
    lengths = {1, max(1, T // 2), config.truncation or 1, T}
    first = run.architecture.first_loss_step(T)
    full = truncation_compute.mask(T, T, "window", first)
    for length in (each for each in lengths if each <= T):
        extra = () if length in truncation_compute.compared_lengths(T) else (length,)
        found = truncation_compute.truncations(run, *extra)
        masks = {kind: truncation_compute.mask(T, length, kind, first) for kind in truncation_compute.KINDS}
        yield "flow: truncation", truncation_said.confusion_sentence(length, masks["window"], masks["chunk"])
        for kind, kept in masks.items():
            words = truncation_said.kept_sentence(kind, length, kept, full, found.at(kind, length))
            yield "flow: truncation, grids", words
        cut = {kind: bool((full & ~kept).any()) for kind, kept in masks.items()}
        for name in (*HIDDEN, "W2"):
            alone = {kind: found.only(name).at(kind, length) for kind in truncation_compute.KINDS}
            yield "flow: truncation, one parameter", truncation_said.alone_sentence(name, alone, cut)
        yield "flow: truncation, over τ", truncation_said.spacing_note(found.lengths)
        likenesses = {kind: found.at(kind, length) for kind in truncation_compute.KINDS}
        if truncation_said.comparable(found):
            for measure, words in truncation_draw.MEASURES.items():
                told = truncation_said.over_length_sentence(likenesses, length, measure, words, "all parameters")
                yield "flow: truncation, over τ", told
    yield "flow: truncation", truncation_said.trains_sentence(config.truncation, config.truncation_kind)
    yield from _clipping(run)


def _clipping(run) -> Said:
    config = run.config
    for part in (0.5, 1.1):
        found = clipping.clipping(run, part, 0.6 * part)
        if found is not None:
            angles = (clipping.angle(found.before, each) for each in (found.by_norm, found.by_value))
            yield "flow: clipping", truncation_said.clip_sentence(found, tuple(angles))
    used = truncation_said.used_sentence(config.clip_norm, config.clip_value, truncation_compute.as_trained(run))
    yield "flow: clipping, as trained", used


def _cliff(run, trained) -> Said:
    config = run.config
    entries = cliff_compute.chosen_entries(run, (config.first_entry, config.second_entry))
    for wanted, taken in zip((config.first_entry, config.second_entry), entries, strict=True):
        if wanted != taken:
            yield "flow: cliff", cliff_said.missing_note(wanted, taken)
    limit = config.clip_norm or 1.0
    step, middle = cliff_steps.gradient_step(run, *entries, limit), cliff_compute.value_of
    place = middle(run.parameters, entries[0]), middle(run.parameters, entries[1])
    found = _small_map(run, entries, place)
    yield "flow: cliff, map", cliff_said.map_sentence(found, step)
    yield "flow: cliff, size", cliff_said.size_sentence(found)
    yield "flow: cliff, step", cliff_said.step_sentence(step)
    yield "flow: cliff, step", cliff_said.step_note(step, found, config)
    yield "flow: cliff, walk", cliff_said.train_help(config.epochs, limit)
    if config.clip_value is not None:
        yield "flow: cliff, walk", cliff_said.clip_value_note(config.clip_value)
    walk = cliff_steps.walk(run, trained, *entries)
    yield "flow: cliff, walk", cliff_said.walk_sentence(walk, found, "Training, not clipped")
    yield from at("flow: cliff, points of a walk", cliff_said.walk_words(walk)[:3])


def _small_map(run, entries: tuple[str, str], place: tuple[float, float]):
    """A map of few points around a place: what is said of it needs no fine one."""
    x, y = (np.linspace(value - 0.6, value + 0.6, 5) for value in place)
    losses = np.full((5, 5), run.backward.loss) * np.linspace(0.9, 1.1, 25).reshape(5, 5)
    slopes = np.linspace(0.0, run.backward.loss, 9).reshape(3, 3)
    return cliff_compute.Surface(entries, place, x, y, losses, slopes)
