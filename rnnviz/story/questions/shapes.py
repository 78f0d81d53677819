"""Questions on shapes (5) and on what softmax with cross-entropy leaves (6)."""

from __future__ import annotations

import numpy as np

from rnnviz.engine.activations import output_jacobian
from rnnviz.engine.losses import output_gradient
from rnnviz.story.notation import (
    chain_factor,
    immediate_factor,
    output_factor,
    readout_factor,
    state,
    step_number,
)
from rnnviz.story.numbers import capital, counted, each_of, four
from rnnviz.story.questions.asking import (
    Draft,
    latex,
    listed,
    one_of,
    option,
    settled,
    significant,
    strong_place,
    template,
    tex,
)
from rnnviz.story.questions.loops import per


def _written(shape: tuple[int, ...]) -> str:
    return " × ".join(map(str, shape))


def _shape(shape, reply, *lights):
    """An option that stands for a shape: two are the same only if all numbers are."""
    return option(np.array(shape, dtype=float), reply, *lights, text=_written(shape))


def _told_apart(right, wrong):
    """Settle options of shapes: any other number of rows or columns is another shape."""
    wrong = [one for one in wrong if one is not None and one.text != right.text]
    plain = [option(place + 1, one.reply, *one.lights, text=one.text) for place, one in enumerate(wrong)]
    return settled(option(0, right.reply, *right.lights, text=right.text), plain)


@template("shape-of", 5, "The shape of a matrix", numbers=False, rows=True)
def shape_of(scope, draw):
    """Ask for rows and columns of one matrix of the forward pass."""
    t = scope.a_loss(draw)
    n0, n2, n1, m = scope.trace.X.shape[2], scope.Y.shape[-1], scope.n1, scope.m
    shapes = {
        f"X_{t}": (m, n0), f"H_{t}": (m, n1), f"A_{t}": (m, n1), f"Z_{t}": (m, n2), f"Y_hat_{t}": (m, n2),
        "W1": (n0, n1), "Wh1": (n1, n1), "W2": (n1, n2),
    }  # fmt: skip
    name = one_of(draw, shapes)
    shape, weight = shapes[name], name.startswith("W")
    meaning = "a row for each unit it comes from, a column for each it goes to" if weight else (
        f"a row for {each_of(m, 'sample')}, a column for each unit or feature"
    )  # fmt: skip
    why = "as (outputs, inputs), the way PyTorch keeps weights" if weight else "with samples as columns"
    others = [_shape(shapes[key], f"That is the shape of {tex(key)}.", key) for key in shapes]
    draw.shuffle(others)
    choices = _told_apart(
        _shape(shape, f"{_written(shape)}: {meaning}.", name),
        [_shape(shape[::-1], f"That is transposed, {why}. Here it has {meaning}.", name), *others],
    )
    prompt = f"Which shape has {tex(name)} here, as rows × columns?"
    answer = f"{tex(name)} is {_written(shape)}: {meaning}."
    frame = f"output-{t}" if name[:2] in ("Z_", "Y_", "W2") else f"forward-{t}"
    return choices and Draft(
        prompt, choices, frame, "Wh1", answer, {"name": name.removesuffix(f"_{t}"), "t": t}
    )


