"""The hidden activations f1, each with its slope f1'(A), and the output activations f2.

`1 - H²` and `H (1 - H)` lose every digit where a unit saturates; the slopes here are taken from A there. relu'(0) = 0.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from .reductions import spread_sum

_SATURATED = 1e-3
_FAR_LOGIT = 600.0


class Activation(NamedTuple):
    """One elementwise function: ``apply(A, out)``, ``slope(A, H)`` with H = f(A), and γ, the largest |f'|."""

    apply: Callable[[np.ndarray, np.ndarray], np.ndarray]
    slope: Callable[[np.ndarray, np.ndarray], np.ndarray]
    max_slope: float


def _sigmoid(A: np.ndarray, out: np.ndarray) -> np.ndarray:
    np.negative(A, out)
    np.exp(out, out)
    np.add(out, 1.0, out)
    return np.reciprocal(out, out)


def _tanh_slope(A: np.ndarray, H: np.ndarray) -> np.ndarray:
    slope = H * H
    np.subtract(1.0, slope, slope)  # in place: another array would cost as much as all the rest
    return _refined(slope, A, 2.0, 4.0)


def _sigmoid_slope(A: np.ndarray, H: np.ndarray) -> np.ndarray:
    slope = 1.0 - H
    slope *= H
    return _refined(slope, A, 1.0, 1.0)


def _refined(slope: np.ndarray, A: np.ndarray, rate: float, factor: float) -> np.ndarray:
    """Replace small slopes by factor · e / (1 + e)² with e = exp(-rate |A|), which keeps all digits."""
    if np.minimum.reduce(slope, axis=None) < _SATURATED:
        small = slope < _SATURATED
        e = np.exp(-rate * abs(A[small]))
        slope[small] = factor * e / (1.0 + e) ** 2
    return slope


HIDDEN = {
    "tanh": Activation(np.tanh, _tanh_slope, 1.0),
    "relu": Activation(lambda A, out: np.maximum(A, 0.0, out=out), lambda A, H: (A > 0.0).astype(np.float64), 1.0),
    "sigmoid": Activation(_sigmoid, _sigmoid_slope, 0.25),
    "identity": Activation(np.positive, lambda A, H: np.ones_like(H), 1.0),
}


def output(name: str, Z: np.ndarray) -> np.ndarray:
    """Y_hat = f2(Z); softmax over the last axis, from which the largest logit is subtracted first."""
    if name != "softmax":
        return HIDDEN[name].apply(Z, np.empty_like(Z))
    flat = Z.ravel()
    # No shift is needed where no exp can over- or underflow, and the largest over a short axis is slow.
    near = flat.dot(flat) < _FAR_LOGIT**2
    E = np.exp(Z if near else Z - np.maximum.reduce(Z, axis=-1, keepdims=True))
    E /= spread_sum(E)
    return E


def output_jacobian(name: str, Z: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
    """(n2, n2) array [i, j] = ∂ŷ_i/∂z_j of one sample; diag(ŷ) - ŷ ŷᵀ for softmax, diagonal otherwise."""
    if name != "softmax":
        return np.diag(HIDDEN[name].slope(Z, Y_hat))
    jacobian = -np.outer(Y_hat, Y_hat)
    np.fill_diagonal(jacobian, Y_hat * complement(name, Z, Y_hat))
    return jacobian


def complement(name: str, Z: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
    """1 - Y_hat of softmax or sigmoid, with all its digits also where Y_hat is near 1."""
    if name == "sigmoid":
        return _sigmoid(-Z, np.empty_like(Z))
    left = 1.0 - Y_hat
    best = Y_hat.argmax(axis=-1)[..., None]
    others = Y_hat.copy()
    np.put_along_axis(others, best, 0.0, axis=-1)
    np.put_along_axis(left, best, others.sum(axis=-1, keepdims=True), axis=-1)
    return left
