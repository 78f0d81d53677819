"""How gradients travel through time: adjoints, Jacobian products and their bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Architecture, backward, forward

from .core import Experiment, targets

_MAX_SLOPE = {"tanh": 1.0, "relu": 1.0, "identity": 1.0, "sigmoid": 0.25}


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Wh1's spectral `radius` (largest |eigenvalue|) and spectral `norm` (σ_max), and `gamma` = max |f₁′|."""

    radius: float
    norm: float
    gamma: float
    eigenvalues: np.ndarray
    singular_values: np.ndarray


def spectrum(experiment: Experiment) -> Spectrum:
    """Eigenvalues and singular values of Wh1, largest first."""
    Wh1 = experiment.parameters.Wh1
    eigenvalues = np.linalg.eigvals(Wh1)
    eigenvalues = eigenvalues[np.argsort(-np.abs(eigenvalues), kind="stable")]
    singular_values = np.linalg.svd(Wh1, compute_uv=False)
    gamma = _MAX_SLOPE[experiment.architecture.hidden_activation]
    return Spectrum(
        float(np.abs(eigenvalues[0])), float(singular_values[0]), gamma, eigenvalues, singular_values
    )


def jacobian_bound(experiment: Experiment) -> np.ndarray:
    """(T,) array: (γ σ_max(Wh1))^lag, above ‖∂H_t/∂H_k‖₂ for every t − k = lag (Pascanu et al. 2013)."""
    values = spectrum(experiment)
    return (values.gamma * values.norm) ** np.arange(experiment.config.steps)


def gradient_flow(experiment: Experiment) -> np.ndarray:
    """‖∂L_t/∂H_k‖ for all (t, k), without holding the adjoints.

    Returns
    -------
    (T, T) array
        Frobenius norm over the batch and the hidden units of the adjoint ∂L_t/∂H_k (m, n1), where L_t is
        averaged over the batch. NaN where there is nothing: above the diagonal, and in rows without a loss
        (all but the last in sequence_to_vector).
    """
    Wh1, slopes = experiment.parameters.Wh1, _slopes(experiment)
    T = len(slopes)
    flow = np.full((T, T), np.nan)
    first = T - 1 if experiment.task.mode == "sequence_to_vector" else 0
    adjoints = np.zeros_like(slopes)
    adjoints[first:] = _direct_adjoints(experiment)
    for k in reversed(range(T)):
        t = max(k, first)
        flow[t:, k] = _frobenius(adjoints[t:])
        adjoints[t:] = (adjoints[t:] * slopes[k]) @ Wh1.T
    return flow


def _direct_adjoints(experiment: Experiment) -> np.ndarray:
    """∂L_t/∂H_t, the part of the adjoint that does not pass through H_{t+1}, for each step with a loss.

    It is the gradient of a network that only reads out: each H_t enters as its input, through identity
    weights and without recurrence.
    """
    original, n1 = experiment.architecture, experiment.config.hidden
    readout = Architecture(n1, n1, original.n_outputs, "identity", original.output_activation, original.loss)
    parameters = experiment.parameters._replace(W1=np.eye(n1), Wh1=np.zeros((n1, n1)), b1=np.zeros(n1))
    Y = targets(experiment.task)
    trace = forward(readout, parameters, experiment.trace.H[-len(Y) :])
    return backward(readout, parameters, trace, Y).deltas


def _slopes(experiment: Experiment) -> np.ndarray:
    """f₁′(A_t), (T, m, n1), written with H_t."""
    H, name = experiment.trace.H, experiment.architecture.hidden_activation
    if name == "tanh":
        return 1 - H**2
    if name == "sigmoid":
        return H * (1 - H)
    return (H > 0).astype(float) if name == "relu" else np.ones_like(H)


def _frobenius(values: np.ndarray) -> np.ndarray:
    """Norms over the last two axes, scaled so that squaring neither under- nor overflows."""
    largest = np.abs(values).max(axis=(-2, -1))
    scale = np.where(largest > 0, largest, 1.0)
    return largest * np.sqrt(np.square(values / scale[..., None, None]).sum(axis=(-2, -1)))


def jacobian_norms(experiment: Experiment, sample: int = 0) -> np.ndarray:
    """‖∂H_t/∂H_k‖₂ of one sample for all (t, k): (T, T), 1 on the diagonal, NaN above it.

    A Jacobian belongs to one sample, so there is none of the batch mean. The T²/2 singular values take about
    20 ms at T = 50, n1 = 8 and seconds at T = 200, n1 = 64.

    Raises
    ------
    ValueError
        If the batch has no such sample.
    """
    m = experiment.task.X.shape[1]
    if not 0 <= sample < m:
        raise ValueError(f"sample: got {sample}, expected 0 to {m - 1}")
    slopes, Wh1 = _slopes(experiment)[:, sample], experiment.parameters.Wh1
    T, n1 = slopes.shape
    norms = np.full((T, T), np.nan)
    row = np.eye(n1)[None]
    norms[0, 0] = 1.0
    for t in range(1, T):
        row = np.concatenate([(slopes[t][:, None] * Wh1.T) @ row, np.eye(n1)[None]])
        norms[t, : t + 1] = np.linalg.svd(row, compute_uv=False)[:, 0]
    return norms


def median_by_lag(grid: np.ndarray) -> np.ndarray:
    """(T,) medians of a (T, T) grid over the cells of each lag t − k; NaN cells do not count."""
    diagonals = (np.diagonal(grid, -lag) for lag in range(len(grid)))
    present = (values[~np.isnan(values)] for values in diagonals)
    return np.array([np.median(values) if values.size else np.nan for values in present])
