"""The backward loop in its plainest form: the code that the reader sees is the code that runs.

The gradient is a double sum over loss steps t and source steps k. The loop needs only one pass: `dh_next`
carries what all later losses say about H_k, so each step adds a whole column of terms at once.
"""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import NamedTuple

import numpy as np

from rnnviz.engine import Architecture, Parameters, Trace, hidden_slope
from rnnviz.engine.backward import checked_arguments, mask_of, masked
from rnnviz.engine.losses import loss_and_logit_gradient
from rnnviz.engine.values import checked_step


@dataclass(frozen=True, eq=False)
class Step:
    """What one step k of the loop computed: `dh` = ∂L/∂H_k, `da` = ∂L/∂A_k, `dh_next` for step k - 1.

    `increments` are what step k adds to the gradient: the sum over t of term(t, k).
    """

    k: int
    dh: np.ndarray
    da: np.ndarray
    dh_next: np.ndarray
    increments: Parameters


Advance = tuple[int, np.ndarray, np.ndarray, np.ndarray, Parameters]
"""k, dh, da, dh_next, and the sums so far."""


class LoopArguments(NamedTuple):
    """What `backward_through_time` takes; `errors` is its `dZ_each`."""

    parameters: Parameters
    X: np.ndarray
    H: np.ndarray
    H_init: np.ndarray
    slope: np.ndarray
    errors: np.ndarray


def backward_through_time(
    parameters: Parameters, X: np.ndarray, H: np.ndarray, H_init: np.ndarray, slope: np.ndarray, dZ_each: np.ndarray
) -> Iterator[Advance]:
    """Walk k = T-1 … 0 and yield, after each step, its numbers and the sums so far [1]_.

    `dZ_each` (T, m, n2) is the derivative of each sample's own loss by Z_t, not divided by the batch; zeros at steps
    without a loss. The sums are the very arrays that the next step adds to; after step 0 they are ∂L/∂θ.

    .. [1] P. J. Werbos, "Backpropagation through time: what it does and how to do it", Proc. IEEE 78, 1990.
    """
    _, Wh1, _, W2, _ = parameters
    dW1, dWh1, db1, dW2, db2 = sums = Parameters(*map(np.zeros_like, parameters))
    dZ = dZ_each / len(H_init)
    dh_next = np.zeros_like(H_init)
    for k in reversed(range(len(X))):
        dh = dZ[k] @ W2.T + dh_next
        da = dh * slope[k]
        dW1 += X[k].T @ da
        dWh1 += (H[k - 1] if k > 0 else H_init).T @ da
        db1 += da.sum(axis=0)
        dW2 += H[k].T @ dZ[k]
        db2 += dZ[k].sum(axis=0)
        dh_next = da @ Wh1.T
        yield k, dh, da, dh_next, sums


_STARTS = {
    "mean": "dZ = ",
    "start": "dh_next = np.zeros",
    "dh": "dh = ",
    "da": "da = ",
    "W1": "dW1 += ",
    "Wh1": "dWh1 += ",
    "b1": "db1 += ",
    "W2": "dW2 += ",
    "b2": "db2 += ",
    "dh_next": "dh_next = da",
}


@cache
def source_of(loop: Callable) -> tuple[str, ...]:
    """Return the lines of a loop without its docstring and its types."""
    source = textwrap.dedent(inspect.getsource(loop))
    (function,) = ast.parse(source).body
    assert isinstance(function, ast.FunctionDef)
    body = source.splitlines()[function.body[0].end_lineno :]
    return f"def {function.name}({', '.join(each.arg for each in function.args.args)}):", *body


def loop_code() -> list[str]:
    """Return the source lines of the loop that runs, `backward_through_time`, without docstring and types."""
    return list(source_of(backward_through_time))


LOOP_LINES = MappingProxyType(
    {role: [text.lstrip().startswith(start) for text in loop_code()].index(True) for role, start in _STARTS.items()}
)
"""Where each role stands in `loop_code`: "mean", "start", "dh", "da", the five parameters and "dh_next"."""


def recorded(loop: Iterator[Advance]) -> Iterator[Step]:
    """Turn what the plain loop yields into one `Step` each, with what that step alone has added.

    The sums are emptied after each step: a difference of two sums would lose the digits of small increments.
    """
    advanced = np.errstate(all="ignore")(lambda: next(loop, None))
    while (found := advanced()) is not None:
        k, dh, da, dh_next, sums = found
        increments = Parameters(*map(np.copy, sums))
        for total in sums:
            total.fill(0.0)
        yield Step(k, dh, da, dh_next, increments)


def run_loop(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, losses: Iterable[int] | None = None
) -> Iterator[Step]:
    """Run the plain loop, k = T-1 … 0, for these loss steps t alone; a single t adds term(t, k) at k."""
    arguments = loop_arguments(architecture, parameters, trace, Y)
    if losses is not None:
        counted = [checked_step("losses", t, len(trace.X)) for t in losses]
        arguments = arguments._replace(errors=only(arguments.errors, counted))
    return recorded(backward_through_time(*arguments))


@np.errstate(all="ignore")
def loop_arguments(architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray) -> LoopArguments:
    """Return the checked arguments of `backward_through_time`; raises ValueError as `backward`."""
    parameters, errors = checked_errors(architecture, parameters, trace, Y)
    return LoopArguments(parameters, trace.X, trace.H, trace.H_init, hidden_slope(architecture, trace), errors)


def checked_errors(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> tuple[Parameters, np.ndarray]:
    """Return the checked parameters, and ∂L_t/∂Z_t of each sample's own loss, (T, m, n2); zeros where there is none."""
    mask = mask_of(architecture, trace)
    parameters, Y = checked_arguments(architecture, parameters, trace, Y, mask)
    T, m, _ = trace.X.shape
    dZ_each = np.zeros((T, m, architecture.n_outputs))
    dZ_each[-len(trace.Z) :] = masked(loss_and_logit_gradient(architecture, trace.Z, trace.Y_hat, Y)[1], mask)
    return parameters, dZ_each


def only(dZ_each: np.ndarray, losses: list[int]) -> np.ndarray:
    """`dZ_each` with zeros at all steps but `losses`."""
    kept = np.zeros_like(dZ_each)
    kept[losses] = dZ_each[losses]
    return kept
