"""What stands for "no value": words and signs, and numbers that repeat far outside the rest."""

import re

import numpy as np

from .vocabulary import MISSING, WORDS

_SIGNS = re.compile(r"[-–—?.*#~_/…]{0,9}")
FEWEST = 2  # times that a value has to occur to be proposed as a mark; a usual mark far outside the rest need not


def is_missing(entry: str) -> bool:
    """Return whether an entry says that there is no value."""
    entry = entry.strip()
    return len(entry) <= 9 and (entry.lower() in MISSING or bool(_SIGNS.fullmatch(entry)))


@np.errstate(over="ignore")
def marks(values: np.ndarray) -> tuple[float, ...]:
    """Return the numbers of a column that seem to stand for "missing".

    A value counts if it occurs twice or more and lies farther from the rest than the rest is wide, or if it
    is one of the usual marks beyond one end of the rest; if it occurs once, both.
    """
    known = values[np.isfinite(values)]
    found: list[float] = []
    while len(found) < 3 and (mark := _outlier(known)) is not None:
        found.append(mark)
        known = known[known != mark]
    return tuple(found)


def _outlier(known: np.ndarray) -> float | None:
    if known.size < 8:
        return None
    distinct, counts = np.unique(known, return_counts=True)
    for place in (0, -1):
        rest = distinct[1:] if place == 0 else distinct[:-1]
        mark, count = float(distinct[place]), int(counts[place])
        if rest.size < 3 or count > 0.9 * known.size:
            continue
        gap = abs(mark - rest[0 if place == 0 else -1])
        width = float(np.ptp(rest))
        usual = any(np.isclose(mark, each, rtol=1e-6, atol=0) for each in WORDS.marks)
        if count < FEWEST and not (usual and abs(mark) >= 999 and gap > 3.0 * width):
            continue
        if gap > (3.0 * width if not usual else 0.5 * width if mark > 0 else 0.02 * width + 1e-9) and (
            usual or _round(mark) or gap > 20 * width or mark < 0 <= rest[0]
        ):
            if usual and mark < 0 and rest[0] < 0 and gap < width:
                continue
            return mark
    return None


def _round(value: float) -> bool:
    """Whether a number is written with one digit again and again, or is a round one."""
    digits = f"{abs(value):g}".replace(".", "")
    return (len(set(digits)) == 1 and len(digits) > 1) or (abs(value) >= 100 and set(digits[1:]) == {"0"})
