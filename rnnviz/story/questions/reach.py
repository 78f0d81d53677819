"""Questions on truncation (7) and on what vanishes (8)."""

from __future__ import annotations

import math

import numpy as np

from rnnviz import engine
from rnnviz.story.notation import step_number
from rnnviz.story.numbers import counted, every, four, part_of, steps_back
from rnnviz.story.quantities import frobenius
from rnnviz.story.questions.asking import (
    Draft,
    apart,
    latex,
    one_of,
    option,
    settled,
    significant,
    template,
    term,
    tex,
)
from rnnviz.story.questions.loops import per
from rnnviz.story.questions.scope import kept_by, largest_stretch, stays_clean

_LONGEST_DRAWN = 12
"""Longer windows hardly cut what can be seen."""


def _length(scope, draw) -> int:
    """A length τ of truncation: the configured one, else a drawn one of those that cut something."""
    drawn = int(draw.integers(min(2, scope.T - 1), min(scope.T, _LONGEST_DRAWN + 1)))
    return scope.experiment.config.truncation if scope.is_cut else drawn


def _drawn_terms(scope) -> list[tuple[int, int]]:
    return [(t, k) for t in scope.losses for k in scope.steps if k <= t]


def _some(draw, values: list, count: int) -> list:
    """Up to ``count`` of the values, drawn without repeating one."""
    order = draw.permutation(len(values))[:count]
    return [values[int(place)] for place in order]


