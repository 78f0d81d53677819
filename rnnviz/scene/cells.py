"""What is drawn of a gated cell: its blocks, what each parameter multiplies and adds to, and a step gate by gate.

The gates have the letters i, f, o of an LSTM and r, z of a GRU; c is the candidate. A block of a parameter is named by
a letter and its gate: Wf, Uf and bf are those of the forget gate in W1, Wh1 and b1.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from rnnviz.engine import Architecture
from rnnviz.notation.equations import comma, sign
from rnnviz.notation.ids import Quantity, at, letter, state
from rnnviz.notation.line import Token
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius
from rnnviz.notation.quantity import BLOCKS, read
from rnnviz.notation.record import Json
from rnnviz.scene.strip import Item

if TYPE_CHECKING:
    from rnnviz.scene.view import View

_LETTERS = {"input": "i", "forget": "f", "output": "o", "candidate": "c", "reset": "r", "update": "z"}
_CALLED = {"i": "input gate", "f": "forget gate", "o": "output gate", "c": "candidate", "r": "reset gate"}
_CALLED |= {"z": "update gate", "d": "candidate, under the reset"}
_BEGINS = {"W1": "W", "Wh1": "U", "b1": "b"}
_SQUASH = {"c": ("tanh", r"\tanh")}
_SIGMOID = ("sigmoid", r"\sigma")


def gates_of(architecture: Architecture) -> tuple[str, ...]:
    """Return the letters of the gates and the candidate in the order of their blocks; none of the plain cell."""
    return tuple(_LETTERS[name] for name in architecture.layer.blocks if name in _LETTERS)


def is_after(architecture: Architecture) -> bool:
    """Return whether the reset gate of a GRU stands after the product, where the candidate has a bias more."""
    return len(architecture.layer.biases) > len(architecture.layer.blocks)


def blocks_of(architecture: Architecture, parameter: str) -> tuple[str, ...]:
    """Return the names of the blocks of a parameter, in their order; none of the output layer or the plain cell."""
    found = tuple(f"{_BEGINS[parameter]}{gate}" for gate in gates_of(architecture)) if parameter in _BEGINS else ()
    return (*found, "bd") if parameter == "b1" and is_after(architecture) else found


def chosen(architecture: Architecture, parameter: str, block: str) -> str:
    """Return the parameter, or its block of a gate where it has one."""
    name = f"{_BEGINS.get(parameter, '')}{block}"
    return name if name in blocks_of(architecture, parameter) else parameter


def choices(architecture: Architecture) -> dict[str, list[tuple[str, str]]]:
    """Return, of each parameter that has blocks, what can be chosen: the whole, and each block with its gate."""
    found: dict[str, list[tuple[str, str]]] = {}
    for parameter in _BEGINS:
        blocks = [(name, _CALLED[name[1:]]) for name in blocks_of(architecture, parameter)]
        found |= {parameter: [(parameter, "all blocks"), *blocks]} if blocks else {}
    return found


def wholes(parameter: str) -> list[str]:
    """Return the parameter, and of a block the one that it is a part of."""
    return [parameter, *(BLOCKS[parameter][:1] if parameter in BLOCKS else ())]


def columns_of(architecture: Architecture, parameter: str) -> slice:
    """Return the columns of its parameter that a block takes."""
    whole, _ = BLOCKS[parameter]
    place, n1 = blocks_of(architecture, whole).index(parameter), architecture.n_hidden
    return slice(place * n1, (place + 1) * n1)


def block_of(architecture: Architecture, parameter: str, column: int) -> tuple[str, int]:
    """Return the block that a column of the parameter is in, and which of its columns; itself where it has none."""
    blocks = blocks_of(architecture, parameter)
    place, within = divmod(column, architecture.n_hidden)
    return (blocks[place], within) if blocks else (parameter, column)


def facts(view: "View") -> dict[str, Json]:
    """Return what the stage is told of a gated cell: its gates, whether it has a memory, and where a reset stands."""
    return {"gates": view.gates, "memory": view.kind == "S", "after": is_after(view.architecture)}


def entering(view: "View", parameter: str, k: int) -> Quantity | None:
    """Return the id of what the parameter, or its block, multiplies at step k; None of a bias, which is added.

    Before the product with U_c the reset gate acts on the state, so that W_h1 as a whole multiplies two things: ``E``,
    entry by entry, and for a batch ``in``, one below the other.
    """
    whole, gate = BLOCKS.get(parameter, (parameter, ""))
    if whole == "Wh1" and "r" in view.gates and not is_after(view.architecture) and gate in ("", "c"):
        return Quantity("rH" if gate else "in" if view.is_batch else "E", k)
    return {"W1": Quantity("X", k), "Wh1": state(k - 1), "W2": Quantity("H", k)}.get(whole)


def added_to(view: "View", parameter: str, k: int) -> Quantity:
    """Return the id of what the parameter's product is added to at step k: pre-activations, or what a reset meets."""
    whole, gate = BLOCKS.get(parameter, (parameter, ""))
    if is_after(view.architecture) and whole != "W1" and gate in ("", "d", *("c" if whole == "Wh1" else "")):
        return Quantity("Vc" if gate else "V" if whole == "Wh1" else "AV", k)
    return Quantity(f"A{gate}", k)


