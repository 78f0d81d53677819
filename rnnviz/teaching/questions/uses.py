"""Questions on the immediate derivative against the total one (2)."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import immediate_factor, letter, state
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.questions.asking import Holes, apart, significant, strong_place, template
from rnnviz.teaching.questions.scope import Draw, Scope, UnaskedError, one_of


def _entry_and_use(scope: Scope, draw: Draw, source: int) -> tuple[int, str, tuple[int, ...]]:
    """A step k, a parameter and one of its entries with an immediate effect on H_k."""
    k = one_of(draw, [k for k in scope.steps if k >= source])
    parameter = scope.a_parameter(draw)
    effect = scope.entering(parameter, k)[0][:, None] * scope.slope[k, 0][None, :]
    place = strong_place(effect if parameter != "b1" else effect[0], draw, 0.05)
    if place is None:
        raise UnaskedError
    return k, parameter, place


@template
def immediate_entry(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for ∂⁺ of one unit by one entry."""
    k, parameter, place = _entry_and_use(scope, draw, 1)
    unit, uses = place[-1], scope.uses(parameter, place)
    value, total = float(uses[k, unit]), float(scope.totals(uses)[k, unit])
    slope = float(scope.slope[k, 0, unit])
    into = float(scope.entering(parameter, k)[0, place[0] if parameter != "b1" else 0])
    name, at, before = immediate_factor(k, parameter), scope.tex(f"H_{k}"), scope.tex(state(k - 1))
    if not apart(value, total):
        return None
    return dict(
        value=value, before=before, into=into, slope=slope, name=name, k=k, total=total,
        hop=f"dH_{k}/dH_{k - 1}" if k - 1 in scope.steps else f"H_{k}",
        rest=total - value if significant(total - value, abs(total)) else None, before_id=state(k - 1),
        weight=scope.entry(parameter, place), unit=unit, at=at, earlier=total - value,
        frame=_frame_at(scope, k), parameter=parameter, entry=place,
    )  # fmt: skip


def _frame_at(scope: Scope, k: int) -> str:
    """The frame of a term that ends at step k."""
    return f"term-{min(t for t in scope.losses if t >= k)}-{k}"


@template
def total_entry(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for d of one unit by one entry, through all its uses."""
    k, parameter, place = _entry_and_use(scope, draw, 1)
    unit, uses = place[-1], scope.uses(parameter, place)
    value, total = float(uses[k, unit]), float(scope.totals(uses)[k, unit])
    bare = float(uses[: k + 1, unit].sum())
    scale = float(np.abs(uses[: k + 1]).max())
    if not (apart(value, total) and significant(total, scale) and significant(total - value, scale)):
        return None
    name, at = immediate_factor(k, parameter), scope.tex(f"H_{k}")
    return dict(
        total=total, value=value, earlier=total - value, name=name, before=state(k - 1), bare=bare,
        hop=_hop(scope, k), mean=total / (k + 1), uses=k + 1, k=k, weight=scope.entry(parameter, place),
        unit=unit, at=at, frame=_frame_at(scope, k), parameter=parameter, entry=place,
    )  # fmt: skip


def _hop(scope: Scope, k: int) -> tuple[str, ...]:
    return (f"dH_{k}/dH_{k - 1}",) if k - 1 in scope.steps else (f"H_{k}",)


@template
def last_factor(scope: Scope, draw: Draw) -> Holes | None:
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
    right, total = float(parts.sum()), float((adjoints * scope.totals(uses)[: t + 1]).sum())
    if not all(significant(value, float(np.abs(parts).max())) for value in (right, total)):
        return None
    return dict(
        t=t, k=k, parameter=parameter, entry=place, right=right, total=total, before=state(k - 1),
        late=float((adjoints * uses[t]).sum()) if k < t else None, late_state=state(t - 1),
        here=immediate_factor(k, parameter), there=immediate_factor(t, parameter), hop=_hop(scope, k),
        jacobian=np.zeros((scope.n1, scope.n1)), weight=scope.entry(parameter, place),
    )  # fmt: skip


@template
def when_equal(scope: Scope, draw: Draw) -> Holes | None:
    """Ask at which steps ∂⁺ and d are the same; computed, for dead units and a zero start count."""
    _, parameter, place = _entry_and_use(scope, draw, 0)
    uses = scope.uses(parameter, place)
    totals = scope.totals(uses)
    equal = _equal_steps(uses, totals)
    if equal is None:
        return None
    T, name = scope.T, scope.entry(parameter, place)
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
        else f"{scope.tex('Wh1')} is 0, so no use moves a later state.",
    }
    replies = {right: reasons[right]} | {k: v for k, v in _mistaken(right, far).items() if k != right}
    lit = {"two": "H_1", "last": f"H_{T - 1}"}
    return dict(
        parameter=parameter, entry=place, name=name, H_k=letter("H", "k", scope.conventions), steps=_said(scope, equal),
        differ="" if right == "all" else f"; at the last step they differ by {far}",
        frame=_frame_at(scope, 0),
        sets=[
            dict(place=list(sets).index(key), reply=reply, at=lit.get(key, "H_0"), said=_said(scope, sets[key]))
            for key, reply in replies.items()
        ],
    )  # fmt: skip


def _equal_steps(uses: np.ndarray, totals: np.ndarray) -> tuple[int, ...] | None:
    """Steps at which the two agree exactly; None where they are merely close at some step."""
    equal = [bool((use == total).all()) for use, total in zip(uses, totals, strict=True)]
    close = [not same and not apart(use, total) for same, use, total in zip(equal, uses, totals, strict=True)]
    return None if any(close) else tuple(k for k, same in enumerate(equal) if same)


def _said(scope: Scope, steps: tuple[int, ...]) -> str:
    if not steps:
        return "no step"
    if len(steps) == scope.T:
        return "every step"
    named = " and ".join(map(scope.step_number, steps))
    return f"{'step' if len(steps) == 1 else 'steps'} {named} only"


def _unmoved(scope: Scope, parameter: str, place: tuple[int, ...]) -> str:
    """Why the first use of an entry moves no unit at the second step."""
    first, unit = scope.step_number(0), place[-1]
    into = scope.entering(parameter, 0)[0, place[0] if parameter != "b1" else 0]
    if into == 0:
        enters = scope.tex("X_0" if parameter == "W1" else "H_init")
        return f"Entry {place[0]} of {enters} is 0, so the first use, at step {first}, does nothing."
    if scope.slope[0, 0, unit] == 0:
        return f"The slope of unit {unit} at step {first} is 0, so the first use does nothing."
    return (
        f"The first use moves unit {unit} of {scope.tex('H_0')}, but on its way to {scope.tex('H_1')} "
        "the weights or the slopes are 0."
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
