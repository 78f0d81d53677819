"""Training a gated network: the same loop, rules and clipping as for the plain one."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ..training import Epoch, plan
from .architecture import GatedArchitecture, GatedParameters
from .passes import check_trainable, propagate_gated, run_gated


@np.errstate(all="ignore")
def train_gated(
    architecture: GatedArchitecture,
    parameters: GatedParameters,
    X: np.ndarray,
    Y: np.ndarray,
    *,
    epochs: int,
    learning_rate: float,
    optimiser: str = "sgd",
    clip_norm: float | None = None,
    clip_value: float | None = None,
) -> Iterator[Epoch]:
    """Train on the whole batch at once, from the state zero.

    Parameters
    ----------
    architecture : GatedArchitecture
    parameters : GatedParameters
    X, Y : array_like
        As for `forward_gated` and `backward_gated`.
    epochs, learning_rate, optimiser, clip_norm, clip_value
        As for `train`.

    Returns
    -------
    iterator of Epoch
        Its gradients, updates and parameters are GatedParameters.

    Raises
    ------
    ValueError
        At the call, for arguments that do not make sense.
    """
    parameters, X, Y = check_trainable(architecture, parameters, X, Y)
    initial = np.zeros((X.shape[1], architecture.states * architecture.n_hidden))

    def gradient(at: GatedParameters):
        return propagate_gated(architecture, at, run_gated(architecture, at, X, initial), Y)

    return plan(parameters, gradient, epochs, learning_rate, optimiser, clip_norm, clip_value)
