"""Questions on what loss and output activation leave together (6)."""

from __future__ import annotations

import numpy as np

from rnnviz.engine.activations import output_jacobian
from rnnviz.engine.losses import output_gradient
from rnnviz.notation.ids import output_factor
from rnnviz.notation.numbers import four
from rnnviz.teaching.questions.asking import Holes, significant, strong_place, template
from rnnviz.teaching.questions.scope import Draw, Scope
from rnnviz.teaching.questions.words import listed


def _output(scope: Scope, t: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Ŷ_t, Y_t, ∂L_t/∂Ŷ_t, ∂L_t/∂Z_t and ∂Ŷ_t/∂Z_t of the sample."""
    row, kind = scope.output_row(t), scope.architecture.output_activation
    Z, Y_hat, Y = scope.trace.Z[row, 0], scope.trace.Y_hat[row, 0], scope.target(t)[0]
    above = output_gradient(scope.architecture, Z, Y_hat, Y)
    return Y_hat, Y, above, scope.dZ[t, 0], output_jacobian(kind, Z, Y_hat)


def _leaves_residual(scope: Scope) -> bool:
    """Whether activation and loss cancel to ŷ − y."""
    return (scope.architecture.output_activation, scope.architecture.loss) in (
        ("softmax", "categorical_cross_entropy"),
        ("sigmoid", "binary_cross_entropy"),
        ("identity", "squared_error"),
    )


@template
def logit_gradient(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for one entry of ∂L_t/∂Z_t."""
    t = scope.an_error(draw)
    Y_hat, Y, above, delta, jacobian = _output(scope, t)
    place = strong_place(delta, draw, 0.01)
    if place is None or abs(delta[place]) < 1e-6:
        return None
    (j,), value, residual = place, float(delta[place]), float((Y_hat - Y)[place])
    name, slope = f"dL_{t}/dZ_{t}", float(jacobian[j, j])
    kept = "no slope and no division is left" if _leaves_residual(scope) else "here f₂′ does not cancel"
    two = f"{four(Y_hat[j])} was predicted, the target is {four(Y[j])}"
    shared = scope.architecture.output_activation == "softmax"
    way = (
        "Every ŷ depends on this entry of Z: softmax shares one sum, and all of them count."
        if shared else f"On the way to Z it meets the slope of f₂, {four(slope)}."
    )  # fmt: skip
    own = f", entry {j} of it {four(Y_hat[j])}" if j >= 6 else ""
    return dict(
        value=value, two=two, kept=kept, name=name, t=t, residual=residual, negative=-value,
        grows="larger" if value > 0 else "smaller", predicted=Y_hat[j], target=Y[j], above=above[j],
        way=way, first_factor=output_factor(t), twice=value * slope, slope=slope,
        prediction=listed(Y_hat[:6]), more=", …" if len(Y_hat) > 6 else "", own=own, j=j,
        pair=_pair_words(scope), entry=j,
    )  # fmt: skip


_OUTPUTS = {"softmax": "softmax", "sigmoid": "sigmoid", "identity": "the identity", "relu": "ReLU"}
_LOSSES = {
    "categorical_cross_entropy": "cross-entropy",
    "binary_cross_entropy": "binary cross-entropy",
    "squared_error": "half the squared error",
}


def _pair_words(scope: Scope) -> str:
    architecture = scope.architecture
    return f"{_OUTPUTS[architecture.output_activation]} with {_LOSSES[architecture.loss]}"


@template
def logit_sum(scope: Scope, draw: Draw) -> Holes | None:
    """Ask what the entries of ∂L_t/∂Z_t add up to."""
    t = scope.an_error(draw)
    _, Y, above, delta, _ = _output(scope, t)
    if len(Y) < 2 or np.abs(delta).max() < 1e-6:
        return None
    softmax = scope.architecture.output_activation == "softmax"
    value = 0.0 if softmax else float(delta.sum())
    if not softmax and abs(value) < 1e-6:
        return None
    name = f"dL_{t}/dZ_{t}"
    why = (
        "Softmax does not change when all Z grow by the same, so the loss does not either."
        if softmax
        else f"The outputs are separate; their errors sum to {four(value)}."
    )
    signs = (
        "They have signs, and here all are below 0." if (delta <= 0).all() else
        "They have signs, and some are below 0."
    )  # fmt: skip
    return dict(
        value=value, why=why, name=name,
        of_one=_OF_ONE[softmax],
        t=t, sizes=np.abs(delta).sum(), signs=signs,
        of_predictions=above.sum() if significant(above.sum(), np.abs(above).max()) else None,
        first_factor=output_factor(t), pair=_pair_words(scope), count=len(Y),
        reason=f"They sum to {four(value)}. {why}" if softmax else why,
    )  # fmt: skip


@template
def fused(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the formula of ∂L_t/∂Ŷ_t · ∂Ŷ_t/∂Z_t."""
    t = scope.an_error(draw)
    Y_hat, Y, above, delta, jacobian = _output(scope, t)
    residual, slope = Y_hat - Y, np.diag(jacobian)
    squared = scope.architecture.loss == "squared_error"
    elementwise = scope.architecture.output_activation != "softmax"
    if np.abs(delta).max() < 1e-6 or not (_leaves_residual(scope) or (squared and elementwise)):
        return None
    p, y, s = scope.latex(f"Y_hat_{t}"), scope.latex(f"Y_{t}"), rf"f_2'({scope.latex(f'Z_{t}')})"
    name = f"dL_{t}/dZ_{t}"
    plain = (residual, rf"${p} - {y}$", "That holds where loss and activation cancel. With this pair the "
             "slope of f₂ stays.")  # fmt: skip
    steep = (residual * slope, rf"$({p} - {y}) \circ {s}$", "The slope of f₂ has cancelled against the "
             "division in the derivative of the loss.")  # fmt: skip
    right, other = (plain, steep) if _leaves_residual(scope) else (steep, plain)
    first = _first_entries(delta)
    return dict(
        right=right, first=first, name=name, other=other, negative=-right[0],
        turned=f"${y} - {p}$" if _leaves_residual(scope) else f"$({y} - {p}) \\circ {s}$", above=above,
        t=t, p=p, first_factor=output_factor(t), slope=slope, s=s, pair=_pair_words(scope),
    )  # fmt: skip


_OF_ONE = {
    True: "That is the sum of the probabilities. The errors differ from them: they have signs.",
    False: "That would be the sum of probabilities that share one. These are errors.",
}


def _first_entries(values: np.ndarray) -> str:
    return f"({listed(values[:4])}{', …' if len(values) > 4 else ''})"


@template
def batch_share(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for one entry of ∂L_t/∂Z_t where L_t is the mean over a batch."""
    experiment, t = scope.experiment, scope.an_error(draw)
    m = experiment.trace.X.shape[1]
    if m < 2 or not _leaves_residual(scope):
        return None
    Y, row = experiment.task.Y, scope.output_row(t)
    residual = experiment.trace.Y_hat[row] - (Y if Y.ndim == 2 else Y[t])
    place = strong_place(residual, draw)
    if place is None or abs(residual[place]) < 1e-6:
        return None
    sample, j = place
    own, name = float(residual[place]), f"dL_{t}/dZ_{t}"
    return dict(
        value=own / m, m=m, name=name, own=own, t=t, over_steps=own / scope.T,
        over_both=own / (m * scope.T), mean=float(residual[:, j].mean()), sample_after=sample + 1, j=j,
        sample=sample, entry=j,
    )  # fmt: skip
