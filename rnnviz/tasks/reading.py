"""Reading what a reader brings: bytes or typed text in, a table of columns or a text out, in memory only.

What cannot be used is refused with one sentence that names the row and the column as the reader counts them
(from 1, the header included) and, where there is a sensible one, a repair.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rnnviz.counts import counted, ordinal, part_of

MOST_BYTES = 5 * 2**20
MOST_ROWS = 100_000
MOST_COLUMNS = 64
MOST_LINES, LONGEST_LINE = 1_000_000, 100_000
"""What a server with many readers can hold, and less than the longest field that ``csv`` reads."""

FEWEST_ROWS = 8
SEPARATORS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar", " ": "blank"}
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", re.ASCII)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+([eE][+-]?\d+)?", re.ASCII)
_EMPTY = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?", "."})
_LARGEST = 1e12


class DataError(ValueError):
    """Data that cannot be used as they are.

    Attributes
    ----------
    repairs : mapping of str to mapping
        What could be done about it: a label, and the options of `read_table` or `as_numbers` that do it.
    """

    def __init__(self, message: str, repairs: Mapping[str, Mapping[str, object]] | None = None) -> None:
        super().__init__(message)
        self.repairs = dict(repairs or {})


@dataclass(frozen=True, eq=False)
class Table:
    """Columns of text as they stand in a file.

    Attributes
    ----------
    columns : dict of str to list of str
        By name, all of one length.
    first_row : int
        The row of the file in which the first entry stands, counted from 1.
    notes : tuple of str
        What was found out or changed while reading.
    """

    columns: dict[str, list[str]]
    first_row: int = 1
    notes: tuple[str, ...] = field(default=())

    @property
    def rows(self) -> int:
        """How many entries a column has."""
        return len(next(iter(self.columns.values())))


def decoded(content: bytes) -> tuple[str, tuple[str, ...]]:
    """Return the text of a file and notes on how it was read.

    Raises
    ------
    DataError
        If it is empty, too large or no text.
    """
    if not content.strip():
        raise DataError("The file is empty.")
    if len(content) > MOST_BYTES:
        raise DataError(f"The file has {len(content) / 2**20:.1f} MB; at most 5 MB are read.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _as("utf-16", content), ("The file is in UTF-16.",)
    if b"\x00" in content:
        raise DataError("The file is no text: it holds zero bytes. Save the table as CSV or plain text.")
    if content.startswith((b"PK\x03\x04", b"%PDF")):
        raise DataError("This is a spreadsheet or a document, no text. Save the table as CSV.")
    try:
        return content.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n") + 1
        words = f"Row {row} is not in UTF-8; the file was read as Western European text (Windows-1252)."
        return content.decode("cp1252", errors="replace"), (words,)


def _as(encoding: str, content: bytes) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError:
        raise DataError("The file says it is in UTF-16, but is cut or broken; save it as UTF-8.") from None


def read_table(text: str, *, skip_bad_rows: bool = False, thin: bool = False) -> Table:
    """Read a table whose separator and header are found out.

    Parameters
    ----------
    text : str
    skip_bad_rows : bool
        Leave out rows that have more or fewer fields than most.
    thin : bool
        Of too many rows keep every n-th instead of refusing.

    Raises
    ------
    DataError
        Names the row that does not fit, or what is missing.
    """
    lines = [(row, line) for row, line in enumerate(_lines(text), 1) if line.strip()]
    if not lines:
        raise DataError("The file holds only empty lines.")
    for row, line in lines:
        if len(line) > LONGEST_LINE:
            raise DataError(f"Row {row} has {len(line):,} characters; at most {LONGEST_LINE:,} are read.")
    separator, notes = _separator([line for _, line in lines[:200]])
    rows = _fields(lines, separator)
    rows, bad = _of_one_width(rows, separator, skip_bad_rows)
    notes = (*notes, *bad)
    names, rows, first, found = _header(rows)
    rows, thinned = _not_too_many(rows, thin)
    if len(rows) < FEWEST_ROWS:
        raise DataError(f"There {_are(len(rows))} of data; at least {FEWEST_ROWS} rows are needed.")
    values = list(zip(*(fields for _, fields in rows), strict=True))
    columns = {name: list(column) for name, column in zip(names, values, strict=True)}
    return Table(columns, first, (*notes, *found, *thinned))


def _lines(text: str) -> list[str]:
    found = text.splitlines()
    if len(found) > MOST_LINES:
        raise DataError(f"The file has {len(found):,} lines; at most {MOST_LINES:,} are read.")
    return found


def _are(count: int) -> str:
    return f"{'is' if count == 1 else 'are'} {counted(count, 'row')}"


def _separator(lines: list[str]) -> tuple[str, tuple[str, ...]]:
    """The sign that cuts most lines into the same number of fields, more than one; else none is needed."""
    best, found = (0, 1), ""
    for separator in SEPARATORS:
        counts = [len(_cut(line, separator)) for line in lines]
        usual = max(set(counts), key=counts.count)
        if separator == "," and all(_DECIMAL_COMMA.fullmatch(line.strip()) for line in lines[1:] or lines):
            continue
        score = (counts.count(usual), usual)
        if usual > 1 and score > best:
            best, found = score, separator
    note = f"Fields are separated by {SEPARATORS[found]}s." if found and found != "," else ""
    return found, (note,) if note else ()


def _cut(line: str, separator: str) -> list[str]:
    if not separator:
        return [line.strip()]
    if separator == " ":
        return line.split()
    return [part.strip() for part in next(csv.reader(io.StringIO(line), delimiter=separator), [""])]


def _fields(lines: list[tuple[int, str]], separator: str) -> list[tuple[int, list[str]]]:
    if separator in ("", " "):
        return [(row, _cut(line, separator)) for row, line in lines]
    reader = csv.reader((line for _, line in lines), delimiter=separator)
    try:
        return [(lines[reader.line_num - 1][0], [part.strip() for part in fields]) for fields in reader]
    except csv.Error as error:
        raise DataError(f"A row cannot be cut into fields: {error}.") from None


def _of_one_width(rows: list, separator: str, skip: bool) -> tuple[list, tuple[str, ...]]:
    counts = np.bincount([len(fields) for _, fields in rows])
    usual = int(counts.argmax())
    if usual > MOST_COLUMNS:
        raise DataError(f"There are {usual} columns; at most {MOST_COLUMNS} are read.")
    bad = [(row, len(fields)) for row, fields in rows if len(fields) != usual]
    if not bad:
        return rows, ()
    if not skip:
        row, count = bad[0]
        more = f", and {counted(len(bad) - 1, 'more row', 'does', 'do')} not fit" if len(bad) > 1 else ""
        sign = SEPARATORS.get(separator, "line")
        raise DataError(
            f"Row {row} has {counted(count, 'field')} where {usual} {'was' if usual == 1 else 'were'} "
            "expected (cut at the "
            f"{sign}){more}.",
            {"Leave such rows out": {"skip_bad_rows": True}},
        )
    return [each for each in rows if len(each[1]) == usual], (
        f"{counted(len(bad), 'row', 'that does not fit was', 'that do not fit were')} left out.",
    )


def _header(rows: list) -> tuple[list[str], list, int, tuple[str, ...]]:
    """Names of the columns: the first row if none of it is a number and the next row has one."""
    width = len(rows[0][1])
    first = rows[0][1]
    named = not any(is_number(entry) for entry in first) and not all(
        entry.lower() in _EMPTY for entry in first
    )
    if (
        named
        and len(rows) > 1
        and any(map(is_number, (entry for _, fields in rows[1:20] for entry in fields)))
    ):
        names, doubled = _distinct(first)
        notes = ("Columns of one name were numbered.",) if doubled else ()
        return names, rows[1:], rows[1][0], notes
    return [f"column {place + 1}" for place in range(width)], rows, rows[0][0], ()


def _distinct(names: list[str]) -> tuple[list[str], bool]:
    found: list[str] = []
    for place, name in enumerate(names):
        wanted = name.strip()[:60] or f"column {place + 1}"
        base, count = wanted, 1
        while wanted in found:
            count += 1
            wanted = f"{base} (again)" if count == 2 else f"{base} (again, {count})"
        found.append(wanted)
    return found, len(set(names)) < len(names)


def _not_too_many(rows: list, thin: bool) -> tuple[list, tuple[str, ...]]:
    if len(rows) <= MOST_ROWS:
        return rows, ()
    every = -(-len(rows) // MOST_ROWS)
    if not thin:
        raise DataError(
            f"There are {len(rows):,} rows; at most {MOST_ROWS:,} are used.",
            {f"Keep every {ordinal(every)} row": {"thin": True}},
        )
    return rows[::every], (f"Of {len(rows):,} rows every {ordinal(every)} is used.",)


def is_number(entry: str) -> bool:
    """Return whether an entry is a number, with a point or a comma for its decimals."""
    entry = entry.strip()
    return bool(_NUMBER.fullmatch(entry) or _DECIMAL_COMMA.fullmatch(entry))


def is_numeric(column: list[str]) -> bool:
    """Return whether most of a column's entries that are not missing are numbers."""
    present = [entry for entry in column[:2000] if entry.strip().lower() not in _EMPTY]
    return bool(present) and sum(map(is_number, present)) >= 0.5 * len(present)


