"""Backpropagation Through Time: the gradient in one loop, full or truncated."""

from dataclasses import dataclass
from operator import is_
from typing import TYPE_CHECKING

import numpy as np

from .architecture import Architecture, Parameters
from .forward import Trace, slope_of
from .losses import loss_and_logit_gradient
from .plain_losses import target_slopes
from .reductions import as_rows, last_axis_sum, ones
from .validation import checked_parameters, checked_targets, checked_trace
from .values import checked_truncation

if TYPE_CHECKING:
    from .gates import GatedTrace


@dataclass(frozen=True, eq=False)
class Backward:
    """The loss and its gradient.

    Attributes
    ----------
    gradients : Parameters
        ∂L/∂θ, or the sum of the terms that the truncation keeps.
    step_losses : (T,) array
        L_t, averaged over the batch; zeros but for the last in sequence_to_vector.
    loss : float
        L = Σ_t L_t.
    deltas : (T, m, n1) array
        ∂L/∂A_t, of the kept terms.
    """

    gradients: Parameters
    step_losses: np.ndarray
    loss: float
    deltas: np.ndarray


@np.errstate(all="ignore")
def backward(
    architecture: Architecture,
    parameters: Parameters,
    trace: Trace,
    Y: np.ndarray,
    truncation: int | None = None,
    truncation_kind: str = "window",
) -> Backward:
    """Backpropagate the loss through time.

    ``∂L/∂H_t = ∂L_t/∂H_t + (∂L/∂H_{t+1} ∘ f1'(A_{t+1})) Wh1ᵀ`` and ``∂L/∂θ = Σ_t S_tᵀ (∂L/∂H_t ∘ f1'(A_t))``
    with S_t what θ multiplies at step t [1]_.

    Parameters
    ----------
    architecture : Architecture
    parameters : Parameters
    trace : Trace
        Of `forward` with the same parameters.
    Y : (T, m, n2) array_like, or (m, n2) in sequence_to_vector
    truncation : int, optional
        τ: how many steps a loss reaches back; None, and any τ ≥ T, is the full gradient.
    truncation_kind : {"window", "chunk"}
        "window" keeps the terms with t - k < τ; "chunk" those with t and k in the same block of τ steps, as
        when the state is detached every τ steps [2]_.

    Returns
    -------
    Backward

    Raises
    ------
    ValueError
        For wrong shapes, targets that do not fit the loss, values that are not finite, or a τ below 1.

    References
    ----------
    .. [1] P. J. Werbos, "Backpropagation through time: what it does and how to do it", Proc. IEEE 78, 1990.
    .. [2] R. J. Williams, J. Peng, "An efficient gradient-based algorithm for on-line training of recurrent
       network trajectories", Neural Computation 2, 1990.
    """
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    reach = checked_truncation(truncation, truncation_kind, len(trace.X))
    return propagate(architecture, parameters, trace, Y, reach, truncation_kind)