@template("tensor-shape", 5, "The immediate derivative is a tensor", numbers=False, single=True, rows=True)
def tensor_shape(scope, draw):
    """Ask for the shape of ∂⁺H_k/∂θ."""
    parameter, k = scope.a_parameter(draw), one_of(draw, scope.steps)
    theta = np.shape(getattr(scope.parameters, parameter))
    n1, name = scope.n1, immediate_factor(k, parameter)
    shape = (n1, *theta)
    size, zeros = int(np.prod(shape)), int(np.prod(shape)) - int(np.prod(theta))
    numbers = counted(size, "number") + (f", {zeros} of them always 0" if zeros else "")
    choices = _told_apart(
        _shape(shape, f"One number for each unit and each entry: {numbers}.", name),
        [
            _shape(theta, "That is the shape of the parameter, and of a term, once a row vector has been "
                   "multiplied in. Here it is a derivative of a vector.", parameter),
            _shape((n1,), f"That is the state alone. {capital(each_of(n1, 'unit'))} has a derivative by "
                   "each entry.", f"H_{k}"),
            _shape((n1, n1), "That is a step Jacobian: a state by a state. This is a state by the parameter.",
                   f"H_{k}", state(k - 1)),
            _shape((n1, n1, n1), f"That is for {tex('Wh1')}. A bias has one number for each unit.", "Wh1")
            if parameter == "b1" else None,
            _shape((*theta, *theta), "That is the parameter by the parameter. Above the line stands the "
                   "state.", parameter),
        ],
    )  # fmt: skip
    prompt = f"Taken in full, entry by entry, which shape has {tex(name)} of one sample?"
    answer = f"It is {_written(shape)}: {numbers}."
    t = min(t for t in scope.losses if t >= k)
    facts = {"k": k, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


@template("which-product", 5, "Which product has the shape of the gradient", rows=True)
def which_product(scope, draw):
    """Ask for the product of what enters and the error that gives a term."""
    pair, parameter = scope.a_pair(draw), scope.a_parameter(draw, "W1", "Wh1")
    if pair is None:
        return None
    t, k = pair
    into, error = scope.entering(parameter, k), _error(scope, t, k)
    right, after = into.T @ error, scope.trace.H[k].T @ error
    if not right.any():
        return None
    enters = f"X_{k}" if parameter == "W1" else state(k - 1)
    a, b, late = latex(enters), per(latex(f"L_{t}"), f"A_{k}"), latex(f"H_{k}")
    top = r"^{\top}"

    def product(value, text, reply, *lights):
        return option(value, reply, *lights, text=f"${text}$")

    choices = settled(
        product(right, rf"{a}{top}\, {b}", f"{_size(into.T)} times {_size(error)} gives {_size(right)}, the "
                f"shape of {tex(parameter)}; the product adds over the samples.", enters, parameter),
        [
            product(error.T @ into, rf"{b}{top}\, {a}", f"That is the transpose, {_size(right.T)}: rows are "
                    "for what comes in, columns for the units.", parameter),
            product(into @ error.T, rf"{a}\, {b}{top}", f"That is {scope.m} × {scope.m}: samples by samples.",
                    enters) if into.shape == error.shape else None,
            product(after, rf"{late}{top}\, {b}", f"That takes the state after the step. "
                    f"{tex(parameter)} was multiplied with {tex(enters)}.", f"H_{k}", enters),
            product(into * error, rf"{a} \circ {b}", f"Entry by entry gives {_size(error)}, "
                    "no matrix of weights.", enters) if into.shape == error.shape else None,
        ],
    )  # fmt: skip
    prompt = (
        f"What reaches {tex(parameter)} at step {step_number(k)} is ${b}$, {_size(error)}. Which product "
        f"gives the derivative of {tex(f'L_{t}')} by {tex(parameter)} as used at this step?"
    )
    answer = rf"It is ${a}^{{\top}} {b}$, {_size(right)}."
    facts = {"t": t, "k": k, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


def _error(scope, t, k) -> np.ndarray:
    """∂L_t/∂A_k of every sample, averaged as the loss is."""
    vector = scope.dZ[t] / scope.m @ scope.parameters.W2.T
    for s in range(t, k, -1):
        vector = (vector * scope.slope[s]) @ scope.parameters.Wh1.T
    return vector * scope.slope[k]


def _size(matrix: np.ndarray) -> str:
    return _written(matrix.shape)


@template("count-predictions", 5, "How many numbers are predicted", numbers=False)
def count_predictions(scope, draw):
    """Count the predicted numbers up to a step: the mode decides."""
    t = one_of(draw, scope.steps)
    n0, n2, m = scope.trace.X.shape[2], scope.Y.shape[-1], scope.m
    outputs = max(0, t + 1 - scope.first_loss)
    count, at, whole = outputs * m * n2, step_number(t), t + 1
    only_last = scope.first_loss > 0
    samples = f"{m} samples" if m > 1 else "one sample"
    why = "only the last step predicts" if only_last else f"{each_of(whole, 'step')} predicts"
    light = f"Y_hat_{scope.T - 1}"

    def number(value, reply, *lights):
        return option(int(value), reply, *lights, text=str(value))

    choices = settled(
        number(count, f"{counted(outputs, 'step')} times {samples} times {n2}: {why}.",
               light),
        [
            number(whole * m * n2, "That counts a prediction at each step. Here only the last one has one.",
                   light),
            number(m * n2, "That is one step's prediction. " + (
                f"Step {at} comes before it." if only_last else f"There are {whole} of them by now."), light),
            number(whole * m * scope.n1, "That counts the numbers of the hidden states. A prediction has one "
                   f"for each output, {n2}.", f"H_{t}"),
            number(whole * m * n0, "That counts the inputs.", f"X_{t}"),
        ],
    )  # fmt: skip
    prompt = (
        f"The forward pass of {samples} has just done step {at} of the steps {step_number(0)} to "
        f"{step_number(scope.T - 1)}. How many predicted numbers are there by now?"
    )
    answer = f"{count}: {why}."
    frame = f"output-{t}" if t in scope.losses else f"forward-{t}"
    return choices and Draft(prompt, choices, frame, "W2", answer, {"t": t})


@template("factor-shape", 5, "The shape of a factor", numbers=False, single=True, rows=True)
def factor_shape(scope, draw):
    """Ask for rows and columns of a factor of the chain."""
    t, n1, n2 = scope.a_loss(draw), scope.n1, scope.Y.shape[-1]
    factors = {output_factor(t): (1, n2), readout_factor(t): (n2, n1)}
    if t - 1 in scope.steps:
        factors[chain_factor(t)] = (n1, n1)
    name = one_of(draw, factors)
    shape = factors[name]
    kind = {output_factor(t): "output", readout_factor(t): "readout"}.get(name, "hop")
    rule = "a row for each number above the line, a column for each below"
    choices = _told_apart(
        _shape(shape, f"{_written(shape)}: {rule}. So the factors can be multiplied from the left.", name),
        [
            _shape(shape[::-1], f"That is transposed. Here a derivative has {rule}.", name),
            *[_shape(other, f"That is the shape of {tex(key)}.", key)
              for key, other in factors.items() if key != name],
            _shape((1, n1), f"That is what is left after the factor: an error for {each_of(n1, 'unit')}.",
                   f"H_{t}"),
            _shape((n1, n2), f"That is the shape of {tex('W2')}.", "W2"),
        ],
    )  # fmt: skip
    prompt = f"Which shape has the factor {tex(name)} of one sample, as rows × columns?"
    answer = f"{tex(name)} is {_written(shape)}: {rule}."
    frame = f"term-{t}-{t - 1}" if t - 1 in scope.steps else f"term-{t}-{t}"
    return choices and Draft(prompt, choices, frame, "Wh1", answer, {"factor": kind, "t": t})


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
    choices = settled(
        option(value, f"{two}: {kept}.", name, f"Y_hat_{t}", f"Y_{t}"),
        [
            option(residual, f"That is ŷ − y. It is ∂L/∂Z only where loss and activation cancel; {kept}.",
                   name),
            option(-value, "The sign is the wrong way round: with a prediction too high, a higher Z makes "
                   "the loss larger.", name),
            option(Y_hat[j], f"That is the prediction. The target, {four(Y[j])}, has to be in it.",
                   f"Y_hat_{t}"),
            option(above[j], f"That is the derivative by ŷ. On the way to Z it meets the slope of f₂, "
                   f"{four(slope)}.", output_factor(t)),
            option(value * slope, f"That multiplies by the slope of f₂, {four(slope)}, once more. It is in "
                   "already.", f"dY_hat_{t}/dZ_{t}"),
        ],
    )  # fmt: skip
    prompt = (
        f"{tex(f'Y_hat_{t}')} = ({listed(Y_hat[:6])}{', …' if len(Y_hat) > 6 else ''}), entry {j} of "
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
    choices = settled(
        option(value, why, name),
        [
            option(0.0, "That holds for softmax, whose outputs share one sum. These outputs are separate.",
                   name),
            option(1.0, "That is the sum of the probabilities. From them the targets are subtracted, which "
                   "sum to 1 as well." if softmax else "That would be a sum of probabilities; errors have "
                   "signs.", f"Y_hat_{t}"),
            option(np.abs(delta).sum(), "That adds the sizes of the errors. They have signs.", name),
            option(above.sum(), "That is the sum of the derivatives by ŷ, before f₂.", output_factor(t))
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
            option(own / scope.T, f"That divides by the {scope.T} steps. A loss is averaged over the batch, "
                   "not over time.", name),
            option(own / (m * scope.T), f"That divides by batch and steps: {m} times {scope.T}. Over time "
                   "losses are added.", f"L_{t}"),
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
