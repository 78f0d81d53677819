"""One row of the (t, k) grid: all terms of one loss, without those of the others."""

from __future__ import annotations

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_arguments, step_losses_and_logit_gradient
from .forward import Trace, stacked_inputs
from .sweeps import by_source
from .validation import checked_step


@np.errstate(all="ignore")
def loss_step_terms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, t: int
) -> dict[str, np.ndarray]:
    """The terms of one loss L_t, (T,) + θ.shape for all five parameters: [k] = term(t, k), zero for k > t.

    W2 and b2 have no path through time: only [t] is not 0. Memory grows as T, not as T².
    """
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    t = checked_step("t", t, len(trace.X))
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    D = np.zeros_like(trace.H)
    for source in by_source(architecture, parameters, trace, dZ, range(t, t + 1)):
        D[source.k] = source.deltas[0]
    n0 = trace.X.shape[2]
    stack = np.matmul(stacked_inputs(trace).swapaxes(1, 2), D)
    hidden = {"W1": stack[:, :n0], "Wh1": stack[:, n0 + 1 :], "b1": stack[:, n0]}
    return hidden | _output_row(architecture, trace, dZ, t)


def _output_row(architecture: Architecture, trace: Trace, dZ: np.ndarray, t: int) -> dict[str, np.ndarray]:
    T, n1, n2 = len(trace.H), trace.H.shape[2], dZ.shape[2]
    W2, b2 = np.zeros((T, n1, n2)), np.zeros((T, n2))
    row = t - architecture.first_loss_step(T)
    if row >= 0:
        W2[t], b2[t] = trace.H[t].T @ dZ[row], dZ[row].sum(axis=0)
    return {"W2": W2, "b2": b2}
