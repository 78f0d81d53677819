"""Where the table begins in a file: titles before it, its header, its units."""

from __future__ import annotations

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
_UNIT = re.compile(
    r"(?i)[\[(<]?\s*(%|‰|°\s?[cfk]?|℃|℉|deg\.?\s?[cfk]?|degrees?|celsius|kelvin|k|[munpµμ]?[smg]|[kcdm]m|km|kg|mg|µg|t|ha|l|ml|[mhk]?pa|[m]?bar|"
    r"hz|khz|mhz|ghz|[kmg]?w|[kmg]?wh|[mk]?v|[mk]?a|[kmg]?j|kj|n|nm|lx|lux|ppm|ppb|db|ohm|Ω|"
    r"s|sec|secs|seconds?|min|minutes?|h|hr|hrs|hours?|d|days?|months?|years?|yr|a|"
    r"eur|usd|gbp|jpy|chf|[$€£¥]|mio\.?|tsd\.?|pcs|count|counts|#|-|—|none|n/a|1|"
    r"(?:[a-zµμ°%$€£]{1,5}[²³23]?)\s?[/*·]\s?(?:[a-zµμ]{1,4})[²³23]?|"
    r"(?:[a-zµμ]{1,4}[-−²³0-9]{0,2}\s){1,3}[a-zµμ]{1,4}[-−²³0-9]{0,2}|[ymd]{2,4}[-/.]?[ymd]{2,4}[-/.]?[ymd]{2,4}.*|hh:mm.*|date|time|utc)\s*[\])>]?"
)
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
    """Return the width of most rows; what stands before the table counts little."""
    body = rows[len(rows) // 3 :]
    counts = Counter(map(len, body))
    return max(counts, key=lambda width: (counts[width], width))


def laid_out(rows: Sequence[Sequence[str]], width: int) -> Layout:
    """Return where names, units and data begin in the first rows of a file, of so many fields each."""
    typed = _typed_columns(rows, width)
    begin = 0
    while begin < len(rows) - 1 and _is_title(rows, begin, width):
        begin += 1
    headers = 0
    while headers < MOST_HEADERS and begin + headers < len(rows) - 1:
        if not _is_header(rows, begin + headers, width, typed):
            break
        headers += 1
    if width == 1 and headers > 1:  # a title above the name of the only column
        begin, headers = begin + headers - 1, 1
    head = [list(row[:width]) for row in rows[begin : begin + headers]]
    if not head and _named_across(rows, begin, width):
        head, headers = [list(rows[begin])], 1
    if not head and begin and _names_without_first(rows[begin - 1], width):
        begin, headers, head = begin - 1, 1, [["", *rows[begin - 1]]]
    units = next((row for row in head[1:] if _is_unit_row(row)), None)
    lines = [row for row in head if row is not units]
    names = _joined(lines, width)
    found = [unit_in(name) for name in names] if units is None else [_unit(cell) for cell in units]
    return Layout(begin, headers, tuple(names), tuple(found), len(lines), units is not None)


def _typed_columns(rows: Sequence[Sequence[str]], width: int) -> list[bool]:
    """Which columns hold numbers or times in most rows of the body."""
    body = [row for row in rows[min(8, len(rows) // 2) :] if len(row) == width] or [
        row for row in rows if len(row) == width
    ]
    return [_mostly_typed([row[place] for row in body]) for place in range(width)]


def _mostly_typed(cells: Sequence[str]) -> bool:
    present = [cell for cell in cells if not is_missing(cell)]
    return bool(present) and sum(map(looks_typed, present)) >= 0.6 * len(present)


def _is_title(rows: Sequence[Sequence[str]], place: int, width: int) -> bool:
    """A row of another width, or one of whose fields only the first says something."""
    row, after = rows[place], rows[place + 1]
    if len(row) != width:
        return True
    present = [cell for cell in row if cell]
    if not present:
        return True
    alone = len(present) == 1 and bool(row[0]) and not is_number(row[0])
    if width == 2:
        return alone and len(after) == 2 and all(after) and not any(map(looks_typed, after))
    return width > 2 and alone


def _is_header(rows: Sequence[Sequence[str]], place: int, width: int, typed: Sequence[bool]) -> bool:
    row = rows[place]
    if len(row) != width or not any(row):
        return False
    if not any(typed):
        return place == 0 and _differs(rows, width)
    cells = [cell for cell, is_typed in zip(row, typed, strict=True) if is_typed]
    words = [cell for cell in cells if not _is_data(cell)]
    named = [cell for cell in cells if cell and not _is_data(cell)]
    others = [cell for cell, is_typed in zip(row, typed, strict=True) if not is_typed and cell]
    return len(words) == len(cells) and bool(named or others) and not all(is_missing(cell) for cell in row)


def _is_data(cell: str) -> bool:
    return bool(cell) and (looks_typed(cell) or (is_missing(cell) and not _UNIT.fullmatch(cell)))


def _differs(rows: Sequence[Sequence[str]], width: int) -> bool:
    """Whether the first row of a table of words stands apart: none of its cells occurs below it."""
    below = [row for row in rows[1:] if len(row) == width]
    if width < 2 or len(below) < 2:
        return False
    repeats = any(len({row[place] for row in below}) < len(below) for place in range(width))
    return repeats and all(rows[0][place] not in {row[place] for row in below} for place in range(width))


def _names_without_first(row: Sequence[str], width: int) -> bool:
    """Whether a header lacks the name of a first column that only numbers the rows."""
    return len(row) == width - 1 >= 2 and all(row) and not any(map(looks_typed, row))


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
    return bool(present) and len(fits) >= 0.75 * len(present) and (
        any(_SURE_UNIT.fullmatch(cell) for cell in fits) or max(map(len, present)) <= 4
    )  # fmt: skip


def _joined(rows: Sequence[Sequence[str]], width: int) -> list[str]:
    if len(rows) > 1 and any(not cell for cell in rows[0][1:]):
        rows = [_carried(rows[0], rows[1]), *rows[1:]]
    names = []
    for place in range(width):
        parts: list[str] = []
        for row in rows:
            if row[place] and row[place] not in parts:
                parts.append(row[place])
        names.append(" ".join(parts))
    return names


def _carried(top: Sequence[str], below: Sequence[str]) -> list[str]:
    """A name that spans several columns stands over the first of them only."""
    found, last = [], ""
    for cell, under in zip(top, below, strict=True):
        last = cell or (last if under else "")
        found.append(last)
    return found


def unit_in(name: str) -> str:
    """Return the unit that a name says, as in "Temp (°C)" or "power [kW]", or ""."""
    found = _IN_NAME.fullmatch(name) or _TAIL.fullmatch(name)
    if found is None or not _UNIT.fullmatch(found[1]):
        return ""
    return _unit(found[1])


def _unit(cell: str) -> str:
    bare = cell.strip().strip("[]()<>").strip()
    if re.fullmatch(r"(?i)[ymd]{1,4}([-/.]?[ymd]{1,4}){1,2}.*", bare) and len(bare) > 4:
        return ""
    if bare in ("-", "—", "none", "n/a", "1", "date", "time"):
        return ""
    return WORDS.units.get(bare.lower(), bare)[:16]
