"""From the bytes of a file to a table of texts: read as a stream, thinned on the way where it is long."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time
from itertools import islice

from rnnviz.engine.progress import tracked
from rnnviz.notation.counts import counted

from . import FEWEST_ROWS, DataError, Offer, Wish, dialect, sheet_size
from .across import found as found_across
from .encodings import NAMES, encoding_of, is_spreadsheet
from .keeper import Keeper, Table, cut
from .layout import laid_out, usual_width

_HEAD, _LONGEST, _MOST_SPAN = 400, 100_000, 50
_COMMENTS = ("#", "//", "%", "!", "--", ";")
_UNSEEN = re.compile("[\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")
_FORMULA = re.compile(r'(^|[,;\t|])="')
Rows = Iterator[tuple[int, list[str]]]
"""Rows of fields, each with the line of the file in which it ends."""


def read_table(content: bytes, wish: Wish | None = None) -> Table:
    """Read a table whose encoding, separator and header are found out; DataError says why the bytes are none."""
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
    notes: list[str] = []
    offers: list[Offer] = []
    if lines.passed:
        where = " before or between the rows were" if lines.passed > 1 else " was"
        notes.append(f"{counted(lines.passed, 'comment line')}{where} passed over.")
    if separator not in ("", ","):
        notes.append(f"Fields are parted by {dialect.SEPARATORS[separator]}.")
    if other != "?":
        two, one = "two columns", "one column of decimal commas"
        first, second = (one, two) if other == "," else (two, one)
        notes.append(f"The comma could part columns or mark decimals; the lines are read as {first}.")
        offers.append(Offer(f"Read as {second}", replace(wish, separator=other)))
    rows = _numbered(_Lines(content, encoding, lines.prefix), separator, quoted)
    cut_head = list(dialect.fields(head, separator, False)) if separator == "," else []
    if dialect.are_halves(cut_head) and wish.halves is False:
        notes.append("The header has fewer names than the rows have fields; each comma is read as parting fields.")
        offers.append(Offer("Read two fields as one number", replace(wish, halves=None)))
    elif dialect.are_halves(cut_head):
        notes.append("The rows have two fields for each name; they are read as one number with a comma in it.")
        offers.append(Offer("Read each comma as parting fields", replace(wish, halves=False)))
        rows = dialect.joined(rows, len(cut_head[0]))
    table = _collected(rows, wish, separator, named)
    return replace(table, notes=(*notes, *table.notes), offers=(*offers, *table.offers))


def _plain(line: str) -> str:
    """A line without signs that nobody sees, and without the formulas that keep a spreadsheet from reading it."""
    if "\x00" in line:
        line = line.replace("\x00", "")
    if '="' in line:
        line = _FORMULA.sub(r'\1"', line)
    return line if line.isascii() else _UNSEEN.sub("", line)


class _Lines:
    """The lines of a text without comments and empty ones; counts what it passes over."""

    def __init__(self, content: bytes, encoding: str, prefix: str | None = None) -> None:
        self._text = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace", newline="")
        self.number, self.passed, self.last_comment, self.prefix = 0, 0, "", prefix
        self.last, self._size, self._begun = "", len(content), False

    def __iter__(self) -> Iterator[str]:
        odd = frozenset(' \t\r\n\v\f"\ufeff\x00' + "".join(one[0] for one in _COMMENTS))
        for line in self._told():
            self.number, self.last = self.number + 1, line
            if self._begun and line[0] not in odd and len(line) <= _LONGEST:
                yield _plain(line)
                continue
            if len(line) > _LONGEST:
                raise DataError(f"Row {self.number:,} has {len(line):,} characters; at most {_LONGEST:,} are read.")
            bare = line.strip().lstrip("\ufeff")
            if not bare.replace("\x00", "") or (not self._begun and re.fullmatch(r"sep=.?", bare)):
                continue
            if self._is_comment(bare.lstrip('"')):
                self.passed += 1
                self.last_comment = "" if self._begun else bare
                continue
            self._begun = True
            yield _plain(line)

    def _told(self) -> Iterator[str]:
        """The lines of the file; a hundred times on the way it is told how far they are."""
        text = iter(self._text)
        for _ in tracked(range(100)):
            passed = 0
            for line in text:
                yield line
                passed += len(line)
                if passed >= self._size // 100:
                    break
        yield from text

    def _is_comment(self, bare: str) -> bool:
        if self.prefix is None:
            starts = [one for one in _COMMENTS if bare.startswith(one)]
            self.prefix = starts[0] if starts and not bare[len(starts[0]) :].lstrip()[:1].isdigit() else ""
        if not self.prefix or not bare.startswith(self.prefix):
            return False
        return self.prefix in ("#", "//") or not self._begun


def _numbered(lines: _Lines, separator: str, quoted: bool) -> Rows:
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


def _collected(rows: Rows, wish: Wish, separator: str, named: str) -> Table:
    """Look at the first rows, then keep of all rows as many as can be held."""
    head = [(number, [field.strip() for field in row]) for number, row in islice(rows, _HEAD)]
    if not head:
        raise DataError("The file holds no rows.")
    width = usual_width([row for _, row in head])
    layout = laid_out([cut(row, width) for _, row in head], width)
    if named and not layout.headers:
        layout = replace(layout, names=_in_comment(named, separator, width) or layout.names)
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


def _in_comment(named: str, separator: str, width: int) -> tuple[str, ...]:
    """Names in the last comment before the data, or none where it holds no name for each column."""
    bare = named.lstrip("#%!/").strip() if not re.match(r"#\W", named) or separator == " " else named[1:]
    names = tuple(next(dialect.fields([bare], separator), []))
    return names if len(names) == width and all(names) and not any(map(dialect.looks_typed, names)) else ()


def _from_sheet(content: bytes, wish: Wish) -> Table:
    """Read a sheet by python-calamine: the one that is asked for, or the first that holds a table."""
    from python_calamine import CalamineWorkbook

    try:
        if content.startswith(b"PK"):
            sheet_size.check(content)
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names, rows, read = tuple(book.sheet_names), list[tuple[int, list[str]]](), ""
        for name in [wish.sheet] if wish.sheet in names else names:
            cells = [[*map(_text, row)] for row in book.get_sheet_by_name(name).to_python(skip_empty_area=False)]
            used = [place for row in cells for place, cell in enumerate(row) if cell]
            inside = slice(min(used, default=0), max(used, default=-1) + 1)
            here = [(number, row[inside]) for number, row in enumerate(cells, 1) if any(row)]
            if len(rows) < 2 or len(here) > FEWEST_ROWS:  # sheets of a few lines in front only explain
                rows, read = here, name
            if len(rows) > FEWEST_ROWS:
                break
    except (KeyboardInterrupt, SystemExit, DataError):
        raise
    except BaseException:  # a parser of foreign bytes, whose panics are no Exception
        raise DataError(
            "This is a spreadsheet, but it is cut or broken and cannot be read. Save the table as CSV."
        ) from None
    if len(rows) < 2:
        raise DataError("This is a spreadsheet without a table in it.")
    table = _collected(iter(rows), wish, "sheet", "")
    notes = (f"The file is a spreadsheet; its sheet “{read[:40]}” was read.",)
    return replace(table, notes=(*notes, *table.notes), sheets=names)


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ", timespec="seconds")
    return cell.isoformat() if isinstance(cell, date | time) else " ".join(_plain(str(cell)).split())
