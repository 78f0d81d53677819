"""Questions on shapes (5)."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import chain_factor, immediate_factor, output_factor, readout_factor, state
from rnnviz.notation.numbers import counted
from rnnviz.notation.quantity import read
from rnnviz.teaching.questions.asking import Holes, template
from rnnviz.teaching.questions.scope import Draw, Scope, one_of

_COLUMNS = {"X": "feature", "H": "hidden unit", "A": "hidden unit", "Z": "output", "Y_hat": "output"}
_WEIGHT = "a row for each number that comes in, a column for each that goes out"


@template
def shape_of(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for rows and columns of one matrix of the forward pass."""
    t = scope.a_loss(draw)
    n0, n2, n1, m = scope.trace.X.shape[2], scope.Y.shape[-1], scope.n1, scope.m
    shapes = {
        f"X_{t}": (m, n0), f"H_{t}": (m, n1), f"A_{t}": (m, n1), f"Z_{t}": (m, n2), f"Y_hat_{t}": (m, n2),
        "W1": (n0, n1), "Wh1": (n1, n1), "W2": (n1, n2),
    }  # fmt: skip
    name = one_of(draw, shapes)
    kind = read(name).kind
    weight, asked = kind == "parameter", name if kind == "parameter" else kind
    others = [dict(key=key, other=shapes[key]) for key in shapes]
    draw.shuffle(others)
    return dict(
        name=asked, t=t, id=name, shape=shapes[name], transposed=shapes[name][::-1], others=others,
        meaning=_WEIGHT if weight else _meaning(m, _COLUMNS[kind]),
        why="as (outputs, inputs), the way PyTorch keeps weights" if weight else "with samples as columns",
        frame=f"output-{t}" if asked in ("Z", "Y_hat", "W2") else f"forward-{t}",
    )  # fmt: skip


def _meaning(m: int, column: str) -> str:
    row = "one row, for the sample" if m == 1 else f"a row for each of the {m} samples"
    return f"{row}, a column for each {column}"


@template
def tensor_shape(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the shape of ∂⁺H_k/∂θ."""
    parameter, k = scope.a_parameter(draw), one_of(draw, scope.steps)
    theta = np.shape(getattr(scope.parameters, parameter))
    n1, name = scope.n1, immediate_factor(k, parameter)
    shape = (n1, *theta)
    size, zeros = int(np.prod(shape)), int(np.prod(shape)) - int(np.prod(theta))
    numbers = f"{counted(size, 'number')}, {zeros or 'none'} of them always 0"
    t = min(t for t in scope.losses if t >= k)
    return dict(
        shape=shape, numbers=numbers, name=name, theta=theta, parameter=parameter, state_shape=(n1,), k=k,
        hop_shape=(n1, n1), before=state(k - 1), weights_shape=(n1, n1, n1) if parameter == "b1" else None,
        twice_shape=(*theta, *theta), t=t,
    )  # fmt: skip


@template
def which_product(scope: Scope, draw: Draw) -> Holes | None:
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
    a, b, late = scope.latex(enters), scope.per(scope.latex(f"L_{t}"), f"A_{k}"), scope.latex(f"H_{k}")
    top = r"^{\top}"
    samples = "; the product adds over the samples" if scope.m > 1 else ""
    crossed = "samples by samples" if scope.m > 1 else "a single number"
    return dict(
        right=right, a=a, top=top, b=b, into_size=_size(into.T), error_size=_size(error),
        right_size=_size(right), parameter=parameter, samples=samples, enters=enters,
        transposed=error.T @ into, transposed_size=_size(right.T),
        crossed_product=into @ error.T if into.shape == error.shape else None, crossed=crossed,
        after=after, late=late, k=k, entry_by_entry=into * error if into.shape == error.shape else None,
        t=t,
    )  # fmt: skip


def _size(matrix: np.ndarray) -> str:
    return " × ".join(map(str, matrix.shape))


@template
def count_predictions(scope: Scope, draw: Draw) -> Holes | None:
    """Count the predicted numbers up to a step: the mode decides."""
    t = one_of(draw, scope.steps)
    n0, n2, m = scope.trace.X.shape[2], scope.Y.shape[-1], scope.m
    outputs = max(0, t + 1 - scope.first_loss)
    count, at, whole = outputs * m * n2, scope.step_number(t), t + 1
    only_last = scope.first_loss > 0
    samples = f"{m} samples" if m > 1 else "one sample"
    why = "only the last step predicts" if only_last else "each step predicts"
    done = (
        f"has just done step {at} of the steps {scope.step_number(0)} to {scope.step_number(scope.T - 1)}"
        if scope.T > 1 else "is done: there is only one step"
    )  # fmt: skip
    frame = f"output-{t}" if t in scope.losses else f"forward-{t}"
    return dict(
        count=count, outputs=outputs, samples=samples, n2=n2, why=why, last=scope.T - 1,
        every_step=whole * m * n2, one_step=m * n2,
        so_far=f"Step {at} comes before it." if only_last else f"There are {whole} of them by now.",
        states=whole * m * scope.n1, t=t, inputs=whole * m * n0, done=done, frame=frame,
    )  # fmt: skip


@template
def factor_shape(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for rows and columns of a factor of the chain."""
    t, n1, n2 = scope.a_loss(draw), scope.n1, scope.Y.shape[-1]
    factors, crosses = {output_factor(t): (1, n2), readout_factor(t): (n2, n1)}, t - 1 in scope.steps
    if crosses:
        factors[chain_factor(t)] = (n1, n1)
    name = one_of(draw, factors)
    kind = {output_factor(t): "output", readout_factor(t): "readout"}.get(name, "hop")
    return dict(
        factor=kind, t=t, name=name, shape=factors[name], transposed=factors[name][::-1],
        others=[dict(key=key, other=other) for key, other in factors.items() if key != name],
        error=(1, n1) if kind != "output" else None, weights=(n1, n2),
        frame=f"term-{t}-{t - 1 if crosses else t}",
    )  # fmt: skip
