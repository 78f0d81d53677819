"""Eigenvalues and singular values of the recurrent matrix and of Jacobians.

The spectral radius, the largest |eigenvalue|, is the long-run rate of the powers: ‖Wᵖ‖^(1/p) tends to it. The
spectral norm, the largest singular value, bounds every single step. They agree for normal matrices, such as
orthogonal ones, and for some others.
"""

from __future__ import annotations

import numpy as np


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
