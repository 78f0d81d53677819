"""Ids, symbols, roles and words of every drawn quantity: one place, used by graph, equation, matrix and grid.

A quantity has one id (``H_2``, ``dH_2/dH_1``, ``term_2_1``). From the id follow its LaTeX, its short label
for drawings, its role (which fixes its colour) and its name in words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from rnnviz.scene.symbol import Symbol, plain
from rnnviz.story.conventions import LATEX, LETTERS, PARAMETER_NAMES, Conventions, spoken
from rnnviz.story.numbers import LOW, steps_back

PARAMETERS = ("W1", "Wh1", "b1", "W2", "b2")
HIDDEN_PARAMETERS = ("W1", "Wh1", "b1")

_PARAMETER_WORDS = {
    "W1": "weights from the input to the hidden layer",
    "Wh1": "weights from the hidden layer to itself, one step later",
    "b1": "bias of the hidden layer",
    "W2": "weights from the hidden layer to the output",
    "b2": "bias of the output",
}
_BASE_WORDS = {
    "X": "input at step {t}",
    "A": "pre-activation at step {t}, before f1",
    "H": "hidden state at step {t}",
    "Z": "output before its activation at step {t}",
    "Y": "target at step {t}",
    "Y_hat": "prediction at step {t}",
    "L": "loss at step {t}, in nats or squared units",
}
_UPDATE = {
    "gradient": (
        "g",
        "g",
        "the gradient by {} that training takes: the mean over all samples, added over time",
    ),
    "clipped": (r"\mathrm{clip}(g)", "clip(g)", "the gradient by {} after clipping"),
    "velocity": ("v", "v", "the velocity of {}: 0.9 of the last one, plus the gradient"),
    "first": (
        r"\hat{m}",
        "m̂",
        "the first moment of {}: a running mean of the gradient, corrected for its start",
    ),
    "second": (
        r"\hat{v}",
        "v̂",
        "the second moment of {}: a running mean of the gradient's square, corrected for its start",
    ),
    "root": (
        r"\sqrt{\hat{v}} + \epsilon",
        "√v̂ + ε",
        "what Adam divides by: the root of v̂, plus ε = 1e−8, for {}",
    ),
    "over": (
        r"\frac{1}{\sqrt{\hat{v}} + \epsilon}",
        "1 / (√v̂ + ε)",
        "one over what Adam divides by, for {}",
    ),
    "within": (
        r"\min(1, c / |g|)",
        "min(1, c / |g|)",
        "what clipping by value leaves of each entry of the gradient by {}",
    ),
}
"""LaTeX, label and words of what an optimiser makes of a gradient, by the end of the id, ``W1_velocity``."""
_STEP = re.compile(r"^(X|A|H|Z|Y_hat|Y|L)_(\d+)$")
_TERM = re.compile(r"^term_(\d+)_(\d+)$")
_WALK = re.compile(r"^(lag|carry|frozen|total|via)_(\d+)(?:_(\d+))?$")


def state(t: int) -> str:
    """Return the id of the hidden state after step ``t``; before the first step it is ``H_init``."""
    return "H_init" if t < 0 else f"H_{t}"


def output_factor(t: int) -> str:
    """Return the id of ∂L_t/∂Ŷ_t."""
    return f"dL_{t}/dY_hat_{t}"


def readout_factor(t: int) -> str:
    """Return the id of ∂Ŷ_t/∂H_t."""
    return f"dY_hat_{t}/dH_{t}"


def chain_factor(j: int, before: int | None = None) -> str:
    """Return the id of ∂H_j/∂H_{j−1}, or of the product of Jacobians from ``j`` down to ``before``."""
    return f"d{state(j)}/d{state(j - 1 if before is None else before)}"


def hops(t: int, k: int, steps: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs of neighbouring drawn steps from ``t`` down to ``k``; a folded middle is one hop."""
    back = [step for step in reversed(steps) if k <= step <= t]
    return list(pairwise(back))


def immediate_factor(k: int, parameter: str) -> str:
    """Return the id of the immediate derivative ∂⁺ at step ``k``: of H_k, or of Ŷ_k for the output layer."""
    node = f"H_{k}" if parameter in HIDDEN_PARAMETERS else f"Y_hat_{k}"
    return f"d+{node}/d{parameter}"


