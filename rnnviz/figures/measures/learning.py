"""What a training run reached, as numbers and in one sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.config import RunConfig
from rnnviz.settings import LABELS
from rnnviz.story.numbers import four, part_of, percent
from rnnviz.story.rules import is_cut, is_mean


@dataclass(frozen=True, eq=False)
class Learned:
    """First, last and best finite total loss of a run, before the update of its epoch, and its clipping."""

    first: float
    last: float
    last_epoch: int
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
        int(finite[-1]),
        float(losses[best]),
        best,
        int(np.sum(clipped)),
        len(losses),
    )


def training_sentence(
    summary: Learned | None, largest: tuple[str, float, int] | None, config: RunConfig
) -> str:
    """Say in one sentence what happened during training.

    Parameters
    ----------
    summary : Learned or None
    largest : (str, float, int) or None
        Parameter, norm and epoch of the largest finite gradient.
    config : RunConfig
        Of the run: whether its gradient is truncated, and L written as a mean over time.
    """
    if summary is None:
        return "Not even the first loss is a finite number, so nothing was learned."
    text = _way(summary, "total loss, summed over the steps," if is_mean(config) else "total loss")
    if four(summary.best) not in (four(summary.first), four(summary.last)):
        text += f"; its lowest was {four(summary.best)} at epoch {summary.best_epoch}"
    if largest is not None:
        name, length, epoch = largest
        whose = "the truncated one" if is_cut(config, name) else "that"
        text += (
            f". The longest gradient was {whose} of {LABELS[name]}, {four(length)} at epoch {epoch}"
            if length > 0
            else ". Every gradient was exactly 0"
        )
    if summary.clipped:
        epochs = part_of(summary.clipped, summary.epochs, "epoch")
        text += f"; the gradient of all five parameters was clipped in {epochs}"
    return text + "."


def kept_sentence(done: int, kept: int, played: int) -> str:
    """Say how many epochs of a run are kept in full and how many of those are played; "" if all are."""
    if played >= done:
        return ""
    losses = f"Of **{done}** epochs the losses and lengths are kept; all parameters with their gradients"
    if kept == played:
        return f"{losses} of **{kept}**, closer together at the start, and these are played."
    return f"{losses} of **{kept}**, closer together at the start, and **{played}** of these are played."


def _way(summary: Learned, loss: str) -> str:
    if summary.last_epoch == 0:
        return f"At epoch 0 the {loss} is **{four(summary.first)}**"
    first, last, epoch = four(summary.first), four(summary.last), summary.last_epoch
    if summary.last == summary.first:
        return f"The {loss} stayed at **{first}** up to epoch {epoch}"
    verb = "fell" if summary.last < summary.first else "rose"
    if first == last:
        moved = four(abs(summary.last - summary.first))
        return f"The {loss} {verb} by no more than **{moved}** from **{first}** up to epoch {epoch}"
    ends = f"The {loss} {verb} from **{first}** at epoch 0 to **{last}** at epoch {epoch}"
    return f"{ends} ({percent(summary.last, summary.first)} of the start)" if verb == "fell" else ends


def largest_gradient(norms: dict[str, np.ndarray]) -> tuple[str, float, int] | None:
    """Return parameter, norm and epoch of the largest finite gradient norm."""
    found = None
    for name, values in norms.items():
        finite = np.where(np.isfinite(values), values, -1.0)
        if finite.size and (found is None or finite.max() > found[1]):
            found = (name, float(finite.max()), int(finite.argmax()))
    return found if found is None or found[1] >= 0 else None
