"""The gradient against central differences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .architecture import Architecture, Parameters
from .backward import propagate, step_losses_and_logit_gradient
from .forward import run
from .validation import (
    checked_initial_state,
    checked_inputs,
    checked_parameters,
    checked_positive,
    checked_targets,
)

_TOLERANCE = 1e-6


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """A gradient beside its central differences.

    Attributes
    ----------
    analytic, numeric : Parameters
        By `backward`, and by differences of the loss.
    relative_error : float
        The worst of all entries.
    """

    analytic: Parameters
    numeric: Parameters
    relative_error: float


@np.errstate(all="ignore")
def check_gradients(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray | None = None,
    epsilon: float = 1e-6,
) -> GradientCheck:
    """Compare the gradient with ``(L(θ + ε) - L(θ - ε)) / 2ε`` for every entry of every parameter.

    Parameters
    ----------
    X, Y, H_init : array_like
        As for `forward` and `backward`.
    epsilon : float
        Half the distance of the two losses.

    Returns
    -------
    GradientCheck

    Raises
    ------
    ValueError
        As `forward` and `backward`, and for an epsilon that is not a finite number above 0.

    Notes
    -----
    The error of an entry is relative to the largest entry of its parameter, analytic or numeric. A
    difference of two losses is rounded to about 2⁻⁵² L, its quotient to 2⁻⁵² L / ε; a parameter whose whole
    gradient is too small to be resolved to 1e-6 by it is measured against the smallest scale that can be.
    ReLU has no derivative at 0: an entry that moves a unit across 0 differs for that reason.
    """
    parameters = checked_parameters(architecture, parameters)
    X = checked_inputs(architecture, X)
    H_init = checked_initial_state(architecture, H_init, X.shape[1])
    Y = checked_targets(architecture, Y, *X.shape[:2])
    epsilon = checked_positive("epsilon", epsilon)

    def loss(changed: Parameters) -> float:
        trace = run(architecture, changed, X, H_init)
        return float(step_losses_and_logit_gradient(architecture, trace, Y)[0].sum())

    result = propagate(
        architecture, parameters, run(architecture, parameters, X, H_init), Y, len(X), "window"
    )
    numeric = Parameters(*(_differences(loss, parameters, name, epsilon) for name in Parameters._fields))
    resolved = 8 * np.finfo(float).eps * max(1.0, result.loss) / epsilon / _TOLERANCE
    errors = [_error(a, n, resolved) for a, n in zip(result.gradients, numeric, strict=True)]
    return GradientCheck(result.gradients, numeric, float(max(errors)))


def _differences(loss, parameters: Parameters, name: str, epsilon: float) -> np.ndarray:
    changed = getattr(parameters, name).copy()
    shifted = parameters._replace(**{name: changed})
    differences = np.empty_like(changed)
    for entry in np.ndindex(changed.shape):
        value = changed[entry]
        changed[entry] = value + epsilon
        above, high = loss(shifted), changed[entry]
        changed[entry] = value - epsilon
        differences[entry] = (above - loss(shifted)) / (high - changed[entry])
        changed[entry] = value
    return differences


def _error(analytic: np.ndarray, numeric: np.ndarray, resolved: float) -> float:
    return abs(analytic - numeric).max() / max(abs(analytic).max(), abs(numeric).max(), resolved)
