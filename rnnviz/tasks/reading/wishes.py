"""What a reader may say about how a file is to be read; what is not said is proposed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

KINDS = ("number", "time", "class", "text", "left out")


@dataclass(frozen=True)
class ColumnWish:
    """What is said about one column.

    Attributes
    ----------
    kind : str
        One of `KINDS`, or "".
    decimal : {"", ".", ","}
    form : str
        Format of times.
    unit : str or None
    marks : tuple of float or None
        Numbers that stand for "missing".
    """

    kind: str = ""
    decimal: str = ""
    form: str = ""
    unit: str | None = None
    marks: tuple[float, ...] | None = None


@dataclass(frozen=True)
class Wish:
    """What is said about a file.

    Attributes
    ----------
    separator : str or None
        A key of `dialect.SEPARATORS`.
    encoding, sheet : str
    first, last : int
        Rows of the table, counted from 1; 0 stands for the first and the last there is.
    every : int
        Of how many rows one is kept; 0 for as few as needed.
    across : bool or None
        Whether times side by side are read one after another.
    group : tuple of str or None
        The columns that tell the series of a table apart; none to read all rows as one.
    member : str
        The series that is read.
    halves : bool or None
        Whether two fields of a file of commas are one number, its decimal comma between them.
    text : bool or None
        Whether the file is a text, read by the character.
    time, target : str or None
        Names of columns; "" for none.
    columns : dict of str to ColumnWish
    """

    separator: str | None = None
    encoding: str = ""
    sheet: str = ""
    first: int = 0
    last: int = 0
    every: int = 0
    across: bool | None = None
    group: tuple[str, ...] | None = None
    member: str = ""
    halves: bool | None = None
    text: bool | None = None
    time: str | None = None
    target: str | None = None
    columns: dict[str, ColumnWish] = field(default_factory=dict)

    def of(self, name: str) -> ColumnWish:
        """Return what is said about a column."""
        return self.columns.get(name, ColumnWish())

    def about(self, name: str, **changes: Any) -> Wish:
        """Return a wish that says more about a column."""
        return replace(self, columns=self.columns | {name: replace(self.of(name), **changes)})


@dataclass(frozen=True)
class Offer:
    """Another reading that is possible: a label for it and the wish that asks for it."""

    label: str
    wish: Wish
