"""How each quantity is written and called."""

from __future__ import annotations

from functools import lru_cache

from rnnviz.notation.conventions import LATEX, LECTURE, LETTERS, PARAMETER_NAMES, Conventions
from rnnviz.notation.numbers import steps_back
from rnnviz.notation.quantity import STATES, Quantity, read
from rnnviz.notation.symbol import Symbol, plain

Written = tuple[str, tuple[tuple[str, str], ...]]
"""LaTeX, and a label as in `Symbol`."""
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
    "gradient": ("g", "g", "the gradient by {} that training takes: the mean over all samples, added over time"),
    "clipped": (r"\mathrm{clip}(g)", "clip(g)", "the gradient by {} after clipping"),
    "velocity": ("v", "v", "the velocity of {}: 0.9 of the last one, plus the gradient"),
    "first": (r"\hat{m}", "m̂", "the first moment of {}: a running mean of the gradient, corrected for its start"),
    "second": (
        r"\hat{v}",
        "v̂",
        "the second moment of {}: a running mean of the gradient's square, corrected for its start",
    ),
    "root": (r"\sqrt{\hat{v}} + \epsilon", "√v̂ + ε", "what Adam divides by: the root of v̂, plus ε = 1e−8, for {}"),
    "over": (r"\frac{1}{\sqrt{\hat{v}} + \epsilon}", "1 / (√v̂ + ε)", "one over what Adam divides by, for {}"),
    "within": (
        r"\min(1, c / |g|)",
        "min(1, c / |g|)",
        "what clipping by value leaves of each entry of the gradient by {}",
    ),
}
"""LaTeX, label and words of what an optimiser makes of a gradient, by the end of the id, ``W1_velocity``."""


@lru_cache(maxsize=20_000)
def symbol(quantity: str, conventions: Conventions = LECTURE) -> Symbol:
    """Return how the quantity with this id is written; ValueError if it is of no known form."""
    found = read(quantity)
    if found.kind in _ALONE:
        return _ALONE[found.kind]
    if found.kind == "L" and found.t < 0:
        return _TOTAL_LOSS
    return (_parameter_symbol if found.parameter else _WRITERS[found.kind])(found, conventions)


def named(quantity: str, conventions: Conventions = LECTURE) -> str:
    """Return a quantity's symbol as one line of plain text."""
    return symbol(quantity, conventions).text


def letter(base: str, step: str, conventions: Conventions = LECTURE) -> str:
    """Return the LaTeX of a state at a step that is itself a letter, such as t or t-1."""
    return _lettered(base, f"1{step}" if conventions.names == "lecture" and base in "HA" else step, conventions)[0]


def _written(base: str, t: int, conventions: Conventions) -> Written:
    """LaTeX and label of a letter with its step; the lecture's index counts the layer first, H_1t."""
    at = conventions.step(t)
    layer = ("1" if len(at) == 1 else "1,") if conventions.names == "lecture" and base in "HA" else ""
    return _lettered(base, layer + at, conventions)


def _lettered(base: str, index: str, conventions: Conventions) -> Written:
    letter = LETTERS[conventions.names][base]
    return f"{LATEX.get(letter, letter)}_{{{index}}}", ((letter, ""), (index, "sub"))


def _parameter_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    kind, words = quantity.kind, _PARAMETER_WORDS[quantity.parameter]
    latex, label = _parameter_written(quantity.parameter, c)
    if kind == "parameter":
        return Symbol(latex, label, "parameter", words)
    if kind == "new":
        return Symbol(f"{latex}'", (*label, ("′", "")), "parameter", f"{words}, after the update")
    if kind == "step":
        words = f"the change of {plain(label)} in the update"
        return Symbol(rf"\Delta {latex}", (("Δ", ""), *label), "parameter", words)
    latex, text, words = _UPDATE[kind]
    return Symbol(latex, ((text, ""),), "parameter", words.format(plain(label)))


