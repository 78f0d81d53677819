"""What the nodes of the network show beside their numbers: one scale a kind of node, and the words of the task."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import Quantity
from rnnviz.notation.quantities import shown_steps
from rnnviz.notation.record import Json
from rnnviz.scene.view import View

_OUTPUTS = {"softmax": "classes", "sigmoid": "each"}


def scales(view: View) -> dict[str, Json]:
    """Return by row of the network the largest size of its numbers at the drawn steps, 0 where none is finite.

    ``is_batch`` tells that the rows are samples; ``outputs`` what a prediction is: a probability for each of its
    ``classes``, one for ``each`` output on its own, or ``numbers``.
    """
    steps, trace = shown_steps(view.T), view.trace
    losses = [view.output_row(t) for t in steps if t in view.loss_steps]
    rows = {"X": [trace.X[steps]], "H": [trace.H[steps], trace.H_init], "Y_hat": [trace.Y_hat[losses]]}
    found: dict[str, Json] = {row: _largest(arrays) for row, arrays in rows.items()}
    found["L"] = _largest([view.step_losses[steps]])
    return found | {"is_batch": view.is_batch, "outputs": _OUTPUTS.get(view.architecture.output_activation, "numbers")}


def _largest(arrays: list[np.ndarray]) -> float:
    sizes = np.abs(np.concatenate([one.ravel() for one in arrays]))
    return float(sizes[np.isfinite(sizes)].max(initial=0.0))


def words(view: View) -> dict[str, dict[str, Json]]:
    """Return what the task calls the inputs and predictions of one sample; nothing of a batch.

    An input that is one of several symbols has that symbol as its ``word``, ``alone``; another one the time of its
    row. A prediction of more than two classes has the likeliest, its probability and the target as ``best``.
    """
    if view.is_batch:
        return {}
    found: dict[str, dict[str, Json]] = {}
    for t in shown_steps(view.T):
        if said := _read(view, view.trace.X[t, 0], t):
            found[Quantity("X", t)] = said
        if t in view.loss_steps and (best := _best(view, view.trace.Y_hat[view.output_row(t), 0], view.target(t)[0])):
            found[Quantity("Y_hat", t)] = {"best": best}
    return found


def _read(view: View, x: np.ndarray, t: int) -> dict[str, Json]:
    names, times = view.labels.features, view.labels.times
    if len(x) == len(names) > 2 and np.count_nonzero(x) == 1 and x.max() == 1:
        return {"word": names[int(x.argmax())], "alone": True}
    return {"word": times[t]} if times else {}


def _best(view: View, y_hat: np.ndarray, y: np.ndarray) -> Json:
    names = view.labels.outputs
    is_choice = view.architecture.output_activation == "softmax" and len(y_hat) == len(names) > 2
    if not is_choice or not np.isfinite(y_hat).all():
        return None
    place = int(y_hat.argmax())
    target = names[int(y.argmax())] if np.count_nonzero(y) == 1 and y.max() == 1 else ""
    return names[place], float(y_hat[place]), target
