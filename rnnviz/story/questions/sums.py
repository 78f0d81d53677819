"""Questions on the sum over k (1) and on the immediate derivative against the total one (2)."""

from __future__ import annotations

import numpy as np

from rnnviz.story.notation import immediate_factor, letter, state, step_number
from rnnviz.story.numbers import four
from rnnviz.story.quantities import frobenius
from rnnviz.story.questions.asking import (
    Draft,
    apart,
    entry,
    latex,
    one_of,
    option,
    runs,
    settled,
    significant,
    strong_place,
    summary,
    template,
    term,
    tex,
)

_NUDGE = 0.001


def _numbers(steps) -> str:
    return runs(int(step_number(k)) for k in steps)


@template("count-terms", 1, "How many terms one loss has", numbers=False, least=2)
def count_terms(scope, draw):
    """Count the uses of a parameter that one loss can see."""
    t, parameter = scope.a_loss(draw, 1), scope.a_parameter(draw)
    if t is None:
        return None
    count, at = len(scope.sources(t)), step_number(t)
    row = f"dL_{t}/d{parameter}"
    right = option(
        count, f"One term for each use that counts: k = {_numbers(scope.sources(t))}, {count} in all.",
        row, *_drawn_row(scope, t), text=str(count),
    )  # fmt: skip
    wrong = [
        option(1, f"That is the last use alone: the uses before step {at} act on {tex(f'L_{t}')} "
               "through the states.", f"term_{t}_{t}", text="1"),
        option(t, f"Off by one: {t} is the number of steps before step {at}; the use at step {at} itself "
               "is one more.", f"term_{t}_{t}", text=str(t)),
        option(scope.T, f"Not every step: the uses after step {at} come too late for {tex(f'L_{t}')}.",
               f"L_{t}", text=str(scope.T)),
        option(t + 1, f"That is without truncation, which leaves out {t + 1 - count} of them.",
               row, text=str(t + 1)),
    ]  # fmt: skip
    choices = settled(right, wrong)
    prompt = (
        f"{tex(parameter)} is used at each of the {scope.T} steps. From how many terms is {tex(row)} "
        f"added up? A term that happens to be 0 counts.{scope.cut_remark}"
    )
    answer = f"{tex(row)} has {count} {'term' if count == 1 else 'terms'}."
    return choices and Draft(prompt, choices, "sum", parameter, answer, {"t": t, "parameter": parameter})


def _drawn_row(scope, t) -> list[str]:
    return [f"term_{t}_{k}" for k in scope.sources(t) if k in scope.steps]


@template("row-adds", 1, "A row adds up", least=2)
def row_adds(scope, draw):
    """Add up the terms of one loss for one entry."""
    t, parameter = scope.an_error(draw, 1), scope.a_parameter(draw)
    if t is None or len(scope.sources(t)) < 2:
        return None
    terms = scope.scale * scope.row(parameter, t)[scope.sources(t)]
    place = strong_place(terms.sum(axis=0), draw)
    if place is None:
        return None
    values = terms[(slice(None), *place)]
    total, most = float(values.sum()), float(np.abs(values).max())
    if not significant(total, most):
        return None
    row, name = f"dL_{t}/d{parameter}", entry(parameter, place)
    choices = settled(
        option(total, f"The loss changes through every use, and small changes add: the {len(values)} terms "
               f"sum to {four(total)}.", row, *_drawn_row(scope, t)),
        _not_a_sum(values, total, t, row),
    )  # fmt: skip
    prompt = (
        f"For the entry {name} the loss {tex(f'L_{t}')} has {len(values)} terms: {summary(values)}. What "
        f"does this loss give to the gradient of {name}?{scope.cut_remark}"
    )
    answer = f"The {len(values)} terms of {tex(f'L_{t}')} add up to {four(total)}."
    facts = {"t": t, "parameter": parameter, "entry": place}
    return choices and Draft(prompt, choices, "sum", parameter, answer, facts)


