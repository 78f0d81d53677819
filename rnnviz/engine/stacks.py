"""Terms of all hidden parameters as pieces of one product, S_kᵀ D[t, k]: a stack of rows [W1; b1; Wh1; more].

Where a block of Wh1 is multiplied with something else than H, or brings something else than a pre-activation, parts of
the stack belong to no parameter.
"""

import numpy as np

from .architecture import Architecture
from .forward import Trace


def stacked_inputs(architecture: Architecture, trace: Trace, first: int = 0, last: int | None = None) -> np.ndarray:
    """(steps, m, n0 + 1 + n1) array S_t = [X_t | 1 | H_{t-1}]: what [W1; b1; Wh1] is multiplied with.

    Of the steps from `first` to before `last`; a cell may read something else, which then stands at the end.
    """
    X = trace.X[first:last]
    T, m, n0 = X.shape
    S = np.empty((T, m, n0 + 1 + trace.H.shape[2]))
    S[..., :n0] = X
    S[..., n0] = 1.0
    S[0, :, n0 + 1 :] = trace.H[first - 1] if first else trace.H_init
    S[1:, :, n0 + 1 :] = trace.H[first : first + T - 1]
    more = None if trace.gates is None else architecture.layer.also_read(trace.gates[first:last], S[..., n0 + 1 :])
    return S if more is None else np.concatenate([S, more], axis=-1)


def by_parameter(stack: np.ndarray, architecture: Architecture) -> dict[str, np.ndarray]:
    """The parts of (…, rows, columns) that belong to W1, Wh1 and b1, as views where they stand in one piece."""
    found = {}
    for name, ((rows, columns), *others) in architecture.layer.pieces.items():
        found[name] = stack[..., rows, columns]
        if others:
            found[name] = np.concatenate([found[name], *(stack[..., *piece] for piece in others)], axis=-1)
    return found
