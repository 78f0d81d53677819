"""A cell of the grid opened further: slopes and weights, softmax with its loss, 3-tensor, running product.

A *form* says what a factor is made of: its token in the equation and its matrix in the strip are replaced by
those of its parts. The stage only swaps them.
"""

from __future__ import annotations

import numpy as np

from rnnviz import engine
from rnnviz.notation import line
from rnnviz.notation.conventions import LETTERS
from rnnviz.notation.ids import HIDDEN_PARAMETERS, chain_factor, hops, immediate_factor, output_factor, readout_factor
from rnnviz.notation.line import Token
from rnnviz.notation.numbers import four, percent
from rnnviz.notation.quantities import frobenius, shown, shown_steps
from rnnviz.notation.record import Record
from rnnviz.scene import strip
from rnnviz.scene.scene import Form, Forms
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


def openings(view: View) -> list[dict]:
    """Return the switches that open the factors: id, name, help, and the choices of each."""
    if view.is_batch:
        return []
    H, Y_hat = (LETTERS[view.conventions.names][base] for base in ("H", "Y_hat"))
    weights = view.named("Wh1") + ("" if view.conventions.flips_weights else "ᵀ")
    split = f"{weights} · f₁′" if view.conventions.is_column else f"f₁′ · {weights}"
    jacobian = [
        _switch(
            "jacobian", f"∂{H}/∂{H}", "Each step Jacobian whole, or as its two causes: slope and weights.",
            ("whole", "whole"), ("split", split),
        )
    ]  # fmt: skip
    return [
        *(jacobian if view.T > 1 else []),
        _switch(
            "output", f"∂L/∂{Y_hat} · ∂{Y_hat}/∂{H}",
            "Loss and output activation apart, opened at Z, or fused into one.",
            ("whole", "apart"), ("opened", "through Z"), ("fused", "fused"),
        ),
        _switch(
            "immediate", "∂⁺", "The immediate derivative as an outer product, or as the 3-tensor that it is.",
            ("outer", "outer product"), ("tensor", "3-tensor"),
        ),
    ]  # fmt: skip


def _switch(name: str, label: str, help: str, *choices: tuple[str, str]) -> dict:
    return {"id": name, "label": label, "help": help, "choices": [list(choice) for choice in choices]}


def forms(view: View, parameter: str) -> Forms:
    """Return, for each choice of a switch, what the factors of the drawn terms are made of."""
    if view.is_batch:
        return {}
    steps = shown_steps(view.T)
    rows = [t for t in steps if t in view.loss_steps]
    opened, fused = {}, {}
    for t in rows:
        opened[readout_factor(t)] = _opened_readout(view, t)
        fused[output_factor(t)] = _parts(view, [view.token(f"dL_{t}/dZ_{t}")], [Item(f"dL_{t}/dZ_{t}")])
        fused[readout_factor(t)] = _parts(view, [_weights(view, "W2")], [Item("W2", "·", transpose=True)])
        if parameter not in HIDDEN_PARAMETERS:
            fused[immediate_factor(t, parameter)] = _fused_immediate(view, t, parameter)
    split = {chain_factor(j, i): _split_jacobian(view, j) for j, i in hops(view.T, 0, steps) if j - i == 1}
    found = {"jacobian": {"split": split}, "output": {"opened": opened, "fused": fused}}
    if parameter in HIDDEN_PARAMETERS:
        found["immediate"] = {"tensor": {immediate_factor(k, parameter): _tensor(view, k, parameter) for k in steps}}
    return found


def _parts(view: View, tokens: list[Token], items: list[Item]) -> Form:
    """What stands inside a product, as the conventions turn it."""
    return Form(line.arranged(tokens, view.conventions, inside=True), strip.replaced(items, view.conventions))


def _weights(view: View, name: str) -> Token:
    return view.token(name, rf"{view.symbol(name).latex}^{{\top}}")


def _split_jacobian(view: View, j: int) -> Form:
    """∂H_j/∂H_{j−1} = diag(f1′(A_j)) · Wh1ᵀ."""
    slope = f"f1'_{j}"
    tokens = [view.token(slope, rf"\mathrm{{diag}}({view.symbol(slope).latex})"), _weights(view, "Wh1")]
    return _parts(view, tokens, [Item(slope, "·", diagonal=True), Item("Wh1", "·", transpose=True)])


def _opened_readout(view: View, t: int) -> Form:
    """∂Ŷ_t/∂H_t = ∂Ŷ_t/∂Z_t · W2ᵀ."""
    slope = f"dY_hat_{t}/dZ_{t}"
    return _parts(view, [view.token(slope), _weights(view, "W2")], [Item(slope, "·"), Item("W2", "·", transpose=True)])


def _fused_immediate(view: View, t: int, parameter: str) -> Form:
    """∂⁺Z_t/∂W2 is H_t alone, and of β2 the identity."""
    name = immediate_factor(t, parameter)
    latex = rf"\frac{{\partial^{{+}} Z_{{{t}}}}}{{\partial {view.symbol(parameter).latex}}}"
    outer = [Item(f"H_{t}", transpose=True, role="parameter")] if parameter == "W2" else []
    return _parts(view, [view.token(name, latex)], [Item(name, "·", outer=tuple(outer), note="" if outer else "= I")])


