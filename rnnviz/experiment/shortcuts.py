"""What truncation leaves out of the gradient, and what clipping does to it."""

from __future__ import annotations

from dataclasses import dataclass, field

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
        "window" and "chunk", one for each τ; all parameters together, or one alone (see `only`).
    alone : dict of dict of list of Likeness
        The same for the gradient of one parameter, by its name.
    """

    lengths: np.ndarray
    likeness: dict[str, list[Likeness]]
    alone: dict[str, dict[str, list[Likeness]]] = field(default_factory=dict)

    def at(self, kind: str, length: int) -> Likeness:
        """Return the likeness at one of the `lengths`."""
        return self.likeness[kind][int(np.flatnonzero(self.lengths == length)[0])]

    def only(self, parameter: str) -> Truncations:
        """Return the comparison for the gradient of one parameter."""
        return Truncations(self.lengths, self.alone[parameter])


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
    full = experiment.backward.gradients
    kept = {"window": _windows(experiment, lengths), "chunk": [_chunk(experiment, each) for each in lengths]}
    likeness = {kind: [likeness_of(flat(each), flat(full)) for each in kept[kind]] for kind in KINDS}
    alone = {
        name: {
            kind: [likeness_of(getattr(each, name), getattr(full, name)) for each in kept[kind]]
            for kind in KINDS
        }
        for name in full._fields
    }
    return Truncations(lengths, likeness, alone)


def _windows(experiment: Experiment, lengths: np.ndarray) -> list[Parameters]:
    """The gradients of the windows: the sums over all lags below each length."""
    parts = lag_gradients(*_problem(experiment))
    with np.errstate(all="ignore"):
        sums = parts._make(each.cumsum(axis=0) for each in parts)
    return [sums._make(each[length - 1] for each in sums) for length in lengths]


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


@np.errstate(all="ignore")
def likeness_of(kept: np.ndarray, full: np.ndarray) -> Likeness:
    """Compare two gradients; NaN where the full one is 0 or not finite."""
    kept, full = kept.ravel(), full.ravel()
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
        return _length(self.before)

    @property
    def lengths(self) -> tuple[float, float]:
        """‖gradient‖ clipped by norm, and by value."""
        return _length(self.by_norm), _length(self.by_value)


@np.errstate(all="ignore")
def _length(vector: np.ndarray) -> float:
    """The norm; the square of a long gradient may overflow where the norm does not."""
    return norm(vector)


@np.errstate(all="ignore")
def clipping(experiment: Experiment, part_of_norm: float, part_of_largest: float) -> Clipping | None:
    """Clip the full gradient by norm and by value, each to a part of what it is now.

    Returns
    -------
    Clipping, or None where the length of the gradient is 0 or not finite

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
    length = norm(before)
    if not 0 < length < np.inf:
        return None
    limit_norm, limit_value = part_of_norm * length, part_of_largest * float(abs(before).max())
    by_norm, _ = clip(gradients, limit_norm, None)
    by_value, _ = clip(gradients, None, limit_value)
    return Clipping(before, flat(by_norm), flat(by_value), limit_norm, limit_value)


@np.errstate(all="ignore")
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
        "length by value": np.array([one.lengths[1] / one.length for one in each]),
        "length by norm": np.array([one.lengths[0] / one.length for one in each]),
    }


@dataclass(frozen=True)
class Trained:
    """What clipping does to the gradient that the experiment itself trains with, at the start values.

    Attributes
    ----------
    before, after : float
        Its length, with truncation, before and after both limits.
    turned : float
        The angle between the two in degrees.
    """

    before: float
    after: float
    turned: float


@np.errstate(all="ignore")
def as_trained(experiment: Experiment) -> Trained | None:
    """Clip the gradient as training does; None where its length is 0 or not finite."""
    config, problem = experiment.config, _problem(experiment)
    taken = backward(*problem, truncation=config.truncation, truncation_kind=config.truncation_kind).gradients
    before = flat(taken)
    if not 0 < norm(before) < np.inf:
        return None
    after = flat(clip(taken, config.clip_norm, config.clip_value)[0])
    return Trained(norm(before), norm(after), angle(before, after))
