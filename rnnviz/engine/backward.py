"""Backpropagation Through Time: the gradient in one loop, full or truncated."""

from dataclasses import dataclass
from operator import is_

import numpy as np

from .architecture import Architecture, Parameters
from .cells import Back
from .forward import Trace
from .losses import loss_and_logit_gradient
from .plain_losses import target_slopes
from .reductions import as_rows, last_axis_sum, ones
from .stacks import by_parameter, stacked_inputs
from .validation import checked_mask, checked_parameters, checked_targets, checked_trace
from .values import checked_truncation


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
    deltas : (T, m, g n1) array
        ∂L/∂A_t, of the kept terms; g = 1 for the plain cell.
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
    mask: np.ndarray | None = None,
) -> Backward:
    """Backpropagate the loss through time.

    ``∂L/∂H_t = ∂L_t/∂H_t + (∂L/∂H_{t+1} ∘ f1'(A_{t+1})) Wh1ᵀ`` and ``∂L/∂θ = Σ_t S_tᵀ (∂L/∂H_t ∘ f1'(A_t))``
    with S_t what θ multiplies at step t [1]_; a gated cell's step back stands in `rnnviz.engine.cells`.

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
        when the state, an LSTM's memory with it, is detached every τ steps [2]_.
    mask : (T, m) array_like, or (m,) in sequence_to_vector, optional
        A factor of each sample's loss at each step, 0 for padding, by default the trace's own; the loss is still
        averaged over all m samples.

    Returns
    -------
    Backward

    Raises
    ------
    ValueError
        For wrong shapes, targets that do not fit the loss where it counts, values that are not finite, or a τ below 1.

    References
    ----------
    .. [1] P. J. Werbos, "Backpropagation through time: what it does and how to do it", Proc. IEEE 78, 1990.
    .. [2] R. J. Williams, J. Peng, "An efficient gradient-based algorithm for on-line training of recurrent
       network trajectories", Neural Computation 2, 1990.
    """
    parameters, losses, dZ = checked_losses(architecture, parameters, trace, Y, mask)
    reach = checked_truncation(truncation, truncation_kind, len(trace.X))
    return propagate(architecture, parameters, trace, losses, dZ, reach, truncation_kind)


