"""The gradient against central differences."""

from dataclasses import dataclass

import numpy as np

from .architecture import Architecture, Parameters
from .backward import backward
from .differences import derivative
from .forward import forward
from .values import checked_positive

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
    The error of an entry is relative to the largest entry of its parameter, analytic or numeric. A difference of two
    losses is rounded to about 2⁻⁵² L, its quotient to 2⁻⁵² L / ε; a parameter whose whole gradient is too small to be
    resolved to 1e-6 by it is measured against the smallest scale that can be. ReLU has no derivative at 0: an entry
    that moves a unit across 0 differs for that reason.
    """
    result = backward(architecture, parameters, forward(architecture, parameters, X, H_init), Y)
    network = architecture, parameters, X, Y, H_init
    epsilon = checked_positive("epsilon", epsilon)
    resolved = 8 * np.finfo(float).eps * max(1.0, result.loss) / epsilon / _TOLERANCE
    numeric, errors = [], []
    for name, analytic in result.gradients._asdict().items():
        entries = list(np.ndindex(analytic.shape))
        steps = derivative(*network, variable=name, entries=entries, method="central", epsilon=epsilon)
        numeric.append(steps.sum(axis=1).reshape(analytic.shape))
        scale = max(abs(analytic).max(), abs(numeric[-1]).max(), resolved)
        errors.append(abs(analytic - numeric[-1]).max() / scale)
    return GradientCheck(result.gradients, Parameters(*numeric), float(max(errors)))