def _not_a_sum(values, total, t, row) -> list:
    """The mean, the last, the largest, and the sizes without their signs."""
    count, last, largest = len(values), values[-1], values[np.abs(values).argmax()]
    return [
        option(total / count, f"That is the mean, not the sum: {four(total)} over {count} terms. Nothing "
               "divides by their number.", row),
        option(last, f"That is the last use alone, the term with k = t. The earlier uses add "
               f"{four(total - last)}.", f"term_{t}_{t}"),
        option(largest, f"That is the largest term alone. The others add {four(total - largest)}.", row),
        option(np.abs(values).sum(), "That adds the sizes. Terms have signs, and some pull against the "
               "others.", row),
    ]  # fmt: skip


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
        option(1, f"A loss does not depend on a later step: {tex(f'L_{k}')} comes before step "
               f"{step_number(t)}.", f"L_{k}" if k in scope.losses else f"H_{k}", text=term(k, t))
        if k < t else None,
        option(1, _of_other_loss(scope, other), f"H_{other}", text=term(other, k))
        if other in scope.steps else None,
        option(1, f"One is missing: {tex(parameter)} is used at step {step_number(k)} too, and the sum over "
               "k needs each use.", row, text="none is missing"),
    ]  # fmt: skip
    choices = settled(right, wrong)
    prompt = (
        f"Somebody adds up {tex(row)} from the terms of {tex(f'L_{t}')} with k = {_numbers(listing)}. Which "
        f"term is missing?{scope.cut_remark}"
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
    if t is None:
        return None
    terms = scope.row(parameter, t)[: t + 1]
    place = strong_place(terms.sum(axis=0), draw)
    if place is None:
        return None
    values = _NUDGE * terms[(slice(None), *place)]
    total = float(values.sum())
    if not significant(total, float(np.abs(values).max())):
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
        f"{tex(f'H_{k}')} is used twice. For unit {place[0]} the way through its own prediction gives "
        f"{four(mine)}, the way through {tex(f'H_{k + 1}')} gives {four(theirs)}. What is {tex(ids[2])}?"
    )
    answer = f"{tex(ids[2])} of unit {place[0]} is {four(mine + theirs)}, the sum over both ways."
    return choices and Draft(prompt, choices, "sum", "b1", answer, {"k": k, "unit": place[0]})


def _entry_and_use(scope, draw, source: int):
    """A step k, a parameter and one of its entries with an immediate effect on H_k."""
    k = one_of(draw, [k for k in scope.steps if k >= source])
    if k is None:
        return None
    parameter = scope.a_parameter(draw)
    effect = scope.entering(parameter, k)[0][:, None] * scope.slope[k, 0][None, :]
    place = strong_place(effect if parameter != "b1" else effect[0], draw, 0.05)
    return place and (k, parameter, place)


@template("immediate-entry", 2, "The immediate derivative", single=True, least=2)
def immediate_entry(scope, draw):
    """Ask for ∂⁺ of one unit by one entry."""
    found = _entry_and_use(scope, draw, 1)
    if not found:
        return None
    k, parameter, place = found
    unit, uses = place[-1], scope.uses(parameter, place)
    value, total = float(uses[k, unit]), float(scope.totals(uses)[k, unit])
    slope = float(scope.slope[k, 0, unit])
    into = float(scope.entering(parameter, k)[0, place[0] if parameter != "b1" else 0])
    name, at, before = immediate_factor(k, parameter), tex(f"H_{k}"), tex(state(k - 1))
    if not apart(value, total):
        return None
    choices = settled(
        option(value, f"With {before} held fixed only what enters, {four(into)}, and the slope, "
               f"{four(slope)}, are left.", name, f"f1'_{k}"),
        [
            option(total, f"That is the total derivative: it lets {before} move too, through the earlier "
                   "uses. These are terms of their own.", f"dH_{k}/dH_{k - 1}"
                   if k - 1 in scope.steps else f"H_{k}"),
            option(into, f"The slope f₁′ is missing: {four(slope)} at this step.", f"f1'_{k}"),
            option(slope, f"That is the slope alone: what the entry multiplies, {four(into)}, is missing.",
                   f"f1'_{k}"),
            option(total - value, "That is the rest, by way of the earlier uses. The immediate derivative is "
                   "the other part.", state(k - 1))
            if significant(total - value, abs(total)) else None,
        ],
    )  # fmt: skip
    prompt = (
        f"The entry {entry(parameter, place)} acts on unit {unit} of {at}: {four(into)} comes in, "
        f"the slope f₁′ is {four(slope)}, and the uses before add {four(total - value)} by way of "
        f"{before}. What is the immediate derivative of this unit, ∂⁺?"
    )
    answer = f"The immediate derivative is {four(value)}, the total one {four(total)}."
    facts = {"k": k, "parameter": parameter, "entry": place, "unit": unit}
    return choices and Draft(prompt, choices, *_shown_at(scope, k, parameter), answer, facts)