def path(t: int, k: int, parameter: str, steps: Sequence[int]) -> list[str]:
    """Return the ids of the factors of term (t, k) in the order in which they are multiplied.

    ``steps`` are the drawn steps: over a folded middle the step Jacobians are one factor, their product.
    """
    if parameter not in HIDDEN_PARAMETERS:
        return [output_factor(t), immediate_factor(t, parameter)]
    chain = [chain_factor(*hop) for hop in hops(t, k, steps)]
    return [output_factor(t), readout_factor(t), *chain, immediate_factor(k, parameter)]


def symbol(quantity: str) -> Symbol:
    """Return how the quantity with this id is written.

    Raises
    ------
    ValueError
        If the id is of no known form.
    """
    return _symbol(quantity, spoken())


@lru_cache(maxsize=20_000)
def _symbol(quantity: str, _conventions: Conventions) -> Symbol:
    """The symbol, remembered for the conventions that hold: a scene asks for the same ones over and over."""
    for read in (_parameter_symbol, _step_symbol, _derivative_symbol, _special_symbol):
        found = read(quantity)
        if found is not None:
            return found
    raise ValueError(f"quantity: got {quantity!r}, expected an id such as H_2, W1, dH_2/dH_1 or term_2_1")


def named(quantity: str) -> str:
    """Return a quantity's symbol as one line of plain text, as the present conventions write it."""
    return plain(symbol(quantity).label)


def step_number(t: int | str) -> str:
    """Return the number of step ``t`` as the present conventions count."""
    return str(spoken().step(t))


def _index(base: str, t: str) -> str:
    """Return the index of a state; the lecture's counts the layer first, H_1t."""
    at = step_number(t)
    if spoken().names != "lecture" or base not in "HA":
        return at
    return f"1{at}" if len(at) == 1 else f"1,{at}"


