"""Where an axis or a colour scale begins and ends, whatever the numbers are: always limits that can be drawn.

Near the ends of the float range the difference of two numbers overflows, a part of it underflows and a power
of ten is no float; an axis made of those is blank. A number beyond its axis is cut by the edge of the chart;
its value stays readable under the pointer and in the table.
"""

import math

import numpy as np

from rnnviz.notation.numbers import round_step

LARGEST, SMALLEST = 8e307, 1e-300
"""The span from −``LARGEST`` to ``LARGEST`` is still a float; one below ``SMALLEST`` has no parts."""
END = 1.79e308
"""The last place of an axis that is worked out in halves, as those of charts are."""
LOWEST, HIGHEST = -323.5, 308.3
"""The exponents of ten between which all positive floats lie, with a little room."""
_SAME = 1e-12
"""Numbers that differ by less than this part of their size are drawn as one level."""


def reach(values: np.ndarray, most: float = LARGEST) -> float:
    """Return the limit of a scale that is symmetric around zero; 1 where there is nothing but zeros and gaps.

    No limit is above ``most``.
    """
    found = np.abs(values)[np.isfinite(values)]
    largest = float(found.max(initial=0.0))
    return min(max(largest, SMALLEST), most) if largest else 1.0


def level(low: float, high: float) -> bool:
    """Return whether two ends lie too close together for an axis between them."""
    size = max(abs(low), abs(high))
    return high / 2 - low / 2 <= max(_SAME * size, SMALLEST) / 2


def widened(low: float, high: float, room: float) -> tuple[float, float]:
    """Return the ends of a linear axis with ``room``, a part of the span, on each side.

    The difference of both may be too large for a float, that of their halves is not.
    """
    more = max(0.5, 0.05 * abs(high)) if level(low, high) else room * high - room * low
    return max(low - more, -END), min(high + more, END)


def powers(low: float, high: float) -> tuple[float, float]:
    """Return the ends of a log axis, as exponents of ten, of which each is some float's and low < high."""
    low, high = (min(max(end, LOWEST), HIGHEST) for end in (low, high))
    return (low, high) if high - low > 1e-9 else (max(low - 0.5, LOWEST), min(low + 0.5, HIGHEST))


def round_between(low: float, high: float) -> list[float]:
    """Return some round numbers between 10^``low`` and 10^``high``, less than two decades apart.

    None where the ends are no floats with parts of their own.
    """
    if not -290 < low < high < 300:
        return []
    powers_of_ten = range(math.floor(low), math.ceil(high) + 1)
    found = [float(f"{factor}e{power}") for power in powers_of_ten for factor in (1, 2, 5)]
    found = [value for value in found if low <= math.log10(value) <= high]
    if len(found) > 1:
        return found
    ends = 10.0**low, 10.0**high
    step = round_step((ends[1] - ends[0]) / 5)
    whole = range(math.ceil(ends[0] / step), math.floor(ends[1] / step) + 1)
    return [float(f"{n * step:.12g}") for n in whole]


def decimal(exponent: float, digits: int = 2) -> str:
    """Return 10 to the power of ``exponent`` as it is printed, also where it is no float."""
    if abs(exponent) < 300:
        return f"{10.0**exponent:.{digits}g}"
    whole = math.floor(exponent)
    return f"{10.0 ** (exponent - whole):.{digits}g}e{whole:+d}"