def as_numbers(table: Table, name: str, *, fill: str = "") -> tuple[np.ndarray, tuple[str, ...]]:
    """Return a column as numbers and notes on what was filled.

    Parameters
    ----------
    table : Table
    name : str
    fill : {"", "line", "before"}
        What stands for missing and unreadable entries: nothing (they are refused), a straight line between
        their neighbours, or the value before.

    Raises
    ------
    DataError
        Names row, column and entry.
    """
    entries = table.columns[name]
    values = np.array([_value(entry) for entry in entries])
    _check_sizes(table, name, values)
    gaps = np.flatnonzero(np.isnan(values))
    if gaps.size == len(values):
        raise DataError(f"Column “{name}” holds no number.")
    if not gaps.size:
        return values, ()
    if not fill:
        raise DataError(_gap_words(table, name, gaps), _FILLS)
    values = _filled(values, fill)
    filled = part_of(gaps.size, len(values), "entry", f"of “{name}” was", f"of “{name}” were")
    return values, (f"{filled} filled in.",)


_FILLS = {
    "Fill in by a straight line": {"fill": "line"},
    "Repeat the value before": {"fill": "before"},
}


def _value(entry: str) -> float:
    entry = entry.strip()
    if _NUMBER.fullmatch(entry):
        return float(entry)
    if _DECIMAL_COMMA.fullmatch(entry):
        return float(entry.replace(",", "."))
    return np.nan


