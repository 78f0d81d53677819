"""How gradients travel through time: adjoints, Jacobian products and their bound."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import adjoint_norms, hidden_slope, singular_values
from rnnviz.engine.activations import HIDDEN

from .core import Experiment


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
    stretches = singular_values(Wh1)
    gamma = HIDDEN[experiment.architecture.hidden_activation].max_slope
    return Spectrum(float(np.abs(eigenvalues[0])), float(stretches[0]), gamma, eigenvalues, stretches)


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
    task = experiment.task
    norms = adjoint_norms(experiment.architecture, experiment.parameters, experiment.trace, task.Y)
    T = len(norms)
    there = np.tri(T, dtype=bool)
    there[: experiment.architecture.first_loss_step(T)] = False
    return np.where(there, norms, np.nan)


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
    slopes = hidden_slope(experiment.architecture, experiment.trace)[:, sample]
    Wh1 = experiment.parameters.Wh1
    T, n1 = slopes.shape
    norms = np.full((T, T), np.nan)
    row = np.eye(n1)[None]
    norms[0, 0] = 1.0
    for t in range(1, T):
        row = np.concatenate([(slopes[t][:, None] * Wh1.T) @ row, np.eye(n1)[None]])
        norms[t, : t + 1] = singular_values(row)[:, 0]
    return norms


def median_by_lag(grid: np.ndarray) -> np.ndarray:
    """(T,) medians of a (T, T) grid over the cells of each lag t − k; NaN cells do not count."""
    diagonals = (np.diagonal(grid, -lag) for lag in range(len(grid)))
    present = (values[~np.isnan(values)] for values in diagonals)
    return np.array([np.median(values) if values.size else np.nan for values in present])
