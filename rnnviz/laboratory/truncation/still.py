"""Truncation and clipping over the full gradient, in pictures that stand alone."""

from functools import partial

import numpy as np

from rnnviz.charts import grids
from rnnviz.charts.still import Still, Stills
from rnnviz.experiment.clipping import angle, clipping
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.flow import terms_of_losses
from rnnviz.laboratory.truncation import compute, draw
from rnnviz.laboratory.truncation import say as said
from rnnviz.settings.config import RunConfig

TITLES = {"window": "The last τ steps (window)", "chunk": "Detach every τ steps (chunk)"}
EVERY = "all parameters"
CLIPPED = 0.5, 0.3
"""The parts of the norm, and of the largest entry, to which a gradient is clipped at first."""


def first_length(config: RunConfig) -> int:
    """Return the truncation that is looked at before the reader chooses one."""
    return 1 if config.steps == 1 else min(config.truncation or max(2, config.steps // 4), config.steps)


def over_length(found: compute.Truncations, length: int, measure: str = "error", of: str = EVERY) -> Still:
    """How much of the gradient a truncation keeps, over its length."""
    likenesses = {kind: found.at(kind, length) for kind in compute.KINDS}
    words = said.over_length_sentence(likenesses, length, measure, draw.MEASURES[measure], of)
    drawn = partial(draw.over_length, found, measure, length)
    table, note = said.truncations_table(found), said.spacing_note(found.lengths)
    return Still("lengths", "truncation", drawn, words, table, note)


def kept(norms: np.ndarray, found: compute.Truncations, length: int, kind: str, first_loss: int) -> Still:
    """The terms that a truncation of one kind keeps; the others are greyed."""
    T = len(norms)
    mask, full = compute.mask(T, length, kind, first_loss), compute.mask(T, T, "window", first_loss)
    words = said.kept_sentence(kind, length, mask, full, found.at(kind, length))
    drawn = partial(grids.norms, norms, role="parameter", cut=full & ~mask)
    return Still(f"{kind}.grid", TITLES[kind], drawn, words, said.truncated_table(norms, mask), words)


def over_limit(curve: dict[str, np.ndarray], words: str) -> Still:
    """What clipping does, over its limit."""
    return Still("limits", "clipping", partial(draw.over_limit, curve), words, curve)


def still(experiment: Experiment) -> Stills:
    """Return the part of an experiment."""
    config, length = experiment.config, first_length(experiment.config)
    found = compute.truncations(experiment, length)
    pictures = [over_length(found, length)] if said.comparable(found) else []
    terms, first_loss = terms_of_losses(experiment), experiment.architecture.first_loss_step(config.steps)
    norms = terms[config.parameter if config.parameter in terms else "Wh1"]
    cut, curve = clipping(experiment, *CLIPPED), compute.clip_curve(experiment)
    if cut is not None and curve is not None:
        angles = angle(cut.before, cut.by_norm), angle(cut.before, cut.by_value)
        pictures.append(over_limit(curve, said.clip_sentence(cut, angles)))
    verdict = pictures[0].alt if pictures else said.NOT_COMPARABLE
    below = tuple(kept(norms, found, length, kind, first_loss) for kind in compute.KINDS)
    return Stills(verdict, tuple(pictures), below, pick="flow.way")
