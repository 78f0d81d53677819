"""What autograd loses: it takes slopes from 1 − H² and errors from 1 − ŷ.

The engine keeps all digits where a unit or an output saturates; autograd does not. Here the terms are
computed as autograd would, with the last bit of H and Ŷ moved, to see how far its numbers may be trusted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rnnviz.experiment.core import Experiment

HIDDEN = ("W1", "Wh1", "b1")
SLOPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": lambda H: 1 - H * H,
    "sigmoid": lambda H: H * (1 - H),
    "relu": lambda H: (H > 0) * 1.0,
    "identity": np.ones_like,
}


@dataclass(frozen=True, eq=False)
class AutogradDigits:
    """Numbers with the digits that autograd has.

    Attributes
    ----------
    norms : dict of (T, T) arrays
        Of all terms of W1, Wh1 and b1.
    sums : list of arrays
        ∂L/∂W1, ∂L/∂Wh1 and ∂L/∂b1.
    """

    norms: dict[str, np.ndarray]
    sums: list[np.ndarray]


@np.errstate(all="ignore")
def autograd_digits(experiment: Experiment) -> AutogradDigits:
    """Return the terms of an experiment as autograd has them.

    Examples
    --------
    >>> from rnnviz.settings.config import RunConfig
    >>> from rnnviz.experiment.core import norms_of_terms, run
    >>> experiment = run(RunConfig())
    >>> bool(np.allclose(autograd_digits(experiment).norms["b1"], norms_of_terms(experiment)["b1"]))
    True
    """
    trace, dZ = experiment.trace, _errors(experiment)
    T, first = len(trace.A), len(trace.A) - len(dZ)
    slopes = SLOPES[experiment.architecture.hidden_activation](_last_bit_moved(trace.H))
    before = np.concatenate([trace.H_init[None], trace.H[:-1]])
    norms = {name: np.zeros((T, T)) for name in HIDDEN}
    sums = [np.zeros_like(getattr(experiment.parameters, name)) for name in HIDDEN]
    for t in range(first, T):
        adjoint = dZ[t - first] @ experiment.parameters.W2.T
        for k in range(t, -1, -1):
            D = adjoint * slopes[k]
            for place, term in enumerate((trace.X[k].T @ D, before[k].T @ D, D.sum(axis=0))):
                norms[HIDDEN[place]][t, k] = np.linalg.norm(term)
                sums[place] += term
            adjoint = D @ experiment.parameters.Wh1.T
    return AutogradDigits(norms, sums)


def _last_bit_moved(values: np.ndarray) -> np.ndarray:
    bits = np.random.default_rng(0).choice([-1, 1], values.shape)
    return values * (1 + np.finfo(float).eps * bits)


def _errors(experiment: Experiment) -> np.ndarray:
    """∂L_t/∂Z_t as autograd forms it, from Ŷ − Y."""
    name, Y_hat = experiment.architecture.output_activation, _last_bit_moved(experiment.trace.Y_hat)
    g = (Y_hat - experiment.task.Y) / Y_hat.shape[1]
    if experiment.architecture.loss != "squared_error":
        return g
    if name == "softmax":
        return Y_hat * (g - (g * Y_hat).sum(axis=-1, keepdims=True))
    return g * SLOPES[name](Y_hat)
