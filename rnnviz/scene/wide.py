"""What a network of many steps or units is drawn with: strips of colour, the words of the task, the steps of a frame.

A colour is a letter of a signed scale: ``m`` is an exact 0, ``y`` the limit, ``a`` minus it, ``?`` is not finite.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from rnnviz.notation.conventions import LETTERS
from rnnviz.notation.ids import Quantity, at, state
from rnnviz.notation.numbers import percent, rounded
from rnnviz.notation.quantities import shown_steps
from rnnviz.notation.quantity import read
from rnnviz.notation.record import Json, Record, frozen, letters
from rnnviz.scene.scene import Frame
from rnnviz.scene.view import View

MOST_STEPS, MOST_UNITS = 4, 8
"""Up to so many a network is drawn with its numbers."""
NODES = ("X", "H", "Y_hat", "L")


def is_wide(view: View) -> bool:
    """Return whether a network has more steps or units than are drawn with their numbers."""
    return view.T > MOST_STEPS or len(view.parameters.Wh1) > MOST_UNITS


def columns(T: int) -> dict[int, int]:
    """Return the column in which each drawn step stands; a folded middle has one of its own."""
    steps = shown_steps(T)
    return {t: place + (t >= 5 and len(steps) < T) for place, t in enumerate(steps)}


def strips(view: View, frames: Iterable[Frame]) -> Json:
    """Return what the network is drawn with: names of rows and steps, targets, the states' limit, frames' columns."""
    mean, letter, places = " (mean)" if view.is_batch else "", LETTERS[view.conventions.names]["H"], columns(view.T)
    return {
        "rows": {"L": "loss", "Y": "target", "Y_hat": "guess", "H": f"state {letter}{mean}", "X": f"input{mean}"},
        "steps": [{"column": place, "name": view.step_number(t)} for t, place in places.items()],
        "limits": [rounded(sign * state_limit(view), 2) for sign in (-1, 1)],
        "large": {frame.id: [places[t] for t in span] for frame in frames if (span := used_steps(frame, [*places]))},
    }


def used_steps(frame: Frame, drawn: Sequence[int]) -> list[int]:
    """Return the first and the last drawn step whose nodes a frame lights; none where it lights none."""
    found = [one.t for one in map(read, frame.lit) if one.kind in NODES and one.t in drawn]
    return [min(found), max(found)] if found else []


def state_limit(view: View) -> float:
    """Return the largest size of an entry of the drawn states, which all their strips share."""
    drawn = np.abs(np.stack([states(view, t) for t in (-1, *shown_steps(view.T))]))
    return float(drawn[np.isfinite(drawn)].max(initial=0.0))


def states(view: View, t: int) -> np.ndarray:
    """Return H_t, (n1,); over a batch its mean."""
    return (view.trace.H_init if t < 0 else view.trace.H[t]).mean(axis=0)


def in_words(view: View, found: Mapping[str, Record]) -> dict[str, Record]:
    """Return the records of the nodes with their strip, and with the task's word for what they are where it has one."""
    more: dict[str, dict[str, Json]] = {}
    limit, largest = state_limit(view), float(view.step_losses.max(initial=0.0))
    inputs = float(np.abs(view.trace.X.mean(axis=1)).max())
    for t in (-1, *shown_steps(view.T)):
        more[state(t)] = {"strip": letters(states(view, t), limit)}
    for t in shown_steps(view.T):
        more[Quantity("X", t)] = {"strip": letters(view.trace.X[t].mean(axis=0), inputs), **_input(view, t)}
    for t in (t for t in shown_steps(view.T) if t in view.loss_steps):
        Y_hat, Y, L = at(t, "Y_hat", "Y", "L")
        more[Y_hat], more[Y] = _answer(view, view.trace.Y_hat[view.output_row(t)]), _answer(view, view.target(t))
        more[L] = {"part": float(view.step_losses[t]) / largest if 0 < largest < np.inf else 0.0}
    return {
        name: replace(
            found[name], more=MappingProxyType({**found[name].more, **{key: frozen(one) for key, one in each.items()}})
        )
        for name, each in more.items()
    }


def _input(view: View, t: int) -> dict[str, Json]:
    """The text of what is read; "" of several samples, or where the reader has changed its numbers."""
    is_own = not view.is_batch and np.array_equal(view.trace.X[t, 0], view.task.X[t, view.sample])
    return {"text": view.task.tokens[view.sample][t] if is_own else ""}


def _answer(view: View, rows: np.ndarray) -> dict[str, Json]:
    """What a row of outputs says: its likeliest class, a probability, or a number in its unit; "" where none does."""
    values, kind = rows.mean(axis=0), view.task.kind
    strip, text, part, said = letters(values, max(1.0, float(np.abs(values).max()))), "", 0.0, ""
    if not np.isfinite(values).all():
        text = "NaN"
    elif view.is_batch:
        pass
    elif kind == "classes" and values.min() >= 0 and values.sum() <= 1 + 1e-9:
        text, part = view.task.output_labels[int(values.argmax())], float(values.max())
        said = percent(part, 1)
    elif len(values) == 1 and kind == "binary":
        text, part = rounded(float(values[0]), 2), float(np.clip(values[0], 0, 1))
    elif len(values) == 1:
        text = rounded(float(np.ravel(view.task.to_unit(values))[0]), 3)
    return {"strip": strip, "text": text, "part": part, "said": said}
