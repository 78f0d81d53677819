"""Questions on the sum over k (1)."""

from __future__ import annotations

import numpy as np

from rnnviz.teaching.questions.asking import Holes, apart, significant, strong_place, template
from rnnviz.teaching.questions.scope import Draw, Scope, one_of
from rnnviz.teaching.questions.words import summary

_NUDGE = 0.001


@template
def count_terms(scope: Scope, draw: Draw) -> Holes | None:
    """Count the uses of a parameter that one loss can see."""
    t, parameter = scope.a_loss(draw, 1), scope.a_parameter(draw)
    count, at = len(scope.sources(t)), scope.step_number(t)
    row, name, cut = f"dL_{t}/d{parameter}", scope.row_name(t, parameter), scope.cuts_row(t)
    return dict(
        count=count, which="is kept" if cut else "comes in time", sources=scope.numbered(scope.sources(t)),
        row=row, cells=_drawn_row(scope, t), at=at, t=t, one_less=t if not cut else None, uncut=t + 1,
        left_out=t + 1 - count, parameter=parameter, name=name, cut_remark=scope.cut_remark(t),
        initial=name[0].upper(), others=name[1:],
    )  # fmt: skip


def _drawn_row(scope: Scope, t: int) -> list[str]:
    return [f"term_{t}_{k}" for k in scope.sources(t) if k in scope.steps]


@template
def row_adds(scope: Scope, draw: Draw) -> Holes | None:
    """Add up the terms of one loss for one entry."""
    t, parameter = scope.an_error(draw, 1), scope.a_parameter(draw)
    if len(scope.sources(t)) < 2 or not scope.outweighs_rounding[parameter]:
        return None
    terms = scope.row(parameter, t)[scope.sources(t)]
    place = strong_place(terms.sum(axis=0), draw)
    if place is None:
        return None
    values = np.array([one[place] for one in terms])
    total, largest = float(values.sum()), values[np.abs(values).argmax()]
    if not significant(total, abs(largest)) or np.count_nonzero(values) < 2:
        return None
    cut, count = scope.cuts_row(t), len(values)
    why = "What is kept is added as well" if cut else "The loss changes through every use, and changes add"
    return dict(
        t=t, parameter=parameter, entry=place, total=total, why=why, count=count, row=f"dL_{t}/d{parameter}",
        cells=_drawn_row(scope, t), mean=total / count, last=values[-1], earlier=total - values[-1],
        largest=largest, others=total - largest, sizes=np.abs(values).sum(), signs=_signs(values),
        weight=scope.entry(parameter, place), kept=" that truncation keeps" if cut else "", terms=summary(values),
        row_name=scope.row_name(t, parameter), cut_remark=scope.cut_remark(t),
    )  # fmt: skip


def _signs(values: np.ndarray) -> str:
    """What the signs of the terms of a row do to its sum."""
    if (values <= 0).all():
        return "here none is above 0, and the sum is below it"
    return "here some pull against the others"


@template
def missing_path(scope: Scope, draw: Draw) -> Holes | None:
    """Find the path that a list of paths lacks."""
    t, parameter = scope.a_loss(draw, 1), scope.a_parameter(draw)
    if len(scope.sources(t)) < 2:
        return None
    k = one_of(draw, [k for k in scope.sources(t) if k in scope.steps])
    listing = [j for j in scope.sources(t) if j != k]
    row = f"dL_{t}/d{parameter}"
    other = t - 1 if t > k else t + 1
    return dict(
        t=t, k=k, later=1 if k < t else None, later_place=f"L_{k}" if k in scope.losses else f"H_{k}",
        of_other=1 if other in scope.steps else None, other=other,
        other_reply=_of_other_loss(scope, other), parameter=parameter,
        kept=" that is kept" if scope.cuts_row(t) else "", row=row, row_name=scope.row_name(t, parameter),
        listing=scope.numbered(listing), cut_remark=scope.cut_remark(t), listed=tuple(listing),
    )  # fmt: skip


def _of_other_loss(scope: Scope, t: int) -> str:
    if t in scope.losses:
        return f"That path starts at another loss, {scope.tex(f'L_{t}')}, and belongs to its row."
    return f"There is no such path: step {scope.step_number(t)} has no loss."


@template
def nudge(scope: Scope, draw: Draw) -> Holes | None:
    """Ask what a small change of one entry does to a loss: the reason for the sum."""
    t, parameter = scope.an_error(draw, 1), scope.a_parameter(draw)
    if not scope.outweighs_rounding[parameter]:
        return None
    terms = scope.row(parameter, t)[: t + 1]
    place = strong_place(terms.sum(axis=0), draw)
    if place is None:
        return None
    values = _NUDGE * np.array([one[place] for one in terms])
    total = float(values.sum())
    if not significant(total, float(np.abs(values).max())) or np.count_nonzero(values) < 2:
        return None
    row, name = f"dL_{t}/d{parameter}", scope.entry(parameter, place)
    return dict(
        total=total, uses=t + 1, row=row, parameter=parameter, mean=total / (t + 1), last=values[-1], t=t,
        values=values, repeated=(t + 1) * values[-1], name=name, terms=summary(values / _NUDGE),
        entry=place, nudge=_NUDGE,
    )  # fmt: skip


@template
def two_ways_on(scope: Scope, draw: Draw) -> Holes | None:
    """Add what a state does to its own loss and to the later ones."""
    k = one_of(draw, [t for t in scope.losses if t < scope.errors[-1]])
    own = scope.scale * scope.dZ[k, 0] @ scope.parameters.W2.T
    later = scope.scale * scope.loop[k + 1].dh_next[0]
    place = strong_place(own + later, draw)
    if place is None or not significant((own + later)[place], max(abs(own[place]), abs(later[place]))):
        return None
    mine, theirs = float(own[place]), float(later[place])
    if not (apart(mine + theirs, mine) and apart(mine + theirs, theirs)):
        return None
    ids = f"dL_{k}/dH_{k}", f"carry_{k}", f"dL/dH_{k}"
    return dict(
        both=mine + theirs, k=k, mine=mine, theirs=theirs, ids=ids, k_after=k + 1,
        mean=(mine + theirs) / 2, product=mine * theirs, ways=ids[:2], place=place, unit=place[0],
    )  # fmt: skip
