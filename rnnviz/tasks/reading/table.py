"""From the bytes of a file to a table of texts: read as a stream, thinned on the way where it is long."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from rnnviz.counts import counted, ordinal
from rnnviz.engine.pulse import told

from . import dialect
from .commas import are_halves, joined
from .encodings import NAMES, encoding_of, is_spreadsheet
from .errors import FEWEST_ROWS, MOST_CELLS, MOST_COLUMNS, MOST_ROWS, DataError
from .layout import Layout, laid_out, usual_width
from .wishes import Offer, Wish

_HEAD, _LONGEST, _MOST_SPAN = 400, 100_000, 50
_MOST_FOOTERS = 4
_FOOTER = re.compile(
    r"(?i)((grand |sub)?total|sum|mean|average|avg|median|min|max|minimum|maximum|std|"
    r"summe|gesamt|mittel(wert)?|durchschnitt|somme|moyenne|suma|media)s?[ .:]*( [\d.,' ]+)?"
)
_COMMENTS = ("#", "//", "%", "!", "--", ";")


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of text as they stand in a file.

    Attributes
    ----------
    names, units : tuple of str
        One a column; a unit may be "".
    columns : list of list of str
        All of one length.
    lines : (R,) int array
        The line of the file in which each row stands, counted from 1.
    total : int
        Rows in the file, before any were passed over to keep every n-th.
    every : int
        Of how many rows one was kept.
    separator : str
        A key of `dialect.SEPARATORS`; "sheet" for a spreadsheet.
    ragged : float
        The share of rows that did not fit.
    notes : tuple of str
    offers : tuple of Offer
    """

    names: tuple[str, ...]
    units: tuple[str, ...]
    columns: list[list[str]]
    lines: np.ndarray
    total: int
    every: int = 1
    separator: str = ","
    ragged: float = 0.0
    sheets: tuple[str, ...] = ()
    encoding: str = ""
    notes: tuple[str, ...] = field(default=())
    offers: tuple[Offer, ...] = field(default=())

    @property
    def rows(self) -> int:
        """How many entries a column has."""
        return len(self.lines)


def read_table(content: bytes, wish: Wish | None = None) -> Table:
    """Read a table whose encoding, separator and header are found out.

    Raises
    ------
    DataError
        One sentence that says why the bytes are no table.
    """
    wish = wish or Wish()
    if is_spreadsheet(content):
        return _from_sheet(content, wish)
    encoding = wish.encoding if wish.encoding in NAMES else encoding_of(content)
    notes = (
        () if encoding.startswith("utf-8") else (f"The file was read as {NAMES.get(encoding, encoding)}.",)
    )
    most = max(content.count(b"\n"), content.count(b"\r"), 1)
    try:
        table = _from_text(content, encoding, wish, most, True)
    except _OpenQuoteError:
        table = _from_text(content, encoding, wish, most, False)
        notes = (*notes, "A quotation mark is never closed; such marks were read as signs of the text.")
    return replace(table, notes=(*notes, *table.notes), encoding=encoding)


class _OpenQuoteError(Exception):
    """A quoted field that does not end."""


def _from_text(content: bytes, encoding: str, wish: Wish, most: int, quoted: bool) -> Table:
    lines = _Lines(content, encoding)
    head = list(islice(lines, _HEAD))
    if not head:
        raise DataError("The file holds only empty lines.")
    found, other = dialect.guessed(head)
    separator = found if wish.separator is None else wish.separator
    other = found if other == separator != found else other if separator == found else "?"
    named = lines.last_comment
    notes: tuple[str, ...] = ()
    if lines.passed:
        notes = (f"{counted(lines.passed, 'comment line')} before or between the rows were passed over.",)
        notes = tuple(
            note.replace("1 comment line before or between the rows were", "1 comment line was")
            for note in notes
        )
    if separator not in ("", ","):
        notes += (f"Fields are parted by {dialect.SEPARATORS[separator]}.",)
    offers: tuple[Offer, ...] = ()
    if other != "?":
        two = "two columns" if other == "," else "one column of decimal commas"
        first = "one column of decimal commas" if other == "," else "two columns"
        notes += (f"The comma could part columns or mark decimals; the lines are read as {first}.",)
        offers = (Offer(f"Read as {two}", replace(wish, separator=other)),)
    again = _Lines(content, encoding, lines.prefix)
    rows = _numbered(again, separator, quoted)
    first = list(dialect.fields(head, separator, False)) if separator == "," else []
    if are_halves(first):
        said, offer = _halves(wish)
        notes, offers = (*notes, said), (*offers, offer)
        rows = rows if wish.halves is False else joined(rows, len(first[0]))
    table = _collected(rows, most, wish, separator, named)
    return replace(table, notes=(*notes, *table.notes), offers=offers)


def _halves(wish: Wish) -> tuple[str, Offer]:
    """What is said of rows with two fields for each name, and the other reading."""
    if wish.halves is False:
        words = "The header has fewer names than the rows have fields; each comma is read as parting fields."
        return words, Offer("Read two fields as one number", replace(wish, halves=None))
    words = "The rows have two fields for each name; they are read as one number with a comma in it."
    return words, Offer("Read each comma as parting fields", replace(wish, halves=False))


