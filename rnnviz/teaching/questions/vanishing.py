"""Questions on what vanishes (8)."""

from __future__ import annotations

import numpy as np

from rnnviz import engine
from rnnviz.notation.ids import state, step_number
from rnnviz.notation.numbers import counted, four, steps_back
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.questions.asking import Draft, apart, one_of, option, settled, some_of, template
from rnnviz.teaching.questions.loops import per
from rnnviz.teaching.questions.scope import largest_stretch, stays_clean
from rnnviz.teaching.questions.words import latex, term, tex


@template("largest-term", 8, "Which term is largest", least=2)
def largest_term(scope, draw):
    """Ask for the largest of a few terms."""
    parameter = scope.a_parameter(draw)
    pairs = [(t, k) for t, k in scope.terms if t in scope.errors and scope.keeps(t, k)]
    pairs = some_of(draw, pairs, 4)
    if not all(scope.is_clean(*pair) and scope.adds_up(parameter, *pair) for pair in pairs):
        return None
    sizes = {pair: scope.size(parameter, *pair) for pair in pairs}
    if len(pairs) < 2 or not np.isfinite(list(sizes.values())).all() or max(sizes.values()) == 0:
        return None
    best = max(sizes, key=sizes.get)
    wrong = [
        option(
            size,
            f"{term(*pair)} has norm {four(size)}, against {four(sizes[best])}: "
            f"{_smaller(scope, parameter, pair, best)}.",
            "term_{}_{}".format(*pair),
            text=term(*pair),
        )
        for pair, size in sizes.items()
        if pair != best
    ]
    choices = settled(
        option(sizes[best], f"It has norm {four(sizes[best])}, {steps_back(best[0] - best[1])}.",
               "term_{}_{}".format(*best), text=term(*best)), wrong,
    )  # fmt: skip
    if choices is None or len(choices) < len(pairs):
        return None
    prompt = f"Which of these terms of {tex(parameter)} has the largest norm?"
    answer = f"{term(*best)}, with norm {four(sizes[best])}."
    facts = {"parameter": parameter, "terms": tuple(pairs)}
    return Draft(prompt, choices, "term-{}-{}".format(*best), parameter, answer, facts)


def _smaller(scope, parameter, pair, best) -> str:
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


def _nothing(scope, parameter, t: int, k: int) -> str:
    """Why a term is 0: nothing enters, or no error comes so far."""
    enters = {"W1": f"X_{k}", "Wh1": state(k - 1)}.get(parameter)
    if not scope.entering(parameter, k).any():
        return f"what enters, {tex(enters)}, is 0"
    error = scope.dZ[t] @ scope.parameters.W2.T
    if not error.any():
        return f"{tex('W2')} lets no error through"
    for s in range(t, k - 1, -1):
        error = error * scope.slope[s]
        if not error.any():
            return f"the slopes of step {step_number(s)} let no error through"
        error = error @ scope.parameters.Wh1.T
        if not error.any() and s > k:
            return f"{tex('Wh1')} lets no error through at step {step_number(s)}"
    return "nothing enters in the samples in which an error arrives"


