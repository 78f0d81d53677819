"""One comparison of a number of the network with another way to it."""

from dataclasses import dataclass

import numpy as np


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
