"""The losses written from their formulas alone, for real and complex logits: what differences are taken of.

They share no code with `losses`. A comparison of complex numbers looks at their real parts.
"""

from collections.abc import Callable

import numpy as np


def sample_losses(output: str, loss: str, Z: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Loss of each sample: (…, m, n2) logits and targets give (…, m); summed over the outputs."""
    if loss == "squared_error":
        return 0.5 * np.sum((prediction(output, Z) - Y) ** 2, axis=-1)
    left = (1.0 - Y) * log_complement(output, Z) if loss == "binary_cross_entropy" else 0.0
    return -np.sum(Y * log_prediction(output, Z) + left, axis=-1)


def target_slopes(output: str, loss: str, Z: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Derivative of each sample's loss by its target, of Y's shape."""
    if loss == "squared_error":
        return Y - prediction(output, Z)
    found = -log_prediction(output, Z)
    return found + log_complement(output, Z) if loss == "binary_cross_entropy" else found


def prediction(name: str, Z: np.ndarray) -> np.ndarray:
    """f2(Z)."""
    return np.exp(log_prediction(name, Z)) if name == "softmax" else ELEMENTWISE[name](Z)


def log_prediction(name: str, Z: np.ndarray) -> np.ndarray:
    """ln f2(Z), finite wherever Z is; of softmax with its digits also where an output is near 1."""
    if name == "sigmoid":
        return -_softplus(-Z)
    best = Z.real.argmax(axis=-1)[..., None]
    away = Z - np.take_along_axis(Z, best, axis=-1)
    others = np.exp(away)
    np.put_along_axis(others, best, 0.0, axis=-1)
    return away - np.log1p(others.sum(axis=-1, keepdims=True))


def log_complement(name: str, Z: np.ndarray) -> np.ndarray:
    """ln(1 - f2(Z)); of the likely outputs of softmax the log of all the others together."""
    if name == "sigmoid":
        return -_softplus(Z)
    others = np.where(np.eye(Z.shape[-1], dtype=bool), -np.inf, Z[..., None, :])
    logs = []
    for each in (others, Z):
        top = each.real.max(axis=-1, keepdims=True)
        logs.append(top + np.log(np.exp(each - top).sum(axis=-1, keepdims=True)))
    likely = logs[0][..., 0] - logs[1]
    chance = prediction(name, Z)
    return np.where(chance.real > 0.5, likely, np.log1p(-chance))


def _softplus(Z: np.ndarray) -> np.ndarray:
    return np.where(Z.real > 0, Z + np.log1p(np.exp(-Z)), np.log1p(np.exp(Z)))


ELEMENTWISE: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": np.tanh,
    "sigmoid": lambda Z: np.where(Z.real > 0, 1 / (1 + np.exp(-Z)), np.exp(Z) / (1 + np.exp(Z))),
    "relu": lambda Z: np.where(Z.real > 0, Z, 0.0),
    "identity": np.array,
}
"""f1, and f2 but for softmax."""
