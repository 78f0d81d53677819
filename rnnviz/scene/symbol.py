"""How one quantity is written and called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Symbol:
    """How one quantity is written and called.

    Attributes
    ----------
    latex : str
        For equations.
    label : tuple of (str, str)
        Pieces of text with their place: ``""``, ``"sub"`` or ``"sup"``.
    role : str
        ``forward``, ``loss``, ``output``, ``chain``, ``parameter`` or ``ink``.
    words : str
        A name in plain words.
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
    """Return a label as one line of text, with subscripts set apart by an underscore for a screen reader."""
    return "".join(f"_{text}" if place == "sub" else text for text, place in label)
