"""An equation as tokens: each carries the id of the quantity that it stands for, and its LaTeX."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from rnnviz.notation.conventions import Conventions

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
    def flipped(self) -> Self:
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


def arranged(tokens: Sequence[Token], conventions: Conventions, inside: bool = False) -> tuple[Token, ...]:
    """Return an equation as the conventions turn it: products reversed, or their weights transposed.

    Quantities that stand side by side are one product; tokens ``inside`` one are a part of it.
    """
    products: list[list[Token]] = [[*tokens]] if inside else []
    for one in () if inside else tokens:
        if products and one.q and products[-1][-1].q:
            products[-1].append(one)
        else:
            products.append([one])
    if conventions.is_column:
        return tuple(one for product in products for one in reversed(product))
    return tuple(
        one.flipped if one.q and conventions.flips(one.q) and (inside or len(product) > 1) else one
        for product in products for one in product
    )  # fmt: skip