def columns(view: "View", kind: str) -> np.ndarray:
    """Where a quantity that something is added to stands among all of them, as the engine's D has them."""
    n1, count = view.architecture.n_hidden, len(view.gates)
    places = {"A": range(count), "AV": range(count + 1), "V": (0, 1, count), "Vc": (count,)}
    places |= {f"A{gate}": (place,) for place, gate in enumerate(view.gates)}
    return np.concatenate([np.arange(place * n1, (place + 1) * n1) for place in places[kind]])


def slope(view: "View", parameter: str, k: int) -> Quantity:
    """Return the id of the immediate derivative of the state by what the parameter's product is added to."""
    return Quantity("immediate", of=Quantity(view.kind, k), by=added_to(view, parameter, k))


def slope_value(view: "View", parameter: str, k: int) -> np.ndarray:
    """Return its numbers, of one sample."""
    return view.immediates(k)[:, columns(view, added_to(view, parameter, k).kind)]


def through(view: "View", gate: str, j: int) -> np.ndarray:
    """Return the part of a step Jacobian that goes through one gate: ∂⁺S_j/∂A^g_j · ∂A^g_j/∂S_{j−1}, of one sample."""
    name = f"{_BEGINS['Wh1']}{gate}"
    weights = view.of(view.parameters, name).T
    if entering(view, name, j) == Quantity("rH", j):
        weights = weights * view.known(Quantity("r", j))
    read = slope_value(view, name, j) @ weights
    return np.concatenate([read, np.zeros((len(read), view.architecture.layer.state_size - read.shape[1]))], axis=1)


def delta(view: "View", parameter: str, t: int, k: int) -> np.ndarray:
    """Return ∂L_t/∂ what the parameter's product is added to, a row a sample; two rows where ``in`` has two."""
    found = view.ways[t][k].deltas[:, columns(view, added_to(view, parameter, k).kind)]
    enters = entering(view, parameter, k)
    if enters is None or enters.kind != "in":
        return found
    both, last = np.concatenate([found, found]), 2 * view.architecture.n_hidden
    both[: len(found), last:] = both[len(found) :, :last] = 0.0
    return both


