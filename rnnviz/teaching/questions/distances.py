"""Questions on truncation (7), on what vanishes (8) and on weights against slopes (9)."""

import math

import numpy as np

from rnnviz import engine
from rnnviz.engine import Trace
from rnnviz.notation.ids import state
from rnnviz.notation.numbers import every, four, steps_back
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.filling import Holes
from rnnviz.teaching.questions.asking import apart, significant, some_of
from rnnviz.teaching.questions.scope import Draw, Scope, largest_stretch, needs, one_of, stays_clean
from rnnviz.teaching.questions.words import runs

Pair = tuple[int, int]
_LONGEST_DRAWN = 12
"""Longer windows hardly cut what can be seen."""


def _length(scope: Scope, draw: Draw) -> int:
    """A length τ of truncation: the configured one, else a drawn one of those that cut something."""
    drawn = int(draw.integers(min(2, scope.T - 1), min(scope.T, _LONGEST_DRAWN + 1)))
    configured = scope.experiment.config.truncation
    return configured if configured and scope.is_cut else drawn


def _sorted_out(scope: Scope, kind: str, length: int) -> tuple[list[Pair], list[Pair]]:
    """The drawn terms that a truncation cuts, and those that it keeps."""
    kept = [pair for pair in scope.terms if engine.keeps(*pair, length, kind)]
    cut = [pair for pair in scope.terms if pair not in kept]
    needs(cut, kept)
    return cut, kept


