"""What truncation leaves out of the gradient, and what clipping does to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters, backward, lag_gradients
from rnnviz.engine.training import clip, norm

from .core import Experiment

KINDS = ("window", "chunk")
MOST_LENGTHS = 40
"""Longer sequences are cut at this many lengths τ, evenly spaced on a log scale."""


@dataclass(frozen=True)
class Likeness:
    """How like the full gradient another one is.

    Attributes
    ----------
    share : float
        ⟨kept, full⟩ / ‖full‖²: the part of the full gradient that is kept along its own direction.
    cosine : float
        Of the angle between the two; NaN where one of them is 0.
    error : float
        ‖kept − full‖ / ‖full‖.
    """

    share: float
    cosine: float
    error: float


@dataclass(frozen=True, eq=False)
class Truncations:
    """Both kinds of truncation against the full gradient, at each length τ.

    Attributes
    ----------
    lengths : (S,) array of int
        τ, the last is T.
    likeness : dict of list of Likeness
        "window" and "chunk", one for each τ; all parameters together.
    """

    lengths: np.ndarray
    likeness: dict[str, list[Likeness]]

    def at(self, kind: str, length: int) -> Likeness:
        """Return the likeness at one of the `lengths`."""
        return self.likeness[kind][int(np.flatnonzero(self.lengths == length)[0])]


def mask(steps: int, length: int, kind: str, first_loss: int = 0) -> np.ndarray:
    """(T, T) bool: the terms (t, k) that a truncation to τ = `length` keeps, of those that exist.

    `window` keeps t − k < τ, `chunk` keeps t and k of the same block of τ steps. Rows before `first_loss`
    have no loss and no terms.
    """
    t, k = np.ogrid[:steps, :steps]
    near = t - k < length if kind == "window" else t // length == k // length
    return (k <= t) & near & (t >= first_loss)


def truncations(experiment: Experiment, extra: int | None = None) -> Truncations:
    """Compare both kinds of truncation with the full gradient at many lengths.

    Parameters
    ----------
    extra : int, optional
        A length that is to be among them.
    """
    T = experiment.config.steps
    lengths = _lengths(T, extra)
    parts = lag_gradients(*_problem(experiment))
    full = flat(experiment.backward.gradients)
    with np.errstate(all="ignore"):
        windows = np.cumsum(np.hstack([each.reshape(T, -1) for each in parts]), axis=0)
        likeness = {
            "window": [likeness_of(windows[length - 1], full) for length in lengths],
            "chunk": [likeness_of(flat(_chunk(experiment, length)), full) for length in lengths],
        }
    return Truncations(lengths, likeness)


def _lengths(T: int, extra: int | None) -> np.ndarray:
    chosen = np.arange(1, T + 1) if T <= MOST_LENGTHS else np.geomspace(1, T, MOST_LENGTHS).round()
    return np.unique([*chosen.astype(int), T, *([extra] if extra else [])])


def _problem(experiment: Experiment) -> tuple:
    return experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y


def _chunk(experiment: Experiment, length: int) -> Parameters:
    problem = _problem(experiment)
    return backward(*problem, truncation=int(length), truncation_kind="chunk").gradients


def flat(gradients: Parameters) -> np.ndarray:
    """All entries of all parameters in one vector."""
    return np.concatenate([each.ravel() for each in gradients])


def likeness_of(kept: np.ndarray, full: np.ndarray) -> Likeness:
    """Compare two gradients; NaN where the full one is 0 or not finite."""
    length, other = norm(full), norm(kept)
    if not (np.isfinite(length) and np.isfinite(other) and length > 0):
        return Likeness(np.nan, np.nan, np.nan)
    along = float(kept / length @ (full / length))
    cosine = float(np.clip(along * length / other, -1, 1)) if other > 0 else np.nan
    return Likeness(along, cosine, norm(kept - full) / length)


@dataclass(frozen=True, eq=False)
class Clipping:
    """A gradient before and after each kind of clipping; all parameters together, P entries.

    Attributes
    ----------
    before, by_norm, by_value : (P,) arrays
    limit_norm, limit_value : float
    cut : float
        The share of all entries that clipping by value changes.
    """

    before: np.ndarray
    by_norm: np.ndarray
    by_value: np.ndarray
    limit_norm: float
    limit_value: float

    @property
    def cut(self) -> float:
        return float((self.by_value != self.before).mean())

    @property
    def length(self) -> float:
        """‖gradient‖ before clipping."""
        return norm(self.before)


def clipping(experiment: Experiment, part_of_norm: float, part_of_largest: float) -> Clipping | None:
    """Clip the full gradient by norm and by value, each to a part of what it is now.

    Returns
    -------
    Clipping, or None where the gradient is 0 or not finite

    Raises
    ------
    ValueError
        For a part that is not above 0.
    """
    for name, part in (("part_of_norm", part_of_norm), ("part_of_largest", part_of_largest)):
        if not part > 0:
            raise ValueError(f"{name}: got {part!r}, expected a number above 0")
    gradients = experiment.backward.gradients
    before = flat(gradients)
    if not np.isfinite(before).all() or not before.any():
        return None
    limit_norm, limit_value = part_of_norm * norm(before), part_of_largest * float(abs(before).max())
    by_norm, _ = clip(gradients, limit_norm, None)
    by_value, _ = clip(gradients, None, limit_value)
    return Clipping(before, flat(by_norm), flat(by_value), limit_norm, limit_value)


def angle(first: np.ndarray, second: np.ndarray) -> float:
    """Angle between two vectors in degrees, exact also where it is small (Kahan 2006)."""
    u, v = first / norm(first), second / norm(second)
    return float(np.degrees(2 * np.arctan2(norm(u - v), norm(u + v))))


def clip_curve(experiment: Experiment, points: int = 41) -> dict[str, np.ndarray] | None:
    """What each kind of clipping does over its limit, as a part of the norm or of the largest entry.

    Returns
    -------
    dict of (points,) arrays, or None where the gradient is 0 or not finite
        "part" from 0.01 to 1.25; "angle by norm" and "angle by value" in degrees; "length by norm" and
        "length by value" as parts of the length before.
    """
    parts = np.geomspace(0.01, 1.25, points)
    each = [clipping(experiment, part, part) for part in parts]
    if each[0] is None:
        return None
    return {
        "part": parts,
        "angle by norm": np.array([angle(one.before, one.by_norm) for one in each]),
        "angle by value": np.array([angle(one.before, one.by_value) for one in each]),
        "length by value": np.array([norm(one.by_value) / one.length for one in each]),
        "length by norm": np.array([norm(one.by_norm) / one.length for one in each]),
    }
