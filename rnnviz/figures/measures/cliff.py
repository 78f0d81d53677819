"""The loss surface, the step on it and the walk over it, in numbers and words."""

from __future__ import annotations

import numpy as np

from rnnviz.edits import entry_of
from rnnviz.settings import LABELS
from rnnviz.story.numbers import four, percent

ABOVE, BELOW = 2.0, 4.0
"""Decades of loss that are told apart above where the experiment stands, and below it."""


def label(name: str) -> str:
    """Return an entry as the reader knows it.

    Examples
    --------
    >>> label("Wh1.0.1"), label("b1.0")
    ('Wₕ₁[0, 1]', 'β₁[0]')
    """
    variable, entry = entry_of(name)
    return f"{LABELS[variable]}[{', '.join(map(str, entry))}]"


def colour_span(losses: np.ndarray, here: float) -> tuple[float, float]:
    """Return the exponents between which losses are told apart; beyond them the colour stays."""
    good = losses[np.isfinite(losses) & (losses > 0)]
    if not good.size:
        return -1.0, 1.0
    lowest, highest = np.log10(good.min()), np.log10(good.max())
    middle = np.log10(here) if 0 < here < np.inf else lowest
    low, high = max(lowest, middle - BELOW), min(highest, max(middle, 0.0) + ABOVE)
    return (low, high) if high - low > 1e-6 else (low - 0.5, low + 0.5)


def slopes(found: object) -> tuple[float, float]:
    """Return the largest and the median length of the slope on a map, by differences of its losses."""
    with np.errstate(all="ignore"):
        down, right = np.gradient(found.losses, found.y, found.x)
        length = np.hypot(down, right)
    good = length[np.isfinite(length)]
    return (float(good.max()), float(np.median(good))) if good.size else (np.nan, np.nan)


def surface_sentence(found: object, place: tuple[float, float], loss: float) -> str:
    """Say where the experiment stands and how steep the map is."""
    named = zip(map(label, found.entries), place, strict=True)
    first, second = (f"{name} = **{four(value)}**" for name, value in named)
    steepest, middle = slopes(found)
    text = (
        f"Here {first} and {second}; the loss is **{four(loss)}**. The steepest place of the map rises "
        f"**{four(steepest)}** a unit, the median place {four(middle)}."
    )
    lost = int(np.sum(~np.isfinite(found.losses)))
    return text + (f" {lost} of {found.losses.size} losses are not finite and left out." if lost else "")


def step_sentence(step: object, rate: float) -> str:
    """Say how far one step goes and where it lands, whole and clipped."""
    if not np.isfinite(step.length):
        return "The gradient is not finite here: there is no step to take."
    if step.length == 0:
        return "The gradient is exactly 0 here: gradient descent stays where it is."
    length, limit = four(step.length), four(step.limit)
    whole = (
        f"One step of gradient descent with η = {four(rate)} goes **{four(rate * step.length)}** far and "
        f"lands at a loss of **{four(step.after_plain)}**"
    )
    if step.length <= step.limit:
        return f"{whole}; the gradient is {length} long, so a limit of {limit} leaves it as it is."
    return (
        f"{whole}; with the gradient clipped from {length} to {limit} it goes "
        f"**{four(rate * step.limit)}** far and lands at **{four(step.after_clipped)}**."
    )


def walk_sentence(way: object, run: object, clipped: bool) -> str:
    """Say where the training run ends, and how much of it the map shows."""
    how = "with clipping" if clipped else "without clipping"
    if len(way.x) < 2:
        return f"The training run, {how}, ends before its first finite update."
    end = f"ends at a loss of **{four(run.losses[-1])}**"
    return (
        f"The line is the whole training run, {how}: {run.epochs_done} epochs, it "
        f"{end if run.finite else 'ends in numbers that are not finite'}. "
        f"**{percent(way.share, 1)}** of its way lies in these two entries."
    )


def within(found: object, place: tuple[float, float], target: tuple[float, float]) -> tuple[float, float]:
    """Return the target, or where the way to it leaves the map."""
    start, end = np.array(place, dtype=float), np.array(target, dtype=float)
    low, high = np.array([found.x[0], found.y[0]]), np.array([found.x[-1], found.y[-1]])
    with np.errstate(all="ignore"):
        way = end - start
        limits = np.where(way > 0, (high - start) / way, np.where(way < 0, (low - start) / way, np.inf))
    part = float(np.clip(np.nanmin(limits), 0.0, 1.0))
    found_place = np.where(np.isfinite(way), start + part * way, start)
    return float(found_place[0]), float(found_place[1])


def leaves(found: object, target: tuple[float, float]) -> bool:
    """Return whether a place lies beyond the map."""
    return not (found.x[0] <= target[0] <= found.x[-1] and found.y[0] <= target[1] <= found.y[-1])
