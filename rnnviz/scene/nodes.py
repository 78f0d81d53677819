"""What the nodes of the network show beside their numbers: one scale a kind of node, and the words of the task."""

import numpy as np

from rnnviz.notation.ids import Quantity
from rnnviz.notation.numbers import percent, rounded
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
    rows |= {} if trace.C is None or trace.C_init is None else {"C": [trace.C[steps], trace.C_init]}
    found: dict[str, Json] = {row: _largest(arrays) for row, arrays in rows.items()}
    found["L"] = _largest([view.step_losses[steps]])
    return found | {"is_batch": view.is_batch, "outputs": _OUTPUTS.get(view.architecture.output_activation, "numbers")}


def _largest(arrays: list[np.ndarray]) -> float:
    sizes = np.abs(np.concatenate([one.ravel() for one in arrays]))
    return float(sizes[np.isfinite(sizes)].max(initial=0.0))


def words(view: View) -> dict[str, dict[str, Json]]:
    """Return what the task calls the inputs, predictions and targets that are drawn: of each its ``text``.

    A text that stands for all of the numbers does so ``alone``: of an input that is one of several symbols, of the
    likeliest of more than two classes. ``part`` is the probability of a prediction, ``said`` as it is read; ``time``
    that of the row of an input.
    """
    found: dict[str, dict[str, Json]] = {}
    for t in shown_steps(view.T):
        found[Quantity("X", t)] = _read(view, t)
        if t in view.loss_steps:
            guess = _answer(view, view.trace.Y_hat[view.output_row(t)])
            is_choice = view.architecture.output_activation == "softmax" and len(view.task.output_labels) > 2
            found[Quantity("Y_hat", t)] = guess | ({"alone": True} if is_choice and guess["part"] else {})
            found[Quantity("Y", t)] = _answer(view, view.target(t), is_target=True)
    return found


def _read(view: View, t: int) -> dict[str, Json]:
    """What is read; "" of several samples, or where the reader has changed its numbers to what has no name."""
    if view.is_batch:
        return {"text": ""}
    x, names, token = view.trace.X[t, 0], view.task.feature_labels, view.task.tokens[view.sample][t]
    if len(x) == len(names) > 2 and np.count_nonzero(x) == 1 and x.max() == 1:
        return {"text": names[int(x.argmax())], "alone": True}
    text: dict[str, Json] = {"text": "" if (t, max(view.sample, 0)) in view.edited else token}
    return text | ({"time": token} if view.task.time is not None else {})


def _answer(view: View, rows: np.ndarray, is_target: bool = False) -> dict[str, Json]:
    """What a row says: its likeliest class (of a target its only one), a probability, a number in its unit, or ""."""
    values, kind = rows.mean(axis=0), view.task.kind
    text, part, said = "", 0.0, ""
    if not np.isfinite(values).all():
        text = "NaN"
    elif view.is_batch:
        pass
    elif kind == "classes" and values.min() >= 0 and (values.max() == values.sum() == 1 or not is_target):
        text, part = view.task.output_labels[int(values.argmax())], float(values.max())
        said = percent(part, 1)
    elif len(values) == 1 and kind == "binary":
        text, part = rounded(float(values[0]), 2), float(np.clip(values[0], 0, 1))
    elif len(values) == 1:
        text = rounded(float(np.ravel(view.task.to_unit(values))[0]), 3)
    return {"text": text, "part": part, "said": said}
