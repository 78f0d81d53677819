"""Questions on what loss and output activation leave together (6)."""

from __future__ import annotations

import numpy as np

from rnnviz.engine.activations import output_jacobian
from rnnviz.engine.losses import output_gradient
from rnnviz.notation.ids import output_factor
from rnnviz.notation.numbers import four
from rnnviz.teaching.questions.asking import Draft, option, settled, significant, strong_place, template
from rnnviz.teaching.questions.words import latex, listed, tex


def _output(scope, t):
    """Ŷ_t, Y_t, ∂L_t/∂Ŷ_t, ∂L_t/∂Z_t and ∂Ŷ_t/∂Z_t of the sample."""
    row, kind = scope.output_row(t), scope.architecture.output_activation
    Z, Y_hat, Y = scope.trace.Z[row, 0], scope.trace.Y_hat[row, 0], scope.target(t)[0]
    above = output_gradient(scope.architecture, Z, Y_hat, Y)
    return Y_hat, Y, above, scope.dZ[t, 0], output_jacobian(kind, Z, Y_hat)


def _leaves_residual(scope) -> bool:
    """Whether activation and loss cancel to ŷ − y."""
    return (scope.architecture.output_activation, scope.architecture.loss) in (
        ("softmax", "categorical_cross_entropy"),
        ("sigmoid", "binary_cross_entropy"),
        ("identity", "squared_error"),
    )


@template("logit-gradient", 6, "The error at the output", single=True)
def logit_gradient(scope, draw):
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
    choices = settled(
        option(value, f"{two}: {kept}.", name, f"Y_hat_{t}", f"Y_{t}"),
        [
            option(residual, f"That is ŷ − y. It is ∂L/∂Z only where loss and activation cancel; {kept}.",
                   name),
            option(-value, "The sign is the wrong way round: a higher entry of Z makes this loss "
                   f"{'larger' if value > 0 else 'smaller'}.", name),
            option(Y_hat[j], f"That is the prediction. The target, {four(Y[j])}, has to be in it.",
                   f"Y_hat_{t}"),
            option(above[j], f"That is the derivative by ŷ. {way}", output_factor(t)),
            option(value * slope, f"That multiplies by the slope of f₂, {four(slope)}, once more. It is in "
                   "already.", f"dY_hat_{t}/dZ_{t}"),
        ],
    )  # fmt: skip
    own = f", entry {j} of it {four(Y_hat[j])}" if j >= 6 else ""
    prompt = (
        f"{tex(f'Y_hat_{t}')} = ({listed(Y_hat[:6])}{', …' if len(Y_hat) > 6 else ''}){own}, entry {j} of "
        f"{tex(f'Y_{t}')} is {four(Y[j])}. The output is {_pair_words(scope)}. What is entry {j} "
        f"of {tex(name)}?"
    )
    answer = f"Entry {j} of {tex(name)} is {four(value)}; ŷ − y is {four(residual)}."
    return choices and Draft(prompt, choices, f"loss-{t}", "b2", answer, {"t": t, "entry": j})


_OUTPUTS = {"softmax": "softmax", "sigmoid": "sigmoid", "identity": "the identity", "relu": "ReLU"}
_LOSSES = {
    "categorical_cross_entropy": "cross-entropy",
    "binary_cross_entropy": "binary cross-entropy",
    "squared_error": "half the squared error",
}


def _pair_words(scope) -> str:
    architecture = scope.architecture
    return f"{_OUTPUTS[architecture.output_activation]} with {_LOSSES[architecture.loss]}"


@template("logit-sum", 6, "What the errors of all outputs sum to", single=True)
def logit_sum(scope, draw):
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
    choices = settled(
        option(value, why, name),
        [
            option(0.0, "That holds for softmax, whose outputs share one sum. These outputs are separate.",
                   name),
            option(1.0, "That is the sum of the probabilities. The errors differ from them: they have signs."
                   if softmax else "That would be the sum of probabilities that share one. These are errors.",
                   f"Y_hat_{t}"),
            option(np.abs(delta).sum(), f"That adds the sizes of the errors. {signs}", name),
            option(above.sum(), "That is the sum of the derivatives by ŷ. The way to Z goes through f₂.",
                   output_factor(t))
            if significant(above.sum(), np.abs(above).max()) else None,
        ],
    )  # fmt: skip
    prompt = f"The output is {_pair_words(scope)}. What do the {len(Y)} entries of {tex(name)} sum to?"
    answer = f"They sum to {four(value)}. {why}" if softmax else why
    return choices and Draft(prompt, choices, f"loss-{t}", "b2", answer, {"t": t})


