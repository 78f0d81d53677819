"""The next state of every cell written from its formulas alone, for real and complex numbers.

They share no code with `cells`: differences are taken of them.
"""

from collections.abc import Callable

import numpy as np

from .architecture import Architecture
from .plain_losses import ELEMENTWISE

State = tuple[np.ndarray, ...]
_sigma = ELEMENTWISE["sigmoid"]


def next_state(
    architecture: Architecture, arrived: np.ndarray, recurrent: Callable[[np.ndarray], np.ndarray], state: State
) -> State:
    """(H,) or (H, C) after a step, (…, m, n1) each.

    `arrived` (…, m, biases) is X W1 + b1, the bias d_c of a GRU standing alone at the end; `recurrent` is the product
    with Wh1.
    """
    h, n = state[0], architecture.n_hidden
    if architecture.cell == "plain":
        return (ELEMENTWISE[architecture.hidden_activation](arrived + recurrent(h)),)
    if architecture.cell == "lstm":
        i, f, o, c = np.split(arrived + recurrent(h), 4, axis=-1)
        memory = _sigma(f) * state[1] + _sigma(i) * np.tanh(c)
        return _sigma(o) * np.tanh(memory), memory
    of_h = recurrent(h)
    r, z = np.split(_sigma(arrived[..., : 2 * n] + of_h[..., : 2 * n]), 2, axis=-1)
    if architecture.reset == "after":
        brought = r * (of_h[..., 2 * n :] + arrived[..., 3 * n :])
    else:
        brought = recurrent(r * h)[..., 2 * n :]
    return (z * h + (1 - z) * np.tanh(arrived[..., 2 * n : 3 * n] + brought),)