def truncated_symbol(parameter: str, t: int | None = None, c: Conventions = LECTURE) -> Symbol:
    """Return how the sum of the kept terms is written where truncation leaves others out.

    It has a symbol of its own, since it is not the derivative ∂L/∂θ, and a row that is cut is not ∂L_t/∂θ.
    """
    latex, label = _parameter_written(parameter, c)
    row, index = ("", ()) if t is None else (rf"_{{{c.step(t)}}}", ((c.step(t), "sub"),))
    whose = "" if t is None else f" of the loss at step {c.step(t)}"
    words = f"the truncated gradient{whose} by {plain(label)}: the sum of the terms that truncation keeps"
    pieces = (("g", ""), ("τ", "sup"), *index, ("(", ""), *label, (")", ""))
    return Symbol(rf"g^{{\tau}}{row}({latex})", pieces, "ink", words)


def _parameter_written(base: str, c: Conventions) -> Written:
    name = PARAMETER_NAMES[c.names][base]
    if c.names == "pytorch":
        escaped = name.replace("_", r"\_")
        return rf"\mathrm{{{escaped}}}", ((name, ""),)
    letter, sub = name.split("_")
    latex = r"\beta" if letter == "β" else letter
    return f"{latex}_{{{sub}}}", ((letter, ""), (sub, "sub"))


def _step_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    kind, t = quantity.kind, quantity.t
    role = "loss" if kind == "L" else "forward"
    return Symbol(*_written(kind, t, c), role, _BASE_WORDS[kind].format(t=c.step(t)))


def _start_symbol(_: Quantity, c: Conventions) -> Symbol:
    before = f"{c.first - 1}"
    latex, label = f"h_{{{before}}}", (("h", ""), (before.replace("-", "−"), "sub"))
    if c.names == "lecture":
        latex, label = "H_{init}", (("H", ""), ("init", "sub"))
    return Symbol(latex, label, "forward", "hidden state before the first step")


def _derivative_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    upper, lower = (symbol(each.id, c) for each in quantity.pair)
    immediate = quantity.kind == "immediate"
    mark = r"\partial^{+}" if immediate else r"\partial"
    latex = rf"\frac{{{mark} {upper.latex}}}{{\partial {lower.latex}}}"
    label = (("∂⁺" if immediate else "∂", ""), *upper.label, ("/∂", ""), *lower.label)
    return Symbol(latex, label, _derivative_role(quantity), _derivative_words(quantity, upper.text, lower.text, c))


_INSIDE = ("H", "A", "H_init")
"""What a loss reaches only by the chain."""


def _derivative_role(quantity: Quantity) -> str:
    of, by = (each.kind for each in quantity.pair)
    if quantity.kind == "immediate":
        return "parameter"
    if of == "L":
        return {"Y": "loss", "Y_hat": "loss", "Z": "loss"}.get(by, "chain" if by in _INSIDE else "ink")
    return "output" if of == "Y_hat" else "chain"


def _derivative_words(quantity: Quantity, upper: str, lower: str, c: Conventions) -> str:
    of, by = quantity.pair
    if quantity.kind == "immediate":
        held = "with the state before it held fixed" if of.kind == "H" else "with the state held fixed"
        return f"immediate derivative of {upper} by {lower}, {held}"
    if of.kind == "H":
        far = by.kind == "H" and of.t - by.t > 1
        return f"{'product of step Jacobians' if far else 'step Jacobian'}: how {upper} follows {lower}"
    if of.kind != "L" or (of.t >= 0 and by.kind not in ("parameter", *_INSIDE)):
        return f"derivative of {upper} by {lower}"
    if of.t >= 0 and by.kind == "parameter":
        return f"the gradient of the loss at step {c.step(of.t)} by {lower}: the sum of its row"
    if of.t >= 0:
        return f"the product of the factors so far: how the loss at step {c.step(of.t)} follows {lower}"
    if by.kind in _INSIDE and by.t >= 0:
        return f"what all losses from step {c.step(by.t)} on say about {lower}: the adjoint of the backward loop"
    return f"the gradient of the total loss by {lower}"


def _term_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    t, k = c.step(quantity.t), c.step(quantity.k)
    words = f"the part of the gradient that goes from the loss at step {t} to the copy used at step {k}"
    return Symbol(rf"\mathrm{{term}}({t},{k})", ((f"term({t}, {k})", ""),), "ink", words)


def _column_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    k = c.step(quantity.k)
    adds = f"what the backward loop adds at step {k}"
    divided = f"the sum of column {k}; divided by the number of losses it is {adds}"
    words = divided if c.is_mean else f"{adds}: the sum of column {k}"
    return Symbol(rf"\textstyle\sum_t \mathrm{{term}}(t,{k})", ((f"Σ term(t, {k})", ""),), "ink", words)