def _check_sizes(table: Table, name: str, values: np.ndarray) -> None:
    large = np.flatnonzero(np.abs(np.nan_to_num(values, posinf=np.inf)) > _LARGEST)
    if large.size:
        place = int(large[0])
        raise DataError(
            f"Row {place + table.first_row}, column “{name}”: {_short(table.columns[name][place])} is too "
            "large; numbers up to 10¹² are used. Rescale the column."
        )


def _gap_words(table: Table, name: str, gaps: np.ndarray) -> str:
    place = int(gaps[0])
    entry = table.columns[name][place].strip()
    what = "is missing" if entry.lower() in _EMPTY else f"holds {_short(entry)}, which is no number"
    others = counted(gaps.size - 1, "more entry", "of the column has", "of the column have")
    more = f" {others} no number either." if gaps.size > 1 else ""
    return f"Row {place + table.first_row}, column “{name}” {what}.{more}"


def _short(entry: str) -> str:
    entry = entry.strip()
    return f"“{entry[:24]}…”" if len(entry) > 24 else f"“{entry}”"


def _filled(values: np.ndarray, fill: str) -> np.ndarray:
    known = np.flatnonzero(~np.isnan(values))
    if fill == "line":
        return np.interp(np.arange(len(values)), known, values[known])
    before = np.maximum.accumulate(np.where(np.isnan(values), -1, np.arange(len(values))))
    return values[np.where(before < 0, known[0], before)]


def typed_numbers(text: str) -> Table:
    """Read numbers that were typed, separated by blanks, commas, semicolons or lines, as one column.

    Raises
    ------
    DataError
        Names the place of an entry that is no number.
    """
    entries = [entry for entry in re.split(r"[\s,;]+", text.strip()) if entry]
    for place, entry in enumerate(entries, 1):
        if not _NUMBER.fullmatch(entry):
            raise DataError(
                f"Entry {place}, {_short(entry)}, is no number; write decimals with a point, as in 3.14."
            )
    if len(entries) < FEWEST_ROWS:
        found = "is 1 number" if len(entries) == 1 else f"are {len(entries) or 'no'} numbers"
        raise DataError(f"There {found}; at least {FEWEST_ROWS} are needed.")
    return Table({"typed": entries})
