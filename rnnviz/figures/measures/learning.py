"""What a training run reached, as numbers and in one sentence."""

from __future__ import annotations

from collections.abc import Mapping
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


def gradient_sentence(norms: Mapping[str, np.ndarray], clip_norm: float | None, clipped: np.ndarray) -> str:
    """Say how the gradients' length changed from first to last epoch, and what clipping did."""
    total = np.sqrt(sum(finite(values) ** 2 for values in norms.values()))
    present = total[np.isfinite(total)]
    if present.size == 0:
        return "No gradient was a finite number."
    text = f"All gradients together: length {four(float(present[0]))} at the first epoch, "
    text += f"{four(float(present[-1]))} at the last finite one."
    if clip_norm is None:
        return text
    return text + f" Clipped to {four(clip_norm)} in {int(clipped.sum())} of {len(clipped)} epochs."


def steps_sentence(step_losses: np.ndarray) -> str:
    """Say which step ends with the largest and which with the smallest loss."""
    rows = np.flatnonzero(np.isfinite(step_losses).all(axis=1))
    if rows.size == 0:
        return "No loss was a finite number."
    last, count = step_losses[rows[-1]], np.count_nonzero(step_losses[rows[0]])
    if count <= 1:
        return f"Only the last step has a loss: L_{len(last) - 1} = {four(float(last[-1]))} at the end."
    hard, easy = int(last.argmax()), int(last.argmin())
    return (
        f"At the end step {hard} is the hardest, with a loss of **{four(float(last[hard]))}**, "
        f"and step {easy} the easiest, with **{four(float(last[easy]))}**."
    )


def finite(values: np.ndarray) -> np.ndarray:
    """Return the values with NaN for everything that is not finite."""
    return np.where(np.isfinite(values), values, np.nan)


def held_out(run: object) -> tuple[np.ndarray, np.ndarray] | None:
    """Return epochs and losses of the sequences never trained on, of an ``experiment.TrainingRun``."""
    return None if run.held_out_losses is None else (run.snapshot_epochs, run.held_out_losses)
