"""Questions on the sum over k (1), and on the immediate derivative against the total one (2)."""

import numpy as np

from rnnviz.notation.ids import letter, state
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.filling import Holes
from rnnviz.teaching.questions.asking import apart, significant, strong_place
from rnnviz.teaching.questions.scope import Draw, Scope, needs, one_of
from rnnviz.teaching.questions.words import numbered, summary

_NUDGE = 0.001


def _row(scope: Scope, t: int, parameter: str) -> dict:
    """What is said of the terms of one loss; ``cut`` where truncation leaves some of them out."""
    cells = [f"term_{t}_{k}" for k in scope.sources(t) if k in scope.steps]
    named = dict(row_name=scope.row_name(t, parameter), cut_remark=scope.cut_remark(t))
    return dict(t=t, parameter=parameter, cut=scope.cuts_row(t), cells=cells, **named)


def count_terms(scope: Scope, draw: Draw) -> Holes:
    """How many terms truncation leaves of the t + 1 uses before a loss."""
    t, parameter = scope.a_loss(draw, 1), scope.a_parameter(draw)
    row, count = _row(scope, t, parameter), len(scope.sources(t))
    one_less = None if row["cut"] else t
    return row | dict(
        count=count, sources=numbered(scope, scope.sources(t)), one_less=one_less, uncut=t + 1, left_out=t + 1 - count
    )


def row_adds(scope: Scope, draw: Draw) -> Holes:
    t, parameter = scope.an_error(draw, 1), scope.a_parameter(draw)
    needs(len(scope.sources(t)) > 1, scope.outweighs_rounding[parameter])
    terms = scope.row(parameter, t)[scope.sources(t)]
    place = strong_place(terms.sum(axis=0), draw)
    values = np.array([one[place] for one in terms])
    total, largest = float(values.sum()), values[np.abs(values).argmax()]
    needs(significant(total, abs(largest)), np.count_nonzero(values) > 1)
    return _row(scope, t, parameter) | dict(
        entry=place, total=total, count=len(values), mean=total / len(values), last=values[-1], largest=largest,
        earlier=total - values[-1], others=total - largest, sizes=np.abs(values).sum(), below=(values <= 0).all(),
        weight=scope.entry(parameter, place), terms=summary(values),
    )  # fmt: skip


def missing_path(scope: Scope, draw: Draw) -> Holes:
    t, parameter = scope.a_loss(draw, 1), scope.a_parameter(draw)
    sources = scope.sources(t)
    needs(len(sources) > 1)
    k = one_of(draw, [k for k in sources if k in scope.steps])
    listed = tuple(j for j in sources if j != k)
    other = t - 1 if t > k else t + 1
    return _row(scope, t, parameter) | dict(
        k=k, later=1 if k < t else None, later_place=f"L_{k}" if k in scope.losses else f"H_{k}", other=other,
        of_other=1 if other in scope.steps else None, has_loss=other in scope.losses, listed=listed,
        listing=numbered(scope, listed),
    )  # fmt: skip


def nudge(scope: Scope, draw: Draw) -> Holes:
    """The reason for the sum: a change of one entry acts on a loss through all of its uses."""
    t, parameter = scope.an_error(draw, 1), scope.a_parameter(draw)
    needs(scope.outweighs_rounding[parameter])
    terms = scope.row(parameter, t)[: t + 1]
    place = strong_place(terms.sum(axis=0), draw)
    values = _NUDGE * np.array([one[place] for one in terms])
    total = float(values.sum())
    needs(significant(total, float(np.abs(values).max())), np.count_nonzero(values) > 1)
    return dict(
        total=total, uses=t + 1, parameter=parameter, mean=total / (t + 1), last=values[-1], t=t, values=values,
        repeated=(t + 1) * values[-1], name=scope.entry(parameter, place), terms=summary(values / _NUDGE), entry=place,
        nudge=_NUDGE,
    )  # fmt: skip


def two_ways_on(scope: Scope, draw: Draw) -> Holes:
    k = one_of(draw, [t for t in scope.losses if t < scope.errors[-1]])
    own = scope.scale * scope.dZ[k, 0] @ scope.parameters.W2.T
    later = scope.scale * scope.loop[k + 1].dh_next[0]
    (unit,) = strong_place(own + later, draw)
    mine, theirs = float(own[unit]), float(later[unit])
    both = mine + theirs
    needs(significant(both, max(abs(mine), abs(theirs))), apart(both, mine), apart(both, theirs))
    return dict(
        both=both, k=k, mine=mine, theirs=theirs, k_after=k + 1, mean=both / 2, product=mine * theirs, unit=unit
    )


def _entry_and_use(scope: Scope, draw: Draw, source: int) -> tuple[int, str, tuple[int, ...]]:
    """A step k, a parameter and one of its entries with an immediate effect on H_k."""
    k = one_of(draw, [k for k in scope.steps if k >= source])
    parameter = scope.a_parameter(draw)
    effect = scope.entering(parameter, k)[0][:, None] * scope.slopes[k, 0][None, :]
    return k, parameter, strong_place(effect if parameter != "b1" else effect[0], draw, 0.05)


def _hop(scope: Scope, k: int) -> str:
    return f"dH_{k}/dH_{k - 1}" if k - 1 in scope.steps else f"H_{k}"


