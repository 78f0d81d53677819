"""What a training run reached, as numbers and in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.settings import LABELS
from rnnviz.story.numbers import four, percent


@dataclass(frozen=True, eq=False)
class Learned:
    """First, last and best finite total loss of a run, and in how many of its epochs it was clipped."""

    first: float
    last: float
    best: float
    best_epoch: int
    clipped: int
    epochs: int


def learned(losses: np.ndarray, clipped: np.ndarray) -> Learned | None:
    """Summarise a run; None when not even the first loss was finite."""
    finite = np.flatnonzero(np.isfinite(losses))
    if finite.size == 0:
        return None
    best = int(finite[np.argmin(losses[finite])])
    return Learned(
        float(losses[finite[0]]),
        float(losses[finite[-1]]),
        float(losses[best]),
        best,
        int(np.sum(clipped)),
        len(losses),
    )


def training_sentence(summary: Learned | None, largest: tuple[str, float, int] | None) -> str:
    """Say in one sentence what happened during training.

    Parameters
    ----------
    summary : Learned or None
    largest : (str, float, int) or None
        Parameter, norm and epoch of the largest finite gradient.
    """
    if summary is None:
        return "Not even the first loss is a finite number, so nothing was learned."
    change = "fell" if summary.last < summary.first else "rose" if summary.last > summary.first else "stayed"
    text = (
        f"In {summary.epochs} {'epoch' if summary.epochs == 1 else 'epochs'} the total loss {change} from "
        f"**{four(summary.first)}** to **{four(summary.last)}**"
    )
    if change == "fell":
        text += f" ({percent(summary.last, summary.first)} of the start)"
    if summary.best < summary.last:
        text += f"; its lowest was {four(summary.best)} after epoch {summary.best_epoch}"
    if largest is not None:
        name, length, epoch = largest
        text += f". The longest gradient was that of {LABELS[name]}, {four(length)} at epoch {epoch}"
    if summary.clipped:
        text += f"; it was clipped in {summary.clipped} of {summary.epochs}"
    return text + "."


def largest_gradient(norms: dict[str, np.ndarray]) -> tuple[str, float, int] | None:
    """Return parameter, norm and epoch of the largest finite gradient norm."""
    found = None
    for name, values in norms.items():
        finite = np.where(np.isfinite(values), values, -1.0)
        if finite.size and (found is None or finite.max() > found[1]):
            found = (name, float(finite.max()), int(finite.argmax()))
    return found if found is None or found[1] >= 0 else None
