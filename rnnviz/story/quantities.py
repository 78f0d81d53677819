"""Numbers of a quantity as data: its symbol, shape and the entries that are drawn, with every digit."""

from __future__ import annotations

import math

import numpy as np

from rnnviz.story.notation import Symbol, symbol

LONGEST_SIDE = 6
LONGEST_TIMELINE = 12
FEW = 64
"""Up to so many entries the standard library's hypot, which scales as well, is the faster one."""


def shown(length: int, longest: int = LONGEST_SIDE) -> list[int]:
    """Return the indices that are drawn of an axis; a long axis keeps both ends and loses its middle.

    Examples
    --------
    >>> shown(3), shown(20)
    ([0, 1, 2], [0, 1, 2, 3, 18, 19])
    """
    if length <= longest:
        return list(range(length))
    head = longest - 2
    return [*range(head), length - 2, length - 1]


def shown_steps(T: int) -> list[int]:
    """Return the steps that are drawn: all up to twelve, else the first five and the last five."""
    return list(range(T)) if T <= LONGEST_TIMELINE else [*range(5), *range(T - 5, T)]


def numbers(value: np.ndarray) -> dict:
    """Return shape, drawn rows and columns, and drawn entries of a scalar, vector or matrix.

    A vector becomes one row, as in the lecture's row-vector convention.
    """
    matrix = np.asarray(value, dtype=float)
    if matrix.ndim < 2:
        matrix = matrix.reshape(1, -1)
    rows, columns = shown(matrix.shape[0]), shown(matrix.shape[1])
    all_shown = (len(rows), len(columns)) == matrix.shape
    drawn = matrix if all_shown else matrix[np.ix_(rows, columns)]
    return {
        "shape": list(matrix.shape),
        "rows": rows,
        "columns": columns,
        "values": [[finite(entry) for entry in row] for row in drawn.tolist()],
        "norm": finite(frobenius(matrix)),
        "sum": finite(float(matrix.sum())),
    }


def frobenius(matrix: np.ndarray) -> float:
    """Return the Frobenius norm, scaled by the largest entry so that no square under- or overflows."""
    if matrix.size <= FEW:
        return math.hypot(*matrix.ravel().tolist())
    largest = float(np.max(np.abs(matrix), initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(matrix / largest))


def share(part: np.ndarray, total: np.ndarray) -> float | None:
    """Return the share of ``part`` in ``total``, 1 for all of it; None where the total is 0 or not finite.

    Both are scaled by the total's largest entry first, so that no square under- or overflows.
    """
    largest = float(np.abs(total).max())
    if largest == 0 or not np.isfinite(largest):
        return None
    whole = total / largest
    found = float(np.vdot(part / largest, whole) / np.vdot(whole, whole))
    return found if np.isfinite(found) else None


def finite(value: float) -> float | str:
    """Return a number that JSON can carry; what is not finite goes as its name."""
    return value if math.isfinite(value) else str(value)


def described(
    quantity: str, value: np.ndarray | None = None, written: Symbol | None = None, **more: object
) -> dict:
    """Return the record of one quantity: symbol, role, words and, when known, its numbers.

    Parameters
    ----------
    written : Symbol, optional
        In the place of the symbol that the id has by itself.
    """
    written = written or symbol(quantity)
    record = {"label": [list(piece) for piece in written.label], "role": written.role, "words": written.words}
    if value is not None:
        record |= numbers(value)
    return record | more
