"""The few lines of NumPy behind one frame of the stage, in the names of the exported script.

They run after the script's numbers and its forward pass. What they compute has the id of the quantity that
the frame shows: ``H_2``, ``term_2_1``; ``dWh1`` for ∂L/∂Wh1. Each function returns the lines of one act.
"""

import numpy as np

from rnnviz.notation.ids import PARAMETERS, Quantity, is_hidden
from rnnviz.notation.quantities import shown_steps
from rnnviz.scene import cells
from rnnviz.scene.view import View

ENTERING = {"W1": "X[{k}].T @ {D}", "Wh1": "H_before[{k}].T @ {D}", "b1": "{D}.sum(axis=0)"}
LOSSES = {
    "categorical_cross_entropy": (
        "log_y_hat = z - np.logaddexp.reduce(z, axis=-1, keepdims=True)  # ln ŷ, from the logits",
        "-(y * log_y_hat)",
    ),
    "binary_cross_entropy": ("", "(np.logaddexp(0, z) - y * z)"),
    "squared_error": ("", "(0.5 * (y_hat - y) ** 2)"),
}
ERRORS = {
    "softmax": "{y_hat} * (g - (g * {y_hat}).sum(axis=-1, keepdims=True))",
    "sigmoid": "g * {y_hat} * (1 - {y_hat})",
    "relu": "g * np.where({z} > 0, 1, 0)",
}
OVER_TIME = "((0, 1), (0, 1))"
GRADIENTS = {
    "W1": f"np.tensordot(X, dA, {OVER_TIME})",
    "Wh1": f"np.tensordot(H_before, dA, {OVER_TIME})",
    "b1": "dA.sum(axis=(0, 1))",
    "W2": f"np.tensordot(H[first:], dZ, {OVER_TIME})",
    "b2": "dZ.sum(axis=(0, 1))",
}


def _one(view: View) -> list[str]:
    """The line that picks the sample which is looked at; none where all are."""
    if view.batch == 1 or view.is_batch:
        return []
    return [f"one = slice({view.sample}, {view.sample + 1})  # sample {view.sample + 1} of {view.batch}"]


def _at(view: View, *index: int | str) -> str:
    """An index of time, with the sample."""
    return ", ".join(map(str, (*index, *(["one"] if _one(view) else []))))


def start(view: View) -> list[str]:
    """The numbers to be learned, and the start state."""
    before = f"H_init[{_at(view)}]" if _one(view) else "H_init"
    return [*_one(view), "count = sum(p.size for p in (W1, Wh1, b1, W2, b2))", f"H_start = {before}"]


def forward(view: View, t: int) -> list[str]:
    """One step of the hidden layer."""
    at = _at(view, t)
    return [*_one(view), f"A_{t} = X[{at}] @ W1 + H_before[{at}] @ Wh1 + b1", f"H_{t} = f1(A_{t})"]


def gated(view: View, t: int, act: tuple[str, ...]) -> list[str]:
    """One act of a gated cell's step: a gate or the candidate, the memory, or at last the state."""
    at, before, lstm = _at(view, t), f"before = {_before(view, t, 'H')}", view.kind == "S"
    if act and act[0] in view.gates:
        return [*_one(view), before, *_gate(view, t, act[0])]
    named = f"{', '.join(view.architecture.layer.blocks)} = gates(A[{at}])".replace("input", "enter")
    lines = [*_one(view), named.replace("output", "leave")]
    if act:
        return [*lines, f"memory = {_before(view, t, 'seen[3]')}", f"C_{t} = forget * memory + enter * candidate"]
    if lstm:
        return [*lines, f"H_{t} = leave * np.tanh(seen[3][{at}])"]
    return [*lines, before, f"H_{t} = update * before + (1 - update) * candidate"]


def _before(view: View, t: int, series: str) -> str:
    """What a step of H, or of an LSTM's C, finds."""
    if t:
        return f"{series}[{_at(view, t - 1)}]"
    start = f"H_init[{_at(view)}]" if _one(view) else "H_init"
    return start if series == "H" else f"np.zeros_like({start})"


