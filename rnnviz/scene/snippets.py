"""The few lines of NumPy behind one frame of the stage, in the names of the exported script.

A snippet runs after the script's numbers and its forward pass. What it computes has the id of the quantity
that the frame shows: ``H_2``, ``term_2_1``; ``dWh1`` for ∂L/∂Wh1.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from rnnviz.notation.ids import HIDDEN_PARAMETERS, PARAMETERS
from rnnviz.notation.quantities import shown_steps
from rnnviz.scene.view import View

_FRAME = re.compile(r"(forward|output|loss|term)-(\d+)(?:-(\d+))?")
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
    "softmax": "y_hat * (g - (g * y_hat).sum(axis=-1, keepdims=True))",
    "sigmoid": "g * y_hat * (1 - y_hat)",
    "relu": "g * np.where(z > 0, 1, 0)",
    "identity": "g",
}
OVER_TIME = "((0, 1), (0, 1))"
GRADIENTS = {
    "W1": f"np.tensordot(X, dA, {OVER_TIME})",
    "Wh1": f"np.tensordot(H_before, dA, {OVER_TIME})",
    "b1": "dA.sum(axis=(0, 1))",
    "W2": f"np.tensordot(H[first:], dZ, {OVER_TIME})",
    "b2": "dZ.sum(axis=(0, 1))",
}


def snippet(view: View, parameter: str, frame_id: str) -> str:
    """Return the 2 to 13 lines that compute what a frame shows: ``forward-2``, ``term-2-1``, ``sum``, ….

    Raises
    ------
    ValueError
        For an unknown parameter or frame.
    """
    if parameter not in PARAMETERS:
        raise ValueError(f"parameter: got {parameter!r}, expected one of {', '.join(PARAMETERS)}")
    whole = {"start": _start, "loss": _total, "term-rest": _rest, "sum": _sum, "update": _update}
    if frame_id in whole:
        return "\n".join(whole[frame_id](view, parameter))
    match = _FRAME.fullmatch(frame_id)
    steps = [int(step) for step in match.groups()[1:] if step is not None] if match else []
    if not match or len(steps) != 1 + (match[1] == "term") or not view.T > steps[0] >= steps[-1]:
        raise ValueError(f"frame_id: got {frame_id!r}, expected a frame such as forward-0 or sum")
    if match[1] != "forward" and steps[0] not in view.loss_steps:
        raise ValueError(f"frame_id: got {frame_id!r}, but step {steps[0]} has no loss")
    several: dict[str, Callable[..., list[str]]] = {
        "forward": _forward, "output": _output, "loss": _loss, "term": _term,
    }  # fmt: skip
    return "\n".join(several[match[1]](view, parameter, *steps))


def _one(view: View) -> list[str]:
    """The line that picks the sample which is looked at; none where all are."""
    if view.batch == 1 or view.is_batch:
        return []
    return [f"one = slice({view.sample}, {view.sample + 1})  # sample {view.sample + 1} of {view.batch}"]


def _at(view: View, *index: object) -> str:
    """An index of time, with the sample."""
    return ", ".join(map(str, (*index, *(["one"] if _one(view) else []))))


def _start(view: View, parameter: str) -> list[str]:
    before = f"H_init[{_at(view)}]" if _one(view) else "H_init"
    return [*_one(view), "count = sum(p.size for p in (W1, Wh1, b1, W2, b2))", f"H_start = {before}"]


def _forward(view: View, parameter: str, t: int) -> list[str]:
    at = _at(view, t)
    return [*_one(view), f"A_{t} = X[{at}] @ W1 + H_before[{at}] @ Wh1 + b1", f"H_{t} = f1(A_{t})"]


def _output(view: View, parameter: str, t: int) -> list[str]:
    return [*_one(view), f"Z_{t} = H[{_at(view, t)}] @ W2 + b2", f"Y_hat_{t} = f2(Z_{t})"]


def _targets(view: View, row: object, step: object) -> list[str]:
    """z, ŷ and y of one step, or of all steps for ":"."""
    at = _at(view, row)
    if not view.architecture.is_sequence_to_vector:
        target = f"Y[{_at(view, step)}]"
    else:
        target = f"Y[{_at(view)}]" if _one(view) else "Y"
    return [*_one(view), f"z, y_hat, y = Z[{at}], Y_hat[{at}], {target}"]


def _loss(view: View, parameter: str, t: int) -> list[str]:
    before, each = LOSSES[view.architecture.loss]
    lines = _targets(view, view.output_row(t), t)
    return [*lines, *([before] if before else []), f"L_{t} = {each}.sum(axis=-1).mean()"]


def _total(view: View, parameter: str) -> list[str]:
    before, each = LOSSES[view.architecture.loss]
    total = f"L = {each}.sum(axis=-1).mean(axis=-1).sum()"
    return [*_targets(view, ":", ":"), *([before] if before else []), total + _mean(view)]


def _mean(view: View) -> str:
    return " / (T - first)" if view.conventions.is_mean else ""


def _errors(view: View, row: object, step: object) -> list[str]:
    """The lines up to dZ, ∂Lₜ/∂Zₜ of one step or of all."""
    difference = "(y_hat - y) / m" if view.is_batch else "y_hat - y"
    return [*_targets(view, row, step), *_logit_errors(view, difference)]


def _logit_errors(view: View, difference: str) -> list[str]:
    architecture = view.architecture
    if architecture.loss != "squared_error" or architecture.output_activation == "identity":
        return [f"dZ = {difference}  # ∂Lₜ/∂Zₜ"]
    return [f"g = {difference}  # ∂Lₜ/∂Ŷₜ", f"dZ = {ERRORS[architecture.output_activation]}  # · ∂Ŷₜ/∂Zₜ"]


def _term(view: View, parameter: str, t: int, k: int) -> list[str]:
    lines, name = _errors(view, view.output_row(t), t), f"term_{t}_{k}"
    if parameter not in HIDDEN_PARAMETERS:
        entering = f"H[{_at(view, t)}].T @ dZ" if parameter == "W2" else "dZ.sum(axis=0)"
        return [*lines, f"{name} = {entering}"]
    lines.append(f"D = dZ @ W2.T * slope(A[{_at(view, t)}])  # ∂Lₜ/∂Aₜ")
    if k < t:
        lines += [f"for j in range({t}, {k}, -1):", f"    D = D @ Wh1.T * slope(A[{_at(view, 'j - 1')}])  # ∂Hⱼ/∂Hⱼ₋₁"]
    product = ENTERING[parameter].format(k=_at(view, k), D="D")
    return [*lines, f"{name} = {product}"]


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
    if parameter in HIDDEN_PARAMETERS:
        product = ENTERING[parameter].format(k=_at(view, "k"), D="dA[k]")
        return f"{name} = sum({product} for k in range(T)){mean}"
    product = f"H[{_at(view, 't')}].T @ dZ[t - first]" if parameter == "W2" else "dZ[t - first].sum(axis=0)"
    return f"{name} = sum({product} for t in range(first, T){rows}){mean}"


def _sum(view: View, parameter: str) -> list[str]:
    sweep = _summed(view, _kept(view)) if parameter in HIDDEN_PARAMETERS else []
    return [*_errors(view, ":", ":"), *sweep, _whole(view, parameter, f"d{parameter}")]


def _rest(view: View, parameter: str) -> list[str]:
    steps = shown_steps(view.T)
    drawn = f"drawn = {{{', '.join(map(str, steps))}}}"
    if parameter not in HIDDEN_PARAMETERS:
        return [*_errors(view, ":", ":"), drawn, _whole(view, parameter, "rest", " if t not in drawn")]
    rule = " and ".join(filter(None, [_kept(view), "not {t, k} <= drawn"]))
    return [*_errors(view, ":", ":"), drawn, *_summed(view, rule), _whole(view, parameter, "rest")]


def _update(view: View, parameter: str) -> list[str]:
    """The first update: the mean gradient of the whole batch, clipped if it was, by the optimiser."""
    if not view.first_epoch.finite:
        return [f"change = np.zeros_like({parameter})  # the gradient is not finite", _new(parameter)]
    errors = _logit_errors(view, "(Y_hat - Y) / m")
    errors = [line.replace("y_hat", "Y_hat").replace("(z >", "(Z >") for line in errors]
    kept = _kept(view)
    window = view.truncation_kind == "window" and kept
    sweep = _summed(view, kept, whole=True) if window else _loop(view.truncation if kept else None)
    adam, used = "first moment" in view.first_epoch.state, f"d{parameter}"
    step = f"change = -learning_rate * {used}" + (f" / (abs({used}) + epsilon)  # Adam's first" if adam else "")
    return [*errors, *sweep, *_used_gradient(view, parameter), step, _new(parameter)]


def _loop(truncation: int | None) -> list[str]:
    cut = f" * (t % {truncation} > 0)  # detached where a block begins" if truncation else ""
    return [
        "dA, message = np.zeros_like(A), 0",
        "dA[first:] = dZ @ W2.T",
        "for t in reversed(range(T)):",
        "    dA[t] = (dA[t] + message) * slope(A[t])",
        f"    message = dA[t] @ Wh1.T{cut}",
    ]


def _used_gradient(view: View, parameter: str) -> list[str]:
    """The gradient that the optimiser is given: by its norm, which takes all five, and by value."""
    by_norm, by_value = _clipping(view)
    gradient, lines = GRADIENTS[parameter], []
    if by_norm:
        lines = [
            f"gradients = [{GRADIENTS['W1']}, {GRADIENTS['Wh1']}]",
            f"gradients += [{GRADIENTS['b1']}, {GRADIENTS['W2']}, {GRADIENTS['b2']}]",
            "norm = np.sqrt(sum((g**2).sum() for g in gradients))",
        ]
        gradient = f"gradients[{PARAMETERS.index(parameter)}] * (clip_norm / norm)"
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


def _new(parameter: str) -> str:
    return f"{parameter}_new = {parameter} + change"
