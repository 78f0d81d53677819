"""Ids and symbols of every drawn quantity: one place, used by graph, equation, matrix and grid.

A quantity has one id (``H_2``, ``dH_2/dH_1``, ``term_2_1``). From the id follow its LaTeX, its short label
for drawings, its role (which fixes its colour) and its name in words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

from rnnviz.notation import prose
from rnnviz.notation.conventions import LATEX, LETTERS, PARAMETER_NAMES, PLAIN, Conventions
from rnnviz.notation.numbers import lowered, steps_back
from rnnviz.notation.quantity import BLOCKS, GATES, HOPS, PARTS, STATES, read
from rnnviz.notation.quantity import PARAMETERS as PARAMETERS
from rnnviz.notation.quantity import Quantity as Quantity
from rnnviz.notation.quantity import at as at
from rnnviz.notation.quantity import derivative as derivative

HIDDEN_PARAMETERS = ("W1", "Wh1", "b1")
_HIDDEN = {*HIDDEN_PARAMETERS, *BLOCKS}
Written = tuple[str, tuple[tuple[str, str], ...]]
"""LaTeX, and a label as in `Symbol`."""
_TEXTS = prose.read("symbols", Mapping[str, Mapping[str, str]])


@dataclass(frozen=True, slots=True)
class Symbol:
    """How one quantity is written and called.

    The label has pieces of text with their place, ``""``, ``"sub"`` or ``"sup"``; the role is ``forward``,
    ``loss``, ``output``, ``chain``, ``parameter`` or ``ink``.
    """

    latex: str
    label: tuple[tuple[str, str], ...]
    role: str
    words: str

    @property
    def text(self) -> str:
        """The label as one line of plain text."""
        return plain(self.label)


def plain(label: tuple[tuple[str, str], ...]) -> str:
    """Return a label as one line of text, with its subscripts as such; where there are none, behind a _."""
    return "".join(lowered(text) if place == "sub" else text for text, place in label)


def is_hidden(parameter: str) -> bool:
    """Return whether a parameter, or a block of one, belongs to the hidden layer."""
    return parameter in _HIDDEN


def state(t: int, kind: str = "H") -> Quantity:
    """Return the id of the hidden state after step ``t``; before the first step it is ``H_init``.

    ``kind`` "C" is the memory of an LSTM, and "S" all that it hands on.
    """
    return Quantity(f"{kind}_init") if t < 0 else Quantity(kind, t)


def output_factor(t: int) -> Quantity:
    """Return the id of ∂L_t/∂Ŷ_t."""
    return derivative(*at(t, "L", "Y_hat"))


def readout_factor(t: int, kind: str = "H") -> Quantity:
    """Return the id of ∂Ŷ_t/∂H_t; ``kind`` as in `state`."""
    return derivative(*at(t, "Y_hat", kind))


def chain_factor(j: int, before: int | None = None, kind: str = "H") -> Quantity:
    """Return the id of ∂H_j/∂H_{j−1}, or of the product of Jacobians from ``j`` down to ``before``."""
    return derivative(state(j, kind), state(j - 1 if before is None else before, kind))


def gradient(parameter: str, t: int = -1) -> Quantity:
    """Return the id of ∂L/∂θ, or of ∂L_t/∂θ."""
    return derivative(Quantity("L", t), parameter)


def entering(parameter: str, k: int) -> Quantity | None:
    """Return the id of what the parameter multiplies at step ``k``; None of a bias, which is added."""
    return {"W1": Quantity("X", k), "Wh1": state(k - 1), "W2": Quantity("H", k)}.get(parameter)


def hops(t: int, k: int, steps: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs of neighbouring drawn steps from ``t`` down to ``k``; a folded middle is one hop."""
    back = [step for step in reversed(steps) if k <= step <= t]
    return list(pairwise(back))


def immediate_factor(k: int, parameter: str, kind: str = "H") -> Quantity:
    """Return the id of the immediate derivative ∂⁺ at step ``k``: of H_k, or of Ŷ_k for the output layer."""
    node = Quantity(kind if is_hidden(parameter) else "Y_hat", k)
    return Quantity("immediate", of=node, by=read(parameter))


def path(t: int, k: int, parameter: str, steps: Sequence[int], kind: str = "H") -> list[Quantity]:
    """Return the ids of the factors of term (t, k) in the order in which they are multiplied.

    ``steps`` are the drawn steps: over a folded middle the step Jacobians are one factor, their product.
    """
    if not is_hidden(parameter):
        return [output_factor(t), immediate_factor(t, parameter)]
    chain = [chain_factor(*hop, kind) for hop in hops(t, k, steps)]
    return [output_factor(t), readout_factor(t, kind), *chain, immediate_factor(k, parameter, kind)]