def window_cuts(scope: Scope, draw: Draw) -> Holes:
    """Which term a window leaves out; the border t − k = τ − 1 is among the choices."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    cut, kept = _sorted_out(scope, "window", length)
    t, k = one_of(draw, [pair for pair in cut if pair[0] - pair[1] == length] or cut)
    border = [pair for pair in kept if pair[0] - pair[1] == length - 1]
    others = some_of(draw, border, 1) + some_of(draw, kept, 3)
    replies = [dict(s=s, j=j, lag=s - j, is_border=s - j == length - 1, is_own=s == j) for s, j in others]
    return dict(kind="window", length=length, parameter=parameter, t=t, k=k, lag=t - k, others=replies)


def chunk_cuts(scope: Scope, draw: Draw) -> Holes:
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    cut, kept = _sorted_out(scope, "chunk", length)
    t, k = one_of(draw, [pair for pair in cut if engine.keeps(*pair, length, "window")] or cut)
    far = sorted(kept, key=lambda pair: pair[1] - pair[0])[:3]
    others = some_of(draw, far, 2) + some_of(draw, kept, 2)
    replies = []
    for s, j in others:
        start = s // length * length
        end = min(start + length, scope.T) - 1
        replies.append(dict(s=s, j=j, lag=s - j, start=start, end=end, alone=start == end))
    return dict(
        kind="chunk", length=length, parameter=parameter, t=t, k=k, border=(k // length + 1) * length,
        in_window=t - k < length, others=replies,
    )  # fmt: skip


_OTHER = {"window": "chunk", "chunk": "window"}


def _by(kind: str, length: int) -> str:
    return f"a window of τ = {length}" if kind == "window" else f"detaching {every(length, 'step')}"


def kept_count(scope: Scope, draw: Draw) -> Holes:
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    kind = one_of(draw, engine.TRUNCATIONS)
    count, other = (scope.count(each, length) for each in (kind, _OTHER[kind]))
    return dict(
        count=count, all_terms=scope.count(), other=other, other_name=_by(_OTHER[kind], length), kind=kind,
        one_more=scope.count(kind, length + 1), longer=length + 1, length=length, lags=runs(range(length)),
        is_window=kind == "window", is_one=length == 1, several=scope.count_losses > 1, end=scope.T - 1,
        alone=count == 1, parameter=parameter, name=_by(kind, length),
    )  # fmt: skip


def truncated_length(scope: Scope, draw: Draw) -> Holes:
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    kind = one_of(draw, engine.TRUNCATIONS)
    parts = {name: scope.gradient(parameter, name, length) for name in _OTHER}
    full = scope.gradient(parameter)
    value, whole, lost = (frobenius(part) for part in (parts[kind], full, full - parts[kind]))
    needs(scope.outweighs_rounding[parameter], min(value, whole) >= 1e-6 * max(value, whole), apart(parts[kind], full))
    return dict(
        value=value, whole=whole, grows=value > whole, less=whole - lost, length=length,
        shared=whole * scope.count(kind, length) / scope.count(), other=frobenius(parts[_OTHER[kind]]),
        cut=lost if significant(lost, whole) else None, other_name=_by(_OTHER[kind], length), name=_by(kind, length),
        parameter=parameter, kind=kind,
    )  # fmt: skip


def detach_or_reset(scope: Scope, draw: Draw) -> Holes:
    """What detaching does to the loss, which is nothing."""
    length, losses = _length(scope, draw), scope.step_losses
    loss, reset = scope.scale * float(losses.sum()), scope.scale * _loss_with_resets(scope, length)
    start = (scope.T - 1) // length * length
    needs(loss >= 1e-12, math.isfinite(reset))
    return dict(
        loss=loss, reset=reset, cut_at=f"H_{start}" if start in scope.steps else "H_init", end=scope.T - 1,
        last=scope.scale * float(losses[start:].sum()), shared=loss * length / scope.T, several=scope.count_losses > 1,
        once_a_block=loss * math.ceil(scope.T / length), changes=four(reset) != four(loss), length=length,
    )  # fmt: skip


def _loss_with_resets(scope: Scope, length: int) -> float:
    """The total loss if every block of steps started from a zero state; H_init stays for the first."""
    architecture, parameters, trace, Y = scope.problem
    total = 0.0
    for start in range(0, scope.T, length):
        end = min(start + length, scope.T)
        if end > scope.first_loss:
            begin = trace.H_init if start == 0 else np.zeros_like(trace.H_init)
            passed = engine.forward(architecture, parameters, trace.X[start:end], begin)
            total += float(engine.step_losses(architecture, passed, Y if Y.ndim == 2 else Y[start:end]).sum())
    return total


def largest_term(scope: Scope, draw: Draw) -> Holes:
    parameter = scope.a_parameter(draw)
    pairs = [(t, k) for t, k in scope.terms if t in scope.errors and scope.keeps(t, k)]
    pairs = some_of(draw, pairs, 4)
    needs(all(scope.is_clean(*pair) and scope.adds_up(parameter, *pair) for pair in pairs))
    sizes = {pair: scope.size(parameter, *pair) for pair in pairs}
    needs(len(pairs) > 1, np.isfinite(list(sizes.values())).all(), any(sizes.values()))
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


def _smaller(scope: Scope, parameter: str, pair: Pair, best: Pair) -> str:
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
    arrives, into = (
        f"{four(here)} in both" if four(here) == four(there) else f"{four(here)}, there {four(there)}"
        for here, there in ((error[0], most[0]), (enters[0], most_enters[0]))
    )
    return f"the error that arrives has length {arrives}; what enters has length {into}"


def _nothing(scope: Scope, parameter: str, t: int, k: int) -> str:
    """Why a term is 0: nothing enters, or no error comes so far."""
    if not scope.entering(parameter, k).any():
        return f"what enters, {scope.tex(f'X_{k}' if parameter == 'W1' else state(k - 1))}, is 0"
    error = scope.dZ[t] @ scope.parameters.W2.T
    if not error.any():
        return f"{scope.tex('W2')} lets no error through"
    for s in range(t, k - 1, -1):
        error = error * scope.slopes[s]
        if not error.any():
            return f"the slopes of step {scope.step_number(s)} let no error through"
        error = error @ scope.parameters.Wh1.T
        if not error.any() and s > k:
            return f"{scope.tex('Wh1')} lets no error through at step {scope.step_number(s)}"
    return "nothing enters in the samples in which an error arrives"


def _far(scope: Scope, draw: Draw) -> tuple[int, int, str]:
    """(t, k, parameter) of a term at some distance, with a neighbour that is not 0."""
    (t, k), parameter = scope.a_pair(draw, 2, 1), scope.a_parameter(draw)
    needs(all(scope.adds_up(parameter, t, j) for j in (t, k, t - 1)))
    return t, k, parameter


def far_share(scope: Scope, draw: Draw) -> Holes:
    t, k, parameter = _far(scope, draw)
    size, near_size, hop_size = (scope.size(parameter, t, j) for j in (k, t, t - 1))
    needs(np.isfinite([size, near_size, hop_size]).all(), near_size > 0, size > 0)
    (far, enters), (near, near_enters) = (scope.lengths(parameter, t, j) for j in (k, t))
    lag, radius = t - k, scope.spectrum.radius
    return dict(
        ratio=size / near_size, size=size, near_size=near_size, lag=lag, power=radius**lag, radius=radius, t=t, k=k,
        error_by=far[0] / near[0], enters_by=enters[0] / near_enters[0], beside=_beside_radius(scope, parameter),
        evenly=1 / (lag + 1), one_hop=hop_size / near_size if t - 1 in scope.steps else None, t_before=t - 1,
        parameter=parameter, is_bias=parameter == "b1",
    )  # fmt: skip


def _beside_radius(scope: Scope, parameter: str) -> str:
    """What a term's length depends on beside the spectral radius."""
    parts = (
        ("the direction of the error", scope.n1 > 1),
        ("the slopes", not scope.is_linear),
        ("what enters", parameter != "b1"),
    )
    *first, last = [name for name, counts in parts if counts] or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last


