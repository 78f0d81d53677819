"""From the bytes of a file to a table of texts: read as a stream, thinned on the way where it is long."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from rnnviz.engine.pulse import told
from rnnviz.notation.counts import counted

from . import dialect
from .across import found as found_across
from .commas import are_halves, joined
from .encodings import NAMES, encoding_of, is_spreadsheet
from .errors import DataError
from .keeper import Keeper, Table, cut
from .layout import Layout, laid_out, usual_width
from .wishes import Offer, Wish

_HEAD, _LONGEST, _MOST_SPAN = 400, 100_000, 50
_COMMENTS = ("#", "//", "%", "!", "--", ";")


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
    notes = () if encoding.startswith("utf-8") else (f"The file was read as {NAMES.get(encoding, encoding)}.",)
    try:
        table = _from_text(content, encoding, wish, True)
    except _OpenQuoteError:
        table = _from_text(content, encoding, wish, False)
        notes = (*notes, "A quotation mark is never closed; such marks were read as signs of the text.")
    return replace(table, notes=(*notes, *table.notes), encoding=encoding)


class _OpenQuoteError(Exception):
    """A quoted field that does not end."""


def _from_text(content: bytes, encoding: str, wish: Wish, quoted: bool) -> Table:
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
        where = " before or between the rows were" if lines.passed > 1 else " was"
        notes = (f"{counted(lines.passed, 'comment line')}{where} passed over.",)
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
    cut_head = list(dialect.fields(head, separator, False)) if separator == "," else []
    if are_halves(cut_head):
        said, offer = _halves(wish)
        notes, offers = (*notes, said), (*offers, offer)
        rows = rows if wish.halves is False else joined(rows, len(cut_head[0]))
    table = _collected(rows, wish, separator, named)
    return replace(table, notes=(*notes, *table.notes), offers=(*offers, *table.offers))


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
                raise DataError(f"Row {self.number:,} has {len(line):,} characters; at most {_LONGEST:,} are read.")
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


def _collected(rows: Iterator[tuple[int, list[str]]], wish: Wish, separator: str, named: str) -> Table:
    """Look at the first rows, then keep of all rows as many as can be held."""
    head = [(number, [field.strip() for field in row]) for number, row in islice(rows, _HEAD)]
    if not head:
        raise DataError("The file holds no rows.")
    width = _true_width([row for _, row in head])
    layout = laid_out([cut(row, width) for _, row in head], width)
    layout = _with_comment(layout, named, separator, width)
    start = layout.skipped + layout.headers
    body = [row for row in (cut(row, width) for _, row in head[start:]) if len(row) == width]
    across = found_across(layout.names or ("",) * width, body)
    titles = [" ".join(filter(None, row)) for _, row in head[: layout.skipped]]
    keeper = Keeper(layout, width, wish, [row for _, row in head[layout.skipped : start]], across)
    for number, row in head[start:]:
        keeper.take(number, row)
    del head, body
    for number, row in rows:
        keeper.take(number, row)
    return keeper.table(titles, separator)


def _true_width(rows: Sequence[Sequence[str]]) -> int:
    """The width of the table without columns at its end that are empty all the way down."""
    width = usual_width(rows)
    fitting = [row for row in rows if len(row) == width]
    while width > 1 and not any(row[width - 1] for row in fitting):
        width -= 1
    return width


def _with_comment(layout: Layout, named: str, separator: str, width: int) -> Layout:
    """Names from the last comment before the data, where the table has none of its own."""
    if layout.headers or not named:
        return layout
    bare = named.lstrip("#%!/").strip() if not re.match(r"#\W", named) or separator == " " else named[1:]
    names = [name.strip() for name in next(dialect.fields([bare], separator), [])]
    if len(names) != width or any(dialect.looks_typed(name) for name in names) or not all(names):
        return layout
    return replace(layout, names=tuple(names))


def _from_sheet(content: bytes, wish: Wish) -> Table:
    from .sheets import opened

    name, rows, names = opened(content, wish.sheet)
    table = _collected(iter(rows), wish, "sheet", "")
    notes = (f"The file is a spreadsheet; its sheet “{name[:40]}” was read.",)
    return replace(table, notes=(*notes, *table.notes), sheets=names)
