"""The record of a quantity: its symbol, every entry, and which of them are drawn."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Self

import numpy as np

from rnnviz.notation.ids import Symbol

LONGEST_SIDE = 6
MOST_NUMBERED = 3
"""A side up to which a matrix may be drawn with its numbers alone; a larger one has its colours as well."""
LEVELS = 12
FEW = 64
"""Up to so many entries the standard library's hypot, which scales as well, is the faster one."""


Json = str | float | None | Sequence["Json"] | Mapping[str, "Json"]


def frozen(value: Json) -> Json:
    """Return what JSON can carry as tuples and mappings that cannot be changed."""
    if isinstance(value, dict):
        return MappingProxyType({name: frozen(each) for name, each in value.items()})
    return tuple([frozen(each) for each in value]) if isinstance(value, (list, tuple)) else value


def thawed(value: Json) -> Json:
    """Return the same as lists and dictionaries."""
    if isinstance(value, MappingProxyType):
        return {name: thawed(each) for name, each in value.items()}
    return [thawed(each) for each in value] if isinstance(value, tuple) else value


def shown(length: int, longest: int = LONGEST_SIDE) -> list[int]:
    """Return the indices that are drawn of an axis; a long axis keeps both ends and loses its middle."""
    return list(range(length)) if length <= longest else [*range(longest - 2), length - 2, length - 1]


def finite(value: float) -> float | str:
    """Return a number that JSON can carry; what is not finite goes as its name."""
    return value if math.isfinite(value) else str(value)


def frobenius(matrix: np.ndarray) -> float:
    """Return the Frobenius norm, scaled by the largest entry so that no square under- or overflows."""
    if matrix.size <= FEW:
        return math.hypot(*matrix.ravel().tolist())
    largest = float(np.max(np.abs(matrix), initial=0.0))
    if largest == 0 or not np.isfinite(largest):
        return largest
    return largest * float(np.linalg.norm(matrix / largest))


def letters(values: np.ndarray, limit: float) -> str:
    """Return a letter an entry, row by row: ``m`` for 0, up to ``y`` at ``limit``, down to ``a`` at minus it.

    Only an exact 0 is ``m``; what is not finite is ``?``.
    """
    size = np.clip(np.abs(values) / limit, 0, 1) if limit > 0 else np.abs(values) > 0
    steps = ord("m") + np.sign(values) * np.ceil(LEVELS * size)
    return np.where(np.isfinite(values), steps, ord("?")).astype(np.uint8).tobytes().decode()


def nested(matrix: np.ndarray) -> list[list[float | str]]:
    """Return a matrix as lists that JSON can carry."""
    return [[finite(entry) for entry in row] for row in matrix.tolist()]


@dataclass(frozen=True, eq=False, slots=True)
class Numbers:
    """A scalar, vector or matrix as it is drawn; a vector is one row.

    `rows` and `columns` of the matrix, as the engine has it, are drawn: a long axis is without its middle. It
    is written transposed where `transposed` says so.
    """

    matrix: np.ndarray
    rows: tuple[int, ...]
    columns: tuple[int, ...]
    transposed: bool = False

    @classmethod
    def of(cls, value: np.ndarray, transposed: bool = False) -> Self:
        """Return the numbers of a scalar, vector or matrix."""
        matrix = np.asarray(value, dtype=float)
        matrix = matrix if matrix.ndim == 2 else matrix.reshape(1, -1)
        rows, columns = matrix.shape
        return cls(matrix, tuple(shown(rows)), tuple(shown(columns)), transposed)

    @property
    def written(self) -> np.ndarray:
        """Every entry, as rows and columns are written."""
        return self.matrix.T if self.transposed else self.matrix

    @property
    def visible(self) -> np.ndarray:
        """The entries that are drawn, as they are written."""
        whole = (len(self.rows), len(self.columns)) == self.matrix.shape
        found = self.matrix if whole else self.matrix[np.ix_(self.rows, self.columns)]
        return found.T if self.transposed else found

    def drawn(self) -> dict:
        """Return shape, drawn rows and columns, and drawn entries, as the stage reads them."""
        rows, columns = (self.columns, self.rows) if self.transposed else (self.rows, self.columns)
        found = {
            "shape": list(self.written.shape),
            "rows": [*rows],
            "columns": [*columns],
            "values": nested(self.visible),
            "norm": finite(frobenius(self.matrix)),
            "sum": finite(float(self.matrix.sum())),
        }
        return found | ({"field": self.field()} if max(self.matrix.shape) > MOST_NUMBERED else {})

    def field(self) -> str:
        """Return the colour of every entry, as it is written, as `letters` of a scale to the largest of them."""
        finite_ones = np.abs(self.matrix[np.isfinite(self.matrix)])
        return letters(self.written, float(finite_ones.max(initial=0.0)))


REMEMBERED = ("values", "norm", "sum", "share", "best", "field", "strip", "text", "part", "said")
"""What of a record changes with an edit; symbol, shape and words stay."""


@dataclass(frozen=True, eq=False, slots=True)
class Record:
    """One quantity: how it is written and called, and its numbers when they are known.

    Without numbers it has a shape, and a note that says why. `share` is how much of the gradient it is,
    `more` what else the stage reads of it.
    """

    symbol: Symbol
    numbers: Numbers | None = None
    note: str = ""
    shape: tuple[int, ...] = ()
    share: float | None = None
    more: Mapping[str, Json] = field(default_factory=lambda: MappingProxyType({}))

    def drawn(self, before: Self | None = None) -> dict:
        """Return what the stage reads; with the numbers of ``before`` an edit, where they differ."""
        found: dict[str, Any] = {
            "label": [list(piece) for piece in self.symbol.label],
            "role": self.symbol.role,
            "words": self.symbol.words,
        }
        found |= self.numbers.drawn() if self.numbers else {}
        found |= {} if self.share is None else {"share": finite(self.share)}
        found |= {"note": self.note} if self.note else {}
        found |= {name: thawed(each) for name, each in self.more.items()}
        if before is None:
            return found
        old = before.drawn()
        was = {key: old.get(key) for key in REMEMBERED if key in found}
        changed = None not in was.values() and any(was[key] != found[key] for key in was)
        return found | ({"was": was} if changed else {})

    def exported(self) -> dict:
        """Return symbol, shape and every entry, in full precision."""
        known = None if self.numbers is None else self.numbers.written
        found: dict[str, Any] = {
            "symbol": self.symbol.latex,
            "shape": list(self.shape if known is None else known.shape),
            "values": None if known is None else nested(known),
        }
        return found | ({"note": self.note} if self.note or known is None else {})
