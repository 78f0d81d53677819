"""Questions on what vanishes (8)."""

from __future__ import annotations

import numpy as np

from rnnviz import engine
from rnnviz.engine import Trace
from rnnviz.notation.ids import state
from rnnviz.notation.numbers import counted, four, steps_back
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.questions.asking import Holes, apart, some_of, template
from rnnviz.teaching.questions.scope import Draw, Scope, UnaskedError, largest_stretch, one_of, stays_clean


@template
def largest_term(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the largest of a few terms."""
    parameter = scope.a_parameter(draw)
    pairs = [(t, k) for t, k in scope.terms if t in scope.errors and scope.keeps(t, k)]
    pairs = some_of(draw, pairs, 4)
    if not all(scope.is_clean(*pair) and scope.adds_up(parameter, *pair) for pair in pairs):
        return None
    sizes = {pair: scope.size(parameter, *pair) for pair in pairs}
    if len(pairs) < 2 or not np.isfinite(list(sizes.values())).all() or max(sizes.values()) == 0:
        return None
    best = t, k = max(pairs, key=sizes.__getitem__)
    others = [
        dict(s=s, j=j, size=size, why=_smaller(scope, parameter, (s, j), best))
        for (s, j), size in sizes.items()
        if (s, j) != best
    ]
    return dict(
        parameter=parameter, terms=tuple(pairs), t=t, k=k, largest=sizes[best], distance=steps_back(t - k),
        others=others,
    )  # fmt: skip


def _smaller(scope: Scope, parameter: str, pair: tuple[int, int], best: tuple[int, int]) -> str:
    """Why a term is smaller than the largest: its error, what enters, or samples that cancel."""
    (error, enters), (most, most_enters) = (scope.lengths(parameter, *each) for each in (pair, best))
    if not (error * enters).any():
        return _nothing(scope, parameter, *pair)
    if scope.m > 1:
        each, there = float((error * enters).mean()), float((most * most_enters).mean())
        cancels = ", and they cancel more" if each >= there else ""
        return f"the terms of its samples have norm {four(each)} on average, there {four(there)}{cancels}"
    if parameter == "b1":
        return "what enters is 1 at every step, so it is the error that arrives which is shorter"
    arrives, into = _beside(error[0], most[0]), _beside(enters[0], most_enters[0])
    return f"the error that arrives has length {arrives}; what enters has length {into}"


def _beside(here: float, there: float) -> str:
    """Two lengths, the one of a term and that of the largest."""
    return f"{four(here)} in both" if four(here) == four(there) else f"{four(here)}, there {four(there)}"


def _nothing(scope: Scope, parameter: str, t: int, k: int) -> str:
    """Why a term is 0: nothing enters, or no error comes so far."""
    enters = {"W1": f"X_{k}", "Wh1": state(k - 1)}
    if not scope.entering(parameter, k).any():
        return f"what enters, {scope.tex(enters[parameter])}, is 0"
    error = scope.dZ[t] @ scope.parameters.W2.T
    if not error.any():
        return f"{scope.tex('W2')} lets no error through"
    for s in range(t, k - 1, -1):
        error = error * scope.slope[s]
        if not error.any():
            return f"the slopes of step {scope.step_number(s)} let no error through"
        error = error @ scope.parameters.Wh1.T
        if not error.any() and s > k:
            return f"{scope.tex('Wh1')} lets no error through at step {scope.step_number(s)}"
    return "nothing enters in the samples in which an error arrives"


def _far(scope: Scope, draw: Draw) -> tuple[int, int, str]:
    """(t, k, parameter) of a term at some distance, with a neighbour that is not 0."""
    pair, parameter = scope.a_pair(draw, 2) or scope.a_pair(draw, 1), scope.a_parameter(draw)
    if not pair or not all(scope.adds_up(parameter, pair[0], k) for k in (*pair, pair[0] - 1)):
        raise UnaskedError
    return *pair, parameter


@template
def far_share(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the ratio of a far term to the near one of the same loss."""
    t, k, parameter = _far(scope, draw)
    size, near_size, hop_size = (scope.size(parameter, t, j) for j in (k, t, t - 1))
    if not (np.isfinite([size, near_size, hop_size]).all() and near_size > 0 and size > 0):
        return None
    lag, ratio, radius = t - k, size / near_size, scope.spectrum.radius
    hop = hop_size / near_size
    far, near = f"term_{t}_{k}", f"term_{t}_{t}"
    enters = "" if parameter == "b1" else ", and what enters differs"
    return dict(
        ratio=ratio, size=size, near_size=near_size, why=_why_ratio(scope, parameter, t, k), far=far,
        near=near, lag=lag, enters=enters, power=radius**lag, radius=radius,
        beside=_beside_radius(scope, parameter), evenly=1 / (lag + 1),
        one_hop=hop if t - 1 in scope.steps else None, t=t, t_before=t - 1, parameter=parameter, k=k,
    )  # fmt: skip


def _beside_radius(scope: Scope, parameter: str) -> str:
    """What a term's length depends on beside the spectral radius."""
    parts = (
        ("the direction of the error", scope.n1 > 1),
        ("the slopes", scope.architecture.hidden_activation != "identity"),
        ("what enters", parameter != "b1"),
    )
    *first, last = [name for name, counts in parts if counts] or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last


def _why_ratio(scope: Scope, parameter: str, t: int, k: int) -> str:
    """What the ratio of a far term to the near one is made of; of one sample it is exactly this product."""
    if scope.m > 1:
        beside = "" if parameter == "b1" else ", and what enters,"
        return f": the error on its way back{beside} over all samples"
    (far, enters), (near, near_enters) = (scope.lengths(parameter, t, j) for j in (k, t))
    told = f": the length of the error that arrives changes by the factor {four(far[0] / near[0])}"
    return told + ("" if parameter == "b1" else f", of what enters by {four(enters[0] / near_enters[0])}")


@template
def scaled_weights(scope: Scope, draw: Draw) -> Holes | None:
    """Ask what a scaled Wh1 does to a Jacobian product, with the slopes as they then are."""
    pair = _a_span(scope, draw)
    factor = float(one_of(draw, (0.5, 0.8, 1.25)))
    if pair is None:
        return None
    (t, k), lag = pair, pair[0] - pair[1]
    scaled = scope.parameters._replace(Wh1=factor * scope.parameters.Wh1)
    trace = engine.forward(scope.architecture, scaled, scope.trace.X, scope.trace.H_init)
    before = largest_stretch(scope.jacobian(t, k))
    after = largest_stretch(engine.state_jacobian(scope.architecture, scaled, trace, t, k))
    clean = all(_is_clean(scope, one, t, k) for one in (scope.trace, trace))
    if not (clean and 1e-250 < before < 1e250 and 1e-250 < after < 1e250):
        return None
    ratio, held = after / before, factor**lag
    hops = [f"dH_{s}/dH_{s - 1}" for s in scope.steps if k < s <= t and s - 1 in scope.steps]
    again = f". It enters {counted(lag, 'time')}" if lag > 1 else ", and leaves the slopes as they were"
    why = f"The factor {factor} enters {counted(lag, 'time')}, {four(held)}"
    rest = _slopes_after(scope, trace, t, k, apart(ratio, held))
    frame = f"term-{min(s for s in scope.losses if s >= t)}-{k}"
    return dict(
        ratio=ratio, why=why, rest=rest, before=before, after=after, hops=hops, factor=factor, again=again,
        held=held, on_top=ratio / held, t=t, too_many=factor ** (lag + 1), k=k,
        there_are="there is" if lag == 1 else "there are", lag=lag,
        scaled_radius=factor * scope.spectrum.radius, product=scope.per(scope.latex(f"H_{t}"), f"H_{k}"), frame=frame,
    )  # fmt: skip


def _slopes_after(scope: Scope, trace: Trace, t: int, k: int, told: bool) -> str:
    """What became of the slopes on the way, in the trace of the scaled weights."""
    if scope.architecture.hidden_activation == "identity":
        return ", and identity units keep their slope 1"
    after = engine.hidden_slope(scope.architecture, trace)[k + 1 : t + 1]
    same = np.array_equal(after, scope.slope[k + 1 : t + 1])
    if same:
        return ", and no slope on the way changes"
    return f"; the slopes change too{'' if told else ' little to tell'}"


def _is_clean(scope: Scope, trace: Trace, t: int, k: int) -> bool:
    """Whether the Jacobian product from t down to k is more than what rounding leaves of nothing."""
    probe, slope = np.linspace(1.0, 2.0, scope.n1)[None], engine.hidden_slope(scope.architecture, trace)
    slope = np.concatenate([np.ones_like(slope[:1]), slope[k + 1 : t + 1]])
    return stays_clean((probe, np.eye(scope.n1)), slope, scope.parameters.Wh1)


def _a_span(scope: Scope, draw: Draw) -> tuple[int, int]:
    """Steps k < t that are drawn, at least two apart where there are such."""
    pairs = [(t, k) for t in scope.steps for k in scope.steps if k < t]
    return one_of(draw, [(t, k) for t, k in pairs if t - k > 1] or pairs)


@template
def power_of_weights(scope: Scope, draw: Draw) -> Holes | None:
    """Ask by which factor one term changes when Wh1 is scaled and all else is held."""
    pair, parameter = scope.a_pair(draw, 1), scope.a_parameter(draw, "W1", "b1")
    factor = float(one_of(draw, (0.5, 0.8, 1.25, 2.0)))
    if pair is None or not scope.adds_up(parameter, *pair):
        return None
    t, k = pair
    lag, size = t - k, scope.size(parameter, t, k)
    if not (np.isfinite(size) and size > 1e-280):
        return None
    return dict(
        value=factor**lag, lag=lag, factor=factor, too_many=factor ** (lag + 1), k=k, t=t,
        there_are="there is" if lag == 1 else "there are", all_steps=factor**t if t > lag else None,
        added=factor * lag, parameter=parameter,
    )  # fmt: skip


@template
def what_vanishes(scope: Scope, draw: Draw) -> Holes | None:
    """Ask how much of the gradient is left without one far term."""
    t, k, parameter = _far(scope, draw)
    gradient, part = scope.gradient(parameter), scope.scale * scope.term(parameter, t, k)
    whole, size = frobenius(gradient), frobenius(part)
    own = scope.scale * scope.size(parameter, t, t)
    left = frobenius(gradient - part)
    telling = scope.outweighs_rounding[parameter] and left > 1e-6 * max(size, whole)
    if not (whole > 0 and own > 0 and size > 0 and telling):
        return None
    count = scope.count("window", scope.T)
    far = f"term_{t}_{k}"
    what = "The term has norm" if scope.scale == 1 else f"The term over {scope.count_losses} losses has norm"
    against = " It grows: the term pulled against the others." if left > whole else ""
    return dict(
        value=left / whole, left=left, whole=whole, what=what, size=size, against=against,
        far=far, beside_near=size / own, t=t, same_share=1 - 1 / count, count=count, part=size / whole,
        k=k, distance=steps_back(t - k), parameter=parameter,
    )  # fmt: skip