@template("fused", 6, "What loss and output activation leave", single=True)
def fused(scope, draw):
    """Ask for the formula of ∂L_t/∂Ŷ_t · ∂Ŷ_t/∂Z_t."""
    t = scope.an_error(draw)
    Y_hat, Y, above, delta, jacobian = _output(scope, t)
    residual, slope = Y_hat - Y, np.diag(jacobian)
    squared = scope.architecture.loss == "squared_error"
    elementwise = scope.architecture.output_activation != "softmax"
    if np.abs(delta).max() < 1e-6 or not (_leaves_residual(scope) or (squared and elementwise)):
        return None
    p, y, s = latex(f"Y_hat_{t}"), latex(f"Y_{t}"), rf"f_2'({latex(f'Z_{t}')})"
    name = f"dL_{t}/dZ_{t}"
    plain = (residual, rf"${p} - {y}$", "That holds where loss and activation cancel. With this pair the "
             "slope of f₂ stays.")  # fmt: skip
    steep = (residual * slope, rf"$({p} - {y}) \circ {s}$", "The slope of f₂ has cancelled against the "
             "division in the derivative of the loss.")  # fmt: skip
    right, other = (plain, steep) if _leaves_residual(scope) else (steep, plain)
    first = _first_entries(delta)
    choices = settled(
        option(right[0], f"Multiplied out it is {first}: loss and activation together.", name, text=right[1]),
        [
            option(other[0], other[2], name, text=other[1]),
            option(-right[0], "The sign is the wrong way round: the step against this gradient would lead "
                   "away from the target.", name,
                   text=rf"${y} - {p}$" if _leaves_residual(scope) else rf"$({y} - {p}) \circ {s}$"),
            option(above, "That is the first factor alone, the derivative by the prediction.",
                   output_factor(t), text=rf"$\partial {latex(f'L_{t}')} / \partial {p}$ alone"),
            option(slope, "That is the slope of f₂ alone: neither target nor loss is in it.",
                   f"dY_hat_{t}/dZ_{t}", text=rf"${s}$"),
        ],
    )  # fmt: skip
    prompt = (
        f"The output is {_pair_words(scope)}. What is left of "
        rf"{tex(output_factor(t))} · {tex(f'dY_hat_{t}/dZ_{t}')}?"
    )
    answer = f"{right[1]} is left: {first}."
    return choices and Draft(prompt, choices, f"loss-{t}", "b2", answer, {"t": t})


def _first_entries(values) -> str:
    return f"({listed(values[:4])}{', …' if len(values) > 4 else ''})"


@template("batch-share", 6, "One sample's share of the error")
def batch_share(scope, draw):
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
    choices = settled(
        option(own / m, f"The loss is the mean over {m} samples, so each error carries 1/{m}: "
               f"{four(own / m)}.", name),
        [
            option(own, f"That is its error with nothing divided. The loss is a mean over {m} samples.",
                   f"Y_hat_{t}"),
            option(own / scope.T, f"That divides by the {scope.T} steps. The loss of one step is a mean over "
                   "the batch.", name),
            option(own / (m * scope.T), f"That divides by batch and steps: {m} times {scope.T}. "
                   f"{tex(f'L_{t}')} is of one step.", f"L_{t}"),
            option(float(residual[:, j].mean()), "That is the mean error of all samples. Each row holds its "
                   "own sample.", name),
        ],
    )  # fmt: skip
    prompt = (
        f"{tex(f'L_{t}')} is the mean over {m} samples. Sample {sample + 1} has "
        rf"$\hat{{y}} - y$ = {four(own)} at output {j}. What stands for it in {tex(name)} of the whole batch?"
    )
    answer = f"Its error over {m}: {four(own / m)}."
    facts = {"t": t, "sample": sample, "entry": j}
    return choices and Draft(prompt, choices, f"loss-{t}", "b2", answer, facts)
