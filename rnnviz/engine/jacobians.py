"""How the state of one step depends on the state of an earlier one."""

from __future__ import annotations

import numpy as np

from .architecture import Architecture, Parameters
from .forward import Trace, slope_of
from .validation import checked_pair, checked_parameters, checked_sample, checked_trace


@np.errstate(all="ignore")
def state_jacobian(
    architecture: Architecture, parameters: Parameters, trace: Trace, t: int, k: int, sample: int = 0
) -> np.ndarray:
    """∂H_t/∂H_k of one sample.

    ``∂H_t/∂H_k = J_t J_{t-1} ⋯ J_{k+1}`` with ``J_s = diag(f1'(A_s)) Wh1ᵀ``, so that ``[i, j] =
    ∂H_t[i]/∂H_k[j]`` and gradients, as row vectors, are multiplied from the left.

    Parameters
    ----------
    t, k : int
        Steps, k ≤ t.
    sample : int
        Index into the batch.

    Returns
    -------
    (n1, n1) array
        The unit matrix when t = k.

    Raises
    ------
    ValueError
        When k > t, or an index is out of range.
    """
    parameters = checked_parameters(architecture, parameters)
    T, m, _ = checked_trace(architecture, trace).X.shape
    t, k = checked_pair(t, k, T)
    sample = checked_sample(sample, m)
    slope = slope_of(architecture, trace)[:, sample]
    jacobian = np.eye(slope.shape[1])
    for s in range(t, k, -1):
        jacobian = (jacobian * slope[s]) @ parameters.Wh1.T
    return jacobian
