"""Where the table begins in a file: titles before it, its header, its units."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from .dialect import looks_like_time, looks_typed
from .missing import is_missing
from .numbers import is_number
from .vocabulary import WORDS

MOST_HEADERS = 4
_UNIT = re.compile(rf"(?i)[\[(<]?\s*({'|'.join(WORDS.unit_patterns)})\s*[\])>]?")
_SURE_UNIT = re.compile(r"(?i).*([°℃℉%‰$€£¥µμΩ²³]|/|\[.+\]|\(.+\)).*")
_IN_NAME = re.compile(r".*[\s_]*[\[(]\s*([^\[\]()]{1,14})\s*[\])]\s*")
_TAIL = re.compile(r".*[\s_,]+(°\s?[CFK]|deg_?[CFK]|%|℃|€|\$|hPa|kWh|MWh|kW|MW|mm|km/h|m/s|mbar|ppm)")


@dataclass(frozen=True)
class Layout:
    """How many rows stand before the data, and what they say."""

    skipped: int  # rows before the header: titles, names of stations
    headers: int  # rows of names, and of units, that follow
    names: tuple[str, ...]  # one a column, or ""
    units: tuple[str, ...]
    joined: int = 0  # how many rows the names were joined from
    has_units: bool = False


def usual_width(rows: Sequence[Sequence[str]]) -> int:
    """Return the width of most rows, without columns at the end that are empty all the way down.

    What stands before the table counts little.
    """
    counts = Counter(map(len, rows[len(rows) // 3 :]))
    usual = max(counts, key=lambda width: (counts[width], width))
    fitting = [row for row in rows if len(row) == usual]
    return max([1, *(place + 1 for place in range(usual) if any(row[place] for row in fitting))])


def laid_out(rows: Sequence[Sequence[str]], width: int) -> Layout:
    """Return where names, units and data begin in the first rows of a file, of so many fields each."""
    fitting = [row for row in rows if len(row) == width]
    body = [row for row in rows[min(8, len(rows) // 2) :] if len(row) == width] or fitting
    typed = [_mostly_typed([row[place] for row in body]) for place in range(width)]
    begin = next((at for at in range(len(rows) - 1) if not _is_title(rows, at, width)), len(rows) - 1)
    below = range(begin, min(begin + MOST_HEADERS, len(rows) - 1))
    headers = next((at for at in below if not _is_header(rows, at, width, typed)), below.stop) - begin
    if width == 1 and headers > 1:  # a title above the name of the only column
        begin, headers = begin + headers - 1, 1
    head = [list(row[:width]) for row in rows[begin : begin + headers]]
    if not head and _named_across(rows, begin, width):
        head, headers = [list(rows[begin])], 1
    before = rows[begin - 1] if begin else []
    if not head and len(before) == width - 1 >= 2 and all(before) and not any(map(looks_typed, before)):
        begin, headers, head = begin - 1, 1, [["", *before]]  # the first column, unnamed, numbers the rows
    units = next((row for row in head[1:] if _is_unit_row(row)), None)
    lines = [row for row in head if row is not units]
    names = _joined(lines, width)
    found = [unit_in(name) for name in names] if units is None else [_unit(cell) for cell in units]
    return Layout(begin, headers, tuple(names), tuple(found), len(lines), units is not None)


def _mostly_typed(cells: Sequence[str]) -> bool:
    """Whether a column holds numbers or times in most rows."""
    present = [cell for cell in cells if not is_missing(cell)]
    return bool(present) and sum(map(looks_typed, present)) >= 0.6 * len(present)


def _is_title(rows: Sequence[Sequence[str]], place: int, width: int) -> bool:
    """A row of another width, or one of whose fields only the first says something."""
    row, after = rows[place], rows[place + 1]
    if len(row) != width or not any(row):
        return True
    alone = sum(map(bool, row)) == 1 and bool(row[0]) and not is_number(row[0])
    if width == 2:
        return alone and len(after) == 2 and all(after) and not any(map(looks_typed, after))
    return width > 2 and alone


def _is_header(rows: Sequence[Sequence[str]], place: int, width: int, typed: Sequence[bool]) -> bool:
    row = rows[place]
    if len(row) != width or not any(row):
        return False
    if not any(typed):
        return place == 0 and _differs(rows, width)
    data = [cell for cell, is_typed in zip(row, typed, strict=True) if is_typed and _is_data(cell)]
    return not data and not all(map(is_missing, row))


def _is_data(cell: str) -> bool:
    return bool(cell) and (looks_typed(cell) or (is_missing(cell) and not _UNIT.fullmatch(cell)))


def _differs(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the first row of a table of words stands apart: none of its cells occurs below it."""
    below = [row for row in rows[1:] if len(row) == width]
    if width < 2 or len(below) < 2:
        return False
    columns = [{row[place] for row in below} for place in range(width)]
    repeats = any(len(column) < len(below) for column in columns)
    return repeats and all(cell not in column for cell, column in zip(rows[0], columns, strict=True))


def _named_across(rows: Sequence[Sequence[str]], place: int, width: int) -> bool:
    """Whether a row names its columns, but for the labels before them, by years or dates in order."""
    row = rows[place]
    if len(row) != width or width < 4:
        return False
    labels = next((at for at, cell in enumerate(row) if looks_typed(cell)), width)
    across = row[labels:]
    if not 1 <= labels <= width - 3 or not all(row[:labels]):
        return False
    if all(re.fullmatch(r"\d{1,4}", cell) for cell in across):
        steps = {int(after) - int(before) for before, after in pairwise(across)}
        years = all(1500 <= int(cell) <= 2262 for cell in across)
        return steps == {1} if labels == 1 and not years else steps in ({1}, {-1}) and years
    below = [row[labels:] for row in rows[place + 1 :] if len(row) == width]
    return all(map(_is_date, across)) and any(not any(map(_is_date, cells)) for cells in below)


def _is_date(cell: str) -> bool:
    return looks_like_time(cell) and not is_number(cell)


def _is_unit_row(row: Sequence[str]) -> bool:
    present = [cell for cell in row if cell]
    fits = [cell for cell in present if _UNIT.fullmatch(cell)]
    if not present or len(fits) < 0.75 * len(present):
        return False
    return any(map(_SURE_UNIT.fullmatch, fits)) or max(map(len, present)) <= 4


def _joined(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    """The names that rows of names have together; one that spans several columns stands over the first only."""
    if len(rows) > 1 and not all(rows[0][1:]):
        top, last = list[str](), ""
        for cell, below in zip(rows[0], rows[1], strict=True):
            last = cell or (last if below else "")
            top.append(last)
        rows = [top, *rows[1:]]
    return [" ".join(dict.fromkeys(filter(None, (row[place] for row in rows)))) for place in range(width)]


def unit_in(name: str) -> str:
    """Return the unit that a name says, as in "Temp (°C)" or "power [kW]", or ""."""
    found = _IN_NAME.fullmatch(name) or _TAIL.fullmatch(name)
    return _unit(found[1]) if found and _UNIT.fullmatch(found[1]) else ""


def _unit(cell: str) -> str:
    bare = cell.strip().strip("[]()<>").strip()
    is_form = re.fullmatch(r"(?i)[ymd]{1,4}([-/.]?[ymd]{1,4}){1,2}.*", bare) and len(bare) > 4
    if is_form or bare in ("-", "—", "none", "n/a", "1", "date", "time"):
        return ""
    return WORDS.units.get(bare.lower(), bare)[:16]
