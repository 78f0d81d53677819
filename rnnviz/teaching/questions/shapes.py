"""Questions on shapes (5)."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import (
    chain_factor,
    immediate_factor,
    output_factor,
    readout_factor,
    state,
    step_number,
)
from rnnviz.notation.numbers import counted
from rnnviz.teaching.questions.asking import Draft, one_of, option, settled, template
from rnnviz.teaching.questions.loops import per
from rnnviz.teaching.questions.words import latex, tex


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


_COLUMNS = {"X": "feature", "H": "hidden unit", "A": "hidden unit", "Z": "output", "Y": "output"}


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
    meaning = "a row for each number that comes in, a column for each that goes out" if weight else (
        f"{'one row, for the sample' if m == 1 else f'a row for each of the {m} samples'}, a column for each "
        f"{_COLUMNS[name[0]]}"
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
    numbers = f"{counted(size, 'number')}, {zeros or 'none'} of them always 0"
    choices = _told_apart(
        _shape(shape, f"One number for each unit and each entry: {numbers}.", name),
        [
            _shape(theta, "That is the shape of the parameter, and of a term, once a row vector has been "
                   "multiplied in. Here it is a derivative of a vector.", parameter),
            _shape((n1,), "That is the state alone. Each of its units has a derivative by each entry.",
                   f"H_{k}"),
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
    if pair is None or not scope.adds_up(parameter, *pair):
        return None
    t, k = pair
    into, error = scope.entering(parameter, k), scope.error_at(t, k) / scope.m
    right, after = into.T @ error, scope.trace.H[k].T @ error
    if not right.any():
        return None
    enters = f"X_{k}" if parameter == "W1" else state(k - 1)
    a, b, late = latex(enters), per(latex(f"L_{t}"), f"A_{k}"), latex(f"H_{k}")
    top = r"^{\top}"

    def product(value, text, reply, *lights):
        return option(value, reply, *lights, text=f"${text}$")

    samples = "; the product adds over the samples" if scope.m > 1 else ""
    crossed = "samples by samples" if scope.m > 1 else "a single number"
    choices = settled(
        product(right, rf"{a}{top}\, {b}", f"{_size(into.T)} times {_size(error)} gives {_size(right)}, the "
                f"shape of {tex(parameter)}{samples}.", enters, parameter),
        [
            product(error.T @ into, rf"{b}{top}\, {a}", f"That is the transpose, {_size(right.T)}: rows are "
                    "for what comes in, columns for the units.", parameter),
            product(into @ error.T, rf"{a}\, {b}{top}", f"That is {scope.m} × {scope.m}, {crossed}.",
                    enters) if into.shape == error.shape else None,
            product(after, rf"{late}{top}\, {b}", f"That takes the state after the step. "
                    f"{tex(parameter)} was multiplied with {tex(enters)}.", f"H_{k}", enters),
            product(into * error, rf"{a} \circ {b}", f"Entry by entry gives {_size(error)}, "
                    "nothing for the pairs of what enters and a unit.", enters)
            if into.shape == error.shape else None,
        ],
    )  # fmt: skip
    prompt = (
        f"What reaches {tex(parameter)} at step {step_number(k)} is ${b}$, {_size(error)}. Which product "
        f"gives the derivative of {tex(f'L_{t}')} by {tex(parameter)} as used at this step?"
    )
    answer = rf"It is ${a}^{{\top}} {b}$, {_size(right)}."
    facts = {"t": t, "k": k, "parameter": parameter}
    return choices and Draft(prompt, choices, f"term-{t}-{k}", parameter, answer, facts)


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
    why = "only the last step predicts" if only_last else "each step predicts"
    done = (
        f"has just done step {at} of the steps {step_number(0)} to {step_number(scope.T - 1)}"
        if scope.T > 1 else "is done: there is only one step"
    )  # fmt: skip
    light = f"Y_hat_{scope.T - 1}"

    def number(value, reply, *lights):
        return option(int(value), reply, *lights, text=str(value))

    choices = settled(
        number(count, f"{counted(outputs, 'step')} times {samples} times {counted(n2, 'output')}: {why}.",
               light),
        [
            number(whole * m * n2, "That counts a prediction at each step. Here only the last one has one.",
                   light),
            number(m * n2, "That is one step's prediction. " + (
                f"Step {at} comes before it." if only_last else f"There are {whole} of them by now."), light),
            number(whole * m * scope.n1, "That counts the numbers of the hidden states. A prediction has one "
                   f"for each output: {n2}.", f"H_{t}"),
            number(whole * m * n0, "That counts the inputs. A prediction has one number for each output: "
                   f"{n2}.", f"X_{t}"),
        ],
    )  # fmt: skip
    prompt = f"The forward pass of {samples} {done}. How many predicted numbers are there by now?"
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
            _shape((1, n1), "That is an error: one number for each unit. A factor leads from one vector to "
                   "another.", f"H_{t}") if kind != "output" else None,
            _shape((n1, n2), f"That is the shape of {tex('W2')}.", "W2"),
        ],
    )  # fmt: skip
    prompt = f"Which shape has the factor {tex(name)} of one sample, as rows × columns?"
    answer = f"{tex(name)} is {_written(shape)}: {rule}."
    frame = f"term-{t}-{t - 1}" if t - 1 in scope.steps else f"term-{t}-{t}"
    return choices and Draft(prompt, choices, frame, "Wh1", answer, {"factor": kind, "t": t})
