"""The gradient by lag: what all losses send the same number of steps back. No term is held."""

from __future__ import annotations

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_arguments, direct_adjoints, step_losses_and_logit_gradient
from .forward import Trace, slope_of, stacked_inputs
from .frobenius import group_rows
from .sweeps import by_lag


@np.errstate(all="ignore")
def lag_gradients(architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray) -> Parameters:
    """Add up the terms (t, k) of each lag t - k: (T,) + θ.shape, [lag] = Σ_t term(t, t - lag).

    Their sum over all lags is ∂L/∂θ, that over lag < τ the gradient truncated to a window of τ steps. W2 and
    b2 have lag 0 only.
    """
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    T, _, n0 = trace.X.shape
    S, found = stacked_inputs(trace), Parameters(*(np.zeros((T, *np.shape(p))) for p in parameters))
    slope, backwards = slope_of(architecture, trace), np.ascontiguousarray(parameters.Wh1.T)

    def back(adjoints: np.ndarray, used: slice) -> tuple[np.ndarray, np.ndarray]:
        deltas = adjoints * slope[used]
        return deltas, deltas.reshape(-1, len(backwards)).dot(backwards).reshape(deltas.shape)

    direct = direct_adjoints(parameters, trace, dZ)
    for lag, first, _, deltas in by_lag(direct, architecture.first_loss_step(T), back):
        used = S[first : first + len(deltas)]
        stack = used.reshape(-1, S.shape[2]).T @ deltas.reshape(-1, len(backwards))
        W1, b1, Wh1 = (stack[rows] for rows in group_rows(n0))
        found.W1[lag], found.b1[lag], found.Wh1[lag] = W1, b1[0], Wh1
    found.W2[0] = np.tensordot(trace.H[-len(dZ) :], dZ, ((0, 1), (0, 1)))
    found.b2[0] = dZ.sum(axis=(0, 1))
    return found
