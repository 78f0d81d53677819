"""Rows as they come: put one after another where times stand side by side, chosen, thinned, kept."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from rnnviz.notation.counts import counted, ordinal

from . import FEWEST_ROWS, MOST_CELLS, MOST_COLUMNS, MOST_ROWS, DataError, Offer, Wish
from .across import Across
from .layout import Layout
from .vocabulary import WORDS

_MOST_FOOTERS, _BEGUN = 4, 400
_FOOTER = re.compile(rf"(?i)({'|'.join(WORDS.footers)})s?[ .:]*( [\d.,' ]+)?")


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of text as they stand in a file."""

    names: tuple[str, ...]
    units: tuple[str, ...]  # one a column, or ""
    columns: list[list[str]]
    lines: np.ndarray  # (R,) int: the line of the file in which each row stands, counted from 1
    total: int  # rows in the file, before any were passed over to keep every n-th
    every: int = 1
    separator: str = ","  # a key of `dialect.SEPARATORS`; "sheet" for a spreadsheet
    ragged: float = 0.0  # the share of rows that did not fit
    sheets: tuple[str, ...] = ()
    encoding: str = ""
    begun: list[list[str]] = field(default_factory=list)  # the first rows, where every n-th was kept
    members: dict[str, int] = field(default_factory=dict)  # series and their rows, where one of them was read
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()


def cut(row: list[str], width: int) -> list[str]:
    """A row without the empty fields that stand beyond the table."""
    while len(row) > width and not row[-1]:
        row = row[:-1]
    return row


def member_of(row: Sequence[str], places: Sequence[int]) -> str:
    """Return the name of the series that a row belongs to, from the columns that tell."""
    return " · ".join(filter(None, (row[place] for place in places))) or "(empty)"