@lru_cache(maxsize=20_000)
def symbol(quantity: str, conventions: Conventions = PLAIN) -> Symbol:
    """Return how the quantity with this id is written; ValueError if it is of no known form."""
    found = read(quantity)
    if found.kind in _ALONE:
        return _ALONE[found.kind]
    if found.kind == "L" and found.t < 0:
        return _TOTAL_LOSS
    return (_parameter_symbol if found.parameter else _WRITERS[found.kind])(found, conventions)


def named(quantity: str, conventions: Conventions = PLAIN) -> str:
    """Return a quantity's symbol as one line of plain text."""
    return symbol(quantity, conventions).text


def letter(base: str, step: str, conventions: Conventions = PLAIN) -> str:
    """Return the LaTeX of a state at a step that is itself a letter, such as t or t-1."""
    return _lettered(base, f"1{step}" if conventions.names == "lecture" and base in "HA" else step, conventions)[0]


def _written(base: str, t: int, conventions: Conventions) -> Written:
    """LaTeX and label of a letter with its step; the lecture's index counts the layer first, H_1,t."""
    layer = "1," if conventions.names == "lecture" and base in "HA" else ""
    return _lettered(base, layer + conventions.step(t), conventions)


def _lettered(base: str, index: str, conventions: Conventions) -> Written:
    letter = LETTERS[conventions.names][base]
    return f"{LATEX.get(letter, letter)}_{{{index}}}", ((letter, ""), (index, "sub"))


def _parameter_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    kind, words = quantity.kind, _parameter_words(quantity.parameter)
    latex, label = _parameter_written(quantity.parameter, c)
    if kind == "parameter":
        return Symbol(latex, label, "parameter", words)
    if kind == "new":
        return Symbol(f"{latex}'", (*label, ("′", "")), "parameter", f"{words}, after the update")
    if kind == "step":
        words = f"the change of {plain(label)} in the update"
        return Symbol(rf"\Delta {latex}", (("Δ", ""), *label), "parameter", words)
    latex, text, words = (_TEXTS[part][kind] for part in ("latex", "label", "updates"))
    return Symbol(latex, ((text, ""),), "parameter", words.format(plain(label)))


def _parameter_words(name: str) -> str:
    if name not in BLOCKS:
        return _TEXTS["parameters"][name]
    texts = _TEXTS["blocks"]
    return texts[name] if name in texts and len(name) > 1 else texts[name[0]].format(gate=texts[name[1]])


def truncated_symbol(parameter: str, t: int | None = None, c: Conventions = PLAIN) -> Symbol:
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
    if c.names == "pytorch" and base not in BLOCKS:
        escaped = name.replace("_", r"\_")
        return rf"\mathrm{{{escaped}}}", ((name, ""),)
    letter, sub = name.split("_")
    latex = r"\beta" if letter == "β" else letter
    return f"{latex}_{{{sub}}}", ((letter, ""), (sub, "sub"))


def _step_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    kind, t = quantity.kind, quantity.t
    role = "loss" if kind == "L" else "forward"
    return Symbol(*_written(kind, t, c), role, _TEXTS["states"][kind].format(t=c.step(t)))


def _part_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    """A^f_t: the part of a gate."""
    base, gate = quantity.kind[0], quantity.kind[1:]
    of = LETTERS[c.names][gate]
    latex, ((letter, _), index) = _written(base, quantity.t, c)
    words = _TEXTS["parts"][base].format(gate=_TEXTS["blocks"][gate], t=c.step(quantity.t))
    written = latex.replace("_", rf"^{{{LATEX.get(of, of)}}}_", 1)
    return Symbol(written, ((letter, ""), (of, "sup"), index), "forward", words)


def _hop_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    """J^f_t: the part of the step Jacobian that goes through a gate; J^dir_t of what goes through none."""
    gate, index = quantity.kind.removeprefix("via"), c.step(quantity.t)
    straight = gate == "straight"
    by = "dir" if straight else LETTERS[c.names][gate]
    words = _TEXTS["hops"]["straight" if straight else "via"].format(
        t=index, gate="" if straight else _TEXTS["blocks"][gate]
    )
    latex = r"\mathrm{dir}" if straight else LATEX.get(by, by)
    return Symbol(rf"J^{{{latex}}}_{{{index}}}", (("J", ""), (by, "sup"), (index, "sub")), "chain", words)