def _gate(view: View, t: int, gate: str) -> list[str]:
    """The lines of one gate, or of the candidate, on which the reset gate of a GRU acts."""
    n1, place, at = view.architecture.n_hidden, view.gates.index(gate), _at(view, t)
    own = f"{place * n1}:{(place + 1) * n1}"
    brought, more = f"before @ Wh1[:, {own}]", list[str]()
    if gate == "c" and "r" in view.gates:
        more = [f"reset = gates(A[{at}])[0]"]
        if cells.is_after(view.architecture):
            more, brought = [*more, f"Vc_{t} = {brought} + b1[{3 * n1}:]"], f"reset * Vc_{t}"
        else:
            more, brought = [*more, f"rH_{t} = reset * before"], f"rH_{t} @ Wh1[:, {own}]"
    squash = "np.tanh" if gate == "c" else "sigmoid"
    product = f"A{gate}_{t} = X[{at}] @ W1[:, {own}] + {brought} + b1[{own}]"
    return [*more, product, f"{gate}_{t} = {squash}(A{gate}_{t})"]


def output(view: View, t: int) -> list[str]:
    """One step of the output layer."""
    return [*_one(view), f"Z_{t} = H[{_at(view, t)}] @ W2 + b2", f"Y_hat_{t} = f2(Z_{t})"]


def _targets(view: View, row: int | str, step: int | str) -> list[str]:
    """z, ŷ and y of one step, or of all steps for ":"."""
    at = _at(view, row)
    if not view.architecture.is_sequence_to_vector:
        target = f"Y[{_at(view, step)}]"
    else:
        target = f"Y[{_at(view)}]" if _one(view) else "Y"
    return [*_one(view), f"z, y_hat, y = Z[{at}], Y_hat[{at}], {target}"]


def loss(view: View, t: int) -> list[str]:
    """The loss of one step."""
    before, each = LOSSES[view.architecture.loss]
    lines = _targets(view, view.output_row(t), t)
    return [*lines, *([before] if before else []), f"L_{t} = {each}.sum(axis=-1).mean()"]


def total(view: View) -> list[str]:
    """The total loss."""
    before, each = LOSSES[view.architecture.loss]
    added = f"L = {each}.sum(axis=-1).mean(axis=-1).sum()"
    return [*_targets(view, ":", ":"), *([before] if before else []), added + _mean(view)]


def _mean(view: View) -> str:
    return " / (T - first)" if view.conventions.is_mean and len(view.loss_steps) > 1 else ""


def _errors(view: View, row: int | str, step: int | str) -> list[str]:
    """The lines up to dZ, ∂Lₜ/∂Zₜ of one step or of all."""
    return [*_targets(view, row, step), *_logit_errors(view, view.is_batch, "z", "y_hat", "y")]


def _logit_errors(view: View, mean: bool, z: str, y_hat: str, y: str) -> list[str]:
    architecture, difference = view.architecture, f"({y_hat} - {y}) / m" if mean else f"{y_hat} - {y}"
    if architecture.loss != "squared_error" or architecture.output_activation == "identity":
        return [f"dZ = {difference}  # ∂Lₜ/∂Zₜ"]
    slope = ERRORS[architecture.output_activation].format(z=z, y_hat=y_hat)
    return [f"g = {difference}  # ∂Lₜ/∂Ŷₜ", f"dZ = {slope}  # · ∂Ŷₜ/∂Zₜ"]


def term(view: View, parameter: str, t: int, k: int) -> list[str]:
    """One term of the gradient."""
    lines, name = _errors(view, view.output_row(t), t), Quantity("term", t, k)
    if not is_hidden(parameter):
        entering = f"H[{_at(view, t)}].T @ dZ" if parameter == "W2" else "dZ.sum(axis=0)"
        return [*lines, f"{name} = {entering}"]
    if view.gates:
        back = [f"for j in range({t}, {k}, -1):", "    _, dS = back(theta, seen, j, dS)"] if k < t else []
        last = [f"D, _ = back(theta, seen, {k}, dS)", f"{name} = use(theta, seen, {k}, D){_used(view, parameter)}"]
        return [*lines, *_error_of_state(view, "dZ"), *back, *last]
    lines.append(f"D = dZ @ W2.T * slope(A[{_at(view, t)}])  # ∂Lₜ/∂Aₜ")
    if k < t:
        lines += [f"for j in range({t}, {k}, -1):", f"    D = D @ Wh1.T * slope(A[{_at(view, 'j - 1')}])  # ∂Hⱼ/∂Hⱼ₋₁"]
    return [*lines, f"{name} = {ENTERING[parameter].format(k=_at(view, k), D='D')}"]


