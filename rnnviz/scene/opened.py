"""A cell of the grid opened further: slopes and weights, softmax with its loss, 3-tensor, running product.

A *form* says what a factor is made of: its token in the equation and its matrix in the strip are replaced by
those of its parts. The stage only swaps them.
"""

from types import MappingProxyType

import numpy as np

from rnnviz import engine
from rnnviz.notation import line
from rnnviz.notation.conventions import LETTERS
from rnnviz.notation.ids import (
    Quantity,
    at,
    chain_factor,
    derivative,
    hops,
    immediate_factor,
    is_hidden,
    output_factor,
    readout_factor,
)
from rnnviz.notation.line import Token
from rnnviz.notation.numbers import four, percent, the
from rnnviz.notation.quantities import frobenius, shown, shown_steps
from rnnviz.notation.quantity import BLOCKS
from rnnviz.notation.record import Json, Record
from rnnviz.scene import strip
from rnnviz.scene.scene import Form, Forms, Immediate, Running, Sentence, Way
from rnnviz.scene.sentences import say
from rnnviz.scene.strip import Item
from rnnviz.scene.view import View

MOST_SLICES = 6
UNCHANGED = 1e-9
"""A length that a step changes by less than this part of it has been moved by rounding alone."""
_RESIDUAL_PAIRS = {
    ("softmax", "categorical_cross_entropy"): "Softmax with cross-entropy",
    ("sigmoid", "binary_cross_entropy"): "Sigmoid with binary cross-entropy",
    ("identity", "squared_error"): "The identity with squared error",
}


def openings(view: View) -> list[Json]:
    """Return the switches that open the factors: id, name, help, and the choices of each."""
    if view.is_batch:
        return []
    H, Y_hat = (LETTERS[view.conventions.names][base] for base in (view.kind, "Y_hat"))
    weights = view.named("Wh1") + ("" if view.conventions.flips_weights else "ᵀ")
    split = f"{weights} · f₁′" if view.conventions.is_column else f"f₁′ · {weights}"
    jacobian = (
        "jacobian", f"∂{H}/∂{H}", "Each step Jacobian whole, or as its two causes: slope and weights.",
        [("whole", "whole"), ("split", split)],
    )  # fmt: skip
    found = [
        *([jacobian] if view.T > 1 and not view.gates else []),
        (
            "output", f"∂L/∂{Y_hat} · ∂{Y_hat}/∂{H}",
            "Loss and output activation apart, opened at Z, or fused into one.",
            [("whole", "apart"), ("opened", "through Z"), ("fused", "fused")],
        ),
        (
            "immediate", "∂⁺", "The immediate derivative as an outer product, or as the 3-tensor that it is.",
            [("outer", "outer product"), ("tensor", "3-tensor")],
        ),
    ]  # fmt: skip
    return [dict(zip(("id", "label", "help", "choices"), switch, strict=True)) for switch in found]


def forms(view: View, parameter: str) -> Forms:
    """Return, for each choice of a switch, what the factors of the drawn terms are made of."""
    if view.is_batch:
        return MappingProxyType({})
    steps, hidden = shown_steps(view.T), is_hidden(parameter)
    opened, fused, split = dict[str, Form](), dict[str, Form](), dict[str, Form]()
    for t in (t for t in steps if t in view.loss_steps):
        error, slope = derivative(*at(t, "L", "Z")), derivative(*at(t, "Y_hat", "Z"))
        readout, weights, written = readout_factor(t, view.kind), Item("W2", "·", transpose=True), _weights(view, "W2")
        if view.kind == "S":  # the memory is not read: beside W2ᵀ stand zeros
            name = derivative(*at(t, "Z", "S"))
            weights, written = Item(name, "·"), view.token(name)
        opened[readout] = _parts(view, [view.token(slope), written], [Item(slope, "·"), weights])
        fused[output_factor(t)] = _parts(view, [view.token(error)], [Item(error)])
        fused[readout] = _parts(view, [written], [weights])
        if not hidden:  # ∂⁺Z_t/∂W2 is H_t alone, and of β2 the identity
            name = immediate_factor(t, parameter)
            latex = rf"\frac{{\partial^{{+}} Z_{{{t}}}}}{{\partial {view.symbol(parameter).latex}}}"
            outer = (Item(Quantity("H", t), transpose=True, role="parameter"),) if parameter == "W2" else ()
            fused[name] = _parts(
                view, [view.token(name, latex)], [Item(name, "·", outer=outer, note="" if outer else "= I")]
            )
    for j, i in [] if view.gates else hops(view.T, 0, steps):
        if j - i == 1:  # ∂H_j/∂H_{j−1} = diag(f1′(A_j)) · Wh1ᵀ
            slope = Quantity("f1'", j)
            tokens = [view.token(slope, rf"\mathrm{{diag}}({view.symbol(slope).latex})"), _weights(view, "Wh1")]
            items = [Item(slope, "·", diagonal=True), Item("Wh1", "·", transpose=True)]
            split[chain_factor(j, i)] = _parts(view, tokens, items)
    names = [immediate_factor(k, parameter, view.kind) for k in steps] if hidden else []
    tensors = {name: _parts(view, [view.token(name)], [Item(name, "·", tensor=True)]) for name in names}
    fixed = MappingProxyType
    found = {"jacobian": fixed({"split": fixed(split)})}
    found["output"] = fixed({"opened": fixed(opened), "fused": fixed(fused)})
    return fixed(found | ({"immediate": fixed({"tensor": fixed(tensors)})} if hidden else {}))


