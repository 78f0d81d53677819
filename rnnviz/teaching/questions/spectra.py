"""Questions on weights against slopes (9)."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import chain_factor, step_number
from rnnviz.notation.numbers import counted, four
from rnnviz.teaching.questions.asking import Draft, apart, one_of, option, settled, template
from rnnviz.teaching.questions.loops import hop_frame, per
from rnnviz.teaching.questions.scope import largest_stretch
from rnnviz.teaching.questions.words import latex, tex

_BOUND, _STRETCH = r"$\gamma\,\sigma_{\max}$", r"$\sigma_{\max}$"
_SLOPE_WORDS = {"tanh": "1 for tanh", "relu": "1 for ReLU", "sigmoid": "¼ for the sigmoid",
                "identity": "1 for the identity"}  # fmt: skip


def _span(scope, draw):
    return one_of(draw, [(t, k) for t in scope.steps for k in scope.steps if t - k > 0])


def _norm_of(t: int, k: int) -> str:
    return rf"$\left\|{per(latex(f'H_{t}'), f'H_{k}')}\right\|_2$"


def _spectral(scope) -> str:
    values = scope.spectrum
    slope = _SLOPE_WORDS[scope.architecture.hidden_activation]
    return (
        f"{tex('Wh1')} has spectral radius ρ = {four(values.radius)} and largest singular value {_STRETCH} = "
        f"{four(values.norm)}; γ, the steepest slope f₁′ can have, is {slope}."
    )


@template("bound", 9, "The bound on a Jacobian product", single=True, least=2)
def bound(scope, draw):
    """Ask for (γ σₘₐₓ)^(t−k)."""
    t, k = _span(scope, draw)
    lag, values = t - k, scope.spectrum
    limit, actual = (values.gamma * values.norm) ** lag, largest_stretch(scope.jacobian(t, k))
    choices = settled(
        option(limit, f"{_BOUND} = {four(values.gamma * values.norm)} to the power {lag}, once "
               f"for each step. For this input the norm is {four(actual)}.", "Wh1"),
        [
            option(values.radius**lag, f"That takes the largest |eigenvalue|, ρ = {four(values.radius)}. How "
                   f"far {tex('Wh1')} can stretch is {_STRETCH} = {four(values.norm)}.", "Wh1")
            if apart(values.radius, values.norm) else None,
            option(values.norm**lag, "That leaves out the slopes: sigmoid units let at most a quarter "
                   "through.", f"f1'_{t}"),
            option((values.gamma * values.norm) ** (lag + 1), "That is one step too many: from one state to "
                   f"the other there {'is' if lag == 1 else 'are'} {counted(lag, 'step')}.", f"H_{k}"),
            option(actual, "That is the norm with the slopes as they are now. The bound holds for all that "
                   "slopes can be.", f"H_{t}", f"H_{k}")
            if scope.architecture.hidden_activation != "identity" else None,
        ],
    )  # fmt: skip
    prompt = f"{_spectral(scope)} Which bound on {_norm_of(t, k)} follows from γ and {_STRETCH} alone?"
    answer = f"{_BOUND} to the power {lag}: {four(limit)}. For this input the norm is {four(actual)}."
    return choices and Draft(prompt, choices, _span_frame(scope, t, k), "W1", answer, {"t": t, "k": k})


def _span_frame(scope, t, k) -> str:
    return f"term-{min(s for s in scope.losses if s >= t)}-{k}"


@template("guarantee", 9, "Which number guarantees shrinking", single=True, least=2)
def guarantee(scope, draw):
    """Ask whether a single step is sure to shrink, and by which number one knows."""
    t, values = scope.a_hop(draw), scope.spectrum
    product = values.gamma * values.norm
    if not all(apart(value, 1.0) for value in (product, values.norm, values.radius)):
        return None
    actual = largest_stretch(scope.jacobian(t, t - 1))
    said = _claims(scope, t, product, actual)
    right = said.pop("yes" if product < 1 else "no")
    choices = settled(right, said.values())
    prompt = f"{_spectral(scope)} Do these numbers make sure that {_norm_of(t, t - 1)} is below 1, "
    prompt += "whatever the inputs?"
    answer = f"{right.text}: it is {four(product)}."
    return choices and Draft(prompt, choices, *hop_frame(scope, t), answer, {"t": t})


def _claims(scope, t, product, actual) -> dict:
    """What could be said for and against; a claim that would be right for another reason is left out."""
    values, weights, told = scope.spectrum, tex("Wh1"), f"{_BOUND} is {four(product)}"
    hop, unsure, plain = chain_factor(t), product >= 1, values.gamma == 1
    sure = "bounds every step" if not unsure else "is the least bound that they give, and it is not below 1"
    proof = f"{_BOUND} = {four(product)} {sure}. For this input the norm is {four(actual)}."
    turned = f"It is the other way round: {told}, {'not' if unsure else 'which is'} below 1."
    said = {
        "yes": option(0, turned if unsure else proof, hop, "Wh1", text=f"Yes, because {_BOUND} is below 1"),
        "no": option(1, proof if unsure else turned, hop, "Wh1", text=f"No, because {_BOUND} is not below 1"),
        "unit": option(4, f"Slopes are only one factor. The other is {weights}, which can stretch "
                       f"by {four(values.norm)}: {told}.", f"f1'_{t}", "Wh1",
                       text="Yes, because no slope is above 1"),
    }  # fmt: skip
    if apart(values.radius, values.norm):
        small = "is below 1, but" if values.radius < 1 else "is not below 1, and"
        said["radius"] = option(2, f"ρ = {four(values.radius)} {small} it is not ρ that bounds a single "
                                f"step: {told}.", "Wh1", text="Yes, because ρ is below 1")  # fmt: skip
    if not unsure and not plain:
        why = "The slopes are factors too" if values.norm > 1 else f"{_STRETCH} is {four(values.norm)}"
        said["slopes"] = option(
            3, f"{why}: {told}.", f"f1'_{t}", text=f"No, because {_STRETCH} is not below 1"
        )
    return said


@template("without-slopes", 9, "Weights and slopes apart", single=True, least=2)
def without_slopes(scope, draw):
    """Ask what a step Jacobian's norm would be with every slope 1."""
    t, values = scope.a_hop(draw), scope.spectrum
    actual, steepest = largest_stretch(scope.jacobian(t, t - 1)), float(scope.slope[t].max())
    if scope.architecture.hidden_activation == "identity" or not actual > 0:
        return None
    choices = settled(
        option(values.norm, f"With slopes 1 the Jacobian is the transposed {tex('Wh1')}, and its norm is "
               f"{_STRETCH} = {four(values.norm)}.", "Wh1"),
        [
            option(values.radius, "That is the spectral radius, the largest |eigenvalue|. A step stretches "
                   "by up to the largest singular value.", "Wh1"),
            option(actual, f"That leaves the slopes as they are. {_slopes_of(scope, t)}", f"f1'_{t}"),
            option(actual / steepest, "That divides by the steepest slope, as if every unit had it. Each "
                   "has its own.", f"f1'_{t}"),
            option(1.0, f"That would be the slopes alone. {tex('Wh1')} has a stretch of its own.", "Wh1"),
        ],
    )  # fmt: skip
    prompt = (
        f"{_norm_of(t, t - 1)} is {four(actual)}. What would it be if every slope f₁′ of step "
        f"{step_number(t)} were 1?"
    )
    same = four(values.norm) == four(actual)
    answer = f"{_STRETCH} = {four(values.norm)}; the slopes {'leave it' if same else 'bring it to'} "
    answer += "as it is." if same else f"{four(actual)}."
    return choices and Draft(prompt, choices, *hop_frame(scope, t), answer, {"t": t})