def _far(scope, draw):
    """(t, k, parameter) of a term at some distance, with a neighbour that is not 0."""
    pair, parameter = scope.a_pair(draw, 2) or scope.a_pair(draw, 1), scope.a_parameter(draw)
    if not pair or not all(scope.adds_up(parameter, pair[0], k) for k in (*pair, pair[0] - 1)):
        return None
    return *pair, parameter


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
    enters = "" if parameter == "b1" else ", and what enters differs"
    choices = settled(
        option(ratio, f"{four(size)} over {four(near_size)}{_why_ratio(scope, parameter, t, k)}.", far, near),
        [
            option(1.0, "That would give every step the same say. The way back multiplies by "
                   f"{counted(lag, 'Jacobian')}{enters}.", far),
            option(radius**lag, f"That is ρ = {four(radius)} to the power {lag}. It leaves out "
                   f"{_beside_radius(scope, parameter)}.", "Wh1"),
            option(1 / (lag + 1), "That falls evenly with the distance. A product falls or grows by factors.",
                   far),
            option(hop, f"That is one step back. Here it is {lag}.", f"term_{t}_{t - 1}")
            if t - 1 in scope.steps else None,
        ],
    )  # fmt: skip
    prompt = (
        f"{term(t, t)} of {tex(parameter)} has norm {four(near_size)}. How large is "
        f"{term(t, k)} next to it, norm over norm?"
    )
    answer = f"{term(t, k)} has norm {four(size)}: the ratio is {four(ratio)}."
    facts = {"t": t, "k": k, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


def _beside_radius(scope, parameter) -> str:
    """What a term's length depends on beside the spectral radius."""
    parts = (
        ("the direction of the error", scope.n1 > 1),
        ("the slopes", scope.architecture.hidden_activation != "identity"),
        ("what enters", parameter != "b1"),
    )
    *first, last = [name for name, counts in parts if counts] or ["nothing"]
    return f"{', '.join(first)} and {last}" if first else last


def _why_ratio(scope, parameter, t: int, k: int) -> str:
    """What the ratio of a far term to the near one is made of; of one sample it is exactly this product."""
    if scope.m > 1:
        enters = "" if parameter == "b1" else ", and what enters,"
        return f": the error on its way back{enters} over all samples"
    (far, enters), (near, near_enters) = (scope.lengths(parameter, t, j) for j in (k, t))
    arrives = f": the length of the error that arrives changes by the factor {four(far[0] / near[0])}"
    return arrives + ("" if parameter == "b1" else f", of what enters by {four(enters[0] / near_enters[0])}")


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
    again = f". It enters {counted(lag, 'time')}" if lag > 1 else ", and leaves the slopes as they were"
    why = f"The factor {factor} enters {counted(lag, 'time')}, {four(held)}"
    rest = _slopes_after(scope, trace, t, k, apart(ratio, held))
    choices = settled(
        option(ratio, f"{why}{rest}: {four(before)} becomes {four(after)}.", *hops, "Wh1"),
        [
            option(factor, f"That counts {tex('Wh1')} once{again}.", "Wh1"),
            option(held, f"That holds the slopes. The states change with the weights, and f₁′ with them: "
                   f"{four(ratio / held)} times on top.", f"f1'_{t}"),
            option(1.0, "That would leave the way back as it is. Its every step goes through "
                   f"{tex('Wh1')}.", "Wh1"),
            option(factor ** (lag + 1), f"That is one step too many: from {tex(f'H_{t}')} to "
                   f"{tex(f'H_{k}')} {'there is' if lag == 1 else 'there are'} {counted(lag, 'step')}.",
                   f"H_{k}"),
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


def _slopes_after(scope, trace, t: int, k: int, told: bool) -> str:
    """What became of the slopes on the way, in the trace of the scaled weights."""
    if scope.architecture.hidden_activation == "identity":
        return ", and identity units keep their slope 1"
    after = engine.hidden_slope(scope.architecture, trace)[k + 1 : t + 1]
    same = np.array_equal(after, scope.slope[k + 1 : t + 1])
    if same:
        return ", and no slope on the way changes"
    return f"; the slopes change too{'' if told else ' little to tell'}"


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
    if pair is None or not scope.adds_up(parameter, *pair):
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
            option(factor ** (lag + 1), f"That is one too many: from {tex(f'H_{k}')} to {tex(f'H_{t}')} "
                   f"{'there is' if lag == 1 else 'there are'} {counted(lag, 'step')}.", f"H_{k}"),
            option(1.0, f"That holds for {term(t, t)}, which has no {tex('Wh1')} in it.", f"term_{t}_{t}"),
            option(factor**t, f"That counts all steps before step {step_number(t)}. The way back ends at "
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
    gradient, part = scope.gradient(parameter), scope.scale * scope.term(parameter, t, k)
    whole, size = frobenius(gradient), frobenius(part)
    own = scope.scale * scope.size(parameter, t, t)
    left = frobenius(gradient - part)
    telling = scope.outweighs_rounding[parameter] and left > 1e-6 * max(size, whole)
    if not (whole > 0 and own > 0 and size > 0 and telling):
        return None
    count = scope.count("window", scope.T)
    far, light = f"term_{t}_{k}", f"dL/d{parameter}"
    what = "The term has norm" if scope.scale == 1 else f"The term over {scope.count_losses} losses has norm"
    against = " It grows: the term pulled against the others." if left > whole else ""
    choices = settled(
        option(left / whole, f"Length {four(left)} after {four(whole)}. {what} {four(size)}; the gradient is "
               f"the sum of all.{against}", light, far),
        [
            option(size / own, f"That is the far term next to {term(t, t)}. The gradient has near terms too.",
                   far),
            option(1 - 1 / count, f"That gives each of the {count} terms the same share. They differ in size "
                   "and direction.", light),
            option(0.0, "That lets the whole gradient vanish with its far term. The near terms stay.", light),
            option(size / whole, f"That is the term itself, {four(size)} of {four(whole)}, not what is left.",
                   far),
        ],
    )  # fmt: skip
    prompt = (
        f"{term(t, k)}, {steps_back(t - k)}, is left out of the gradient of {tex(parameter)}. What is the "
        "length of the rest, over the length of the whole gradient?"
    )
    answer = f"The rest has length {four(left)}, the whole {four(whole)}: the ratio is {four(left / whole)}."
    facts = {"t": t, "k": k, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)