@template("window-cuts", 7, "What a window cuts", numbers=False, least=2)
def window_cuts(scope, draw):
    """Ask which term a window leaves out; the border t − k = τ − 1 is among the choices."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    cut = [pair for pair in _drawn_terms(scope) if not kept_by("window", length, *pair)]
    kept = [pair for pair in _drawn_terms(scope) if kept_by("window", length, *pair)]
    if not cut or not kept:
        return None
    nearest = [pair for pair in cut if pair[0] - pair[1] == length] or cut
    border = [pair for pair in kept if pair[0] - pair[1] == length - 1]
    t, k = one_of(draw, nearest)
    others = _some(draw, border, 1) + _some(draw, kept, 3)
    choices = settled(
        option(0, f"It goes {counted(t - k, 'step')} back. The window keeps the lags below {length}.",
               f"term_{t}_{k}", text=term(t, k)),
        [option(place + 1, _window_reply(length, *pair), "term_{}_{}".format(*pair), text=term(*pair))
         for place, pair in enumerate(others[:4])],
    )  # fmt: skip
    prompt = f"A window of τ = {length} truncates the gradient of {tex(parameter)}. Which term does it cut?"
    answer = f"{term(t, k)} is cut: its lag {t - k} is not below {length}."
    facts = {"kind": "window", "length": length, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


def _window_reply(length, t, k) -> str:
    where = f"{term(t, k)} has lag {t - k}"
    if t - k == length - 1:
        return f"{where}, the last that is kept: counted from 0 the window has {counted(length, 'lag')}."
    return f"{where}, below {length}: kept. What counts is t − k, not how early k = {step_number(k)} is."


@template("chunk-cuts", 7, "What blocks cut", numbers=False, least=2)
def chunk_cuts(scope, draw):
    """Ask which term blocks of τ steps leave out."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    cut = [pair for pair in _drawn_terms(scope) if not kept_by("chunk", length, *pair)]
    kept = [pair for pair in _drawn_terms(scope) if kept_by("chunk", length, *pair)]
    if not cut or not kept:
        return None
    near = [pair for pair in cut if kept_by("window", length, *pair)] or cut
    t, k = one_of(draw, near)
    far = sorted(kept, key=lambda pair: pair[1] - pair[0])[:3]
    others = _some(draw, far, 2) + _some(draw, kept, 2)
    border = (k // length + 1) * length
    choices = settled(
        option(0, f"The state is detached before step {step_number(border)}, between its two ends."
               + (f" A window of {length} would keep it." if t - k < length else ""),
               f"term_{t}_{k}", text=term(t, k)),
        [option(place + 1, f"{term(*pair)} stays inside one block of {length}, steps "
                f"{step_number(pair[0] // length * length)} to "
                f"{step_number(min(pair[0] // length * length + length, scope.T) - 1)}: kept, lag "
                f"{pair[0] - pair[1]}.", "term_{}_{}".format(*pair), text=term(*pair))
         for place, pair in enumerate(others)],
    )  # fmt: skip
    prompt = (
        f"The state is detached {every(length, 'step')}, from step {step_number(0)} on. Which term of "
        f"{tex(parameter)} is cut?"
    )
    answer = f"{term(t, k)} is cut: it crosses the border before step {step_number(border)}."
    facts = {"kind": "chunk", "length": length, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


@template("kept-count", 7, "How many terms are kept", numbers=False, least=2)
def kept_count(scope, draw):
    """Count the terms that a truncation keeps."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    kind = one_of(draw, ("window", "chunk"))
    count = _count(scope, kind, length)
    other = "chunk" if kind == "window" else "window"
    names = {"window": f"a window of τ = {length}", "chunk": f"detaching {every(length, 'step')}"}
    whole = _count(scope, "window", scope.T)
    choices = settled(
        option(count, f"{names[kind][0].upper()}{names[kind][1:]} keeps {part_of(count, whole, 'term')}.",
               f"dL/d{parameter}", text=str(count)),
        [
            option(_count(scope, other, length), f"That is {names[other]}: another border.",
                   f"dL/d{parameter}", text=str(_count(scope, other, length))),
            option(whole, "Those are all terms. Truncation leaves some out.", f"dL/d{parameter}",
                   text=str(whole)),
            option(_count(scope, kind, length + 1), f"That is one step too far, for {length + 1}: the lag 0 "
                   "counts as a step.", "lag_0", text=str(_count(scope, kind, length + 1))),
            option(length, "That is the length itself. Every loss has terms of its own.",
                   f"L_{scope.T - 1}", text=str(length)),
        ],
    )  # fmt: skip
    losses = scope.T - scope.first_loss
    prompt = (
        f"The network has {scope.T} steps and {counted(losses, 'loss')}. How many terms "
        f"of {tex(parameter)} does {names[kind]} keep?"
    )
    answer = f"{part_of(count, whole, 'term', 'is', 'are')} kept."
    facts = {"kind": kind, "length": length, "parameter": parameter}
    return choices and Draft(prompt, choices, "sum", parameter, answer, facts)


def _count(scope, kind: str, length: int) -> int:
    if kind == "window":
        return sum(min(length, t + 1) for t in range(scope.first_loss, scope.T))
    return sum(t % length + 1 for t in range(scope.first_loss, scope.T))


@template("truncated-length", 7, "What truncation does to the length", least=2)
def truncated_length(scope, draw):
    """Ask for the length of a truncated gradient."""
    length, parameter = _length(scope, draw), scope.a_parameter(draw)
    kind = one_of(draw, ("window", "chunk"))
    parts = {name: _gradient(scope, parameter, length, name) for name in ("window", "chunk")}
    full = _gradient(scope, parameter, scope.T, "window")
    value, whole, lost = (frobenius(part) for part in (parts[kind], full, full - parts[kind]))
    other = "chunk" if kind == "window" else "window"
    if min(value, whole) < 1e-6 * max(value, whole) or not apart(parts[kind], full):
        return None
    light = f"dL/d{parameter}"
    names = {"window": f"a window of τ = {length}", "chunk": f"blocks of {counted(length, 'step')}"}
    grows = " It is longer than the full one: the terms left out pulled against it." if value > whole else ""
    choices = settled(
        option(value, f"The kept terms add up to length {four(value)}, the full gradient has {four(whole)}."
               + grows, light),
        [
            option(whole, "That is the full gradient. Truncation leaves terms out and changes it.", light),
            option(lost, f"That is the length of what is cut: {four(lost)}. Lengths of parts do not add up "
                   f"to {four(whole)}.", light)
            if significant(lost, whole) else None,
            option(whole * _count(scope, kind, length) / _count(scope, kind, scope.T), "That shares the "
                   "length by the number of terms. They differ in size and direction.", light),
            option(frobenius(parts[other]), f"That is with {names[other]}.", light),
            option(whole - lost, "That subtracts lengths. The two parts point in different directions.",
                   light),
        ],
    )  # fmt: skip
    prompt = (
        f"The full gradient of {tex(parameter)} has length {four(whole)}. How long is it with {names[kind]}?"
    )
    answer = f"With {names[kind]} its length is {four(value)}."
    facts = {"kind": kind, "length": length, "parameter": parameter}
    return choices and Draft(prompt, choices, "sum", parameter, answer, facts)


def _gradient(scope, parameter, length, kind) -> np.ndarray:
    """The gradient truncated to that length, scaled as L is."""
    return scope.scale * getattr(scope.truncated(kind, length), parameter)


@template("detach-or-reset", 7, "Detach is not reset", least=2)
def detach_or_reset(scope, draw):
    """Ask what detaching does to the loss, which is nothing."""
    length = _length(scope, draw)
    losses = scope.step_losses
    loss = scope.scale * float(losses.sum())
    reset = scope.scale * _loss_with_resets(scope, length)
    start = (scope.T - 1) // length * length
    last = scope.scale * float(losses[start:].sum())
    if loss < 1e-12:
        return None
    choices = settled(
        option(loss, "Detaching cuts the way back only. Forward the state goes on, so every number stays: "
               f"{four(loss)}.", "L"),
        [
            option(reset, "That is with the state set to 0 at each cut. Detaching keeps its value.",
                   f"H_{start}" if start in scope.steps else "H_init"),
            option(last, f"That counts the losses of the last block alone. All {scope.T - scope.first_loss} "
                   "count.", f"L_{scope.T - 1}"),
            option(loss * length / scope.T, f"That takes a share of {length} of {scope.T} steps. The loss is "
                   "of the forward pass, which is not cut.", "L"),
            option(loss * math.ceil(scope.T / length), "That counts the loss once a block. Each step has one "
                   "loss.", "L"),
        ],
    )  # fmt: skip
    prompt = (
        f"The total loss {tex('L')} is {four(loss)}. The same forward pass runs once more, but now the state "
        f"is detached {every(length, 'step')}. What is the loss?"
    )
    answer = f"It stays {four(loss)}; with the state set to 0 instead it would be {four(reset)}."
    return choices and Draft(prompt, choices, "loss", "Wh1", answer, {"length": length})


def _loss_with_resets(scope, length: int) -> float:
    """The total loss if every block of steps started from a zero state; H_init stays for the first."""
    architecture, parameters, trace, Y = scope.problem
    total = 0.0
    for start in range(0, scope.T, length):
        end = min(start + length, scope.T)
        if end <= scope.first_loss:
            continue
        begin = trace.H_init if start == 0 else np.zeros_like(trace.H_init)
        passed = engine.forward(architecture, parameters, trace.X[start:end], begin)
        total += float(engine.step_losses(architecture, passed, Y if Y.ndim == 2 else Y[start:end]).sum())
    return total


@template("largest-term", 8, "Which term is largest", least=2)
def largest_term(scope, draw):
    """Ask for the largest of a few terms."""
    parameter = scope.a_parameter(draw)
    pairs = [(t, k) for t, k in _drawn_terms(scope) if t in scope.errors and scope.keeps(t, k)]
    pairs = _some(draw, pairs, 4)
    if not all(scope.is_clean(*pair) for pair in pairs):
        return None
    sizes = {pair: scope.scale * scope.size(parameter, *pair) for pair in pairs}
    if len(pairs) < 2 or not np.isfinite(list(sizes.values())).all() or max(sizes.values()) == 0:
        return None
    best = max(sizes, key=sizes.get)
    wrong = [
        option(size, _smaller(parameter, pair, best, sizes), "term_{}_{}".format(*pair), text=term(*pair))
        for pair, size in sizes.items()
        if pair != best
    ]
    choices = settled(
        option(sizes[best], f"It has norm {four(sizes[best])}, {steps_back(best[0] - best[1])}.",
               "term_{}_{}".format(*best), text=term(*best)), wrong,
    )  # fmt: skip
    if choices is None or len(choices) < len(pairs):
        return None
    prompt = f"Which of these terms of {tex(parameter)} is the largest?"
    answer = f"{term(*best)}, with norm {four(sizes[best])}."
    facts = {"parameter": parameter, "terms": tuple(pairs)}
    return Draft(prompt, choices, "term-{}-{}".format(*best), parameter, answer, facts)


def _smaller(parameter, pair, best, sizes) -> str:
    size = f"{term(*pair)} has norm {four(sizes[pair])}, against {four(sizes[best])}"
    lag, other = pair[0] - pair[1], best[0] - best[1]
    if sizes[pair] == 0:
        what = "the state before it is 0" if (parameter, pair[1]) == ("Wh1", 0) else "a factor of it is 0"
        return f"{size}: {what}."
    if lag > other:
        return f"{size}: {counted(lag - other, 'more Jacobian')} on its way back."
    if lag < other:
        return f"{size}. A shorter way does not make a term larger: what enters, and the error, count too."
    return f"{size}. It goes as far back, from another error or to another input."


def _far(scope, draw):
    """(t, k, parameter) of a term at some distance, with a neighbour that is not 0."""
    pair, parameter = scope.a_pair(draw, 2) or scope.a_pair(draw, 1), scope.a_parameter(draw)
    return pair and (*pair, parameter)


@template("far-share", 8, "How small a far term is", least=2)
def far_share(scope, draw):
    """Ask for the ratio of a far term to the near one of the same loss."""
    found = _far(scope, draw)
    if not found:
        return None
    t, k, parameter = found
    size, near_size, hop_size = (scope.size(parameter, t, j) for j in (k, t, t - 1))
    if not (np.isfinite([size, near_size, hop_size]).all() and near_size > 0 and size > 0):
        return None
    lag, ratio, radius = t - k, size / near_size, scope.spectrum.radius
    hop = hop_size / near_size
    far, near = f"term_{t}_{k}", f"term_{t}_{t}"
    choices = settled(
        option(ratio, f"{four(scope.scale * size)} over {four(scope.scale * near_size)}: weights, slopes and "
               "what enters, all in one.", far, near),
        [
            option(1.0, "That would give every step the same say. The way back multiplies by "
                   f"{counted(lag, 'Jacobian')}.", far),
            option(radius**lag, f"That is ρ = {four(radius)} to the power {lag}: the weights' long run. "
                   "Slopes, directions and inputs count too.", "Wh1"),
            option(1 / (lag + 1), "That falls evenly with the distance. A product falls or grows by factors.",
                   far),
            option(hop, f"That is one step back. Here it is {lag}.", f"term_{t}_{t - 1}")
            if t - 1 in scope.steps else None,
        ],
    )  # fmt: skip
    prompt = (
        f"{term(t, t)} of {tex(parameter)} has norm {four(scope.scale * near_size)}. How large is "
        f"{term(t, k)} next to it, norm over norm?"
    )
    answer = f"{term(t, k)} is {four(ratio)} times as large."
    facts = {"t": t, "k": k, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


@template("scaled-weights", 8, "When the weights are scaled", single=True, least=2)
def scaled_weights(scope, draw):
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
    why = f"The factor {factor} enters {counted(lag, 'time')}, {four(held)}"
    linear = scope.architecture.hidden_activation == "identity"
    rest = ", and identity units have no slopes that could change" if linear else "; the slopes change too"
    choices = settled(
        option(ratio, f"{why}{rest}: {four(before)} becomes {four(after)}.", *hops, "Wh1"),
        [
            option(factor, f"That counts {tex('Wh1')} once. It enters {counted(lag, 'time')}.",
                   "Wh1"),
            option(held, f"That holds the slopes. The states change with the weights, and f₁′ with them: "
                   f"{four(ratio / held)} times on top.", f"f1'_{t}"),
            option(1.0, "That would leave the way back as it is. Its every step goes through "
                   f"{tex('Wh1')}.", "Wh1"),
            option(factor ** (lag + 1), f"That is one step too many: from {tex(f'H_{t}')} to "
                   f"{tex(f'H_{k}')} there are {lag}.", f"H_{k}"),
        ],
    )  # fmt: skip
    prompt = (
        f"Every entry of {tex('Wh1')} is multiplied by {factor}, so its radius "
        f"{four(scope.spectrum.radius)} becomes {four(factor * scope.spectrum.radius)}, and the forward pass "
        rf"runs again. By which factor does the norm of ${per(latex(f'H_{t}'), f'H_{k}')}$ change?"
    )
    answer = f"Its largest singular value changes by the factor {four(ratio)}."
    facts = {"t": t, "k": k, "factor": factor}
    frame = f"term-{min(s for s in scope.losses if s >= t)}-{k}"
    return choices and Draft(prompt, choices, frame, "W1", answer, facts)


def _is_clean(scope, trace, t: int, k: int) -> bool:
    """Whether the Jacobian product from t down to k is more than what rounding leaves of nothing."""
    probe, slope = np.linspace(1.0, 2.0, scope.n1)[None], engine.hidden_slope(scope.architecture, trace)
    slope = np.concatenate([np.ones_like(slope[:1]), slope[k + 1 : t + 1]])
    return stays_clean((probe, np.eye(scope.n1)), slope, scope.parameters.Wh1)


def _a_span(scope, draw):
    """Steps k < t that are drawn, at least two apart where there are such."""
    pairs = [(t, k) for t in scope.steps for k in scope.steps if k < t]
    return one_of(draw, [(t, k) for t, k in pairs if t - k > 1] or pairs)


@template("power-of-weights", 8, "How often a weight matrix enters", least=2)
def power_of_weights(scope, draw):
    """Ask by which factor one term changes when Wh1 is scaled and all else is held."""
    pair, parameter = scope.a_pair(draw, 1), scope.a_parameter(draw, "W1", "b1")
    factor = float(one_of(draw, (0.5, 0.8, 1.25, 2.0)))
    if pair is None:
        return None
    t, k = pair
    lag, size = t - k, scope.size(parameter, t, k)
    if not (np.isfinite(size) and size > 1e-280):
        return None
    light = f"term_{t}_{k}"
    choices = settled(
        option(factor**lag, f"{tex('Wh1')} stands in it {counted(lag, 'time')}, once for "
               f"each step back: {four(factor)} to the power {lag}.", light, "Wh1"),
        [
            option(factor, "That counts it once. It stands in each step Jacobian on the way.", "Wh1"),
            option(factor ** (lag + 1), f"That is one too many: {lag + 1} states lie on the way, with "
                   f"{counted(lag, 'step')} between them.", f"H_{k}"),
            option(1.0, f"That holds for {term(t, t)}, which has no {tex('Wh1')} in it.", f"term_{t}_{t}"),
            option(factor**t, f"That counts the steps before step {step_number(t)}. The way back ends at "
                   f"step {step_number(k)}.", f"H_{k}") if t > lag else None,
            option(factor * lag, "That adds the steps. Factors along one way are multiplied.", light),
        ],
    )  # fmt: skip
    prompt = (
        f"{tex('Wh1')} is multiplied by {four(factor)} while all states and slopes are held. By which factor "
        f"does {term(t, k)} of {tex(parameter)} change?"
    )
    answer = f"By {four(factor)} to the power {lag}: {four(factor**lag)}."
    facts = {"t": t, "k": k, "parameter": parameter, "factor": factor}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


@template("what-vanishes", 8, "What vanishes is the far term", whole=True, least=2)
def what_vanishes(scope, draw):
    """Ask how much of the gradient is left without one far term."""
    found = _far(scope, draw)
    if not found:
        return None
    t, k, parameter = found
    gradient, part = _gradient(scope, parameter, scope.T, "window"), scope.scale * scope.term(parameter, t, k)
    whole, size = frobenius(gradient), frobenius(part)
    own = scope.scale * scope.size(parameter, t, t)
    left = frobenius(gradient - part)
    if not (whole > 0 and own > 0 and size > 0 and left > 1e-6 * max(size, whole)):
        return None
    count = _count(scope, "window", scope.T)
    far, light = f"term_{t}_{k}", f"dL/d{parameter}"
    choices = settled(
        option(left / whole, f"Length {four(left)} after {four(whole)}. The term has norm {four(size)}; the "
               "gradient is the sum of all.", light, far),
        [
            option(size / own, f"That is the far term next to {term(t, t)}. The gradient has near terms too.",
                   far),
            option(1 - 1 / count, f"That gives each of the {count} terms the same share. They differ.",
                   light),
            option(0.0, "That lets the whole gradient vanish with its far term. The near terms stay.", light),
            option(size / whole, f"That is the term itself, {four(size)} of {four(whole)}, not what is left.",
                   far),
        ],
    )  # fmt: skip
    prompt = (
        f"{term(t, k)}, {steps_back(t - k)}, is left out of the gradient of {tex(parameter)}. What is the "
        "length of the rest, over the length of the whole gradient?"
    )
    answer = f"The rest has {four(left / whole)} times its length."
    facts = {"t": t, "k": k, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)
