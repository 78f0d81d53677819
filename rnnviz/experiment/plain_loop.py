"""The backward loop in its plainest form: the code that the reader sees is the code that runs.

The gradient is a double sum over loss steps t and source steps k. The loop needs only one pass: `dh_next`
carries what all later losses say about H_k, so each step adds a whole column of terms at once.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

import numpy as np

from rnnviz.engine import Architecture, Parameters, Trace, hidden_slope
from rnnviz.engine.backward import checked_arguments
from rnnviz.engine.losses import loss_and_logit_gradient
from rnnviz.engine.validation import checked_step


@dataclass(frozen=True, eq=False)
class Step:
    """What one step of the loop computed.

    Attributes
    ----------
    k : int
        The source step.
    dh : (m, n1) array
        ∂L/∂H_k.
    da : (m, n1) array
        ∂L/∂A_k.
    dh_next : (m, n1) array
        What goes on to step k - 1.
    increments : Parameters
        What step k adds to the gradient: the sum over t of term(t, k).
    """

    k: int
    dh: np.ndarray
    da: np.ndarray
    dh_next: np.ndarray
    increments: Parameters


def backward_through_time(parameters, X, H, H_init, slope, dZ_each):
    """Walk k = T-1 … 0 and yield, after each step, its numbers and the sums so far.

    This is the code that `loop_code` shows. The recurrence is that of [1]_.

    Parameters
    ----------
    parameters : Parameters
    X : (T, m, n0) array
    H : (T, m, n1) array
    H_init : (m, n1) array
    slope : (T, m, n1) array
        f1'(A).
    dZ_each : (T, m, n2) array
        The derivative of each sample's own loss by Z_t, not divided by the batch; zeros at steps without a
        loss.

    Yields
    ------
    k, dh, da, dh_next, sums
        `sums` (Parameters) are the very arrays that the next step adds to; after step 0 they are ∂L/∂θ.

    References
    ----------
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
def _source() -> tuple[str, ...]:
    """The lines of `backward_through_time` without its docstring."""
    source = textwrap.dedent(inspect.getsource(backward_through_time))
    function = ast.parse(source).body[0]
    lines = source.splitlines()
    return (*lines[: function.body[0].lineno - 1], *lines[function.body[0].end_lineno :])


def loop_code() -> list[str]:
    """Return the source lines of the loop that runs, `backward_through_time`, without its docstring."""
    return list(_source())


def _line_of(start: str) -> int:
    """Index of the one line that begins with `start`."""
    (line,) = (i for i, text in enumerate(_source()) if text.lstrip().startswith(start))
    return line


LOOP_LINES = MappingProxyType({role: _line_of(start) for role, start in _STARTS.items()})
"""Where each role stands in `loop_code`: "mean", "start", "dh", "da", the five parameters and "dh_next"."""


def recorded(loop: Iterator[tuple]) -> Iterator[Step]:
    """Turn what the plain loop yields into one `Step` each, with what that step alone has added.

    The sums are emptied after each step: a difference of two sums would lose the digits of small increments.
    """
    while (found := _advanced(loop)) is not None:
        k, dh, da, dh_next, sums = found
        increments = Parameters(*map(np.copy, sums))
        for total in sums:
            total.fill(0.0)
        yield Step(k, dh, da, dh_next, increments)


@np.errstate(all="ignore")
def _advanced(loop: Iterator[tuple]) -> tuple | None:
    return next(loop, None)


def run_loop(
    architecture: Architecture,
    parameters: Parameters,
    trace: Trace,
    Y: np.ndarray,
    losses: Iterable[int] | None = None,
) -> list[Step]:
    """Run the plain loop over a forward pass.

    Parameters
    ----------
    trace : Trace
        Of `forward` with the same parameters.
    Y : (T, m, n2) array_like, or (m, n2) in sequence_to_vector
    losses : iterable of int, optional
        The loss steps t that count; all by default. With a single t the increments at k are term(t, k). A
        step that has no loss adds nothing.

    Returns
    -------
    list of Step
        k = T-1 … 0.

    Raises
    ------
    ValueError
        For a loss step outside 0 … T-1, or as `backward`.
    """
    arguments = loop_arguments(architecture, parameters, trace, Y)
    if losses is not None:
        counted = [checked_step("losses", t, len(trace.X)) for t in losses]
        arguments = (*arguments[:-1], only(arguments[-1], counted))
    return list(recorded(backward_through_time(*arguments)))


@np.errstate(all="ignore")
def loop_arguments(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> tuple[Parameters, np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the checked arguments of `backward_through_time`; raises ValueError as `backward`."""
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    T, m, _ = trace.X.shape
    dZ_each = np.zeros((T, m, architecture.n_outputs))
    first = architecture.first_loss_step(T)
    dZ_each[first:] = loss_and_logit_gradient(architecture, trace.Z, trace.Y_hat, Y)[1]
    return parameters, trace.X, trace.H, trace.H_init, hidden_slope(architecture, trace), dZ_each


def only(dZ_each: np.ndarray, losses: list[int]) -> np.ndarray:
    """`dZ_each` with zeros at all steps but `losses`."""
    kept = np.zeros_like(dZ_each)
    kept[losses] = dZ_each[losses]
    return kept