def _tensor(view: View, k: int, parameter: str) -> Form:
    name = immediate_factor(k, parameter)
    return _parts(view, [view.token(name)], [Item(name, "·", tensor=True)])


def opened_quantities(view: View) -> dict[str, Record]:
    """Return the quantities that only the opened forms show: ∂L_t/∂Z_t, running products, the adjoints."""
    if view.is_batch:
        return {}
    found = {}
    for t in (t for t in shown_steps(view.T) if t in view.loss_steps):
        found[f"dL_{t}/dZ_{t}"] = view.described(f"dL_{t}/dZ_{t}", view.delta("b2", t, t), note=_fused_note(view, t))
        found |= {name: view.described(name, vector) for name, vector in running_products(view, t).items()}
    return found


def _fused_note(view: View, t: int) -> str:
    pair = view.architecture.output_activation, view.architecture.loss
    if pair in _RESIDUAL_PAIRS:
        left = f"{view.named(f'Y_hat_{t}')} − {view.named(f'Y_{t}')}"
        return f"{_RESIDUAL_PAIRS[pair]} leaves {left}: no slope and no division is left."
    return "Here the slope of the output activation does not cancel."


def running_products(view: View, t: int) -> dict[str, np.ndarray]:
    """Return ∂L_t/∂H_j and ∂L_t/∂A_j of one sample at the drawn steps j ≤ t, from left to right."""
    return view.ways_back[t]


def running(view: View, parameter: str, t: int, k: int) -> dict:
    """Return the running product of term (t, k): what stands after each factor, and where most is lost."""
    steps = [step for step in shown_steps(view.T) if k <= step <= t]
    first = {"q": output_factor(t), "when": ["whole", "opened"]}
    places = [first, {"q": f"dL_{t}/dZ_{t}", "when": ["opened", "fused"]}, {"q": f"dL_{t}/dH_{t}"}]
    for j, i in hops(t + 1, k, steps):
        places += [{"q": f"dL_{t}/dA_{j}", "split": True}] if j - i == 1 else []
        places.append({"q": f"dL_{t}/dH_{i}"})
    places.append({"q": f"term_{t}_{k}"})
    way = "right to left" if view.conventions.is_column else "left to right"
    title = f"Running product, {way}: its length after each factor"
    return {"title": title, "places": places, "sentence": _where_it_shrinks(view, t, steps)}


def _where_it_shrinks(view: View, t: int, steps: list[int]) -> list:
    """Say which step back through time costs most of the length."""
    products = running_products(view, t)
    lengths = {j: frobenius(products[f"dL_{t}/dH_{j}"]) for j in steps}
    first, last = lengths[steps[-1]], lengths[steps[0]]
    if len(steps) == 1:
        return say(f"No step back through time: the error at {{H_{t}}} has length {four(first)}{view.whose}.")
    if first == 0:
        return say(f"The error is already 0 at {{H_{t}}}{view.whose}: nothing is left to carry back.")
    ratios = {(j, i): lengths[i] / lengths[j] for j, i in hops(t + 1, 0, steps) if lengths[j] > 0}
    if not ratios or not np.isfinite([*ratios.values()]).all():
        return say(f"The numbers on the way back from {{H_{t}}} are too large to be held: not finite.")
    (j, i), worst = min(ratios.items(), key=lambda one: one[1])
    way = f"From {{H_{t}}} back to {{H_{steps[0]}}} the length{view.whose}"
    if max(ratios.values()) <= 1 + UNCHANGED and worst >= 1 - UNCHANGED:
        return say(f"{way} stays {four(first)}: no step changes it.")
    start = f"{way} goes from {four(first)} to {four(last)}"
    if len(ratios) == 1:
        how = _one_step(worst)
    elif worst < 1 - UNCHANGED:
        part = f"{four(100 * worst)} %" if worst < 0.999 else percent(worst, 1)
        how = f"the step from {{H_{j}}} to {{H_{i}}} costs the most and leaves {part} of it"
    elif worst <= 1 + UNCHANGED:
        how = f"no step shortens it, and that from {{H_{j}}} to {{H_{i}}} leaves it as it is"
    else:
        least = f"by {four(100 * (worst - 1))} %"
        how = f"every step lengthens it, that from {{H_{j}}} to {{H_{i}}} the least, {least}"
    return say(f"{start}; {how}.")


def _one_step(factor: float) -> str:
    if abs(factor - 1) <= UNCHANGED:
        return "this one step leaves it as it is"
    return f"this one step makes it {four(factor)} times as long"


def tensor_slices(view: View, parameter: str, k: int) -> list[dict]:
    """Return ∂⁺H_k/∂θ as the 3-tensor that it is: one slice [h] of θ's shape for each drawn hidden unit h."""
    value = engine.immediate_factor(view.architecture, view.trace, parameter, k).value
    return [view.numbers(value[h], parameter).drawn() | {"unit": h} for h in shown(len(value), MOST_SLICES)]
