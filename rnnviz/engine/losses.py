"""The losses and their derivatives by the logits Z, for every pair of output activation and loss.

All are summed over the outputs, one number for each step and sample, in nats. Nothing is clipped: softmax
with categorical and sigmoid with binary cross-entropy come from the logits (log-sum-exp, softplus), and so
do the crossed pairs, so any finite Z gives a finite loss and a finite derivative.
"""

from __future__ import annotations

import numpy as np

from .activations import complement, output_slope
from .architecture import Architecture

_NEAR_ONE = 0.999
_NEARLY_ZERO = 1e-290


def sample_losses_of(
    architecture: Architecture, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray
) -> np.ndarray:
    """(steps with a loss, m) array: the loss of each sample on its own."""
    return _LOSSES[architecture.output_activation, architecture.loss](architecture, Z, Y_hat, Y)


def logit_gradient(architecture: Architecture, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """dL/dZ of each sample on its own, in the shape of Z; not yet divided by the batch."""
    return _GRADIENTS[architecture.output_activation, architecture.loss](architecture, Z, Y_hat, Y)


def output_gradient(
    architecture: Architecture, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray
) -> np.ndarray:
    """dL/dŶ of each sample on its own; infinite where a probability that the loss divides by underflows."""
    if architecture.loss == "squared_error":
        return _residual(architecture, Z, Y_hat, Y)
    with np.errstate(divide="ignore", over="ignore"):
        gradient = np.where(Y > 0, -Y / Y_hat, 0.0)
        if architecture.loss == "binary_cross_entropy":
            left = complement(architecture.output_activation, Z, Y_hat)
            gradient += np.where(Y < 1, (1.0 - Y) / left, 0.0)
    return gradient


def output_gradient_is_safe(
    architecture: Architecture, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray
) -> bool:
    """Whether dL/dŶ and ∂Ŷ/∂Z can stand as two factors: no probability that matters is nearly 0."""
    if architecture.loss == "squared_error":
        return True
    if (Y_hat[Y > 0] < _NEARLY_ZERO).any():
        return False
    if architecture.loss == "categorical_cross_entropy":
        return True
    return not (complement(architecture.output_activation, Z, Y_hat)[Y < 1] < _NEARLY_ZERO).any()


def _residual(architecture, Z, Y_hat, Y):
    """Y_hat - Y, with its digits where both are near 1."""
    residual = Y_hat - Y
    if architecture.output_activation in ("softmax", "sigmoid") and Y_hat.max() > _NEAR_ONE:
        left = complement(architecture.output_activation, Z, Y_hat)
        np.copyto(residual, (1.0 - Y) - left, where=Y_hat > _NEAR_ONE)
    return residual


def _softmax_categorical_loss(architecture, Z, Y_hat, Y):
    # log-sum-exp(Z) = max Z - ln(max Y_hat), because the largest probability is 1 / Σ exp(Z - max Z).
    largest = np.maximum.reduce(Z, axis=-1, keepdims=True)
    gaps = np.add.reduce(Y * (largest - Z), axis=-1)
    return gaps + np.add.reduce(Y, axis=-1) * _minus_log_of_largest(Z, Y_hat)


def _minus_log_of_largest(Z, Y_hat):
    best = np.maximum.reduce(Y_hat, axis=-1)
    values = -np.log(best)
    near = best > _NEAR_ONE
    if near.any():
        left = complement("softmax", Z[near], Y_hat[near]).min(axis=-1)
        values[near] = -np.log1p(-left)
    return values


def _softmax_categorical_gradient(architecture, Z, Y_hat, Y):
    excess = Y.dot(np.ones(Y.shape[-1])) - 1.0
    gradient = _residual(architecture, Z, Y_hat, Y)
    return gradient + excess[..., None] * Y_hat if excess.any() else gradient


def _sigmoid_binary_loss(architecture, Z, Y_hat, Y):
    # softplus(z) - y z
    values = np.maximum(Z, 0.0) - Y * Z
    values += np.log1p(np.exp(-abs(Z)))
    return np.add.reduce(values, axis=-1)


def _sigmoid_categorical_loss(architecture, Z, Y_hat, Y):
    # -y ln σ(z) = y softplus(-z)
    values = np.maximum(-Z, 0.0) + np.log1p(np.exp(-abs(Z)))
    return np.add.reduce(Y * values, axis=-1)


def _sigmoid_categorical_gradient(architecture, Z, Y_hat, Y):
    return -Y * complement("sigmoid", Z, Y_hat)


def _softmax_binary_loss(architecture, Z, Y_hat, Y):
    log_left = np.log1p(-np.minimum(Y_hat, 0.5))
    best, others, _ = _without_best(Z, Y_hat)
    top = others.max(axis=-1, keepdims=True)
    log_rest = top + np.log(np.exp(others - top).sum(axis=-1, keepdims=True))
    log_sum = Z.max(axis=-1, keepdims=True) + _minus_log_of_largest(Z, Y_hat)[..., None]
    # ln(1 - ŷ) of the most likely output is the log-sum-exp of the others minus that of all.
    np.put_along_axis(log_left, best, log_rest - log_sum, axis=-1)
    return _softmax_categorical_loss(architecture, Z, Y_hat, Y) - ((1.0 - Y) * log_left).sum(axis=-1)


def _softmax_binary_gradient(architecture, Z, Y_hat, Y):
    best, others, odds = _without_best(Z, Y_hat)
    weights = (1.0 - Y) * odds
    pull = (weights.sum(axis=-1, keepdims=True) - weights) * Y_hat
    rest = np.exp(others - others.max(axis=-1, keepdims=True))
    rest /= rest.sum(axis=-1, keepdims=True)
    of_best = np.take_along_axis((1.0 - Y) * Y_hat, best, axis=-1)
    total = Y.sum(axis=-1, keepdims=True)
    return (total * Y_hat - Y) + (1.0 - Y) * Y_hat - pull - of_best * rest


def _without_best(Z, Y_hat):
    """Where the most likely output is, the logits with -inf there, and ŷ / (1 - ŷ) with 0 there."""
    best = Y_hat.argmax(axis=-1)[..., None]
    others = Z.copy()
    np.put_along_axis(others, best, -np.inf, axis=-1)
    odds = Y_hat / (1.0 - np.minimum(Y_hat, 0.5))
    np.put_along_axis(odds, best, 0.0, axis=-1)
    return best, others, odds


def _squared_loss(architecture, Z, Y_hat, Y):
    residual = _residual(architecture, Z, Y_hat, Y)
    return 0.5 * np.add.reduce(residual * residual, axis=-1)


def _softmax_squared_gradient(architecture, Z, Y_hat, Y):
    # ŷ_i (g_i - Σ_j g_j ŷ_j) does not change when all g are shifted; shifting the most likely output's g to 0
    # takes the one large number out of the sum.
    g = _residual(architecture, Z, Y_hat, Y)
    g -= np.take_along_axis(g, Y_hat.argmax(axis=-1)[..., None], axis=-1)
    return Y_hat * (g - np.add.reduce(g * Y_hat, axis=-1, keepdims=True))


def _elementwise_squared_gradient(architecture, Z, Y_hat, Y):
    residual = _residual(architecture, Z, Y_hat, Y)
    if architecture.output_activation != "identity":
        residual *= output_slope(architecture.output_activation, Z, Y_hat)
    return residual


_CATEGORICAL, _BINARY, _SQUARED = "categorical_cross_entropy", "binary_cross_entropy", "squared_error"
_LOSSES = {
    ("softmax", _CATEGORICAL): _softmax_categorical_loss,
    ("softmax", _BINARY): _softmax_binary_loss,
    ("sigmoid", _CATEGORICAL): _sigmoid_categorical_loss,
    ("sigmoid", _BINARY): _sigmoid_binary_loss,
} | {(name, _SQUARED): _squared_loss for name in ("softmax", "sigmoid", "identity", "relu")}
_GRADIENTS = {
    ("softmax", _CATEGORICAL): _softmax_categorical_gradient,
    ("softmax", _BINARY): _softmax_binary_gradient,
    ("softmax", _SQUARED): _softmax_squared_gradient,
    ("sigmoid", _CATEGORICAL): _sigmoid_categorical_gradient,
    ("sigmoid", _BINARY): _residual,
} | {(name, _SQUARED): _elementwise_squared_gradient for name in ("sigmoid", "identity", "relu")}