class Keeper:
    """Rows as they come: those asked for are counted; of more than can be held every n-th is kept."""

    def __init__(self, layout: Layout, width: int, wish: Wish, header: list[list[str]], across: Across | None) -> None:
        self.layout, self.width, self.wish, self.header = layout, width, wish, header
        self.across, self.beside = None if wish.across is False else across, across
        self.first, self.last = max(wish.first, 1), wish.last or 2**62
        self.every = max(wish.every, 1)
        self.rows, self.begun = list[tuple[str, ...]](), list[tuple[str, ...]]()
        self.lines: list[int] = []
        self.total = self.bad = 0
        self.first_bad: tuple[int, int] | None = None
        self.members: Counter[str] = Counter()
        given = layout.names or ("",) * width
        if self.across:  # the corner of a table names its times; the column below it names the series
            own = (self.across.kind, "value")
            labels = range(self.across.first)
            given = (*("series" if n in labels and name.lower() in own else name for n, name in enumerate(given)),)
        names, self.doubled = _distinct(given)
        self.names = self.across.names(names) if self.across else names
        self.most = max(1, min(MOST_ROWS, MOST_CELLS // min(len(self.names), MOST_COLUMNS)))
        self.key = [names.index(name) for name in wish.group or () if name in names]
        self.plain = not self.key and self.across is None

    def take(self, number: int, row: list[str]) -> None:
        """Count a row of the file, and keep what is asked for of it."""
        parts = len(self.across.times) if self.across else 1
        if self.plain and (self.total + 1 - self.first) % self.every and len(row) == self.width and row[0]:
            self.total += 1  # most rows of a long file
            return
        row = cut([field.strip() for field in row], self.width)
        if not any(row) or row in self.header:
            return
        if len(row) != self.width:
            self.bad += 1
            self.first_bad = self.first_bad or (number, len(row))
            return
        if self.key:
            member = member_of(row, self.key)
            self.members[member] += parts
            if member != self.wish.member:
                return
        passed = self.total + 1 - self.first
        start = -passed if passed < 0 else -passed % self.every
        wanted = range(start, min(parts, self.last - self.total), self.every)
        self.total += parts
        kept = self.across.entries(row, wanted) if self.across else [tuple(row[:MOST_COLUMNS])] * len(wanted)
        self.rows += kept
        self.lines += [number] * len(wanted)
        while len(self.rows) > self.most:
            self.begun = self.begun or self.rows[:_BEGUN]
            del self.rows[1::2], self.lines[1::2]
            self.every *= 2

    def _without_footer(self) -> list[str]:
        """Leave out rows at the end that sum up the others, and say so."""
        gone: list[str] = []
        while len(self.rows) > FEWEST_ROWS and len(gone) < _MOST_FOOTERS:
            label = next(filter(None, self.rows[-1]), "")
            if not _FOOTER.fullmatch(label) or any(label in row for row in self.rows[:-1]):
                break
            gone.insert(0, label)
            del self.rows[-1], self.lines[-1]
            self.total -= 1
        labels = " and ".join(f"“{label[:20]}”" for label in gone)
        what = "The last row sums" if len(gone) == 1 else f"The last {len(gone)} rows sum"
        return [f"{what} up the others, {labels}: left out."] if gone else []

    def table(self, titles: Sequence[str], separator: str) -> Table:
        """Return the rows that were kept, as columns."""
        if not self.rows:
            raise DataError("The file holds no row of data below its header.")
        notes = [*self._notes(titles), *([] if self.across else self._without_footer())]
        columns, begun = ([list(column) for column in zip(*rows, strict=True)] for rows in (self.rows, self.begun))
        named = self.layout.names or ("",) * self.width
        used = [place for place, column in enumerate(columns) if self.across or named[place] or any(column)]
        units, offers = self.layout.units or ("",) * self.width, list[Offer]()
        if self.across is not None:
            units = (*(units[place] for place in self.across.labels), "", units[self.across.first])
        if self.beside is not None:
            label = f"Keep the {self.beside.kind}s as columns"
            label = f"Read the {self.beside.kind}s one after another" if self.across is None else label
            wish = replace(self.wish, across=None if self.across is None else False, group=None, member="")
            offers.append(Offer(label, wish))
        if self.doubled:
            notes.append("Columns of one name were numbered.")
        return Table(
            names=tuple(self.names[place] for place in used),
            units=tuple(units[place] for place in used),
            columns=[columns[place] for place in used],
            begun=[begun[place] for place in used] if self.begun else [],
            lines=np.array(self.lines),
            total=self.total,
            every=self.every,
            separator=separator,
            ragged=self.bad / max(1, self.total + self.bad),
            members=dict(self.members),
            notes=tuple(notes),
            offers=tuple(offers),
        )

    def _notes(self, titles: Sequence[str]) -> list[str]:
        notes = []
        if titles:
            what = "1 line before the table was" if len(titles) == 1 else f"{len(titles)} lines before the table were"
            notes.append(f"{what} passed over, “{titles[0][:60]}”.")
        if self.layout.joined > 1:
            notes.append(f"The names were joined from {self.layout.joined} header rows.")
        if self.layout.has_units:
            notes.append("A row of units stands below the names; it is shown beside them.")
        if self.across is not None:
            each = "" if self.across.year is not None else "; each row is a series"
            after = self.layout.names[self.across.first + len(self.across.times) :]
            rest = f" Left out: {', '.join(f'“{name[:40]}”' for name in after[:4])}." if any(after) else ""
            notes.append(f"{self.across.words}; they are read one after another{each}.{rest}")
        elif self.beside is not None:
            notes.append(f"{self.beside.words}; they are read as columns of their own.")
        if self.width > MOST_COLUMNS and not self.across:
            notes.append(f"There are {self.width} columns; the first {MOST_COLUMNS} are read.")
        if self.first_bad:
            number, fields = self.first_bad
            more = "it was" if self.bad == 1 else f"it and {counted(self.bad - 1, 'more row')} that do not fit were"
            notes.append(
                f"Row {number:,} has {counted(fields, 'field')} where {self.width} were expected; {more} left out."
            )
        if self.every > 1:
            notes.append(f"Of {self.total:,} rows every {ordinal(self.every)} is used: {len(self.rows):,} rows.")
        return notes


def _distinct(names: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    """Names of columns of which none occurs twice, and whether one did."""
    found, counts = dict[str, None](), Counter[str]()
    for place, name in enumerate(names):
        base = wanted = " ".join(name.split())[:60] or f"column {place + 1}"
        while wanted in found:
            counts[base] += 1
            wanted = f"{base} (again)" if counts[base] == 1 else f"{base} (again, {counts[base] + 1})"
        found[wanted] = None
    given = [name for name in names if name]
    return tuple(found), len(set(given)) < len(given)