def _error_of_state(view: View, dZ: str, whole: bool = False) -> list[str]:
    """∂Lₜ/∂ all that a gated step hands on: no loss reads an LSTM's memory."""
    rows = "one" if _one(view) and not whole else ":"
    return ["dS = np.zeros((m, width * n1))  # ∂Lₜ/∂Sₜ", f"dS[{rows}, :n1] = {dZ} @ W2.T"]


def _used(view: View, parameter: str) -> str:
    """Which of what a step adds is the parameter's, or its block's."""
    whole = cells.wholes(parameter)[-1]
    if whole == parameter:
        return f"[{PARAMETERS.index(parameter)}]"
    columns = cells.columns_of(view.architecture, parameter)
    return f"[{PARAMETERS.index(whole)}][..., {columns.start}:{columns.stop}]"


def _swept(view: View, name: str, added: str, start: str = "0", whole: bool = False) -> list[str]:
    """The lines that add up, in ``name``, what every loss leaves at every step of a gated cell."""
    return [
        f"{name} = {start}",
        "for t in range(first, T):",
        *(f"    {line}" for line in _error_of_state(view, "dZ[t - first]", whole)),
        "    for k in reversed(range(t + 1)):",
        "        D, dS = back(theta, seen, k, dS)",
        f"        {name} = {added}",
    ]


def _gradient(view: View, parameter: str, rule: str, name: str) -> list[str]:
    """The lines of the sum of the terms of a hidden parameter that a rule keeps."""
    if not view.gates:
        return [*_summed(view, rule), _whole(view, parameter, name)]
    mean = "" if name == "rest" else _mean(view)
    added = f"use(theta, seen, k, D){_used(view, parameter)}" + (f" * ({rule})" if rule else "")
    lines = _swept(view, name, f"{name} + {added}")
    return [*lines, *([f"{name} = {name}{mean}"] if mean else [])]


def _summed(view: View, rule: str, whole: bool = False) -> list[str]:
    """The lines that add up D[t, k] = ∂L_t/∂A_k by source step, of the terms that a rule keeps."""
    one = ", one" if _one(view) and not whole else ""
    return [
        f"dA = np.zeros_like(A{'[:, one]' if one else ''})",
        "for t in range(first, T):",
        f"    D = dZ[t - first] @ W2.T * slope(A[t{one}])",
        "    for k in reversed(range(t + 1)):",
        f"        dA[k] += D{f' * ({rule})' if rule else ''}",
        f"        D = D @ Wh1.T * slope(A[k - 1{one}])",
    ]


def _kept(view: View) -> str:
    if not view.cuts("Wh1"):
        return ""
    tau = view.truncation
    return f"t - k < {tau}" if view.truncation_kind == "window" else f"t // {tau} == k // {tau}"


def _whole(view: View, parameter: str, name: str, rows: str = "") -> str:
    """The line that multiplies by what enters at each step, and adds up: all of it is the gradient."""
    mean = "" if name == "rest" else _mean(view)
    if is_hidden(parameter):
        product = ENTERING[parameter].format(k=_at(view, "k"), D="dA[k]")
        return f"{name} = sum({product} for k in range(T)){mean}"
    product = f"H[{_at(view, 't')}].T @ dZ[t - first]" if parameter == "W2" else "dZ[t - first].sum(axis=0)"
    return f"{name} = sum({product} for t in range(first, T){rows}){mean}"


def the_sum(view: View, parameter: str) -> list[str]:
    """The gradient."""
    if is_hidden(parameter):
        return [*_errors(view, ":", ":"), *_gradient(view, parameter, _kept(view), f"d{parameter}")]
    return [*_errors(view, ":", ":"), _whole(view, parameter, f"d{parameter}")]