def scaled_weights(scope: Scope, draw: Draw) -> Holes:
    """What a scaled Wh1 does to a Jacobian product, with the slopes as they then are."""
    pairs = _spans(scope)
    t, k = one_of(draw, [(t, k) for t, k in pairs if t - k > 1] or pairs)
    factor, lag = float(one_of(draw, (0.5, 0.8, 1.25))), t - k
    scaled = scope.parameters._replace(Wh1=factor * scope.parameters.Wh1)
    trace = engine.forward(scope.architecture, scaled, scope.trace.X, scope.trace.H_init)
    before = largest_stretch(scope.jacobian(t, k))
    after = largest_stretch(engine.state_jacobian(scope.architecture, scaled, trace, t, k))
    needs(all(_is_clean(scope, one, t, k) for one in (scope.trace, trace)))
    needs(1e-250 < before < 1e250, 1e-250 < after < 1e250)
    ratio, held = after / before, factor**lag
    slopes = engine.hidden_slope(scope.architecture, trace)[k + 1 : t + 1]
    return dict(
        ratio=ratio, before=before, after=after, factor=factor, held=held, on_top=ratio / held, t=t, k=k, lag=lag,
        hops=[f"dH_{s}/dH_{s - 1}" for s in scope.steps if k < s <= t and s - 1 in scope.steps], single=lag == 1,
        same=np.array_equal(slopes, scope.slopes[k + 1 : t + 1]), differs=apart(ratio, held),
        too_many=factor ** (lag + 1), scaled_radius=factor * scope.spectrum.radius,
    )  # fmt: skip


def _is_clean(scope: Scope, trace: Trace, t: int, k: int) -> bool:
    """Whether the Jacobian product from t down to k is more than what rounding leaves of nothing."""
    probe, slope = np.linspace(1.0, 2.0, scope.n1)[None], engine.hidden_slope(scope.architecture, trace)
    slope = np.concatenate([np.ones_like(slope[:1]), slope[k + 1 : t + 1]])
    return stays_clean((probe, np.eye(scope.n1)), slope, scope.parameters.Wh1)


def _spans(scope: Scope) -> list[Pair]:
    """All pairs of drawn steps k < t, as (t, k)."""
    return [(t, k) for t in scope.steps for k in scope.steps if k < t]


def power_of_weights(scope: Scope, draw: Draw) -> Holes:
    """By which factor one term changes when Wh1 is scaled and all else is held."""
    (t, k), parameter = scope.a_pair(draw, 1), scope.a_parameter(draw, "W1", "b1")
    factor, lag, size = float(one_of(draw, (0.5, 0.8, 1.25, 2.0))), t - k, scope.size(parameter, t, k)
    needs(scope.adds_up(parameter, t, k), np.isfinite(size), size > 1e-280)
    return dict(
        value=factor**lag, lag=lag, factor=factor, too_many=factor ** (lag + 1), k=k, t=t, single=lag == 1,
        all_steps=factor**t if t > lag else None, added=factor * lag, parameter=parameter,
    )  # fmt: skip