def _parts(view: View, tokens: list[Token], items: list[Item]) -> Form:
    """What stands inside a product, as the conventions turn it."""
    return Form(line.arranged(tokens, view.conventions, inside=True), strip.replaced(items, view.conventions))


def _weights(view: View, name: str) -> Token:
    return view.token(name, rf"{view.symbol(name).latex}^{{\top}}")


def opened_quantities(view: View) -> dict[Quantity, Record]:
    """Return the quantities that only the opened forms show: ∂L_t/∂Z_t, running products, the adjoints."""
    if view.is_batch:
        return {}
    pair, found = (view.architecture.output_activation, view.architecture.loss), {}
    for t in (t for t in shown_steps(view.T) if t in view.loss_steps):
        Y, Y_hat, L, Z = at(t, "Y", "Y_hat", "L", "Z")
        note, error = "Here the slope of the output activation does not cancel.", derivative(L, Z)
        if pair in _RESIDUAL_PAIRS:
            left = f"{view.named(Y_hat)} − {view.named(Y)}"
            note = f"{_RESIDUAL_PAIRS[pair]} leaves {left}: no slope and no division is left."
        found[error] = view.described(error, view.delta("b2", t, t), note=note)
        found |= {name: view.described(name, vector) for name, vector in view.ways_back[t].items()}
        if view.kind == "S":
            W2, name = view.parameters.W2.T, derivative(*at(t, "Z", "S"))
            found[name] = view.described(name, np.concatenate([W2, np.zeros_like(W2)], axis=1))
    return found


def running(view: View, t: int, k: int) -> Running:
    """Return the running product of term (t, k)."""
    steps, L, kind = [step for step in shown_steps(view.T) if k <= step <= t], Quantity("L", t), view.kind
    places = [
        (output_factor(t), ("whole", "opened"), False),
        (derivative(L, Quantity("Z", t)), ("opened", "fused"), False),
        (derivative(L, Quantity(kind, t)), (), False),
    ]
    for j, i in hops(t + 1, k, steps):
        places += [(derivative(L, Quantity("A", j)), (), True)] if j - i == 1 and not view.gates else []
        places.append((derivative(L, Quantity(kind, i)), (), False))
    places.append((Quantity("term", t, k), (), False))
    way = "right to left" if view.conventions.is_column else "left to right"
    title = f"Length of the product so far, {way}"
    return Running(title, tuple(places), where_it_shrinks(view, t, steps))