def rest(view: View, parameter: str) -> list[str]:
    """The sum of the terms that are not drawn."""
    drawn = f"drawn = {{{', '.join(map(str, shown_steps(view.T)))}}}"
    if not is_hidden(parameter):
        return [*_errors(view, ":", ":"), drawn, _whole(view, parameter, "rest", " if t not in drawn")]
    rule = " and ".join(filter(None, [_kept(view), "not {t, k} <= drawn"]))
    return [*_errors(view, ":", ":"), drawn, *_gradient(view, parameter, rule, "rest")]


def update(view: View, parameter: str) -> list[str]:
    """The first update: the mean gradient of the whole batch, clipped if it was, by the optimiser."""
    block = f"{cells.wholes(parameter)[-1]}{_used(view, parameter).partition(']')[2]}"
    new = f"{parameter}_new = {block} + change"
    if not view.first_epoch.finite:
        return [f"change = np.zeros_like({block})  # the gradient is not finite", new]
    kept = _kept(view)
    if view.gates:
        added = f"g + u * ({kept})" if kept else "g + u"
        each = f"[{added} for g, u in zip(gradients, use(theta, seen, k, D))]"
        sweep = _swept(view, "gradients", each, "[0, 0, 0]", whole=True)
    elif view.truncation_kind == "window" and kept:
        sweep = _summed(view, kept, whole=True)
    else:
        cut = f" * (t % {view.truncation} > 0)  # detached where a block begins" if kept else ""
        sweep = [
            "dA, message = np.zeros_like(A), 0",
            "dA[first:] = dZ @ W2.T",
            "for t in reversed(range(T)):",
            "    dA[t] = (dA[t] + message) * slope(A[t])",
            f"    message = dA[t] @ Wh1.T{cut}",
        ]
    errors, used = _logit_errors(view, True, "Z", "Y_hat", "Y"), f"d{parameter}"
    adam = f" / (abs({used}) + epsilon)  # Adam's first" if "first moment" in view.first_epoch.state else ""
    return [*errors, *sweep, *_used_gradient(view, parameter), f"change = -learning_rate * {used}{adam}", new]


def _used_gradient(view: View, parameter: str) -> list[str]:
    """The gradient that the optimiser is given: by its norm, which takes all five, and by value."""
    by_norm, by_value = _clipping(view)
    whole = cells.wholes(parameter)[-1]
    cut = _used(view, parameter).partition("]")[2] if whole != parameter else ""
    place = f"gradients[{PARAMETERS.index(whole)}]"
    gradient, lines = place if view.gates and is_hidden(parameter) else GRADIENTS[whole], []
    if by_norm:
        hidden = f"gradients = [{GRADIENTS['W1']}, {GRADIENTS['Wh1']}, {GRADIENTS['b1']}]"
        lines = [
            *([] if view.gates else [hidden]),
            f"gradients += [{GRADIENTS['W2']}, {GRADIENTS['b2']}]",
            "norm = np.sqrt(sum((g**2).sum() for g in gradients))",
        ]
        gradient = f"{place} * (clip_norm / norm)"
    gradient = f"({gradient}){cut}" if cut else gradient
    gradient = f"np.clip({gradient}, -clip_value, clip_value)" if by_value else gradient
    return [*lines, f"d{parameter} = {gradient}"]


def _clipping(view: View) -> tuple[bool, bool]:
    """Whether the first epoch's gradient was scaled to a norm, and whether entries of it were limited.

    Entries below the limit tell the scale: the largest ratio of what was used to what was computed.
    """
    epoch = view.first_epoch
    if not epoch.clipped:
        return False, False
    before, used = (np.concatenate([g.ravel() for g in one]) for one in (epoch.gradients, epoch.used))
    before, used = abs(before[before != 0]), abs(used[before != 0])
    ratios = used / before
    limited = bool(np.ptp(ratios) > 1e-9 * ratios.max())
    all_at_limit = limited and bool(np.ptp(used) == 0)
    return bool(ratios.max() < 1 - 1e-12) and not all_at_limit, limited