class _Lines:
    """The lines of a text without comments and empty ones; counts what it passes over."""

    def __init__(self, content: bytes, encoding: str, prefix: str | None = None) -> None:
        self._text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace", newline="")
        self.number, self.passed, self.last_comment, self.prefix = 0, 0, "", prefix
        self.last, self._size = "", len(content)
        self._begun = False

    def __iter__(self) -> Iterator[str]:
        odd = frozenset(' \t\r\n\v\f"\ufeff\x00' + "".join(one[0] for one in _COMMENTS))
        for line in self._told():
            self.number, self.last = self.number + 1, line
            if self._begun and line[0] not in odd and len(line) <= _LONGEST:
                yield line.replace("\x00", "") if "\x00" in line else line
                continue
            if len(line) > _LONGEST:
                raise DataError(
                    f"Row {self.number:,} has {len(line):,} characters; at most {_LONGEST:,} are read."
                )
            bare = line.strip().lstrip("\ufeff")
            if not bare.replace("\x00", ""):
                continue
            if not self._begun and re.fullmatch(r"sep=.?", bare):
                continue
            if self._is_comment(bare):
                self.passed += 1
                self.last_comment = "" if self._begun else bare
                continue
            self._begun = True
            yield line.replace("\x00", "").lstrip("\ufeff")

    def _told(self) -> Iterator[str]:
        """The lines of the file; a hundred times on the way it is told how far they are."""
        text = iter(self._text)
        for _ in told(range(100)):
            passed = 0
            for line in text:
                yield line
                passed += len(line)
                if passed >= self._size // 100:
                    break
        yield from text

    def _is_comment(self, bare: str) -> bool:
        bare = bare.lstrip('"')
        if self.prefix is None:
            starts = [one for one in _COMMENTS if bare.startswith(one)]
            self.prefix = starts[0] if starts and not bare[len(starts[0]) :].lstrip()[:1].isdigit() else ""
        if not self.prefix or not bare.startswith(self.prefix):
            return False
        return self.prefix in ("#", "//") or not self._begun


def _numbered(lines: _Lines, separator: str, quoted: bool) -> Iterator[tuple[int, list[str]]]:
    before, cut = 0, quoted and separator not in ("", " ")
    try:
        for row in dialect.raw_fields(lines, separator, quoted):
            span = lines.number - before
            if cut and span > 1 and (span > _MOST_SPAN or '"' not in lines.last) and any(
                "\n" in cell or "\r" in cell for cell in row
            ):  # fmt: skip
                raise _OpenQuoteError
            before = lines.number
            yield lines.number, row
    except csv.Error:
        if quoted:
            raise _OpenQuoteError from None
        raise DataError("A row cannot be cut into fields; save the table as CSV once more.") from None


def _collected(
    rows: Iterator[tuple[int, list[str]]], most: int, wish: Wish, separator: str, named: str
) -> Table:
    """Look at the first rows, then keep of all rows as many as can be held."""
    head = [(number, [field.strip() for field in row]) for number, row in islice(rows, _HEAD)]
    if not head:
        raise DataError("The file holds no rows.")
    width = _true_width([row for _, row in head])
    layout = laid_out([_cut(row, width) for _, row in head], width)
    layout = _with_comment(layout, named, separator, width)
    every = _step(most, width, wish)
    start = layout.skipped + layout.headers
    titles = [" ".join(filter(None, row)) for _, row in head[: layout.skipped]]
    keeper = _Keeper(width, every, wish, [row for _, row in head[layout.skipped : start]])
    for number, row in head[start:]:
        keeper.take(number, row)
    del head
    for number, row in rows:
        keeper.take(number, row)
    return keeper.table(layout, titles, separator)


def _true_width(rows: Sequence[Sequence[str]]) -> int:
    """The width of the table without columns at its end that are empty all the way down."""
    width = usual_width(rows)
    fitting = [row for row in rows if len(row) == width]
    while width > 1 and not any(row[width - 1] for row in fitting):
        width -= 1
    return width


def _cut(row: list[str], width: int) -> list[str]:
    """A row without the empty fields that stand beyond the table."""
    while len(row) > width and not row[-1]:
        row = row[:-1]
    return row


def _with_comment(layout: Layout, named: str, separator: str, width: int) -> Layout:
    """Names from the last comment before the data, where the table has none of its own."""
    if layout.headers or not named:
        return layout
    bare = named.lstrip("#%!/").strip() if not re.match(r"#\W", named) or separator == " " else named[1:]
    names = [name.strip() for name in next(dialect.fields([bare], separator), [])]
    if len(names) != width or any(dialect.looks_typed(name) for name in names) or not all(names):
        return layout
    return replace(layout, names=tuple(names))


