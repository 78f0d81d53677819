"""How the state of one step depends on the state of an earlier one; eigenvalues and singular values.

The spectral radius, the largest |eigenvalue|, is the long-run rate of the powers: ‖Wᵖ‖^(1/p) tends to it. The spectral
norm, the largest singular value, bounds every single step. They agree for normal matrices, such as orthogonal ones, and
for some others.
"""

from dataclasses import replace

import numpy as np

from .architecture import Architecture, Parameters
from .cells import Back
from .forward import Trace
from .validation import checked_parameters, checked_trace
from .values import checked_pair, checked_step


@np.errstate(all="ignore")
def state_jacobian(
    architecture: Architecture, parameters: Parameters, trace: Trace, t: int, k: int, sample: int = 0
) -> np.ndarray:
    """∂H_t/∂H_k of one sample; of an LSTM the derivative of the whole state, [H_t | C_t] by [H_k | C_k].

    ``∂H_t/∂H_k = J_t J_{t-1} ⋯ J_{k+1}`` with ``J_s = diag(f1'(A_s)) Wh1ᵀ``, so that ``[i, j] = ∂H_t[i]/∂H_k[j]`` and
    gradients, as row vectors, are multiplied from the left. A gated cell's J_s are made by its step back.

    Parameters
    ----------
    t, k : int
        Steps, k ≤ t.
    sample : int
        Index into the batch.

    Returns
    -------
    (s, s) array
        s = n1, or 2 n1 for an LSTM; the unit matrix when t = k.

    Raises
    ------
    ValueError
        When k > t, or an index is out of range.
    """
    parameters = checked_parameters(architecture, parameters)
    T, m, _ = checked_trace(architecture, trace).X.shape
    t, k = checked_pair(t, k, T)
    jacobian = unit_adjoints(architecture)
    back = architecture.layer.back(parameters, of_sample(trace, checked_step("sample", sample, m)))
    for s in range(t, k, -1):
        jacobian = handed_back(back, s, jacobian)
    return jacobian[:, 0]


@np.errstate(all="ignore")
def step_jacobians(
    architecture: Architecture, parameters: Parameters, trace: Trace, sample: int, directly: bool = False
) -> np.ndarray:
    """(T, s, s) array: ∂H_t/∂H_{t-1} of every step, as in `state_jacobian`; `directly` along the direct path alone."""
    back = architecture.layer.back(parameters, of_sample(trace, sample))
    way, unit = back.directly() if directly else back, unit_adjoints(architecture)
    return np.stack([handed_back(way, t, unit)[:, 0] for t in range(len(trace.X))])


def handed_back(back: Back, t: int, adjoints: np.ndarray) -> np.ndarray:
    """Adjoints of the state of step t as those of the step before."""
    deltas, handed = np.empty((*adjoints.shape[:2], back.columns)), np.empty_like(adjoints)
    back.deltas(t, adjoints, deltas)
    back.hand(t, adjoints, deltas, handed)
    return handed


def unit_adjoints(architecture: Architecture) -> np.ndarray:
    """(s, 1, s): a loss for each unit of the state, that unit itself, of one sample."""
    return np.eye(architecture.layer.state_size)[:, None]


def of_sample(trace: Trace, sample: int) -> Trace:
    """The trace of one sample alone."""
    here = slice(sample, sample + 1)
    steps = {name: value[:, here] for name in _BY_STEP if (value := getattr(trace, name)) is not None}
    initial = {name: value[here] for name in ("H_init", "C_init") if (value := getattr(trace, name)) is not None}
    mask = None if trace.mask is None else trace.mask[..., here]
    return replace(trace, **steps, **initial, mask=mask)


_BY_STEP = ("X", "A", "H", "Z", "Y_hat", "gates", "C")


def spectral_radius(matrix: np.ndarray) -> float:
    """Largest |eigenvalue| of a square matrix."""
    return float(abs(np.linalg.eigvals(_matrix(matrix, square=True))).max())


def spectral_norm(matrix: np.ndarray) -> float:
    """Largest singular value, σₘₐₓ, of a matrix."""
    return float(singular_values(matrix)[0])


def singular_values(matrix: np.ndarray) -> np.ndarray:
    """Singular values of a matrix, largest first; of a stack (…, n, n) one row for each matrix."""
    return np.linalg.svd(_matrix(matrix), compute_uv=False)


def _matrix(matrix: np.ndarray, square: bool = False) -> np.ndarray:
    matrix = np.asarray(matrix, dtype=float)
    if matrix.ndim < 2 or (square and matrix.shape != matrix.shape[:1] * 2):
        expected = "a square matrix" if square else "a matrix or a stack of matrices"
        raise ValueError(f"matrix: got shape {matrix.shape}, expected {expected}")
    if not np.isfinite(matrix).all():
        raise ValueError("matrix: got a value that is not finite, expected finite numbers")
    return matrix
