"""An equation as tokens: each carries the id of the quantity that it stands for, and its LaTeX."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rnnviz.notation.conventions import WEIGHTS, Conventions

_TRANSPOSED = r"^{\top}"


class Token(NamedTuple):
    """One piece of an equation: of a quantity, or with q None an operator, a bracket, a function.

    One in the middle of a long chain can `fold`; where an equation `ends`, the next may begin a new line.
    """

    q: str | None
    role: str
    latex: str
    fold: bool = False
    ends: bool = False

    @property
    def flipped(self) -> Token:
        """The token with its transpose sign added, or taken away."""
        bare = self.latex.removesuffix(_TRANSPOSED)
        return self._replace(latex=bare if bare != self.latex else f"{{{self.latex}}}{_TRANSPOSED}")

    def drawn(self, places: dict[str, int]) -> dict[str, Any]:
        """Return what the stage reads; ``places`` maps LaTeX to its place in a list of MathML, and grows."""
        found: dict[str, Any] = {"q": self.q, "role": self.role, "math": places.setdefault(self.latex, len(places))}
        if self.fold:
            found["fold"] = True
        if self.ends:
            found["ends"] = True
        return found


def arranged(tokens: Sequence[Token], conventions: Conventions) -> tuple[Token, ...]:
    """Return an equation as the conventions turn it: products reversed, or their weights transposed.

    Quantities that stand side by side are one product.
    """
    if conventions.is_column:
        return tuple(one for product in _products(tokens) for one in reversed(product))
    if conventions.flips_weights:
        return tuple(_flipped(one, len(product) > 1) for product in _products(tokens) for one in product)
    return tuple(tokens)


def replaced(tokens: Sequence[Token], conventions: Conventions) -> tuple[Token, ...]:
    """Return tokens that stand inside a product, as the conventions turn them."""
    if conventions.is_column:
        return tuple(reversed(tokens))
    return tuple(_flipped(one, True) for one in tokens) if conventions.flips_weights else tuple(tokens)


def _flipped(one: Token, inside: bool) -> Token:
    return one.flipped if inside and one.q in WEIGHTS else one


def _products(tokens: Sequence[Token]) -> list[list[Token]]:
    found: list[list[Token]] = []
    for one in tokens:
        if found and one.q and found[-1][-1].q:
            found[-1].append(one)
        else:
            found.append([one])
    return found