def _slopes_of(scope, t) -> str:
    """The slopes of one step, in a sentence."""
    least, most = four(scope.slope[t].min()), four(scope.slope[t].max())
    if least == most:
        return f"{'They are all' if scope.n1 > 1 else 'It is'} {most} here, not 1."
    return f"They are between {least} and {most} here."


@template("long-run", 9, "Eigenvalues and the first steps", least=3)
def long_run(scope, draw):
    """Ask for the norm of a power of Wh1: between ρ and σₘₐₓ."""
    W, values, power = scope.parameters.Wh1, scope.spectrum, int(draw.integers(2, min(scope.T, 13)))
    norm = largest_stretch(np.linalg.matrix_power(W, power))
    if norm < 1e-6 * values.norm**power:
        return None
    low, high = values.radius**power, values.norm**power
    between = f"It lies between the powers of ρ and {_STRETCH}, {four(low)} and {four(high)}."
    normal = f"ρ and {_STRETCH} are the same here, and the norm is their power."
    why = between if apart(low, high) else normal
    choices = settled(
        option(norm, f"The largest singular value of the product of {power} such matrices: {four(norm)}. "
               f"{why}", "Wh1"),
        [
            option(values.radius**power, f"That is ρ to the power {power}. The norm is never below it, and "
                   f"here above: {tex('Wh1')} has no full set of eigenvectors at right angles.", "Wh1"),
            option(values.norm**power, f"That is {_STRETCH} to the power {power}, the bound. Each step would "
                   "have to turn the error into the direction that the next one stretches most.", "Wh1"),
            option(power * values.norm, f"That is {power} times {_STRETCH}. Steps multiply.", "Wh1"),
            option(values.norm, f"That is a single step. Here there are {power}.", "Wh1"),
        ],
    )  # fmt: skip
    prompt = (
        f"{tex('Wh1')} has spectral radius {four(values.radius)} and largest singular value "
        f"{four(values.norm)}. With every slope 1, by how much can {power} steps back stretch an error at "
        "the most?"
    )
    answer = f"By {four(norm)}, the largest singular value of the power {power}."
    last = scope.losses[-1]
    facts = {"power": power}
    return choices and Draft(prompt, choices, f"term-{last}-0", "W1", answer, facts)
