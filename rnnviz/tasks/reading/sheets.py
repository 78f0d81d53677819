"""Spreadsheets, read by python-calamine, whatever the name of the file says."""

from __future__ import annotations

import io
from datetime import date, datetime, time, timedelta

from .errors import DataError


def opened(content: bytes, wanted: str = "") -> tuple[str, list[tuple[int, list[str]]], tuple[str, ...]]:
    """Return the name of a sheet, its rows with their numbers, and the names of all sheets.

    Raises
    ------
    DataError
        If the spreadsheet is broken, or all of its sheets are empty.
    """
    from python_calamine import CalamineWorkbook

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        names = tuple(book.sheet_names)
        for name in [wanted] if wanted in names else names:
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            found = [(number, [_text(cell) for cell in row]) for number, row in enumerate(rows, 1)]
            found = [row for row in _inside(found) if any(row[1])]
            if len(found) > 1:
                return name, found, names
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException:  # a parser of foreign bytes, whose panics are no Exception
        raise DataError(
            "This is a spreadsheet, but it is cut or broken and cannot be read. Save the table as CSV."
        ) from None
    raise DataError("This is a spreadsheet without a table in it.")


def _inside(rows: list[tuple[int, list[str]]]) -> list[tuple[int, list[str]]]:
    """Rows without the empty columns that stand before and after the table."""
    used = [place for _, row in rows for place, cell in enumerate(row) if cell]
    first, last = (min(used), max(used)) if used else (0, -1)
    return [(number, row[first : last + 1]) for number, row in rows]


def _text(cell: object) -> str:
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        midnight = cell.time() == time()
        return cell.date().isoformat() if midnight else cell.isoformat(sep=" ", timespec="seconds")
    if isinstance(cell, date | time):
        return cell.isoformat()
    if isinstance(cell, timedelta):
        return str(cell)
    return " ".join(str(cell).split())