def roads(view: "View", parameter: str, t: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the two parts of a term: on the direct path, and through the gates."""
    direct = view.direct(parameter, t, k)
    return direct, view.term(parameter, t, k) - direct


def values(view: "View", t: int) -> dict[Quantity, np.ndarray]:
    """Return what a step makes besides A and H: gates, memory, and what stands between."""
    trace, gates = view.trace, view.gates
    if trace.gates is None:
        return {}
    n1 = view.architecture.n_hidden
    found = {Quantity(gate, t): trace.gates[t][:, i * n1 : (i + 1) * n1] for i, gate in enumerate(gates)}
    found |= {Quantity(f"A{gate}", t): trace.A[t][:, i * n1 : (i + 1) * n1] for i, gate in enumerate(gates)}
    before = trace.H[t - 1] if t else trace.H_init
    if trace.C is not None:
        C, tanhC, S = at(t, "C", "tanhC", "S")
        return found | {C: trace.C[t], tanhC: np.tanh(trace.C[t]), S: np.concatenate([trace.H[t], trace.C[t]], axis=1)}
    found[Quantity("1-z", t)] = 1.0 - found[Quantity("z", t)]
    if is_after(view.architecture):
        V = before @ view.parameters.Wh1
        V[:, 2 * n1 :] += view.parameters.b1[3 * n1 :]
        return found | {Quantity("Vc", t): V[:, 2 * n1 :]}
    reset = found[Quantity("r", t)] * before
    if view.is_batch:
        return found | {Quantity("rH", t): reset, Quantity("in", t): np.concatenate([before, reset])}
    E = np.repeat(np.concatenate([before.T, before.T, reset.T], axis=1), n1, axis=1)
    return found | {Quantity("rH", t): reset, Quantity("E", t): E}


class Sent(NamedTuple):
    """What runs from node to node: ``what`` times a weight, or a gate."""

    through: str
    what: Quantity
    start: Quantity
    end: Quantity
    values: np.ndarray


class Act(NamedTuple):
    """One act of a step: the frame's ``name`` behind the step, what is lit, what becomes known, and what is drawn."""

    name: tuple[str, ...]
    sentence: str
    lit: Sequence[str]
    new: Sequence[str]
    equation: Sequence[Token]
    items: Sequence[Item]
    sent: Sequence[Sent]


def acts(view: "View", t: int) -> list[Act]:
    """Return the acts of a gated cell's step, in the order in which they are told."""
    if "f" in view.gates:
        return [
            _gate(view, t, "f"),
            _gate(view, t, "i"),
            _gate(view, t, "c"),
            _memory(view, t),
            _gate(view, t, "o"),
            _shown(view, t),
        ]
    return [_gate(view, t, "r"), _gate(view, t, "z"), _gate(view, t, "c"), _mixed(view, t)]


_SAID = {
    "i": "{{{i}}} is how much of the candidate enters {{{C}}}",
    "f": "{{{f}}} is how much of {{{C_before}}} stays",
    "o": "{{{o}}} is how much of {{{C}}} is shown in {{{H}}}",
    "r": "{{{r}}} is how much of {{{H_before}}} the candidate sees",
    "z": "{{{z}}} is how much of {{{H_before}}} stays in {{{H}}}",
    "c": "The candidate {{{c}}} is what could be new",
}


def _names(t: int) -> dict[str, Quantity]:
    """The ids that a sentence names."""
    found = {kind: Quantity(kind, t) for kind in "ifocrzCHX"}
    return found | {"H_before": state(t - 1), "C_before": state(t - 1, "C")}


def _gate(view: "View", t: int, gate: str) -> Act:
    """A gate, or the candidate: what is read, multiplied, added and squashed."""
    X, A, made, H = Quantity("X", t), Quantity(f"A{gate}", t), Quantity(gate, t), state(t - 1)
    W, U, b = (f"{kind}{gate}" for kind in "WUb")
    fn, latex = _SQUASH.get(gate, _SIGMOID)
    values = view.known(made)
    low, high = four(values.min()), four(values.max())
    spread = f"length {four(frobenius(values))}" if gate == "c" else low if low == high else f"{low} to {high}"
    said = f"{_SAID[gate].format(**_names(t))}: {spread}{view.rows_of}."
    enters = entering(view, U, t) or H
    inside = [view.token(enters), view.token(U)]
    first: list[Item] = []
    last = [Item(enters, "+"), Item(U, "·"), Item(b, "+")]
    more, adding = [], [sign("+"), *inside, sign("+"), view.token(b)]
    if enters.kind == "rH":
        first, more = [Item(Quantity("r", t)), Item(H, "⊙"), Item(enters, "=")], [enters, Quantity("r", t), H]
    elif gate == "c" and is_after(view.architecture):
        r, V = at(t, "r", "Vc")
        first, more = [Item(H), Item(U, "·"), Item("bd", "+"), Item(V, "=")], [r, V, read("bd")]
        last = [Item(b, "+"), Item(r, "+"), Item(V, "⊙")]
        adding = [
            sign("+"),
            view.token(b),
            sign("+"),
            view.token(r),
            sign(r"\odot ("),
            *inside,
            sign("+"),
            view.token("bd"),
            sign(")"),
        ]
    items = [*first, Item(X, begins=bool(first)), Item(W, "·"), *last, Item(A, "="), Item(made, "→", fn=fn)]
    equation = [view.token(made), sign(f"= {latex}("), view.token(X), view.token(W), *adding, sign(")")]
    lit = dict.fromkeys([X, W, H, enters, U, b, *more, A, made])
    new = [A, made, *(one for one in more if one in (enters, *at(t, "Vc")) and one != H)]
    sent = [_through(view, X, W, made), _through(view, enters, U, made, H)]
    return Act((gate,), said, [*lit], new, equation, items, sent)


def _through(view: "View", what: Quantity, block: str, end: Quantity, start: Quantity | None = None) -> Sent:
    return Sent(block, what, start or what, end, view.known(what) @ view.of(view.parameters, block))


def _memory(view: "View", t: int) -> Act:
    """C_t = f_t ∘ C_{t−1} + i_t ∘ c̃_t."""
    i, f, c, C = at(t, *"ifcC")
    before = state(t - 1, "C")
    kept, added = view.known(f) * view.known(before), view.known(i) * view.known(c)
    said = (
        f"{{{C}}} keeps {{{f}}} of {{{before}}}, length {four(frobenius(kept))}, and adds {{{i}}} of {{{c}}}, "
        f"length {four(frobenius(added))}{view.rows_of}."
    )
    odot, tokens = sign(r"\odot"), {one: view.token(one) for one in (C, f, before, i, c)}
    equation = [tokens[C], sign("="), tokens[f], odot, tokens[before], sign("+"), tokens[i], odot, tokens[c]]
    items = [Item(f), Item(before, "⊙"), Item(i, "+"), Item(c, "⊙"), Item(C, "=")]
    sent = [Sent(f, before, before, C, kept), Sent(i, c, c, C, added)]
    return Act(("C",), said, [f, before, i, c, C], [C], equation, items, sent)


def _shown(view: "View", t: int) -> Act:
    """H_t = o_t ∘ tanh C_t."""
    o, C, tanhC, H, S = at(t, "o", "C", "tanhC", "H", "S")
    said = f"{{{H}}} shows {{{o}}} of {{{tanhC}}}: length {four(frobenius(view.known(H)))}{view.rows_of}."
    equation = [view.token(H), sign("="), view.token(o), sign(r"\odot"), view.token(tanhC)]
    items = [Item(C), Item(tanhC, "→", fn="tanh"), Item(o, begins=True), Item(tanhC, "⊙"), Item(H, "=")]
    return Act(
        (),
        said,
        [C, tanhC, o, H],
        [tanhC, H, S, Quantity("A", t)],
        equation,
        items,
        [Sent(o, tanhC, C, H, view.known(H))],
    )


def _mixed(view: "View", t: int) -> Act:
    """H_t = z_t ∘ H_{t−1} + (1 − z_t) ∘ c̃_t."""
    z, rest, c, H = at(t, "z", "1-z", "c", "H")
    before = state(t - 1)
    kept, added = view.known(z) * view.known(before), view.known(rest) * view.known(c)
    said = (
        f"{{{H}}} keeps {{{z}}} of {{{before}}}, length {four(frobenius(kept))}, and takes the rest from {{{c}}}, "
        f"length {four(frobenius(added))}{view.rows_of}."
    )
    odot = sign(r"\odot")
    equation = [
        view.token(H),
        sign("="),
        view.token(z),
        odot,
        view.token(before),
        sign("+"),
        view.token(rest),
        odot,
        view.token(c),
    ]
    items = [Item(z), Item(before, "⊙"), Item(rest, "+"), Item(c, "⊙"), Item(H, "=")]
    more = [one for one in at(t, "E", "in") if one in values(view, t)]
    sent = [Sent(z, before, before, H, kept), Sent(rest, c, c, H, added)]
    return Act((), said, [z, before, rest, c, H], [rest, H, Quantity("A", t), *more], equation, items, sent)


def general_equations(view: "View") -> list[Token]:
    """Return the equations of a gated cell and of the output at any step t, as the conventions turn them."""
    c = view.conventions
    state, before, X, C, memory = (
        letter(*one, c) for one in (("H", "t"), ("H", "t-1"), ("X", "t"), ("C", "t"), ("C", "t-1"))
    )
    gate = {name: letter(name, "t", c) for name in view.gates}

    def product(written: str, weight: str) -> list[Token]:
        second = view.token(weight)
        return (
            [second, sign(written)] if c.is_column else [sign(written), second.flipped if c.flips_weights else second]
        )

    def squashed(name: str, enters: str = before) -> list[Token]:
        fn, W, U, b = _SQUASH.get(name, _SIGMOID)[1], *(f"{kind}{name}" for kind in "WUb")
        if name == "c" and is_after(view.architecture):
            adding = [
                view.token(b),
                sign(rf"+ {gate['r']} \odot ("),
                *product(enters, U),
                sign("+"),
                view.token("bd"),
                sign(")"),
            ]
        else:
            adding = [*product(enters, U), sign("+"), view.token(b)]
        return [sign(rf"{gate[name]} = {fn}("), *product(X, W), sign("+"), *adding, sign(")"), comma()]

    entered = rf"({gate['r']} \odot {before})" if "r" in gate and not is_after(view.architecture) else before
    found = [one for name in view.gates for one in squashed(name, entered if name == "c" else before)]
    if "f" in gate:
        found += [sign(rf"{C} = {gate['f']} \odot {memory} + {gate['i']} \odot {gate['c']}"), comma()]
        found += [sign(rf"{state} = {gate['o']} \odot \tanh\,{C}"), comma()]
    else:
        found += [sign(rf"{state} = {gate['z']} \odot {before} + (1 - {gate['z']}) \odot {gate['c']}"), comma()]
    return [
        *found,
        sign(rf"{letter('Y_hat', 't', c)} = f_2("),
        *product(state, "W2"),
        sign("+"),
        view.token("b2"),
        sign(")"),
    ]
