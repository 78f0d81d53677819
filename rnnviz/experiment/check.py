"""One comparison of a number of the network with another way to it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike


def relative(found: ArrayLike, expected: ArrayLike, least: float = 0.0) -> float:
    """Return the largest difference over the largest entry or `least`; infinite where an entry is not finite."""
    found, expected = np.asarray(found, dtype=float), np.asarray(expected, dtype=float)
    if not (np.isfinite(found).all() and np.isfinite(expected).all()):
        return np.inf
    difference = np.abs(found - expected).max(initial=0.0)
    return float(difference / max(np.abs(found).max(), np.abs(expected).max(), least)) if difference else 0.0


@dataclass(frozen=True, eq=False)
class Check:
    """What came of one comparison.

    `what` says what is set beside what, and how much of it was looked at. `error` is the largest difference, relative
    to the largest number; NaN or infinite where numbers are not finite. `name` is the number's in code, or "". `where`
    (T, T) holds relative errors by cell [t, k]; NaN where there is no term, or none was looked at.
    """

    title: str
    what: str
    error: float
    tolerance: float
    name: str = ""
    where: np.ndarray | None = None

    @property
    def passed(self) -> bool:
        """Whether the difference is within the tolerance."""
        return bool(self.error <= self.tolerance)
