"""Records of quantities, written in conventions, and which steps are drawn."""

import numpy as np

from rnnviz.notation.conventions import Conventions
from rnnviz.notation.equations import token
from rnnviz.notation.ids import Symbol, named, symbol
from rnnviz.notation.line import Token
from rnnviz.notation.record import Numbers, Record, finite, frobenius, shown

__all__ = ["Writer", "finite", "frobenius", "share", "shown", "shown_steps"]

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


class Writer:
    """What writes quantities in ``conventions`` that it has."""

    conventions: Conventions

    def symbol(self, quantity: str) -> Symbol:
        """Return how the quantity with this id is written."""
        return symbol(quantity, self.conventions)

    def named(self, quantity: str) -> str:
        """Return a quantity's symbol as one line of plain text."""
        return named(quantity, self.conventions)

    def token(self, quantity: str, latex: str | None = None) -> Token:
        """Return the token of one quantity in an equation."""
        return token(quantity, latex, self.conventions)

    def step_number(self, t: int) -> str:
        """Return the number of step ``t``."""
        return self.conventions.step(t)

    def numbers(self, value: np.ndarray, like: str = "") -> Numbers:
        """Return a scalar, vector or matrix as it is written; ``like`` names the parameter whose shape it has."""
        return Numbers.of(value, self.conventions.transposes(like))

    def described(
        self,
        quantity: str,
        value: np.ndarray | None = None,
        *,
        like: str = "",
        written: Symbol | None = None,
        note: str = "",
        shape: tuple[int, ...] = (),
        share: float | None = None,
    ) -> Record:
        """Return the record of one quantity: symbol, role, words and, when known, its numbers.

        ``like`` names the parameter whose shape it has; ``written`` stands in the place of the id's own symbol;
        ``shape`` is that of a quantity without numbers, as the engine has it.
        """
        known = None if value is None else self.numbers(value, like)
        transposed = shape[::-1] if len(shape) == 2 and self.conventions.transposes(like) else shape
        return Record(written or self.symbol(quantity), known, note, transposed, share)
