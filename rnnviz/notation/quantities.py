"""Records of quantities as the present conventions write them, and which steps are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from rnnviz.notation.conventions import spoken
from rnnviz.notation.ids import symbol
from rnnviz.notation.line import WEIGHTS
from rnnviz.notation.record import Numbers, Record, finite, frobenius, shown
from rnnviz.notation.symbol import Symbol

__all__ = ["described", "finite", "frobenius", "numbers", "share", "shown", "shown_steps", "transposes"]

LONGEST_TIMELINE = 12


def shown_steps(T: int) -> list[int]:
    """Return the steps that are drawn: all up to twelve, else the first five and the last five."""
    return list(range(T)) if T <= LONGEST_TIMELINE else [*range(5), *range(T - 5, T)]


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


def transposes(like: str) -> bool:
    """Return whether the present conventions write transposed what has the shape of ``like``, a parameter."""
    return spoken().is_column or (spoken().flips_weights and like in WEIGHTS)


def numbers(value: np.ndarray, like: str = "") -> Numbers:
    """Return a scalar, vector or matrix as it is written; ``like`` names the parameter whose shape it has."""
    return Numbers.of(value, transposes(like))


def described(
    quantity: str,
    value: np.ndarray | None = None,
    *,
    like: str = "",
    written: Symbol | None = None,
    note: str = "",
    shape: tuple[int, ...] = (),
    share: float | None = None,
    **more: Any,
) -> Record:
    """Return the record of one quantity: symbol, role, words and, when known, its numbers.

    ``like`` names the parameter whose shape it has; ``written`` stands in the place of the id's own symbol;
    ``shape`` is that of a quantity without numbers, as the engine has it.
    """
    known = None if value is None else numbers(value, like)
    transposed_shape = shape[::-1] if len(shape) == 2 and transposes(like) else shape
    return Record(written or symbol(quantity), known, note, transposed_shape, share, more)
