"""How many cells the sheets of a spreadsheet reach over, counted before it is opened.

Whoever opens a sheet holds every cell from its first corner to the last one in use: a single number far away costs
as much as a full sheet, and a megabyte of a file can unpack to millions of cells.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import IO

from . import DataError

MOST = 2_100_000  # two whole columns
_PIECE, _TAG = 2**20, 2**12
_EXCEL = re.compile(rb"<(?:\w+:)?(row|c)\b([^<>]*)>")
_OPEN = re.compile(rb"<(/?)table:(table-row|table-cell|covered-table-cell|table(?=[ >]))([^<>]*)>")
_PLACE = re.compile(rb"\br\s*=\s*[\"']([A-Za-z]{0,3})(\d{0,7})[\"']")
_REPEATED = re.compile(rb"number-(?:rows|columns)-repeated\s*=\s*[\"'](\d{1,9})[\"']")


def check(content: bytes) -> None:
    """Raise DataError if a sheet of a workbook (.xlsx or .ods) reaches over more cells than are read."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        for name in archive.namelist():
            if re.fullmatch(r"(?i)xl/.*sheet.*\.xml", name):
                with archive.open(name) as part:  # what is far too much is refused at the speed of unpacking
                    _bound(sum(piece.count(b"<v>") + piece.count(b"<is>") for piece in _pieces(part)))
                with archive.open(name) as part:
                    _excel(part)
            elif name == "content.xml":
                with archive.open(name) as part:
                    _open_document(part)


def _excel(part: IO[bytes]) -> None:
    row = column = rows = columns = cells = 0
    for found in _tags(part, _EXCEL):
        at = _PLACE.search(found[2])
        if found[1] == b"row":
            row, column = int(at[2] or 0) if at else row + 1, 0
            continue
        column += 1
        if at:
            row, column = int(at[2] or row), _number(at[1])
        if not found[2].endswith(b"/"):  # one that only has a style is never read
            rows, columns, cells = max(rows, row), max(columns, column), cells + 1
            _bound(max(rows * columns, cells))


def _open_document(part: IO[bytes]) -> None:
    row = column = rows = columns = 0
    here, again = False, 1
    for found in _tags(part, _OPEN):
        times = int(repeated[1]) if (repeated := _REPEATED.search(found[3])) else 1
        if found[2] == b"table":
            row = rows = columns = 0
        elif found[2] == b"table-row":
            if found[1]:
                row, rows = row + again, row + again if here else rows
                _bound(rows * columns)
            else:
                again, column, here = times, 0, False
        elif not found[1]:
            column += times
            if not found[3].endswith(b"/") or b"value" in found[3]:
                here, columns = True, max(columns, column)
                _bound((row + 1) * columns)


def _tags(part: IO[bytes], pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
    """Find tags in a stream, piece by piece; one that is cut waits for the next piece."""
    rest = b""
    for piece in _pieces(part):
        text = rest + piece
        yield from pattern.finditer(text)
        cut = text.rfind(b"<")
        rest = text[cut:] if cut >= 0 and b">" not in text[cut : cut + _TAG] and len(text) - cut < _TAG else b""


def _pieces(part: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: part.read(_PIECE), b"")


def _number(letters: bytes) -> int:
    """The place of a column from its letters: A is 1, AA is 27."""
    place = 0
    for letter in letters.upper():
        place = 26 * place + letter - 64
    return place


def _bound(cells: int) -> None:
    if cells > MOST:
        raise DataError(
            f"A sheet reaches over {cells:,} cells or more; at most {MOST:,} are read. Remove what stands far from "
            "the table, or save the table as CSV."
        )
