"""What the nodes of the network show beside their numbers: one scale a kind of node, and what outputs are."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.quantities import shown_steps
from rnnviz.notation.record import Json
from rnnviz.scene.view import View

_OUTPUTS = {"softmax": "classes", "sigmoid": "each"}


def scales(view: View) -> dict[str, Json]:
    """Return by row of the network the largest size of its numbers at the drawn steps, 0 where none is finite.

    ``outputs`` tells what a prediction is: a probability for each of its ``classes``, one for ``each`` output on its
    own, or ``numbers``.
    """
    steps, trace = shown_steps(view.T), view.trace
    losses = [view.output_row(t) for t in steps if t in view.loss_steps]
    rows = {"X": [trace.X[steps]], "H": [trace.H[steps], trace.H_init], "Y_hat": [trace.Y_hat[losses]]}
    found: dict[str, Json] = {row: _largest(arrays) for row, arrays in rows.items()}
    found["L"] = _largest([view.step_losses[steps]])
    return found | {"outputs": _OUTPUTS.get(view.architecture.output_activation, "numbers")}


def _largest(arrays: list[np.ndarray]) -> float:
    sizes = np.abs(np.concatenate([one.ravel() for one in arrays]))
    return float(sizes[np.isfinite(sizes)].max(initial=0.0))
