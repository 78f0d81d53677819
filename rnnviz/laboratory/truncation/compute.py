"""What truncation leaves out of the gradient, and what clipping does to it."""

from dataclasses import dataclass, field
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from rnnviz.engine import TRUNCATIONS, keeps, truncated_gradients
from rnnviz.engine.reductions import norm, scaled_norms
from rnnviz.engine.training import clip
from rnnviz.experiment.clipping import angle, angles, flat
from rnnviz.experiment.core import Experiment, truncated

Number = TypeVar("Number", float, np.ndarray)
KINDS = TRUNCATIONS
MOST_LENGTHS = 40
"""Longer sequences are cut at this many lengths τ, evenly spaced on a log scale."""


class Likeness(NamedTuple, Generic[Number]):
    """How like the full gradient another one is, or how like it S others are, as (S,) arrays."""

    share: Number  # ⟨kept, full⟩ / ‖full‖²: the part of the full gradient that is kept along its own direction
    cosine: Number  # of the angle between the two; NaN where one of them is 0
    error: Number  # ‖kept − full‖ / ‖full‖


@dataclass(frozen=True, eq=False)
class Truncations:
    """Both kinds of truncation against the full gradient, at each of S lengths τ up to T.

    All parameters together, or one alone (see `only`); ``alone`` holds each parameter's by its name.
    """

    lengths: np.ndarray
    likeness: dict[str, Likeness[np.ndarray]]
    alone: dict[str, dict[str, Likeness[np.ndarray]]] = field(default_factory=dict)

    def at(self, kind: str, length: int) -> Likeness[float]:
        """Return the likeness at one of the `lengths`."""
        place = np.flatnonzero(self.lengths == length)[0]
        return Likeness(*(float(values[place]) for values in self.likeness[kind]))

    def only(self, parameter: str) -> "Truncations":
        """Return the comparison for the gradient of one parameter."""
        return Truncations(self.lengths, self.alone[parameter])


def mask(steps: int, length: int, kind: str, first_loss: int = 0) -> np.ndarray:
    """(T, T) bool: the terms (t, k) that a truncation to τ = `length` keeps, of those that exist.

    Rows before `first_loss` have no loss and no terms.
    """
    t, k = np.ogrid[:steps, :steps]
    return keeps(t, k, length, kind) & (t >= first_loss)


def truncations(experiment: Experiment, extra: int | None = None) -> Truncations:
    """Compare both kinds of truncation with the full gradient at many lengths, ``extra`` among them."""
    lengths = compared_lengths(experiment.config.steps, extra)
    full, cut = experiment.backward.gradients, truncated_gradients(*experiment.problem, lengths.tolist())
    stacks = {name: np.concatenate([getattr(cut[kind], name) for kind in KINDS]) for name in full._fields}
    both = {name: stack.reshape(len(stack), -1) for name, stack in stacks.items()}
    alone = {name: _by_kind(both[name], getattr(full, name).ravel()) for name in full._fields}
    return Truncations(lengths, _by_kind(np.concatenate([*both.values()], axis=1), flat(full)), alone)


def _by_kind(cut: np.ndarray, full: np.ndarray) -> dict[str, Likeness[np.ndarray]]:
    """Compare the rows of both kinds, windows above blocks, with the full gradient."""
    halves = np.split(_likenesses(cut, full), 2, axis=1)
    return {kind: Likeness(*half) for kind, half in zip(KINDS, halves, strict=True)}


def compared_lengths(T: int, extra: int | None = None) -> np.ndarray:
    """The lengths τ at which truncations of a sequence of T steps are compared, ``extra`` among them."""
    chosen = np.arange(1, T + 1) if T <= MOST_LENGTHS else np.geomspace(1, T, MOST_LENGTHS).round()
    return np.unique([*chosen.astype(int), T, *([extra] if extra else [])])


@np.errstate(all="ignore")
def _likenesses(cut: np.ndarray, full: np.ndarray) -> np.ndarray:
    """(3, rows) array: share, cosine and error of each row beside the full gradient."""
    length, others = norm(full), scaled_norms(cut)
    along = cut / length @ (full / length)
    cosines = np.where(others > 0, np.clip(along * length / others, -1, 1), np.nan)
    found = np.array([along, cosines, scaled_norms(cut - full) / length])
    found[:, ~(np.isfinite(others) & (0 < length < np.inf))] = np.nan
    return found


@np.errstate(all="ignore")
def clip_curve(experiment: Experiment, points: int = 41) -> dict[str, np.ndarray] | None:
    """What each kind of clipping does over its limit, as a part of the norm or of the largest entry: (points,) arrays.

    Angles are in degrees, lengths parts of the length before. None where the gradient is 0 or not finite.
    """
    before = flat(experiment.backward.gradients)
    length, largest = norm(before), float(abs(before).max())
    if not 0 < length < np.inf:
        return None
    parts = np.geomspace(0.01, 1.25, points)
    limits = (parts * largest)[:, None]
    by_norm = np.minimum(parts, 1)[:, None] * before
    by_value = np.clip(before, -limits, limits)
    return {
        "part": parts,
        "angle by norm": angles(before, by_norm),
        "angle by value": angles(before, by_value),
        "length by value": scaled_norms(by_value) / length,
        "length by norm": scaled_norms(by_norm) / length,
    }


class Trained(NamedTuple):
    """The length of the gradient that the experiment trains with, truncated, before and after both limits.

    At the start values; with the angle between the two in degrees.
    """

    before: float
    after: float
    turned: float


@np.errstate(all="ignore")
def as_trained(experiment: Experiment) -> Trained | None:
    """Clip the gradient as training does; None where its length is 0 or not finite."""
    taken, config = truncated(experiment).gradients, experiment.config
    before = flat(taken)
    if not 0 < norm(before) < np.inf:
        return None
    after = flat(clip(taken, config.clip_norm, config.clip_value)[0])
    return Trained(norm(before), norm(after), angle(before, after))