def _made_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    """What stands between the gates and the state, written as what it is made of."""
    kind, t, words = quantity.kind, quantity.t, _TEXTS["gated"][quantity.kind].format(t=c.step(quantity.t))
    H, rH = symbol(state(t - 1), c), symbol(Quantity("r", t), c)
    if kind == "rH":
        return Symbol(rf"({rH.latex} \odot {H.latex})", (*rH.label, (" ∘ ", ""), *H.label), "forward", words)
    if kind in ("E", "in"):
        latex = rf"[{H.latex} \,|\, {rH.latex} \odot {H.latex}]"
        return Symbol(
            latex, (("[", ""), *H.label, (" | ", ""), *rH.label, (" ∘ ", ""), *H.label, ("]", "")), "forward", words
        )
    if kind == "AV":
        A, V = symbol(Quantity("A", t), c), symbol(Quantity("Vc", t), c)
        latex = rf"[{A.latex} \,|\, {V.latex}]"
        return Symbol(latex, (("[", ""), *A.label, (" | ", ""), *V.label, ("]", "")), "forward", words)
    of, latex, before, after = {"1-z": ("z", "(1 - {})", "(1 − ", ")"), "tanhC": ("C", r"\tanh\,{}", "tanh ", "")}[kind]
    inner = symbol(Quantity(of, t), c)
    label = ((before, ""), *inner.label, *([(after, "")] if after else []))
    return Symbol(latex.format(inner.latex), label, "forward", words)


def _start_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    before, letter = f"{c.first - 1}", quantity.kind[0]
    latex, label = f"{letter.lower()}_{{{before}}}", ((letter.lower(), ""), (before.replace("-", "−"), "sub"))
    if c.is_ours:
        latex, label = f"{letter}_{{init}}", ((letter, ""), ("init", "sub"))
    what = "hidden state" if letter == "H" else "memory"
    return Symbol(latex, label, "forward", f"{what} before the first step")


def _derivative_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    upper, lower = (symbol(each, c) for each in quantity.pair)
    immediate = quantity.kind == "immediate"
    mark = r"\partial^{+}" if immediate else r"\partial"
    latex = rf"\frac{{{mark} {upper.latex}}}{{\partial {lower.latex}}}"
    label = (("∂⁺" if immediate else "∂", ""), *upper.label, ("/∂", ""), *lower.label)
    return Symbol(latex, label, _derivative_role(quantity), _derivative_words(quantity, upper.text, lower.text, c))


_STATE = ("H", "C", "S")
_SUMS = ("A", "V", "AV", *PARTS)
_INSIDE = (*_STATE, *_SUMS, "H_init", "C_init")
"""What a loss reaches only by the chain."""


def _derivative_role(quantity: Quantity) -> str:
    of, by = (each.kind for each in quantity.pair)
    if quantity.kind == "immediate":
        return "parameter"
    if of == "L":
        return {"Y": "loss", "Y_hat": "loss", "Z": "loss"}.get(by, "chain" if by in _INSIDE else "ink")
    return "output" if of in ("Y_hat", "Z") else "chain"


def _derivative_words(quantity: Quantity, upper: str, lower: str, c: Conventions) -> str:
    of, by = quantity.pair
    if quantity.kind == "immediate":
        held = "with the state before it held fixed" if of.kind in _STATE else "with the state held fixed"
        return f"immediate derivative of {upper} by {lower}, {held}"
    if of.kind in _STATE:
        far = by.kind in _STATE and of.t - by.t > 1
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


def _road_symbol(quantity: Quantity, c: Conventions) -> Symbol:
    """The part of a term on one of its two roads."""
    kind, t, k = quantity.kind, c.step(quantity.t), c.step(quantity.k)
    words = f"the part of term({t}, {k}) that {_TEXTS['roads'][kind]}"
    return Symbol(
        rf"\mathrm{{{kind}}}({t},{k})", ((f"{kind}({t}, {k})", ""),), "chain" if kind == "direct" else "ink", words
    )


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
    of_both, loss = quantity.kind == "carryS", LETTERS[c.names]["L"]
    latex, label = _written("S" if of_both else "H", quantity.k, c)
    carried = "dh_next, dc_next" if of_both else "dh_next"
    words = f"{carried} on its way into step {at}: what all later losses say about {plain(label)}"
    mean = r"\frac{1}{T}" if c.is_mean else ""
    latex = rf"\textstyle {mean}\sum_{{t>{at}}} \frac{{\partial {loss}_t}}{{\partial {latex}}}"
    return Symbol(latex, ((f"{carried} → ", ""), *label), "chain", words)


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
    **dict.fromkeys((*STATES, *GATES, "C", "S", "V", "L"), _step_symbol),
    **dict.fromkeys(PARTS, _part_symbol),
    **dict.fromkeys(HOPS, _hop_symbol),
    **dict.fromkeys(("AV", "rH", "1-z", "tanhC", "E", "in"), _made_symbol),
    **dict.fromkeys(("H_init", "C_init"), _start_symbol),
    "derivative": _derivative_symbol,
    "immediate": _derivative_symbol,
    "term": _term_symbol,
    **dict.fromkeys(("direct", "gates"), _road_symbol),
    "column": _column_symbol,
    "f1'": _slope_symbol,
    "delta": _delta_symbol,
    "lag": _lag_symbol,
    **dict.fromkeys(("carry", "carryS"), _carry_symbol),
    "frozen": _frozen_symbol,
    "total": _total_symbol,
    "via": _via_symbol,
}
"""Who writes a quantity, by its kind."""
