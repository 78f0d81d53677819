"""The loss over two numbers, from above: contours, axes and a ground where it is not finite."""

from collections.abc import Sequence

import numpy as np

from rnnviz.charts.axes import log_ticks
from rnnviz.charts.marks import Axis, Chart, Contour, Mark, Scale
from rnnviz.charts.theme import ground, sequential

FLOOR = 1e-300
"""A loss of exactly 0 has no logarithm; it is drawn as the smallest one."""
LEVELS = 17


def exponents(losses: np.ndarray) -> np.ndarray:
    """Return log10 of losses; NaN where they are not finite."""
    with np.errstate(all="ignore"):
        return np.where(np.isfinite(losses), np.log10(np.maximum(losses, FLOOR)), np.nan)


def span(losses: np.ndarray) -> tuple[float, float]:
    """Return the exponents that the colours of a map run over: at most eight decades below the largest."""
    found = exponents(losses)
    if not np.isfinite(found).any():
        return -1.0, 1.0
    low, high = float(np.nanmin(found)), float(np.nanmax(found))
    low = max(low, high - 8)
    return (low - 0.5, high + 0.5) if high - low < 1e-9 else (low, high)


def over_losses(
    x: np.ndarray,
    y: np.ndarray,
    losses: np.ndarray,
    titles: tuple[str, str],
    marks: Sequence[Mark],
    theme: str,
    height: int,
    legend: bool = True,
) -> Chart:
    """Return the losses [row of y, column of x] on a log scale with marks over them, up to the border.

    A quiet ground shows wherever a loss is not finite.
    """
    low, high = span(losses)
    scale = Scale((low, high), sequential("loss", theme), log_ticks(low, high), "L")
    levels = tuple(float(level) for level in np.linspace(low, high, LEVELS))
    across, up = (
        Axis(title, range=(values[0], values[-1]), about=8, grid=False)
        for title, values in zip(titles, (x, y), strict=True)
    )
    return Chart(
        [Contour(x, y, exponents(losses), scale, levels, ground(theme).page), *marks],
        across,
        up,
        theme,
        height,
        right=66,
        legend=legend,
        ground="" if np.isfinite(losses).all() else ground(theme).quiet,
    )