@np.errstate(all="ignore")
def input_gradients(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> dict[str, np.ndarray]:
    """Derivative of L by what goes into the network: "X", "Y", "H_init" and, of an LSTM, "C_init", of their shapes.

    ``∂L/∂X_t = ∂L/∂A_t W1ᵀ`` and, in the plain cell, ``∂L/∂H_init = ∂L/∂A_0 Wh1ᵀ``. Raises ValueError as `backward`.
    """
    mask = mask_of(architecture, trace)
    parameters, targets = checked_arguments(architecture, parameters, trace, Y, mask)
    T, m, n1 = trace.H.shape
    _, dZ = step_losses_and_logit_gradient(architecture, trace, targets, mask)
    back, adjoints = architecture.layer.back(parameters, trace), direct_adjoints(parameters, trace, dZ)
    deltas, handed = full_deltas(adjoints, back, T), np.empty_like(adjoints[0])
    back.hand(0, adjoints[0], deltas[0], handed)
    slopes = target_slopes(architecture.output_activation, architecture.loss, trace.Z, targets)
    slopes = masked(slopes, mask)
    initial = {"H_init": handed[:, :n1]} | ({} if trace.C is None else {"C_init": handed[:, n1:]})
    by_input = deltas[..., : trace.A.shape[2]] @ parameters.W1.T
    return {"X": by_input, "Y": slopes.reshape(np.shape(Y)) / m} | initial


def checked_losses(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, mask: np.ndarray | None = None
) -> tuple[Parameters, np.ndarray, np.ndarray]:
    """The checked parameters, and what `step_losses_and_logit_gradient` makes of the checked rest."""
    mask = mask_of(architecture, trace, mask)
    parameters, Y = checked_arguments(architecture, parameters, trace, Y, mask)
    return parameters, *step_losses_and_logit_gradient(architecture, trace, Y, mask)


def mask_of(architecture: Architecture, trace: Trace, mask: np.ndarray | None = None) -> np.ndarray | None:
    """The factors of the losses, checked, (steps with a loss, m): those that are given, or the trace's own."""
    mask = getattr(trace, "mask", None) if mask is None else mask
    return mask if mask is None else checked_mask(architecture, mask, *checked_trace(architecture, trace).X.shape[:2])


def masked(errors: np.ndarray, mask: np.ndarray | None) -> np.ndarray:
    """∂L_t/∂Z_t times the factors of the losses; what stands at padding is nobody's, and may be infinite."""
    return errors if mask is None else np.where(mask[..., None], errors * mask[..., None], 0.0)


def checked_arguments(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, mask: np.ndarray | None = None
) -> tuple[Parameters, np.ndarray]:
    """The checked parameters, and Y with a leading axis for the steps that have a loss."""
    known = trace.parameters if type(trace) is Trace and trace.architecture is architecture else None
    # `forward` has checked what it made a trace of.
    if known is None or type(parameters) is not Parameters or not all(map(is_, known, parameters)):
        parameters = checked_parameters(architecture, parameters)
    T, m, _ = checked_trace(architecture, trace).X.shape
    return parameters, checked_targets(architecture, Y, T, m, mask)


def propagate(
    architecture: Architecture,
    parameters: Parameters,
    trace: Trace,
    losses: np.ndarray,
    dZ: np.ndarray,
    reach: int,
    kind: str,
) -> Backward:
    """`backward` without the checks."""
    walk = _window_deltas if reach < len(trace.X) and kind == "window" else full_deltas
    deltas = walk(direct_adjoints(parameters, trace, dZ), architecture.layer.back(parameters, trace), reach)
    gradients = _gradients(architecture, trace, deltas, dZ)
    by_activation = deltas if trace.gates is None else deltas[..., : trace.gates.shape[2]]
    return Backward(gradients, losses, float(last_axis_sum(losses)), by_activation)


def step_losses_and_logit_gradient(
    architecture: Architecture, trace: Trace, Y: np.ndarray, mask: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """(T,) array L_t and ∂L_t/∂Z_t for the steps that have a loss; Y and mask as they come out of the checks."""
    T, m, _ = trace.X.shape
    each, dZ = loss_and_logit_gradient(architecture, trace.Z, trace.Y_hat, Y)
    if mask is not None:
        each, dZ = np.where(mask, each * mask, 0.0), masked(dZ, mask)
    losses = last_axis_sum(each)
    if len(each) < T:
        losses = np.concatenate([np.zeros(T - 1), losses])
    if m > 1:
        losses /= m
        dZ /= m
    return losses, dZ


def direct_adjoints(parameters: Parameters, trace: Trace, dZ: np.ndarray) -> np.ndarray:
    """(T, m, s) array ∂L_t/∂ the state of step t, not through later steps; no loss reads an LSTM's memory."""
    T, m, n1 = trace.H.shape
    direct = as_rows(dZ).dot(parameters.W2.T).reshape(len(dZ), m, n1)
    if len(direct) == T and trace.C is None:
        return direct
    every = np.zeros((T, m, n1 if trace.C is None else 2 * n1))
    every[T - len(direct) :, :, :n1] = direct
    return every


def full_deltas(adjoints: np.ndarray, back: Back, block: int) -> np.ndarray:
    """D by the one loop of BPTT; the message to the step before is cut at the start of each block.

    `adjoints` are the direct ones, and in the end those of the whole loss.
    """
    message, deltas = np.empty_like(adjoints[0]), np.empty((*adjoints.shape[:2], back.columns))
    of_state, of_step, find, hand, add = list(adjoints), list(deltas), back.deltas, back.hand, np.add
    for t in range(len(of_state) - 1, -1, -1):
        find(t, of_state[t], of_step[t])
        if t % block:
            hand(t, of_state[t], of_step[t], message)
            add(of_state[t - 1], message, of_state[t - 1])
    return deltas


def _window_deltas(direct: np.ndarray, back: Back, reach: int) -> np.ndarray:
    """D of the losses k ≤ t < k + reach: the adjoints of these losses travel back side by side."""
    T, m, _ = direct.shape
    deltas, scratch = np.empty((T, m, back.columns)), np.empty((reach, m, back.columns))
    for k in range(T - 1, -1, -1):
        window = direct[k : k + reach]
        here, travelling = scratch[: len(window)], window[: reach - 1]
        back.deltas(k, window, here)
        np.add.reduce(here, axis=0, out=deltas[k])
        back.hand(k, travelling, here[: reach - 1], travelling)
    return deltas


def _gradients(architecture: Architecture, trace: Trace, deltas: np.ndarray, dZ: np.ndarray) -> Parameters:
    """∂L/∂θ from D and ∂L/∂Z, the steps side by side in one product for each parameter."""
    H, D, E = map(as_rows, (trace.H, deltas, dZ))
    W2, b2 = H[-len(E) :].T.dot(E), ones(len(E)).dot(E)
    if len(architecture.layer.pieces["Wh1"]) > 1:
        stack = as_rows(stacked_inputs(architecture, trace)).T.dot(D)
        return Parameters(**by_parameter(stack, architecture), W2=W2, b2=b2)
    m = len(trace.H_init)
    Wh1 = H[:-m].T.dot(D[m:])
    Wh1 += trace.H_init.T.dot(D[:m])
    return Parameters(as_rows(trace.X).T.dot(D), Wh1, ones(len(D)).dot(D), W2, b2)
