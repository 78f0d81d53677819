"""Reading what a reader brings: bytes or typed text in, a proposal out, in memory only.

`proposal.propose` says what a file seems to mean and how else it could be read; nothing is learned that it
does not show. What a reader says goes into a `Wish`, and the file is read again.
"""

from dataclasses import dataclass, field, replace
from typing import Any, Self

MEGABYTES = 50  # of the largest file that is read; ``server.maxUploadSize`` in ``.streamlit/config.toml`` says the same
MOST_BYTES = MEGABYTES * 2**20
MOST_ROWS, MOST_COLUMNS, FEWEST_ROWS = 100_000, 64, 8
MOST_LABELS = 16  # columns before times that stand side by side
MOST_CELLS = 1_500_000  # held at once: of a larger table every n-th row is kept while it is read
KINDS = ("number", "time", "class", "text", "left out")


class DataError(ValueError):
    """Data that cannot be used as they are; the message is one sentence for the reader."""


def short(entry: str, most: int = 24) -> str:
    """Return an entry in quotation marks, cut where it is long."""
    entry = " ".join(entry.split())
    return f"“{entry[:most]}…”" if len(entry) > most else f"“{entry}”"


@dataclass(frozen=True)
class ColumnWish:
    """What is said about one column."""

    kind: str = ""  # one of `KINDS`
    decimal: str = ""  # "." or ","
    form: str = ""  # format of times
    unit: str | None = None
    marks: tuple[float, ...] | None = None  # numbers that stand for "missing"


@dataclass(frozen=True)
class Wish:
    """What is said about a file; what is not said is proposed."""

    separator: str | None = None  # a key of `dialect.SEPARATORS`
    encoding: str = ""
    sheet: str = ""
    first: int = 0  # rows of the table, counted from 1; 0 for the first and the last there is
    last: int = 0
    every: int = 0  # of how many rows one is kept; 0 for as few as needed
    across: bool | None = None  # whether times side by side are read one after another
    group: tuple[str, ...] | None = None  # the columns that tell series apart; none to read all rows as one
    member: str = ""  # the series that is read
    halves: bool | None = None  # whether two fields of a file of commas are one number, its comma between them
    text: bool | None = None  # whether the file is a text, read by the character
    time: str | None = None  # names of columns; "" for none
    target: str | None = None
    columns: dict[str, ColumnWish] = field(default_factory=dict)

    def of(self, name: str) -> ColumnWish:
        """Return what is said about a column."""
        return self.columns.get(name, ColumnWish())

    def about(self, name: str, **changes: Any) -> Self:
        """Return a wish that says more about a column."""
        return replace(self, columns=self.columns | {name: replace(self.of(name), **changes)})


@dataclass(frozen=True)
class Offer:
    """Another reading that is possible: a label for it and the wish that asks for it."""

    label: str
    wish: Wish