def what_vanishes(scope: Scope, draw: Draw) -> Holes:
    """How much of the gradient is left without one far term."""
    t, k, parameter = _far(scope, draw)
    gradient, part = scope.gradient(parameter), scope.scale * scope.term(parameter, t, k)
    whole, size, left = frobenius(gradient), frobenius(part), frobenius(gradient - part)
    own, count = scope.scale * scope.size(parameter, t, t), scope.count()
    needs(whole > 0, own > 0, size > 0, scope.outweighs_rounding[parameter], left > 1e-6 * max(size, whole))
    return dict(
        value=left / whole, left=left, whole=whole, size=size, grows=left > whole, beside_near=size / own, t=t, k=k,
        same_share=1 - 1 / count, count=count, part=size / whole, distance=steps_back(t - k), parameter=parameter,
    )  # fmt: skip


_STEEPEST = {
    "tanh": "1 for tanh",
    "relu": "1 for ReLU",
    "sigmoid": "¼ for the sigmoid",
    "identity": "1 for the identity",
}


def _spectral(scope: Scope) -> str:
    values, slope = scope.spectrum, _STEEPEST[scope.architecture.hidden_activation]
    return (
        rf"{scope.tex('Wh1')} has spectral radius ρ = {four(values.radius)} and largest singular value "
        rf"$\sigma_{{\max}}$ = {four(values.norm)}; γ, the steepest slope f₁′ can have, is {slope}."
    )


def bound(scope: Scope, draw: Draw) -> Holes:
    """(γ σₘₐₓ)^(t−k)."""
    t, k = one_of(draw, _spans(scope))
    lag, values = t - k, scope.spectrum
    step, actual = values.gamma * values.norm, largest_stretch(scope.jacobian(t, k))
    return dict(
        limit=step**lag, step=step, lag=lag, actual=actual, values=values, unsloped=values.norm**lag, t=t, k=k,
        of_radius=values.radius**lag if apart(values.radius, values.norm) else None, too_many=step ** (lag + 1),
        single=lag == 1, as_now=None if scope.is_linear else actual, spectral=_spectral(scope),
    )  # fmt: skip


def guarantee(scope: Scope, draw: Draw) -> Holes:
    """Whether a single step is sure to shrink, and by which number one knows."""
    t, values = scope.a_hop(draw), scope.spectrum
    product = values.gamma * values.norm
    needs(all(apart(value, 1.0) for value in (product, values.norm, values.radius)))
    shrinks = product < 1
    choices = dict(sure=0, no=1) if shrinks else dict(unsure=1, yes=0)
    return dict.fromkeys(("sure", "unsure", "yes", "no")) | choices | dict(
        t=t, t_before=t - 1, product=product, values=values, actual=largest_stretch(scope.jacobian(t, t - 1)),
        spectral=_spectral(scope), shrinks=shrinks, radius=2 if apart(values.radius, values.norm) else None,
        contracts=values.radius < 1, slopes=3 if shrinks and values.gamma != 1 else None, steep=values.norm > 1,
    )  # fmt: skip


def without_slopes(scope: Scope, draw: Draw) -> Holes:
    """What a step Jacobian's norm would be with every slope 1."""
    t, values = scope.a_hop(draw), scope.spectrum
    actual, least, most = largest_stretch(scope.jacobian(t, t - 1)), scope.slopes[t].min(), float(scope.slopes[t].max())
    needs(not scope.is_linear, actual > 0)
    return dict(
        values=values, actual=actual, t=t, t_before=t - 1, divided=actual / most, least=least, most=most,
        same=four(values.norm) == four(actual), even=four(least) == four(most), is_one=scope.n1 == 1,
    )  # fmt: skip


def long_run(scope: Scope, draw: Draw) -> Holes:
    """The norm of a power of Wh1: between ρ and σₘₐₓ."""
    W, values, power = scope.parameters.Wh1, scope.spectrum, int(draw.integers(2, min(scope.T, 13)))
    norm, low, high = largest_stretch(np.linalg.matrix_power(W, power)), values.radius**power, values.norm**power
    needs(norm >= 1e-6 * high)
    return dict(
        norm=norm, power=power, of_radius=low, of_norm=high, between=apart(low, high), added=power * values.norm,
        values=values, last=scope.losses[-1],
    )  # fmt: skip