def where_it_shrinks(view: View, t: int, steps: list[int]) -> Sentence:
    """Say which step back through time costs most of the length."""
    kind = view.kind
    last, first_state = Quantity(kind, t), Quantity(kind, steps[0])
    lengths = {j: frobenius(view.ways[t][j].adjoint) for j in steps}
    first = lengths[steps[-1]]
    if len(steps) == 1:
        return say(f"No step back through time: the error at {{{last}}} has length {four(first)}{view.whose}.")
    if first == 0:
        return say(f"The error is already 0 at {{{last}}}{view.whose}: nothing is left to carry back.")
    ratios = {(j, i): lengths[i] / lengths[j] for j, i in hops(t + 1, 0, steps) if lengths[j] > 0}
    if not ratios or not np.isfinite([*ratios.values()]).all():
        return say(f"The numbers on the way back from {{{last}}} are too large to be held: not finite.")
    hop, worst = min(ratios.items(), key=lambda one: one[1])
    start, end = (Quantity(kind, step) for step in hop)
    way = f"From {{{last}}} back to {{{first_state}}} the length{view.whose}"
    if max(ratios.values()) <= 1 + UNCHANGED and worst >= 1 - UNCHANGED:
        return say(f"{way} stays {four(first)}: no step changes it.")
    if len(ratios) == 1:
        how = f"this one step makes it {four(worst)} times as long"
        how = "this one step leaves it as it is" if abs(worst - 1) <= UNCHANGED else how
    elif worst < 1 - UNCHANGED:
        part = f"{four(100 * worst)} %" if worst < 0.999 else percent(worst, 1)
        how = f"the step from {{{start}}} to {{{end}}} costs the most and leaves {part} of it"
    elif worst <= 1 + UNCHANGED:
        how = f"no step shortens it, and that from {{{start}}} to {{{end}}} leaves it as it is"
    else:
        least = f"by {four(100 * (worst - 1))} %"
        how = f"every step lengthens it, that from {{{start}}} to {{{end}}} the least, {least}"
    return say(f"{way} goes from {four(first)} to {four(lengths[steps[0]])}; {how}.")


def tensor_slices(view: View, parameter: str, k: int) -> list[dict]:
    """Return ∂⁺H_k/∂θ as the 3-tensor that it is: one slice [h] of θ's shape for each drawn hidden unit h."""
    whole = BLOCKS[parameter][0] if parameter in BLOCKS else parameter
    value = view.cut_out(parameter, engine.immediate_factor(view.architecture, view.trace, whole, k).value)
    return [view.numbers(value[h], parameter).drawn() | {"unit": h} for h in shown(len(value), MOST_SLICES)]


def immediate_and_total(view: View, parameter: str, entry: tuple[int, int]) -> Immediate:
    """Return ∂⁺H_k/∂w and dH_k/dw of one entry w at every drawn step, and the way of each earlier use."""
    steps, quantities, found = shown_steps(view.T), dict[str, Record](), {}
    place = entry if getattr(view.parameters, parameter).ndim == 2 else entry[1:]  # a bias is drawn as one row
    of = view.architecture, view.trace, parameter
    uses = [np.array([one[place] for one in engine.immediate_factor(*of, s).value]) for s in range(view.T)]
    for k in steps:
        ways = {k: uses[k]}  # ∂H_k/∂H_s · ∂⁺H_s/∂w for every s ≤ k
        jacobian = np.eye(len(uses[0]))
        for s in range(k - 1, -1, -1):
            jacobian = jacobian @ (view.slopes[s + 1, 0][:, None] * view.parameters.Wh1.T)
            ways[s] = jacobian @ uses[s]
        in_all = sum(ways.values(), np.zeros_like(ways[k]))
        frozen, total = at(k, "frozen", "total")
        via = {Quantity("via", k, s): ways[s] for s in steps if s < k}
        parts = {frozen: ways[k], total: in_all} | via
        quantities |= {name: view.described(name, part) for name, part in parts.items()}
        found[k] = Way((frozen, *reversed(via)), k - len(via), total, _ways_sentence(view, ways[k], in_all, k))
    drawn = ", ".join(map(str, view.conventions.place(parameter, place)))
    return Immediate(f"{view.named(parameter)}[{drawn}]", MappingProxyType(quantities), MappingProxyType(found))


def _ways_sentence(view: View, at_once: np.ndarray, in_all: np.ndarray, k: int) -> Sentence:
    if k == 0:
        return say("At the first step nothing lies before: the immediate derivative is the total one.")
    before, H = Quantity("H", k - 1), Quantity("H", k)
    return say(
        f"For a small change of w {{{H}}} moves {four(frobenius(at_once))} times as much while "
        f"{{{before}}} stays as it is, and {four(frobenius(in_all))} times when {{{before}}} moves with w, too. "
        f"By way of {the(k, 'earlier use')} of w it moves {four(frobenius(in_all - at_once))} times{view.whose}: "
        "lengths need not add up."
    )
