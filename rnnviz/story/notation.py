"""Ids, symbols, roles and words of every drawn quantity: one place, used by graph, equation, matrix and grid.

A quantity has one id (``H_2``, ``dH_2/dH_1``, ``term_2_1``). From the id follow its LaTeX, its short label
for drawings, its role (which fixes its colour) and its name in words.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

PARAMETERS = ("W1", "Wh1", "b1", "W2", "b2")
HIDDEN_PARAMETERS = ("W1", "Wh1", "b1")

_PARAMETER_LATEX = {"W1": "W_1", "Wh1": "W_{h1}", "b1": r"\beta_1", "W2": "W_2", "b2": r"\beta_2"}
_PARAMETER_WORDS = {
    "W1": "weights from the input to the hidden layer",
    "Wh1": "weights from the hidden layer to itself, one step later",
    "b1": "bias of the hidden layer",
    "W2": "weights from the hidden layer to the output",
    "b2": "bias of the output",
}
_BASE_LATEX = {"X": "X", "A": "A", "Z": "Z", "Y": "Y", "L": "L", "Y_hat": r"\hat{Y}"}
_BASE_WORDS = {
    "X": "input at step {t}",
    "A": "pre-activation at step {t}: X_t W_1 + H_{{t-1}} W_h1 + β_1",
    "H": "hidden state at step {t}",
    "Z": "output before its activation at step {t}",
    "Y": "target at step {t}",
    "Y_hat": "prediction at step {t}",
    "L": "loss at step {t}, in nats or squared units",
}
_STEP = re.compile(r"^(X|A|H|Z|Y_hat|Y|L)_(\d+)$")
_TERM = re.compile(r"^term_(\d+)_(\d+)$")
_WALK = re.compile(r"^(lag|carry|frozen|total|via)_(\d+)(?:_(\d+))?$")


@dataclass(frozen=True)
class Symbol:
    """How one quantity is written and called.

    Attributes
    ----------
    latex : str
        For equations.
    label : tuple of (str, str)
        Pieces of text with their place: ``""``, ``"sub"`` or ``"sup"``.
    role : str
        ``forward``, ``loss``, ``output``, ``chain``, ``parameter`` or ``ink``.
    words : str
        A name in plain words.
    """

    latex: str
    label: tuple[tuple[str, str], ...]
    role: str
    words: str


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
    for read in (_parameter_symbol, _step_symbol, _derivative_symbol, _special_symbol):
        found = read(quantity)
        if found is not None:
            return found
    raise ValueError(f"quantity: got {quantity!r}, expected an id such as H_2, W1, dH_2/dH_1 or term_2_1")


def _index(t: str) -> str:
    return f"1{t}" if len(t) == 1 else f"1,{t}"


def _parameter_symbol(quantity: str) -> Symbol | None:
    base, new = (quantity[:-4], True) if quantity.endswith("_new") else (quantity, False)
    if base not in PARAMETERS:
        return None
    letter, sub = ("β", base[1:]) if base[0] == "b" else (base[0], base[1:])
    label = ((letter, ""), (sub, "sub")) + ((("′", ""),) if new else ())
    latex = _PARAMETER_LATEX[base] + ("'" if new else "")
    words = _PARAMETER_WORDS[base] + (", after the update" if new else "")
    return Symbol(latex, label, "parameter", words)


def _step_symbol(quantity: str) -> Symbol | None:
    if quantity == "H_init":
        return Symbol(
            "H_{init}", (("H", ""), ("init", "sub")), "forward", "hidden state before the first step"
        )
    match = _STEP.match(quantity)
    if match is None:
        return None
    base, t = match.groups()
    index = _index(t) if base in "HA" else t
    latex = f"H_{{{index}}}" if base == "H" else f"{_BASE_LATEX[base]}_{{{index}}}"
    letter = "Ŷ" if base == "Y_hat" else base
    role = "loss" if base == "L" else "forward"
    return Symbol(latex, ((letter, ""), (index, "sub")), role, _BASE_WORDS[base].format(t=t))


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
    return Symbol(
        latex, label, _derivative_role(top, bottom, immediate), _derivative_words(top, bottom, immediate)
    )


def _derivative_role(top: str, bottom: str, immediate: bool) -> str:
    if immediate:
        return "parameter"
    if top.startswith("L"):
        return {"Y": "loss", "Z": "loss", "H": "chain", "A": "chain"}.get(bottom[0], "ink")
    return "output" if top.startswith("Y_hat") else "chain"


def _derivative_words(top: str, bottom: str, immediate: bool) -> str:
    if immediate:
        held = "with the state before it held fixed" if top.startswith("H") else "with the state held fixed"
        return f"immediate derivative of {top} by {bottom}, {held}"
    if top == "L" and bottom[0] in "HA":
        return (
            f"what all losses from step {bottom[2:]} on say about {bottom}: the adjoint of the backward loop"
        )
    if top == "L":
        return f"the gradient of the total loss by {bottom}"
    if top.startswith("L") and bottom[0] in "HA":
        return f"the product of the factors so far: how the loss at step {top[2:]} follows {bottom}"
    if bottom in PARAMETERS:
        return f"the gradient of the loss at step {top[2:]} by {bottom}: the sum of its row"
    if top.startswith("H"):
        far = bottom.startswith("H_") and bottom[2:].isdigit() and int(top[2:]) - int(bottom[2:]) > 1
        return f"{'product of step Jacobians' if far else 'step Jacobian'}: how {top} follows {bottom}"
    return f"derivative of {top} by {bottom}"


def _special_symbol(quantity: str) -> Symbol | None:
    match = _TERM.match(quantity)
    if match:
        t, k = match.groups()
        words = f"the part of the gradient that goes from the loss at step {t} to the copy used at step {k}"
        return Symbol(rf"\mathrm{{term}}({t},{k})", ((f"term({t}, {k})", ""),), "ink", words)
    if quantity.startswith("column_"):
        k = quantity[7:]
        words = f"what the backward loop adds at step {k}: the sum of column {k}"
        return Symbol(rf"\textstyle\sum_t \mathrm{{term}}(t,{k})", ((f"Σ term(t, {k})", ""),), "ink", words)
    if quantity.startswith("f1'_"):
        t = quantity[4:]
        latex, words = f"f_1'(A_{{{_index(t)}}})", f"slope of the activation at step {t}, one for each unit"
        return Symbol(
            latex, (("f", ""), ("1", "sub"), ("′(A", ""), (_index(t), "sub"), (")", "")), "parameter", words
        )
    if quantity.startswith("delta_"):
        _, t, k = quantity.split("_")
        latex, words = (
            rf"\frac{{\partial L_{{{t}}}}}{{\partial A_{{{_index(k)}}}}}",
            "of every sample, over m",
        )
        label = (("∂L", ""), (t, "sub"), ("/∂A", ""), (_index(k), "sub"))
        return Symbol(
            latex,
            label,
            "chain",
            f"derivative of the loss at step {t} by the pre-activation at step {k}, {words}",
        )
    return _walk_symbol(quantity) or _PLAIN.get(quantity)


def _walk_symbol(quantity: str) -> Symbol | None:
    """Return the symbols that the opened views add: lags, the carried adjoint, immediate against total."""
    match = _WALK.match(quantity)
    if match is None:
        return None
    kind, first, second = match.groups()
    if kind == "lag":
        words = f"the sum of all terms that go {first} steps back through time"
        latex = rf"\textstyle\sum_t \mathrm{{term}}(t,t-{first})"
        return Symbol(latex, ((f"t − k = {first}", ""),), "ink", words)
    at = _index(first)
    if kind == "carry":
        words = f"dh_next on its way into step {first}: what all later losses say about H_{first}"
        latex = rf"\textstyle\sum_{{t>{first}}} \frac{{\partial L_t}}{{\partial H_{{{at}}}}}"
        label = (("dh_next → H", ""), (at, "sub"))
        return Symbol(latex, label, "chain", words)
    return _entry_symbol(kind, first, second)


def _entry_symbol(kind: str, k: str, s: str | None) -> Symbol:
    """Return the symbol of a derivative by one entry w of the parameter, frozen, total, or by way of H_s."""
    at = _index(k)
    if kind == "frozen":
        words = f"what H_{k} gains at once when w grows and the state before it is held fixed"
        latex = rf"\frac{{\partial^{{+}} H_{{{at}}}}}{{\partial w}}"
        return Symbol(latex, (("∂⁺H", ""), (at, "sub"), ("/∂w", "")), "parameter", words)
    if kind == "total":
        words = f"what H_{k} gains in all when w grows, through every use of w up to step {k}"
        latex = rf"\frac{{d H_{{{at}}}}}{{d w}}"
        return Symbol(latex, (("dH", ""), (at, "sub"), ("/dw", "")), "chain", words)
    before = _index(str(s))
    words = f"the part of it that comes from the use of w at step {s}"
    step = rf"\frac{{\partial H_{{{at}}}}}{{\partial H_{{{before}}}}}"
    latex = rf"{step} \frac{{\partial^{{+}} H_{{{before}}}}}{{\partial w}}"
    label = (
        ("∂H", ""),
        (at, "sub"),
        ("/∂H", ""),
        (before, "sub"),
        (" · ∂⁺H", ""),
        (before, "sub"),
        ("/∂w", ""),
    )
    return Symbol(latex, label, "chain", words)


_PLAIN = {
    "L": Symbol(
        "L", (("L", ""),), "loss", "total loss: the sum of the losses of all steps, never averaged over time"
    ),
    "step": Symbol(
        r"\eta\,\partial L/\partial\theta", (("step", ""),), "parameter", "what the update subtracts"
    ),
    "batch": Symbol(
        r"\overline{\partial L/\partial\theta}", (("mean over the batch", ""),), "ink", "mean gradient"
    ),
    "rest": Symbol(
        r"\mathrm{rest}", (("terms not drawn", ""),), "ink", "the sum of the terms in the folded middle"
    ),
}


def plain(label: tuple[tuple[str, str], ...]) -> str:
    """Return a label as one line of text, with subscripts set apart by an underscore for a screen reader."""
    return "".join(f"_{text}" if place == "sub" else text for text, place in label)
