"""How one quantity is written and called."""

from __future__ import annotations

from dataclasses import dataclass

LOW = str.maketrans("0123456789hxaeijklmnoprstuv−-", "₀₁₂₃₄₅₆₇₈₉ₕₓₐₑᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥ₋₋")
"""What there is of subscripts; not every letter has one."""


@dataclass(frozen=True, slots=True)
class Symbol:
    """How one quantity is written and called.

    The label has pieces of text with their place, ``""``, ``"sub"`` or ``"sup"``; the role is ``forward``,
    ``loss``, ``output``, ``chain``, ``parameter`` or ``ink``.
    """

    latex: str
    label: tuple[tuple[str, str], ...]
    role: str
    words: str

    @property
    def text(self) -> str:
        """The label as one line of plain text."""
        return plain(self.label)


def plain(label: tuple[tuple[str, str], ...]) -> str:
    """Return a label as one line of text, with its subscripts as such; where there are none, behind a _."""
    return "".join(lowered(text) if place == "sub" else text for text, place in label)


def lowered(text: str) -> str:
    """Return a text as a subscript."""
    low = text.translate(LOW)
    return f"_{text}" if any(one in low for one in text if one.isalpha()) else low