@np.errstate(all="ignore")
def input_gradients(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> dict[str, np.ndarray]:
    """Derivative of L by what goes into the network: "X", "Y" and "H_init", each of its array's shape.

    ``∂L/∂X_t = ∂L/∂A_t W1ᵀ`` and ``∂L/∂H_init = ∂L/∂A_0 Wh1ᵀ``. Raises ValueError as `backward`.
    """
    parameters, targets = checked_arguments(architecture, parameters, trace, Y)
    T, m, _ = trace.X.shape
    deltas = propagate(architecture, parameters, trace, targets, T, "window").deltas
    slopes = target_slopes(architecture.output_activation, architecture.loss, trace.Z, targets)
    by_target = slopes.reshape(np.shape(Y)) / m
    return {"X": deltas @ parameters.W1.T, "Y": by_target, "H_init": deltas[0] @ parameters.Wh1.T}


def checked_arguments(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> tuple[Parameters, np.ndarray]:
    """The checked parameters, and Y with a leading axis for the steps that have a loss."""
    known = trace.parameters if type(trace) is Trace and trace.architecture is architecture else None
    # `forward` has checked what it made a trace of.
    if known is None or type(parameters) is not Parameters or not all(map(is_, known, parameters)):
        parameters = checked_parameters(architecture, parameters)
    T, m, _ = checked_trace(architecture, trace).X.shape
    return parameters, checked_targets(architecture, Y, T, m)


def propagate(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, reach: int, kind: str
) -> Backward:
    """`backward` without the checks."""
    losses, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    direct = direct_adjoints(parameters, trace, dZ)
    slope = slope_of(architecture, trace)
    walk = _window_deltas if reach < len(slope) and kind == "window" else _deltas
    deltas = walk(direct, slope, np.ascontiguousarray(parameters.Wh1.T), reach)
    return Backward(_gradients(trace, deltas, dZ), losses, float(last_axis_sum(losses)), deltas)


def step_losses_and_logit_gradient(
    architecture: Architecture, trace: "Trace | GatedTrace", Y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(T,) array L_t and ∂L_t/∂Z_t for the steps that have a loss; Y as `checked_targets` returns it."""
    T, m, _ = trace.X.shape
    each, dZ = loss_and_logit_gradient(architecture, trace.Z, trace.Y_hat, Y)
    losses = last_axis_sum(each)
    if len(each) < T:
        losses = np.concatenate([np.zeros(T - 1), losses])
    if m > 1:
        losses /= m
        dZ /= m
    return losses, dZ


def direct_adjoints(parameters: Parameters, trace: "Trace | GatedTrace", dZ: np.ndarray) -> np.ndarray:
    """(T, m, n1) array ∂L_t/∂H_t: what reaches H_t not through H_{t+1}; zeros at steps without a loss."""
    direct = as_rows(dZ).dot(parameters.W2.T).reshape(len(dZ), *trace.H.shape[1:])
    if len(direct) == len(trace.H):
        return direct
    every = np.zeros_like(trace.H)
    every[-1] = direct[0]
    return every


def _deltas(direct: np.ndarray, slope: np.ndarray, backwards: np.ndarray, block: int) -> np.ndarray:
    """∂L/∂A_t by the one loop of BPTT; the message to the step before is cut at the start of each block."""
    message, multiply, add = np.empty_like(direct[0]), np.multiply, np.add
    adjoints, deltas = list(direct), list(slope)
    for t in range(len(direct) - 1, 0, -1):
        delta = deltas[t]
        multiply(delta, adjoints[t], delta)
        if t % block:
            delta.dot(backwards, message)
            add(adjoints[t - 1], message, adjoints[t - 1])
    multiply(deltas[0], adjoints[0], deltas[0])
    return slope


def _window_deltas(direct: np.ndarray, slope: np.ndarray, backwards: np.ndarray, reach: int) -> np.ndarray:
    """∂L/∂A_k of the losses k ≤ t < k + reach: the adjoints of these losses travel back side by side."""
    deltas = np.empty_like(direct)
    for k in range(len(direct) - 1, -1, -1):
        window = direct[k : k + reach]
        window *= slope[k]
        np.add.reduce(window, axis=0, out=deltas[k])
        travelling = window[: reach - 1]
        travelling[...] = as_rows(travelling).dot(backwards).reshape(travelling.shape)
    return deltas


def _gradients(trace: Trace, deltas: np.ndarray, dZ: np.ndarray) -> Parameters:
    """∂L/∂θ from ∂L/∂A and ∂L/∂Z, the steps side by side in one product for each parameter."""
    X, H, D, E = map(as_rows, (trace.X, trace.H, deltas, dZ))
    m = len(trace.H_init)
    Wh1 = H[:-m].T.dot(D[m:])
    Wh1 += trace.H_init.T.dot(D[:m])
    return Parameters(X.T.dot(D), Wh1, ones(len(D)).dot(D), H[-len(E) :].T.dot(E), ones(len(E)).dot(E))
