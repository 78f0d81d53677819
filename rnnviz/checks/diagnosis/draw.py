"""A reader's gradient, the right one and their difference as maps, entry by entry."""

import numpy as np

from rnnviz.charts import grids
from rnnviz.charts.grids import Picture
from rnnviz.charts.limits import reach
from rnnviz.checks.diagnosis.differences import Beside

TITLES = ("yours", "right", "yours − right")
_AXES = {"W1": ("unit", "input"), "Wh1": ("unit", "unit before"), "W2": ("output", "unit"), "b1": ("unit", "")}
_AXES["b2"] = ("output", "")


def maps(found: Beside, theme: str) -> dict[str, Picture]:
    """Draw the three maps by their titles; the first two share a scale, the difference has its own."""
    x, y = _AXES[found.name]
    given, right = np.atleast_2d(found.given), np.atleast_2d(found.right)
    common = reach(np.concatenate([given, right]))
    limits = (common, common, None)
    return {
        title: grids.signed(values, theme, x, y, limit)
        for title, values, limit in zip(TITLES, (given, right, given - right), limits, strict=True)
    }
