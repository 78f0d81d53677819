"""Questions on the immediate derivative against the total one (2)."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import immediate_factor, letter, state, step_number
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius
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
from rnnviz.teaching.questions.words import entry, latex, term, tex


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
            option(total - value, f"That is the rest, by way of the earlier uses. With {before} held fixed "
                   "they do not act.", state(k - 1))
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
            option(total / (k + 1), f"That is a mean over {k + 1} uses. All change at once, so their effects "
                   "add.", f"H_{k}"),
        ],
    )  # fmt: skip
    prompt = (
        f"{entry(parameter, place)} is one number, used at every step up to {step_number(k)}. What is the "
        f"total derivative of unit {unit} of {at} by it? The immediate derivative is {four(value)}; what "
        f"the earlier uses did reaches it with {four(total - value)}."
    )
    answer = f"The total derivative is {four(total)}; the immediate part is {four(value)}."
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
    right = next(key for key in sets if sets[key] == equal)
    far = four(frobenius(totals[-1] - uses[-1]))
    reasons = {
        "first": "At the first step nothing lies before. From then on the earlier uses act as well.",
        "two": _unmoved(scope, parameter, place),
        "all": f"No earlier use moves a later state here. {_unmoved(scope, parameter, place)}"
        if scope.parameters.Wh1.any()
        else f"{tex('Wh1')} is 0, so no use moves a later state.",
    }
    wrong = [
        _where(sets[key], key, T, reply)
        for key, reply in _mistaken(right, far).items() if key != right
    ]  # fmt: skip
    choices = settled(_where(equal, right, T, reasons[right]), wrong)
    prompt = f"Let w be the entry {name}. At which steps k are the immediate and the total derivative of "
    prompt += f"${letter('H', 'k')}$ by w the same?"
    differ = "" if right == "all" else f"; at the last step they differ by {far}"
    answer = f"They agree at {_said(equal, T)}{differ}."
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
    named = " and ".join(map(step_number, steps))
    return f"{'step' if len(steps) == 1 else 'steps'} {named} only"


def _unmoved(scope, parameter, place) -> str:
    """Why the first use of an entry moves no unit at the second step."""
    first, unit = step_number(0), place[-1]
    into = scope.entering(parameter, 0)[0, place[0] if parameter != "b1" else 0]
    if into == 0:
        enters = tex("X_0" if parameter == "W1" else "H_init")
        return f"Entry {place[0]} of {enters} is 0, so the first use, at step {first}, does nothing."
    if scope.slope[0, 0, unit] == 0:
        return f"The slope of unit {unit} at step {first} is 0, so the first use does nothing."
    return (
        f"The first use moves unit {unit} of {tex('H_0')}, but on its way to {tex('H_1')} the weights or the "
        "slopes are 0."
    )


def _mistaken(right: str, far: str) -> dict[str, str]:
    """What is wrong with each set of steps, where the one called ``right`` is the set."""
    everywhere = "Here they agree at every step: the first use does not get on, nor does a later one."
    found = {
        "first": "That forgets that the first use of this entry does not reach the second step here.",
        "two": "At the second step the first use already acts through the state between.",
        "all": f"That takes the state before for a constant. It moves too: {far} apart at the last step.",
        "last": "It is the other way round: at the last step most uses lie before.",
        "none": "At the first step no earlier use exists, so the two are the same.",
    }
    return found | ({"two": everywhere, "last": "There they agree, but at the steps before as well."}
                    if right == "all" else {})  # fmt: skip


def _where(steps: tuple[int, ...], key: str, T: int, reply: str):
    """One set of steps as an option."""
    lights = {"two": "H_1", "last": f"H_{T - 1}"}.get(key, "H_0")
    return option(("first", "two", "all", "last", "none").index(key), reply, lights, text=_said(steps, T))
