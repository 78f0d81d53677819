"""What a network of many steps or units is drawn with: strips of colour, the steps of a frame.

A colour is a letter of a signed scale: ``m`` is an exact 0, ``y`` the limit, ``a`` minus it, ``?`` is not finite.
"""

from collections.abc import Iterable, Sequence

import numpy as np

from rnnviz.notation.conventions import LETTERS
from rnnviz.notation.ids import Quantity, at, state
from rnnviz.notation.numbers import rounded
from rnnviz.notation.quantities import shown_steps
from rnnviz.notation.quantity import read
from rnnviz.notation.record import Json, letters
from rnnviz.scene.scene import Frame
from rnnviz.scene.view import View

MOST_STEPS, MOST_UNITS = 4, 8
"""Up to so many a network is drawn with its numbers."""
NODES = ("X", "H", "C", "Y_hat", "L")


def is_wide(view: View) -> bool:
    """Return whether a network has more steps or units than are drawn with their numbers."""
    return view.T > MOST_STEPS or len(view.parameters.Wh1) > MOST_UNITS


def columns(T: int) -> dict[int, int]:
    """Return the column in which each drawn step stands; a folded middle has one of its own."""
    steps = shown_steps(T)
    return {t: place + (t >= 5 and len(steps) < T) for place, t in enumerate(steps)}


def strips(view: View, frames: Iterable[Frame]) -> Json:
    """Return what the network is drawn with: names of rows and steps, targets, the states' limit, frames' columns."""
    mean, letter, places = " (mean)" if view.is_batch else "", LETTERS[view.conventions.names], columns(view.T)
    memory = {"C": f"memory {letter['C']}{mean}"} if "C" in view.roads else {}
    rows = {"L": "loss", "Y": "target", "Y_hat": "guess", **memory, "H": f"state {letter['H']}{mean}"}
    return {
        "rows": rows | {"X": f"input{mean}"},
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


def states(view: View, t: int, kind: str = "H") -> np.ndarray:
    """Return H_t, (n1,), or of an LSTM the memory C_t; over a batch its mean."""
    return view.known(state(t, kind)).mean(axis=0)


def nodes(view: View) -> dict[str, dict[str, Json]]:
    """Return of each node its strip, and of a loss its part of the largest."""
    more: dict[str, dict[str, Json]] = {}
    limit, largest = state_limit(view), float(view.step_losses.max(initial=0.0))
    memory = max(
        (float(np.abs(states(view, t, kind)).max()) for kind in view.roads[1:] for t in shown_steps(view.T)),
        default=0.0,
    )
    inputs = float(np.abs(view.trace.X.mean(axis=1)).max())
    for t in (-1, *shown_steps(view.T)):
        more[state(t)] = {"strip": letters(states(view, t), limit)}
        for kind in view.roads[1:]:
            more[state(t, kind)] = {"strip": letters(states(view, t, kind), memory)}
    for t in shown_steps(view.T):
        more[Quantity("X", t)] = {"strip": letters(view.trace.X[t].mean(axis=0), inputs)}
    for t in (t for t in shown_steps(view.T) if t in view.loss_steps):
        Y_hat, Y, L = at(t, "Y_hat", "Y", "L")
        for name, rows in ((Y_hat, view.trace.Y_hat[view.output_row(t)]), (Y, view.target(t))):
            values = rows.mean(axis=0)
            more[name] = {"strip": letters(values, max(1.0, float(np.abs(values).max())))}
        more[L] = {"part": float(view.step_losses[t]) / largest if 0 < largest < np.inf else 0.0}
    return more
