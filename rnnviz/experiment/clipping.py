"""What clipping does to a gradient: its length, its direction, its entries."""

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.engine.reductions import norm, scaled_norms
from rnnviz.engine.training import clip
from rnnviz.experiment.core import Experiment


def flat(gradients: Parameters) -> np.ndarray:
    """All entries of all parameters in one vector."""
    return np.concatenate([each.ravel() for each in gradients])


@dataclass(frozen=True, eq=False)
class Clipping:
    """A gradient before and after each kind of clipping; all parameters together in one vector."""

    before: np.ndarray
    by_norm: np.ndarray
    by_value: np.ndarray
    limit_norm: float
    limit_value: float

    @property
    def cut(self) -> float:
        """The share of all entries that clipping by value changes."""
        return float((self.by_value != self.before).mean())

    @property
    @np.errstate(all="ignore")
    def length(self) -> float:
        """‖gradient‖ before clipping."""
        return norm(self.before)

    @property
    @np.errstate(all="ignore")
    def lengths(self) -> tuple[float, float]:
        """‖gradient‖ clipped by norm, and by value."""
        return norm(self.by_norm), norm(self.by_value)


@np.errstate(all="ignore")
def clipping(experiment: Experiment, part_of_norm: float, part_of_largest: float) -> Clipping | None:
    """Clip the full gradient by norm and by value, each to a part of what it is now, above 0.

    None where the length of the gradient is 0 or not finite.
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
def angles(first: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The angle between a vector and each row, in degrees, exact also where it is small (Kahan 2006)."""
    u, v = first / norm(first), rows / scaled_norms(rows)[:, None]
    return np.degrees(2 * np.arctan2(scaled_norms(u - v), scaled_norms(u + v)))


def angle(first: np.ndarray, second: np.ndarray) -> float:
    """The angle between two vectors."""
    return float(angles(first, second[None])[0])
