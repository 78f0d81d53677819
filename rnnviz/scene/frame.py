"""One act of a training step: what is lit, what becomes known, the equation, the strip and the sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rnnviz.notation.line import Token
from rnnviz.notation.record import Record
from rnnviz.scene.strip import Item, products


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame.

    Attributes
    ----------
    phase : int
        From 1, as the lecture's steps are counted.
    sentence : list
        Plain text, and ``{"q": id}`` where a quantity is named.
    lit, new : list of str
        Ids of what is lit, and of what becomes known.
    equation : tuple of Token
    strip : tuple of Item
    line : int or None
        Of the loop's code, which runs here.
    code : str or None
        Lines of NumPy that compute what the frame shows.
    running : mapping or None
        The running product of a term.
    """

    id: str
    phase: int
    sentence: list
    lit: list[str]
    new: list[str]
    equation: tuple[Token, ...] = ()
    strip: tuple[Item, ...] = ()
    line: int | None = None
    code: str | None = None
    running: Mapping | None = None

    def drawn(self, places: dict[str, int], column: bool) -> dict:
        """Return what the stage reads; ``places`` grows by the LaTeX of the equation."""
        found = {
            "id": self.id, "phase": self.phase, "sentence": self.sentence, "lit": self.lit, "new": self.new,
            "equation": [one.drawn(places) for one in self.equation],
            "matrices": [one.drawn(column) for one in self.strip],
        }  # fmt: skip
        more = {"line": self.line, "code": self.code, "running": self.running}
        return found | {name: each for name, each in more.items() if each is not None}

    def exported(self, records: Mapping[str, Record], phases: Sequence[str], column: bool) -> dict:
        """Return it in the form of an exported scene; ``records`` tell how quantities are called."""
        return {
            "id": self.id,
            "phase": phases[self.phase - 1],
            "sentence": "".join(_plain(piece, records) for piece in self.sentence),
            "equation": " ".join(one.latex for one in self.equation),
            "lit": self.lit,
            "products": [[one.exported() for one in each] for each in products(self.strip, column)],
        }


def _plain(piece: str | dict, records: Mapping[str, Record]) -> str:
    return piece if isinstance(piece, str) else records[piece["q"]].symbol.text


def first_known(frames: Sequence[Frame], offset: int) -> dict[str, int]:
    """Return the index of the frame at which each id becomes known; ``offset`` frames go before."""
    found: dict[str, int] = {}
    for place, one in enumerate(frames):
        for quantity in one.new:
            found.setdefault(quantity, place + offset)
    return found
