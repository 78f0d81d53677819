"""The losses and their derivatives by the logits Z, for every pair of output activation and loss.

All are summed over the outputs, one number for each step and sample, in nats. Nothing is clipped: where a probability
is near 0 or 1 the numbers come from the logits (log-sum-exp, softplus), so any finite Z gives a finite loss and a
finite derivative.
"""

import numpy as np

from .activations import HIDDEN, complement
from .architecture import Architecture
from .reductions import last_axis_sum, spread_sum

_NEAR_ONE = 0.999
_NEAR_ZERO = 1e-290
_FAR_LOGIT = 300.0
_LossAndGradient = tuple[np.ndarray, np.ndarray]


def loss_and_logit_gradient(
    architecture: Architecture, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray
) -> _LossAndGradient:
    """(T, m) losses of each sample on its own, and their derivative by Z, (T, m, n2), not over the batch."""
    name = architecture.output_activation
    return _PAIRS[name, architecture.loss](name, Z, Y_hat, Y)


def output_gradient(architecture: Architecture, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """dL/dŶ of each sample on its own; infinite where a probability that it divides by underflows."""
    if architecture.loss == _SQUARED:
        return _residual(architecture.output_activation, Z, Y_hat, Y)
    gradient = np.where(Y > 0, -Y / Y_hat, 0.0)
    if architecture.loss == _BINARY:
        left = complement(architecture.output_activation, Z, Y_hat)
        gradient += np.where(Y < 1, (1.0 - Y) / left, 0.0)
    return gradient


def has_output_gradient(architecture: Architecture, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray) -> bool:
    """Whether dL/dŶ and ∂Ŷ/∂Z can stand as factors: no probability they divide by is nearly 0."""
    if architecture.loss == _SQUARED:
        return True
    divisors = [Y_hat[Y > 0]]
    if architecture.loss == _BINARY:
        divisors.append(complement(architecture.output_activation, Z, Y_hat)[Y < 1])
    return not any((each < _NEAR_ZERO).any() for each in divisors)


def _softmax_categorical(name: str, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray) -> _LossAndGradient:
    """-Σ y ln ŷ and (Σ y) ŷ - y."""
    total = spread_sum(Y)
    flat = Z.ravel()
    if flat.dot(flat) < _FAR_LOGIT**2 and np.maximum.reduce(Y_hat, axis=None) < _NEAR_ONE:
        losses = np.log(Y_hat)
        losses *= Y
        total *= Y_hat
        total -= Y
        return -last_axis_sum(losses), total
    # log-sum-exp(Z) = max Z - ln(max ŷ), because the largest probability is 1 / Σ exp(Z - max Z).
    largest = np.maximum.reduce(Z, axis=-1, keepdims=True)
    losses = last_axis_sum(Y * (largest - Z)) + total[..., 0] * _minus_log_of_largest(Z, Y_hat)
    return losses, _residual(name, Z, Y_hat, Y) + (total - 1.0) * Y_hat


def _minus_log_of_largest(Z: np.ndarray, Y_hat: np.ndarray) -> np.ndarray:
    """-ln(max ŷ), with its digits also where the largest probability is near 1."""
    return -np.log1p(-np.minimum.reduce(complement("softmax", Z, Y_hat), axis=-1))


def _sigmoid_binary(name: str, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray) -> _LossAndGradient:
    """softplus(z) - y z and ŷ - y."""
    losses = np.maximum(Z, 0.0) - Y * Z
    losses += np.log1p(np.exp(-abs(Z)))  # softplus(z) = max(z, 0) + it
    return last_axis_sum(losses), _residual(name, Z, Y_hat, Y)


def _sigmoid_categorical(name: str, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray) -> _LossAndGradient:
    """-Σ y ln ŷ = Σ y softplus(-z) and -y (1 - ŷ)."""
    losses = np.maximum(-Z, 0.0) + np.log1p(np.exp(-abs(Z)))
    return last_axis_sum(Y * losses), -Y * complement(name, Z, Y_hat)


def _softmax_binary(name: str, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray) -> _LossAndGradient:
    """-Σ [y ln ŷ + (1 - y) ln(1 - ŷ)], where 1 - ŷ of the most likely output is the sum of the others.

    With q the softmax of the others, ∂ ln(1 - ŷ_j)/∂z_i = q_i - ŷ_i for the most likely j, and
    ŷ_i ŷ_j / (1 - ŷ_j) elsewhere, for i ≠ j.
    """
    losses, gradient = _softmax_categorical(name, Z, Y_hat, Y)
    best = Y_hat.argmax(axis=-1)[..., None]
    others = Z.copy()
    np.put_along_axis(others, best, -np.inf, axis=-1)
    top = np.maximum.reduce(others, axis=-1, keepdims=True)
    q = np.exp(others - top)
    rest = np.add.reduce(q, axis=-1, keepdims=True)
    unlikely = np.minimum(Y_hat, 0.5)
    log_left = np.log1p(-unlikely)
    log_all = np.maximum.reduce(Z, axis=-1, keepdims=True) + _minus_log_of_largest(Z, Y_hat)[..., None]
    np.put_along_axis(log_left, best, top + np.log(rest) - log_all, axis=-1)
    weights = (1.0 - Y) * Y_hat
    of_best = np.take_along_axis(weights, best, axis=-1)
    pull = weights / (1.0 - unlikely)
    np.put_along_axis(pull, best, 0.0, axis=-1)
    gradient += weights - (spread_sum(pull) - pull) * Y_hat - of_best * (q / rest)
    return losses - last_axis_sum((1.0 - Y) * log_left), gradient


def _softmax_squared(name: str, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray) -> _LossAndGradient:
    """½ Σ (ŷ - y)² and ŷ_i (g_i - Σ_j g_j ŷ_j) with g = ŷ - y."""
    residual = _residual(name, Z, Y_hat, Y)
    # The derivative does not change when all g are shifted. Shifting that of the most likely output to 0
    # takes the one large number out of the sum.
    g = residual - np.take_along_axis(residual, Y_hat.argmax(axis=-1)[..., None], axis=-1)
    return 0.5 * last_axis_sum(residual * residual), Y_hat * (g - spread_sum(g * Y_hat))


def _elementwise_squared(name: str, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray) -> _LossAndGradient:
    """½ Σ (ŷ - y)² and (ŷ - y) f2'(z)."""
    residual = _residual(name, Z, Y_hat, Y)
    losses = 0.5 * last_axis_sum(residual * residual)
    return losses, residual if name == "identity" else residual * HIDDEN[name].slope(Z, Y_hat)


def _residual(name: str, Z: np.ndarray, Y_hat: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """ŷ - y, with its digits also where both are near 1."""
    residual = Y_hat - Y
    if name in ("softmax", "sigmoid") and np.maximum.reduce(Y_hat, axis=None) > _NEAR_ONE:
        np.copyto(residual, (1.0 - Y) - complement(name, Z, Y_hat), where=Y_hat > _NEAR_ONE)
    return residual


_CATEGORICAL, _BINARY, _SQUARED = "categorical_cross_entropy", "binary_cross_entropy", "squared_error"
_PAIRS = {
    ("softmax", _CATEGORICAL): _softmax_categorical,
    ("softmax", _BINARY): _softmax_binary,
    ("softmax", _SQUARED): _softmax_squared,
    ("sigmoid", _CATEGORICAL): _sigmoid_categorical,
    ("sigmoid", _BINARY): _sigmoid_binary,
    ("sigmoid", _SQUARED): _elementwise_squared,
    ("identity", _SQUARED): _elementwise_squared,
    ("relu", _SQUARED): _elementwise_squared,
}