def _slope_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    latex, ((letter, _), (index, _)) = _written("A", quantity.t, c)
    label = (("f", ""), ("1", "sub"), (f"′({letter}", ""), (index, "sub"), (")", ""))
    words = f"slope of the activation at step {c.step(quantity.t)}, one for each unit"
    return Symbol(f"f_1'({latex})", label, "parameter", words)


def _delta_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    t, k = quantity.t, quantity.k
    upper, lower = _written("L", t, c), _written("A", k, c)
    label = (("∂", ""), *upper[1], ("/∂", ""), *lower[1])
    words = f"derivative of the loss at step {c.step(t)} by the pre-activation at step {c.step(k)}"
    latex = rf"\frac{{\partial {upper[0]}}}{{\partial {lower[0]}}}"
    return Symbol(latex, label, "chain", f"{words}, of every sample, over m")


def _lag_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    far = quantity.k
    which = f"that go {steps_back(far)} through time" if far else "whose use is at the step of the loss"
    latex = rf"\textstyle\sum_t \mathrm{{term}}(t,t-{far})"
    return Symbol(latex, ((f"t − k = {far}", ""),), "ink", f"the sum of all terms {which}")


def _carry_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    at = c.step(quantity.k)
    (latex, label), loss = _written("H", quantity.k, c), LETTERS[c.names]["L"]
    words = f"dh_next on its way into step {at}: what all later losses say about {plain(label)}"
    mean = r"\frac{1}{T}" if c.is_mean else ""
    latex = rf"\textstyle {mean}\sum_{{t>{at}}} \frac{{\partial {loss}_t}}{{\partial {latex}}}"
    return Symbol(latex, (("dh_next → ", ""), *label), "chain", words)


def _frozen_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    """∂⁺H_t/∂w of one entry w of a parameter."""
    latex, label = _written("H", quantity.t, c)
    words = f"what {plain(label)} gains at once when w grows and the state before it is held fixed"
    parts = (("∂⁺", ""), *label, ("/∂w", ""))
    return Symbol(rf"\frac{{\partial^{{+}} {latex}}}{{\partial w}}", parts, "parameter", words)


def _total_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    latex, label = _written("H", quantity.t, c)
    until = f"through every use of w up to step {c.step(quantity.t)}"
    words = f"what {plain(label)} gains in all when w grows, {until}"
    return Symbol(rf"\frac{{d {latex}}}{{d w}}", (("d", ""), *label, ("/dw", "")), "chain", words)


def _via_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    """The part of dH_t/dw that goes by way of H_k."""
    (latex, label), (below, below_label) = _written("H", quantity.t, c), _written("H", quantity.k, c)
    words = f"the part of it that comes from the use of w at step {c.step(quantity.k)}"
    hop = rf"\frac{{\partial {latex}}}{{\partial {below}}}"
    parts = (("∂", ""), *label, ("/∂", ""), *below_label, (" · ∂⁺", ""), *below_label, ("/∂w", ""))
    return Symbol(rf"{hop} \frac{{\partial^{{+}} {below}}}{{\partial w}}", parts, "chain", words)


_ALONE = {
    "ones": Symbol(r"\mathbf{1}", (("1", ""),), "ink", "a row of ones, one for each sample: it adds them up"),
    "L_rest": Symbol(
        r"\mathrm{rest}", (("losses not drawn", ""),), "loss", "the sum of the losses in the folded middle"
    ),
    "rest": Symbol(r"\mathrm{rest}", (("terms not drawn", ""),), "ink", "the sum of the terms in the folded middle"),
}
_TOTAL_LOSS = Symbol("L", (("L", ""),), "loss", "total loss over all steps")
_WRITERS = {
    **dict.fromkeys((*STATES, "L"), _step_symbol),
    "H_init": _start_symbol,
    "derivative": _derivative_symbol,
    "immediate": _derivative_symbol,
    "term": _term_symbol,
    "column": _column_symbol,
    "f1'": _slope_symbol,
    "delta": _delta_symbol,
    "lag": _lag_symbol,
    "carry": _carry_symbol,
    "frozen": _frozen_symbol,
    "total": _total_symbol,
    "via": _via_symbol,
}
"""Who writes a quantity, by its kind."""