def _shown_at(scope, k, parameter) -> tuple[str, str]:
    """The frame of a term that ends at step k."""
    t = min(t for t in scope.losses if t >= k)
    return f"term-{t}-{k}", parameter


@template("total-entry", 2, "The total derivative", single=True, least=2)
def total_entry(scope, draw):
    """Ask for d of one unit by one entry, through all its uses."""
    found = _entry_and_use(scope, draw, 1)
    if not found:
        return None
    k, parameter, place = found
    unit, uses = place[-1], scope.uses(parameter, place)
    value, total = float(uses[k, unit]), float(scope.totals(uses)[k, unit])
    bare = float(uses[: k + 1, unit].sum())
    scale = float(np.abs(uses[: k + 1]).max())
    if not (apart(value, total) and significant(total, scale) and significant(total - value, scale)):
        return None
    name, at = immediate_factor(k, parameter), tex(f"H_{k}")
    choices = settled(
        option(total, f"The immediate part, {four(value)}, and {four(total - value)} by way of the states "
               "before.", name, state(k - 1)),
        [
            option(value, f"That is the immediate derivative: it holds the state before fixed. Let go, that "
                   f"state adds {four(total - value)}.", name),
            option(bare, "That adds the immediate derivatives of all steps as they are. The earlier ones "
                   "first pass through the step Jacobians.", *_hop(scope, k)),
            option(total - value, f"That is the part of the earlier uses alone. The use at this step adds "
                   f"{four(value)}.", state(k - 1)),
            option(total / (k + 1), f"That is a mean over {k + 1} uses. Their effects add.", f"H_{k}"),
        ],
    )  # fmt: skip
    prompt = (
        f"{entry(parameter, place)} is one number, used at every step up to {step_number(k)}. By how much "
        f"does unit {unit} of {at} change in all with it? The immediate derivative is {four(value)}; what "
        f"the earlier uses did reaches it with {four(total - value)}."
    )
    answer = f"The total derivative is {four(total)}; {four(value)} of it is immediate."
    facts = {"k": k, "parameter": parameter, "entry": place, "unit": unit}
    return choices and Draft(prompt, choices, *_shown_at(scope, k, parameter), answer, facts)


def _hop(scope, k) -> tuple[str, ...]:
    return (f"dH_{k}/dH_{k - 1}",) if k - 1 in scope.steps else (f"H_{k}",)


@template("last-factor", 2, "The last factor of a term", single=True, least=2)
def last_factor(scope, draw):
    """Ask which derivative ends the chain, if the terms are to add up to the gradient."""
    pair, parameter = scope.a_pair(draw, 1, 1) or scope.a_pair(draw, 0, 1), scope.a_parameter(draw)
    if pair is None:
        return None
    t, k = pair
    place = strong_place(scope.row(parameter, t)[: t + 1].sum(axis=0), draw)
    if place is None:
        return None
    uses, adjoints = scope.uses(parameter, place), scope.adjoints(t)
    parts = (adjoints * uses[: t + 1]).sum(axis=1)
    sums = float(parts.sum()), float((adjoints * scope.totals(uses)[: t + 1]).sum())
    wrong_use = float((adjoints * uses[t]).sum())
    most = float(np.abs(parts).max())
    if not all(significant(value, most) for value in sums):
        return None
    choices = settled(
        option(sums[0], f"With it the row adds up to the gradient of this entry, {four(sums[0])}: each use "
               "is counted once.", immediate_factor(k, parameter), text=_plus("H", k, parameter)),
        _other_endings(scope, t, k, parameter, sums, wrong_use),
    )  # fmt: skip
    prompt = (
        rf"{term(t, k)} is $\frac{{\partial {latex(f'L_{t}')}}}{{\partial {latex(f'H_{k}')}}}$ times one "
        f"more factor. Which one, if the row of {tex(f'L_{t}')} is to add up to its gradient?"
    )
    answer = f"It is the immediate derivative: the row then adds up to {four(sums[0])} for the entry "
    answer += f"{entry(parameter, place)}."
    facts = {"t": t, "k": k, "parameter": parameter, "entry": place}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


def _plus(base: str, k: int, parameter: str) -> str:
    upper = rf"\frac{{\partial^{{+}} {latex(f'{base}_{k}')}}}{{\partial {latex(parameter)}}}"
    return f"the immediate ${upper}$, with ${latex(state(k - 1))}$ held fixed"


