"""Questions on the sum over k (1)."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import step_number
from rnnviz.notation.numbers import counted, four
from rnnviz.teaching.questions.asking import (
    Draft,
    apart,
    one_of,
    option,
    settled,
    significant,
    strong_place,
    template,
)
from rnnviz.teaching.questions.words import entry, numbered, summary, term, tex

_NUDGE = 0.001


@template("count-terms", 1, "How many terms one loss has", numbers=False, least=2)
def count_terms(scope, draw):
    """Count the uses of a parameter that one loss can see."""
    t, parameter = scope.a_loss(draw, 1), scope.a_parameter(draw)
    if t is None:
        return None
    count, at = len(scope.sources(t)), step_number(t)
    row, name, cut = f"dL_{t}/d{parameter}", scope.row_name(t, parameter), scope.cuts_row(t)
    right = option(
        count, f"One term for each use that {'is kept' if cut else 'comes in time'}: "
        f"k = {numbered(scope.sources(t))}.", row, *_drawn_row(scope, t), text=str(count),
    )  # fmt: skip
    wrong = [
        option(1, f"That is the last use alone: the uses before step {at} act on {tex(f'L_{t}')} "
               "through the states.", f"term_{t}_{t}", text="1"),
        option(t, f"Off by one: {t} is the number of steps before step {at}; the use at step {at} itself "
               "is one more.", f"term_{t}_{t}", text=str(t)) if not cut else None,
        option(t + 1, f"That is without truncation, which leaves out {t + 1 - count} of them.",
               row, text=str(t + 1)),
        option(scope.T, f"Not every step: the uses after step {at} come too late for {tex(f'L_{t}')}.",
               f"L_{t}", text=str(scope.T)),
    ]  # fmt: skip
    choices = settled(right, wrong)
    prompt = (
        f"{tex(parameter)} is used at each of the {scope.T} steps. From how many terms is {name} "
        f"added up? A term that happens to be 0 counts.{scope.cut_remark(t)}"
    )
    answer = f"{name[0].upper()}{name[1:]} has {counted(count, 'term')}."
    return choices and Draft(prompt, choices, "sum", parameter, answer, {"t": t, "parameter": parameter})


def _drawn_row(scope, t) -> list[str]:
    return [f"term_{t}_{k}" for k in scope.sources(t) if k in scope.steps]


@template("row-adds", 1, "A row adds up", least=2)
def row_adds(scope, draw):
    """Add up the terms of one loss for one entry."""
    t, parameter = scope.an_error(draw, 1), scope.a_parameter(draw)
    if t is None or len(scope.sources(t)) < 2 or not scope.outweighs_rounding[parameter]:
        return None
    terms = scope.row(parameter, t)[scope.sources(t)]
    place = strong_place(terms.sum(axis=0), draw)
    if place is None:
        return None
    values = terms[(slice(None), *place)]
    total, most = float(values.sum()), float(np.abs(values).max())
    if not significant(total, most) or np.count_nonzero(values) < 2:
        return None
    row, name, cut = f"dL_{t}/d{parameter}", entry(parameter, place), scope.cuts_row(t)
    why = "What is kept is added as well" if cut else "The loss changes through every use, and changes add"
    choices = settled(
        option(total, f"{why}: the {len(values)} terms sum to {four(total)}.", row, *_drawn_row(scope, t)),
        _not_a_sum(values, total, t, row),
    )  # fmt: skip
    prompt = (
        f"For the entry {name} the loss {tex(f'L_{t}')} has {len(values)} terms"
        f"{' that truncation keeps' if cut else ''}: {summary(values)}. What is this entry of "
        f"{scope.row_name(t, parameter)}?{scope.cut_remark(t)}"
    )
    answer = f"The {len(values)} terms of {tex(f'L_{t}')} add up to {four(total)}."
    facts = {"t": t, "parameter": parameter, "entry": place}
    return choices and Draft(prompt, choices, "sum", parameter, answer, facts)


def _not_a_sum(values, total, t, row) -> list:
    """The mean, the last, the largest, and the sizes without their signs."""
    count, last, largest = len(values), values[-1], values[np.abs(values).argmax()]
    return [
        option(total / count, f"That is the mean over {count} terms, not the sum. All uses act at once, so "
               "nothing divides by their number.", row),
        option(last, f"That is the last use alone, the term with k = t. The earlier terms add "
               f"{four(total - last)}.", f"term_{t}_{t}"),
        option(largest, f"That is the largest term alone. The others add {four(total - largest)}.", row),
        option(np.abs(values).sum(), f"That adds the sizes. Terms have signs: {_signs(values)}.", row),
    ]  # fmt: skip


def _signs(values) -> str:
    """What the signs of the terms of a row do to its sum."""
    if (values <= 0).all():
        return "here none is above 0, and the sum is below it"
    return "here some pull against the others"


@template("missing-path", 1, "The missing path", numbers=False, least=2)
def missing_path(scope, draw):
    """Find the path that a list of paths lacks."""
    t, parameter = scope.a_loss(draw, 1), scope.a_parameter(draw)
    if t is None or len(scope.sources(t)) < 2:
        return None
    k = one_of(draw, [k for k in scope.sources(t) if k in scope.steps])
    listing = [j for j in scope.sources(t) if j != k]
    row = f"dL_{t}/d{parameter}"
    right = option(
        0, f"{term(t, k)} is the path from {tex(f'L_{t}')} back to the use at step {step_number(k)}.",
        f"term_{t}_{k}", f"H_{k}", text=term(t, k),
    )  # fmt: skip
    other = t - 1 if t > k else t + 1
    wrong = [
        option(1, "A loss does not depend on a later step: "
               f"step {step_number(k)} comes before step {step_number(t)}.",
               f"L_{k}" if k in scope.losses else f"H_{k}", text=term(k, t))
        if k < t else None,
        option(1, _of_other_loss(scope, other), f"H_{other}", text=term(other, k))
        if other in scope.steps else None,
        option(1, f"One is missing: {tex(parameter)} is used at step {step_number(k)} too, and the sum over "
               f"k needs each use{' that is kept' if scope.cuts_row(t) else ''}.", row,
               text="none is missing"),
    ]  # fmt: skip
    choices = settled(right, wrong)
    prompt = (
        f"Somebody adds up {scope.row_name(t, parameter)} from the terms of {tex(f'L_{t}')} with "
        f"k = {numbered(listing)}. Which term is missing?{scope.cut_remark(t)}"
    )
    answer = f"{term(t, k)} is missing."
    facts = {"t": t, "parameter": parameter, "listed": tuple(listing)}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


def _of_other_loss(scope, t) -> str:
    if t in scope.losses:
        return f"That path starts at another loss, {tex(f'L_{t}')}, and belongs to its row."
    return f"There is no such path: step {step_number(t)} has no loss."


@template("nudge", 1, "A small change of one weight", least=2)
def nudge(scope, draw):
    """Ask what a small change of one entry does to a loss: the reason for the sum."""
    t, parameter = scope.an_error(draw, 1), scope.a_parameter(draw)
    if t is None or not scope.outweighs_rounding[parameter]:
        return None
    terms = scope.row(parameter, t)[: t + 1]
    place = strong_place(terms.sum(axis=0), draw)
    if place is None:
        return None
    values = _NUDGE * terms[(slice(None), *place)]
    total = float(values.sum())
    if not significant(total, float(np.abs(values).max())) or np.count_nonzero(values) < 2:
        return None
    row, name = f"dL_{t}/d{parameter}", entry(parameter, place)
    choices = settled(
        option(total, f"Each of the {t + 1} uses moves the loss by its own term times {_NUDGE}; together "
               f"{four(total)}.", row, parameter),
        [
            option(total / (t + 1), f"That averages over the {t + 1} uses. All of them change at once, so "
                   "their effects add.", row),
            option(values[-1], "That changes the use at the last step alone. It is the same number at every "
                   "step, so all uses change.", f"term_{t}_{t}"),
            option(values[0], "That changes the first use alone. It is the same number at every step, so all "
                   "uses change.", f"term_{t}_0"),
            option((t + 1) * values[-1], f"That counts the last use {t + 1} times. Each use acts with its "
                   "own strength.", f"term_{t}_{t}"),
        ],
    )  # fmt: skip
    prompt = (
        f"{name} grows by {_NUDGE}, and it is the same number at every step. The terms of {tex(f'L_{t}')} "
        f"for it: {summary(values / _NUDGE)}. To first order, by how much does this loss change?"
    )
    answer = f"{tex(f'L_{t}')} changes by {four(total)}: {_NUDGE} times the sum of {t + 1} terms."
    facts = {"t": t, "parameter": parameter, "entry": place, "nudge": _NUDGE}
    return choices and Draft(prompt, choices, "sum", parameter, answer, facts)


@template("two-ways-on", 1, "A state is used twice", single=True, whole=True, losses=2)
def two_ways_on(scope, draw):
    """Add what a state does to its own loss and to the later ones."""
    k = one_of(draw, [t for t in scope.losses if t < scope.errors[-1]])
    if k is None:
        return None
    own = scope.scale * scope.dZ[k, 0] @ scope.parameters.W2.T
    later = scope.scale * scope.loop[k + 1].dh_next[0]
    place = strong_place(own + later, draw)
    if place is None or not significant((own + later)[place], max(abs(own[place]), abs(later[place]))):
        return None
    mine, theirs = float(own[place]), float(later[place])
    if not (apart(mine + theirs, mine) and apart(mine + theirs, theirs)):
        return None
    ids = f"dL_{k}/dH_{k}", f"carry_{k}", f"dL/dH_{k}"
    choices = settled(
        option(mine + theirs, f"Two ways lead on from {tex(f'H_{k}')}, and derivatives along two ways add: "
               f"{four(mine)} and {four(theirs)}.", *ids),
        [
            option(mine, f"That is its own loss alone. The state also goes into {tex(f'H_{k + 1}')}, and the "
                   f"later losses add {four(theirs)}.", ids[0]),
            option(theirs, "That is what the later losses say. The state is also read by "
                   f"{tex(f'L_{k}')}, which adds {four(mine)}.", ids[1]),
            option((mine + theirs) / 2, "That is the mean of the two ways. They are two effects of one "
                   "change and add.", ids[2]),
            option(mine * theirs, "That multiplies two ways that stand side by side. Factors are multiplied "
                   "along one way; ways are added.", *ids[:2]),
        ],
    )  # fmt: skip
    prompt = (
        f"{tex(f'H_{k}')} is used twice.{scope.mean_remark} For unit {place[0]} the way through its own "
        f"prediction gives {four(mine)}, the way through {tex(f'H_{k + 1}')} gives {four(theirs)}. What is "
        f"{tex(ids[2])}?"
    )
    answer = f"{tex(ids[2])} of unit {place[0]} is {four(mine + theirs)}, the sum over both ways."
    return choices and Draft(prompt, choices, "sum", "b1", answer, {"k": k, "unit": place[0]})
