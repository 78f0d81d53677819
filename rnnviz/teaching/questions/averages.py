"""Questions on sums and means, over time and over the batch, and on clipping (10)."""

from __future__ import annotations

from dataclasses import fields

import numpy as np

from rnnviz.engine import sample_losses
from rnnviz.experiment.clipping import Clipping, angle, clipping
from rnnviz.notation.numbers import four
from rnnviz.teaching.questions.asking import Holes, template
from rnnviz.teaching.questions.scope import Draw, Scope, UnaskedError, one_of
from rnnviz.teaching.questions.words import listed


@template
def over_time(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the total loss."""
    losses = scope.step_losses
    total, T = float(losses.sum()), scope.T
    if total < 1e-12:
        return None
    value, mean_holds = scope.scale * total, scope.scale != 1
    last, count = float(losses[-1]), T - scope.first_loss
    kind = "mean" if mean_holds else "sum"
    shown = f"are {listed(losses[scope.first_loss :])}" if count <= 6 else f"sum to {four(total)}"
    which = f"The losses of the {count} steps {shown}." if count > 1 else (
        f"Only the last of the {T} steps has a loss, {four(last)}.")  # fmt: skip
    rule = f"The losses of the steps are {'averaged' if mean_holds else 'added'}: {four(value)}."
    over = tuple(f"L_{t}" for t in scope.losses)
    full = "Here losses are added, so each step keeps its full say."
    setting = f" The total is set to their {kind}." if mean_holds else ""
    return dict(
        value=value, why=rule if count > 1 else "One loss, and nothing divides it by the number of steps.",
        over=over, total=total, count=count, over_steps=total / T, T=T,
        not_divided=full if count > 1 else "Those without a loss do not count.",
        last=last, end=T - 1, largest=float(losses.max()), first=over[:1], which=which, setting=setting,
        kind=f", the {kind} over the {count} losses" if count > 1 else "",
    )  # fmt: skip


@template
def over_batch(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the loss of one step over a batch."""
    experiment, t = scope.experiment, scope.an_error(draw)
    m = experiment.trace.X.shape[1]
    if m < 2:
        return None
    each = sample_losses(experiment.architecture, experiment.trace, experiment.task.Y)[t]
    total, value, T = float(each.sum()), float(each.mean()), scope.T
    if total < 1e-12:
        return None
    name = f"L_{t}"
    return dict(
        value=value, m=m, name=name, total=total, over_both=value / T, T=T, worst=float(each.max()),
        over_steps=total / T, t=t,
    )  # fmt: skip


def _clipped(scope: Scope, draw: Draw) -> tuple[float, Clipping]:
    """A drawn limit, as a part of the norm and of the largest entry, and what clipping to it does."""
    part = float(one_of(draw, (0.2, 0.3, 0.4, 0.5, 0.6)))
    found = clipping(scope.experiment, part, part)
    if found is None or not 1e-250 < found.length < 1e250:
        raise UnaskedError
    parts = {each.name: scope.scale * getattr(found, each.name) for each in fields(found)}
    return part, Clipping(**parts)


def _cut(clip: Clipping) -> str:
    """How many entries clipping by value shortens."""
    entries = len(clip.before)
    return f"{round(clip.cut * entries)} of the {entries} entries"


def _of_batch(scope: Scope) -> str:
    return " of the whole batch" if scope.experiment.trace.X.shape[1] > 1 else ""


@template
def clip_angle(scope: Scope, draw: Draw) -> Holes | None:
    """Ask by how many degrees clipping turns the gradient."""
    part, clip = _clipped(scope, draw)
    kind, parameter = one_of(draw, ("norm", "value")), scope.a_parameter(draw)
    turned = float(angle(clip.before, clip.by_value))
    short = float(np.degrees(np.arccos(min(1.0, clip.lengths[1] / clip.length))))
    if turned < 0.05:
        return None
    value = 0.0 if kind == "norm" else turned
    limit = clip.limit_norm if kind == "norm" else clip.limit_value
    replies = {
        "norm": "One factor shortens every entry alike: the direction stays.",
        "value": f"Above the limit: {_cut(clip)}. The factors differ, so the direction turns.",
    }
    words = "Its length is limited" if kind == "norm" else "The size of each of its entries is limited"
    return dict(
        value=value, why=replies[kind], turned=turned, clip=clip, short=short,
        of_batch=_of_batch(scope), words=words, limit=limit, parameter=parameter, kind=kind, part=part,
    )  # fmt: skip


@template
def clip_length(scope: Scope, draw: Draw) -> Holes | None:
    """Ask how long a clipped gradient is."""
    part, clip = _clipped(scope, draw)
    kind, parameter = one_of(draw, ("norm", "value")), scope.a_parameter(draw)
    by_norm, count = kind == "norm", len(clip.before)
    limit = clip.limit_norm if by_norm else clip.limit_value
    value = float(clip.lengths[0] if by_norm else clip.lengths[1])
    return dict(
        kind=kind, part=part, parameter=parameter, clip=clip, count=count, limit=limit, value=value,
        cut=_cut(clip), of_batch=_of_batch(scope), largest=np.abs(clip.before).max(),
        by_norm=value if by_norm else None, by_value=None if by_norm else value,
        twice=clip.length * part**2 if by_norm else None, value_instead=clip.lengths[1] if by_norm else None,
        norm_instead=None if by_norm else limit, all_cut=None if by_norm else limit * np.sqrt(count),
        before=clip.length if by_norm else None, before_value=None if by_norm else clip.length,
        less=clip.length - limit,
        words="its length is limited" if by_norm else "the size of each entry is limited",
    )  # fmt: skip