def _other_endings(scope, t, k, parameter, sums, wrong_use) -> list:
    full = rf"$\frac{{d {latex(f'H_{k}')}}}{{d {latex(parameter)}}}$"
    hop = rf"$\frac{{\partial {latex(f'H_{k}')}}}{{\partial {latex(state(k - 1))}}}$"
    lost = "That is one more step back and leads past the parameter: "
    return [
        option(sums[1], f"That counts the earlier uses again, which have terms of their own: the row would "
               f"give {four(sums[1])} instead of {four(sums[0])}.", state(k - 1),
               text=f"the total {full}, through every use so far"),
        option(wrong_use, "That is the use at the loss step. The path of this term ends at step "
               f"{step_number(k)}.", immediate_factor(t, parameter), text=_plus("H", t, parameter))
        if k < t else None,
        option(np.zeros((scope.n1, scope.n1)), f"{lost}{tex(parameter)} is not in it.",
               *_hop(scope, k), text=f"the step Jacobian {hop}"),
    ]  # fmt: skip


@template("when-equal", 2, "Where immediate and total agree", single=True, least=3)
def when_equal(scope, draw):
    """Ask at which steps ∂⁺ and d are the same; computed, for dead units and a zero start count."""
    found = _entry_and_use(scope, draw, 0)
    if not found:
        return None
    _, parameter, place = found
    uses = scope.uses(parameter, place)
    totals = scope.totals(uses)
    equal = _equal_steps(uses, totals)
    if equal is None:
        return None
    T, name = scope.T, entry(parameter, place)
    sets = {"first": (0,), "two": (0, 1), "all": tuple(range(T)), "last": (T - 1,), "none": ()}
    if equal not in sets.values():
        return None
    far = four(frobenius(totals[-1] - uses[-1]))
    options = {key: _where(sets[key], key, T, parameter, far, equal) for key in sets}
    right = next(key for key in sets if sets[key] == equal)
    choices = settled(options.pop(right), options.values())
    prompt = f"Let w be the entry {name}. At which steps k are the immediate and the total derivative of "
    prompt += f"${letter('H', 'k')}$ by w the same?"
    answer = f"They agree at {_said(equal, T)}; at the last step they differ by {far}."
    facts = {"parameter": parameter, "entry": place}
    return choices and Draft(prompt, choices, *_shown_at(scope, 0, parameter), answer, facts)


def _equal_steps(uses, totals) -> tuple[int, ...] | None:
    """Steps at which the two agree exactly; None where they are merely close at some step."""
    equal = [bool((use == total).all()) for use, total in zip(uses, totals, strict=True)]
    close = [not same and not apart(use, total) for same, use, total in zip(equal, uses, totals, strict=True)]
    return None if any(close) else tuple(k for k, same in enumerate(equal) if same)


def _said(steps: tuple[int, ...], T: int) -> str:
    if not steps:
        return "no step"
    if len(steps) == T:
        return "every step"
    return f"{'step' if len(steps) == 1 else 'steps'} {_numbers(steps)} only"


def _where(steps, key, T, parameter, far, equal):
    """One set of steps as an option."""
    dead = (
        f"With {tex('H_init')} = 0 the first use of {tex('Wh1')} does nothing, so step 1 has nothing to add"
    )
    first = {
        "first": "At the first step nothing lies before. From then on the earlier uses act as well.",
        "two": f"{dead} either." if parameter == "Wh1" else "No earlier use reaches the second step here.",
        "all": "No earlier use reaches a later state here: the slopes or weights on the way are 0.",
        "last": "All that lies before the last step leaves nothing there.",
        "none": "Even at the first step something lies before.",
    }
    mistaken = {
        "first": "That forgets that the first use of this entry has no effect here.",
        "two": "At the second step the first use already acts through the state between.",
        "all": f"That takes the state before for a constant. It moves too: {far} apart at the last step.",
        "last": "It is the other way round: at the last step most uses lie before.",
        "none": "At the first step no earlier use exists, so the two are the same.",
    }
    reply = first[key] if steps == equal else mistaken[key]
    lights = {"first": "H_0", "two": "H_1", "last": f"H_{T - 1}"}.get(key, parameter)
    apart_by_key = ["first", "two", "all", "last", "none"].index(key)
    return option(apart_by_key, reply, lights, text=_said(steps, T))