def _written(base: str, t: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return LaTeX and label of a letter with its step."""
    letter, index = LETTERS[spoken().names][base], _index(base, t)
    return f"{LATEX.get(letter, letter)}_{{{index}}}", ((letter, ""), (index, "sub"))


def letter(base: str, step: str) -> str:
    """Return the LaTeX of a state at a step that is itself a letter, such as t or t-1."""
    latex = LETTERS[spoken().names][base]
    index = f"1{step}" if spoken().names == "lecture" and base in "HA" else step
    return f"{LATEX.get(latex, latex)}_{{{index}}}"


def _parameter_symbol(quantity: str) -> Symbol | None:
    base, _, kind = quantity.partition("_")
    if base not in PARAMETERS:
        return None
    latex, label = _parameter_written(base)
    if not kind:
        return Symbol(latex, label, "parameter", _PARAMETER_WORDS[base])
    if kind == "new":
        return Symbol(
            f"{latex}'", (*label, ("′", "")), "parameter", f"{_PARAMETER_WORDS[base]}, after the update"
        )
    if kind == "step":
        words = f"the change of {plain(label)} in the update"
        return Symbol(rf"\Delta {latex}", (("Δ", ""), *label), "parameter", words)
    if kind not in _UPDATE:
        return None
    latex, text, words = _UPDATE[kind]
    return Symbol(latex, ((text, ""),), "parameter", words.format(plain(label)))


def truncated_symbol(parameter: str, t: int | None = None) -> Symbol:
    """Return how the sum of the kept terms is written where truncation leaves others out.

    It has a symbol of its own, since it is not the derivative ∂L/∂θ, and a row that is cut is not ∂L_t/∂θ.
    """
    latex, label = _parameter_written(parameter)
    row, index = ("", ()) if t is None else (rf"_{{{step_number(t)}}}", ((step_number(t), "sub"),))
    whose = "" if t is None else f" of the loss at step {step_number(t)}"
    words = f"the truncated gradient{whose} by {plain(label)}: the sum of the terms that truncation keeps"
    pieces = (("g", ""), ("τ", "sup"), *index, ("(", ""), *label, (")", ""))
    return Symbol(rf"g^{{\tau}}{row}({latex})", pieces, "ink", words)


def _parameter_written(base: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    name = PARAMETER_NAMES[spoken().names][base]
    if spoken().names == "pytorch":
        escaped = name.replace("_", r"\_")
        return rf"\mathrm{{{escaped}}}", ((name, ""),)
    letter, sub = name.split("_")
    latex = r"\beta" if letter == "β" else letter
    return f"{latex}_{{{sub}}}", ((letter, ""), (sub, "sub"))


def _step_symbol(quantity: str) -> Symbol | None:
    if quantity == "H_init":
        return Symbol(*_start_state(), "forward", "hidden state before the first step")
    match = _STEP.match(quantity)
    if match is None:
        return None
    base, t = match.groups()
    role = "loss" if base == "L" else "forward"
    return Symbol(*_written(base, t), role, _BASE_WORDS[base].format(t=step_number(t)))


def _start_state() -> tuple[str, tuple[tuple[str, str], ...]]:
    if spoken().names == "lecture":
        return "H_{init}", (("H", ""), ("init", "sub"))
    before = str(spoken().first - 1)
    return f"h_{{{before}}}", (("h", ""), (before.replace("-", "−"), "sub"))


def _derivative_symbol(quantity: str) -> Symbol | None:
    if not quantity.startswith("d") or "/d" not in quantity:
        return None
    top, bottom = quantity.split("/d", 1)
    immediate, top = top.startswith("d+"), top[2:] if top.startswith("d+") else top[1:]
    upper = Symbol("L", (("L", ""),), "loss", "total loss") if top == "L" else symbol(top)
    lower = symbol(bottom)
    mark = r"\partial^{+}" if immediate else r"\partial"
    latex = rf"\frac{{{mark} {upper.latex}}}{{\partial {lower.latex}}}"
    sign = (("∂⁺", ""),) if immediate else (("∂", ""),)
    label = sign + upper.label + (("/∂", ""),) + lower.label
    words = _derivative_words(top, bottom, immediate)
    return Symbol(latex, label, _derivative_role(top, bottom, immediate), words)


def _derivative_role(top: str, bottom: str, immediate: bool) -> str:
    if immediate:
        return "parameter"
    if top.startswith("L"):
        return {"Y": "loss", "Z": "loss", "H": "chain", "A": "chain"}.get(bottom[0], "ink")
    return "output" if top.startswith("Y_hat") else "chain"


def _derivative_words(top: str, bottom: str, immediate: bool) -> str:
    upper, lower = "L" if top == "L" else named(top), named(bottom)
    if immediate:
        held = "with the state before it held fixed" if top.startswith("H") else "with the state held fixed"
        return f"immediate derivative of {upper} by {lower}, {held}"
    if top.startswith("L"):
        return _loss_derivative_words(top, bottom, lower)
    if top.startswith("H"):
        far = bottom.startswith("H_") and bottom[2:].isdigit() and int(top[2:]) - int(bottom[2:]) > 1
        return f"{'product of step Jacobians' if far else 'step Jacobian'}: how {upper} follows {lower}"
    return f"derivative of {upper} by {lower}"


def _loss_derivative_words(top: str, bottom: str, lower: str) -> str:
    if top == "L" and bottom[0] in "HA":
        at = step_number(bottom[2:])
        return f"what all losses from step {at} on say about {lower}: the adjoint of the backward loop"
    if top == "L":
        return f"the gradient of the total loss by {lower}"
    t = step_number(top[2:])
    if bottom in PARAMETERS:
        return f"the gradient of the loss at step {t} by {lower}: the sum of its row"
    if bottom[0] in "HA":
        return f"the product of the factors so far: how the loss at step {t} follows {lower}"
    return f"derivative of {named(top)} by {lower}"


def _special_symbol(quantity: str) -> Symbol | None:
    match = _TERM.match(quantity)
    if match:
        t, k = map(step_number, match.groups())
        words = f"the part of the gradient that goes from the loss at step {t} to the copy used at step {k}"
        return Symbol(rf"\mathrm{{term}}({t},{k})", ((f"term({t}, {k})", ""),), "ink", words)
    for start, read in (("column_", _column_symbol), ("f1'_", _slope_symbol), ("delta_", _delta_symbol)):
        if quantity.startswith(start):
            return read(quantity)
    return _walk_symbol(quantity) or _PLAIN.get(quantity)


def _column_symbol(quantity: str) -> Symbol:
    k = step_number(quantity[7:])
    adds = f"what the backward loop adds at step {k}"
    if spoken().over_time == "mean":
        words = f"the sum of column {k}; divided by the number of losses it is {adds}"
    else:
        words = f"{adds}: the sum of column {k}"
    return Symbol(rf"\textstyle\sum_t \mathrm{{term}}(t,{k})", ((f"Σ term(t, {k})", ""),), "ink", words)


def _slope_symbol(quantity: str) -> Symbol:
    latex, ((letter, _), (index, _)) = _written("A", quantity[4:])
    label = (("f", ""), ("1", "sub"), (f"′({letter}", ""), (index, "sub"), (")", ""))
    words = f"slope of the activation at step {step_number(quantity[4:])}, one for each unit"
    return Symbol(f"f_1'({latex})", label, "parameter", words)


def _delta_symbol(quantity: str) -> Symbol:
    _, t, k = quantity.split("_")
    upper, lower = _written("L", t), _written("A", k)
    label = (("∂", ""), *upper[1], ("/∂", ""), *lower[1])
    words = (
        f"derivative of the loss at step {step_number(t)} by the pre-activation at step {step_number(k)}, "
        "of every sample, over m"
    )
    return Symbol(rf"\frac{{\partial {upper[0]}}}{{\partial {lower[0]}}}", label, "chain", words)


def _walk_symbol(quantity: str) -> Symbol | None:
    """Return the symbols that the opened views add: lags, the carried adjoint, immediate against total."""
    match = _WALK.match(quantity)
    if match is None:
        return None
    kind, first, second = match.groups()
    if kind == "lag":
        far = (
            f"that go {steps_back(int(first))} through time"
            if int(first)
            else "whose use is at the step of the loss"
        )
        words = f"the sum of all terms {far}"
        latex = rf"\textstyle\sum_t \mathrm{{term}}(t,t-{first})"
        return Symbol(latex, ((f"t − k = {first}", ""),), "ink", words)
    if kind == "carry":
        return _carry_symbol(first)
    return _entry_symbol(kind, first, second)


def _carry_symbol(k: str) -> Symbol:
    at = step_number(k)
    words = f"dh_next on its way into step {at}: what all later losses say about {named(f'H_{k}')}"
    (latex, label), loss = _written("H", k), LETTERS[spoken().names]["L"]
    mean = r"\frac{1}{T}" if spoken().over_time == "mean" else ""
    latex = rf"\textstyle {mean}\sum_{{t>{at}}} \frac{{\partial {loss}_t}}{{\partial {latex}}}"
    return Symbol(latex, (("dh_next → ", ""), *label), "chain", words)


def _entry_symbol(kind: str, k: str, s: str | None) -> Symbol:
    """Return the symbol of a derivative by one entry w of the parameter, frozen, total, or by way of H_s."""
    at, (latex, label) = named(f"H_{k}"), _written("H", k)
    if kind == "frozen":
        words = f"what {at} gains at once when w grows and the state before it is held fixed"
        parts = (("∂⁺", ""), *label, ("/∂w", ""))
        return Symbol(rf"\frac{{\partial^{{+}} {latex}}}{{\partial w}}", parts, "parameter", words)
    if kind == "total":
        words = f"what {at} gains in all when w grows, through every use of w up to step {step_number(k)}"
        return Symbol(rf"\frac{{d {latex}}}{{d w}}", (("d", ""), *label, ("/dw", "")), "chain", words)
    below, below_label = _written("H", str(s))
    words = f"the part of it that comes from the use of w at step {step_number(str(s))}"
    hop = rf"\frac{{\partial {latex}}}{{\partial {below}}}"
    parts = (("∂", ""), *label, ("/∂", ""), *below_label, (" · ∂⁺", ""), *below_label, ("/∂w", ""))
    return Symbol(rf"{hop} \frac{{\partial^{{+}} {below}}}{{\partial w}}", parts, "chain", words)


_PLAIN = {
    "ones": Symbol(r"\mathbf{1}", (("1", ""),), "ink", "a row of ones, one for each sample: it adds them up"),
    "L_rest": Symbol(
        r"\mathrm{rest}", (("losses not drawn", ""),), "loss", "the sum of the losses in the folded middle"
    ),
    "L": Symbol("L", (("L", ""),), "loss", "total loss over all steps"),
    "rest": Symbol(
        r"\mathrm{rest}", (("terms not drawn", ""),), "ink", "the sum of the terms in the folded middle"
    ),
}


def subscripted(label: tuple[tuple[str, str], ...]) -> str:
    """Return a label as one line for the eye: with true subscripts, or an underscore where there are none.

    Examples
    --------
    >>> subscripted((("W", ""), ("h1", "sub"), ("[0, 1]", ""))), subscripted((("W", ""), ("hy", "sub")))
    ('Wₕ₁[0, 1]', 'W_hy')
    """
    return "".join(_low(text) if place == "sub" else text for text, place in label)


def _low(text: str) -> str:
    lowered = text.translate(LOW)
    return f"_{text}" if len(text) > 2 or set(lowered) & set(text) else lowered