def _step(most: int, width: int, wish: Wish) -> int:
    if wish.last:
        most = max(1, wish.last - max(wish.first, 1) + 1)
    held = max(1, min(MOST_ROWS, MOST_CELLS // min(width, MOST_COLUMNS)))
    return max(-(-most // held), wish.every, 1)


class _Keeper:
    """Rows as they come: those that fit are counted, every n-th is kept."""

    def __init__(self, width: int, every: int, wish: Wish, header: list[list[str]]) -> None:
        self.width, self.every, self.header = width, every, header
        self.first, self.last = max(wish.first, 1), wish.last or 2**62
        self.rows: list[tuple[str, ...]] = []
        self.lines: list[int] = []
        self.total = self.bad = 0
        self.first_bad: tuple[int, int] | None = None

    def take(self, number: int, row: list[str]) -> None:
        if len(row) == self.width and not self._is_wanted(self.total + 1) and row[0]:
            self.total += 1
            return
        row = _cut([field.strip() for field in row], self.width)
        if not any(row) or row in self.header:
            return
        if len(row) != self.width:
            self.bad += 1
            self.first_bad = self.first_bad or (number, len(row))
            return
        self.total += 1
        if self._is_wanted(self.total):
            self.rows.append(tuple(row[:MOST_COLUMNS]))
            self.lines.append(number)

    def _without_footer(self) -> list[str]:
        """Leave out rows at the end that sum up the others, and say so."""
        gone: list[str] = []
        while len(self.rows) > FEWEST_ROWS and len(gone) < _MOST_FOOTERS:
            label = next(filter(None, self.rows[-1]), "")
            if not _FOOTER.fullmatch(label) or any(label in row for row in self.rows[:-1]):
                break
            gone.insert(0, label)
            self.rows.pop()
            self.lines.pop()
            self.total -= 1
        if not gone:
            return []
        labels = " and ".join(f"“{label[:20]}”" for label in gone)
        what = "The last row sums" if len(gone) == 1 else f"The last {len(gone)} rows sum"
        return [f"{what} up the others, {labels}: left out."]

    def _is_wanted(self, place: int) -> bool:
        return self.first <= place <= self.last and (place - self.first) % self.every == 0

    def table(self, layout: Layout, titles: Sequence[str], separator: str) -> Table:
        if not self.rows:
            raise DataError("The file holds no row of data below its header.")
        notes = [*self._notes(layout, titles), *self._without_footer()]
        columns = [list(column) for column in zip(*self.rows, strict=True)]
        given = (layout.names or ("",) * self.width)[: len(columns)]
        units = (layout.units or ("",) * self.width)[: len(columns)]
        used = [place for place, column in enumerate(columns) if given[place] or any(column)]
        names, doubled = _distinct(given)
        if doubled:
            notes.append("Columns of one name were numbered.")
        return Table(
            names=tuple(names[place] for place in used),
            units=tuple(units[place] for place in used),
            columns=[columns[place] for place in used],
            lines=np.array(self.lines),
            total=self.total,
            every=self.every,
            separator=separator,
            ragged=self.bad / max(1, self.total + self.bad),
            notes=tuple(notes),
        )

    def _notes(self, layout: Layout, titles: Sequence[str]) -> list[str]:
        notes = []
        if titles:
            what = (
                "1 line before the table was"
                if len(titles) == 1
                else f"{len(titles)} lines before the table were"
            )
            notes.append(f"{what} passed over, “{titles[0][:60]}”.")
        if layout.joined > 1:
            notes.append(f"The names were joined from {layout.joined} header rows.")
        if layout.has_units:
            notes.append("A row of units stands below the names; it is shown beside them.")
        if self.width > MOST_COLUMNS:
            notes.append(f"There are {self.width} columns; the first {MOST_COLUMNS} are read.")
        if self.first_bad:
            notes.append(self._misfits())
        if self.every > 1:
            notes.append(
                f"Of {self.total:,} rows every {ordinal(self.every)} is used: {len(self.rows):,} rows."
            )
        return notes

    def _misfits(self) -> str:
        number, count = self.first_bad or (0, 0)
        more = (
            "it was" if self.bad == 1 else f"it and {counted(self.bad - 1, 'more row')} that do not fit were"
        )
        return (
            f"Row {number:,} has {counted(count, 'field')} where {self.width} were expected; {more} left out."
        )


def _distinct(names: Sequence[str]) -> tuple[tuple[str, ...], bool]:
    found: list[str] = []
    seen: set[str] = set()
    for place, name in enumerate(names):
        wanted = " ".join(name.split())[:60] or f"column {place + 1}"
        base, count = wanted, 1
        while wanted in seen:
            count += 1
            wanted = f"{base} (again)" if count == 2 else f"{base} (again, {count})"
        found.append(wanted)
        seen.add(wanted)
    given = [name for name in names if name]
    return tuple(found), len(set(given)) < len(given)


def _from_sheet(content: bytes, wish: Wish) -> Table:
    from .sheets import opened

    name, rows, names = opened(content, wish.sheet)
    table = _collected(iter(rows), len(rows), wish, "sheet", "")
    notes = (f"The file is a spreadsheet; its sheet “{name[:40]}” was read.",)
    return replace(table, notes=(*notes, *table.notes), sheets=names)
