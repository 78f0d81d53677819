"""How the error of every loss fares on its way back, and what it contributes, in one sweep."""

from dataclasses import dataclass

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_arguments, direct_adjoints, propagate, step_losses_and_logit_gradient
from .forward import Trace, stacked_inputs
from .reductions import as_rows, group_rows, norm, row_norms, scaled_norms
from .sweeps import by_source


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each loss t sends to each step k; all zero for k > t and in rows without a loss.

    Attributes
    ----------
    sample_norms : (T, T, m) array
        [t, k, sample] = ‖∂L_t/∂H_k‖ of every sample, L_t being averaged over the batch. The root of the sum of squares
        over the samples is `adjoint_norms`.
    contributions : (T, T) array
        [t, k] = ⟨∂L_t/∂H_k, ∂L/∂H_k⟩ / ‖∂L/∂H_k‖, over batch and units, with ∂L/∂H_k = Σ_t ∂L_t/∂H_k: the part of loss
        t along the whole, negative where it pulls against it. The sum over t is ‖∂L/∂H_k‖; 0 where nothing arrives.
    shares : dict of (T, T) arrays
        "W1", "Wh1", "b1": ⟨term(t, k), g⟩ / ‖g‖² with g = ∂L/∂θ. All shares of a parameter sum to 1; they are 0 where
        its gradient is. A negative share pulls against the gradient.
    """

    sample_norms: np.ndarray
    contributions: np.ndarray
    shares: dict[str, np.ndarray]


@np.errstate(all="ignore")
def attribution(architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray) -> Attribution:
    """Attribute the error of every state and the gradient of every hidden parameter to losses and steps.

    Arguments and errors are those of `decompose`; no term is held. The numerator of a share is
    ``⟨D[t, k], S_k g⟩`` with ``D[t, k] = ∂L_t/∂A_k`` and S_k what θ multiplies at step k.
    """
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    result = propagate(architecture, parameters, trace, Y, len(trace.X), "window")
    T, m, n1 = trace.H.shape
    arrived = direct_adjoints(parameters, trace, dZ)
    arrived[:-1] += result.deltas[1:] @ parameters.Wh1.T
    lengths = scaled_norms(arrived)[:, None, None]
    arrived /= np.where(lengths == 0, 1.0, np.where(np.isfinite(lengths), lengths, np.nan))
    along = _gradients_by_step(trace, result.gradients)
    norms, contributions, shares = np.zeros((T, T, m)), np.zeros((T, T)), np.zeros((3, T, T))
    for source in by_source(architecture, parameters, trace, dZ):
        k, here = source.k, slice(source.first, None)
        adjoints, deltas = (part.reshape(-1, m * n1) for part in (source.adjoints, source.deltas))
        norms[here, k] = row_norms(adjoints.reshape(-1, n1)).reshape(-1, m)
        contributions[here, k] = adjoints @ arrived[k].ravel()
        shares[:, here, k] = along[:, k].reshape(3, -1) @ deltas.T
    return Attribution(norms, contributions, {"W1": shares[0], "Wh1": shares[2], "b1": shares[1]})


def _gradients_by_step(trace: Trace, gradients: Parameters) -> np.ndarray:
    """(3, T, m, n1) array S_k g / ‖g‖² of W1, b1 and Wh1; zeros where g is. The square itself may underflow."""
    S, found = stacked_inputs(trace), []
    parts = gradients.W1, gradients.b1[None], gradients.Wh1
    for rows, gradient in zip(group_rows(trace.X.shape[2]), parts, strict=True):
        length = norm(gradient)
        along = gradient / length / length if length > 0 else np.zeros_like(gradient)
        found.append(as_rows(S[:, :, rows]) @ along)
    return np.reshape(found, (3, *trace.H.shape))