def _one_use(scope: Scope, draw: Draw) -> tuple[dict, np.ndarray]:
    """What one use of an entry does to a unit, at once and with the uses before; and ∂⁺H_k/∂w, (T, n1)."""
    k, parameter, place = _entry_and_use(scope, draw, 1)
    unit, uses = place[-1], scope.uses(parameter, place)
    value, total = float(uses[k, unit]), float(scope.totals(uses)[k, unit])
    needs(apart(value, total))
    return dict(
        k=k, parameter=parameter, entry=place, unit=unit, weight=scope.entry(parameter, place), value=value,
        total=total, earlier=total - value, before=state(k - 1), hop=_hop(scope, k),
    ), uses  # fmt: skip


def immediate_entry(scope: Scope, draw: Draw) -> Holes:
    found, _ = _one_use(scope, draw)
    earlier, k, place = found["earlier"], found["k"], found["entry"]
    into = float(scope.entering(found["parameter"], k)[0, place[0] if found["parameter"] != "b1" else 0])
    rest = earlier if significant(earlier, abs(found["total"])) else None
    return found | dict(into=into, slope=float(scope.slopes[k, 0, place[-1]]), rest=rest)


def total_entry(scope: Scope, draw: Draw) -> Holes:
    found, uses = _one_use(scope, draw)
    so_far = uses[: found["k"] + 1]
    scale = float(np.abs(so_far).max())
    needs(significant(found["total"], scale), significant(found["earlier"], scale))
    return found | dict(bare=float(so_far[:, found["unit"]].sum()), mean=found["total"] / len(so_far), uses=len(so_far))


def last_factor(scope: Scope, draw: Draw) -> Holes:
    """Which derivative has to end the chain, if the terms are to add up to the gradient."""
    (t, k), parameter = scope.a_pair(draw, 1, 0, source=1), scope.a_parameter(draw)
    place = strong_place(scope.row(parameter, t)[: t + 1].sum(axis=0), draw)
    uses, adjoints = scope.uses(parameter, place), scope.adjoints(t)
    parts = (adjoints * uses[: t + 1]).sum(axis=1)
    right, total = float(parts.sum()), float((adjoints * scope.totals(uses)[: t + 1]).sum())
    needs(all(significant(value, float(np.abs(parts).max())) for value in (right, total)))
    return dict(
        t=t, k=k, parameter=parameter, entry=place, right=right, total=total, before=state(k - 1),
        late=float((adjoints * uses[t]).sum()) if k < t else None, late_state=state(t - 1), hop=_hop(scope, k),
        jacobian=np.zeros((scope.n1, scope.n1)), weight=scope.entry(parameter, place),
    )  # fmt: skip


def when_equal(scope: Scope, draw: Draw) -> Holes:
    """At which steps ∂⁺ and d are the same; computed, for dead units and a zero start count."""
    _, parameter, place = _entry_and_use(scope, draw, 0)
    uses, T = scope.uses(parameter, place), scope.T
    totals = scope.totals(uses)
    equal = [bool((use == total).all()) for use, total in zip(uses, totals, strict=True)]
    needs(all(same or apart(use, total) for same, use, total in zip(equal, uses, totals, strict=True)))
    sets = {"first": (0,), "two": (0, 1), "all": tuple(range(T)), "last": (T - 1,), "none": ()}
    found = [key for key, steps in sets.items() if steps == tuple(k for k, same in enumerate(equal) if same)]
    needs(found)
    right, lit = found[0], {"two": "H_1", "last": f"H_{T - 1}"}
    return dict(
        parameter=parameter, entry=place, name=scope.entry(parameter, place), H_k=letter("H", "k", scope.conventions),
        steps=_said(scope, sets[right]), everywhere=right == "all", far=frobenius(totals[-1] - uses[-1]),
        unmoved=_unmoved(scope, parameter, place), idle=not scope.parameters.Wh1.any(),
        sets=[
            dict(place=list(sets).index(key), at=lit.get(key, "H_0"), said=_said(scope, sets[key]), right=key == right,
                 **{f"is_{name}": name == key for name in sets})
            for key in sorted(sets, key=lambda key: key != right)
        ],
    )  # fmt: skip


def _said(scope: Scope, steps: tuple[int, ...]) -> str:
    if len(steps) in (0, scope.T):
        return "every step" if steps else "no step"
    return f"{'step' if len(steps) == 1 else 'steps'} {' and '.join(map(scope.step_number, steps))} only"


def _unmoved(scope: Scope, parameter: str, place: tuple[int, ...]) -> str:
    """Why the first use of an entry moves no unit at the second step."""
    first, unit = scope.step_number(0), place[-1]
    if scope.entering(parameter, 0)[0, place[0] if parameter != "b1" else 0] == 0:
        enters = scope.tex("X_0" if parameter == "W1" else "H_init")
        return f"Entry {place[0]} of {enters} is 0, so the first use, at step {first}, does nothing."
    if scope.slopes[0, 0, unit] == 0:
        return f"The slope of unit {unit} at step {first} is 0, so the first use does nothing."
    way = f"on its way to {scope.tex('H_1')} the weights or the slopes are 0"
    return f"The first use moves unit {unit} of {scope.tex('H_0')}, but {way}."
