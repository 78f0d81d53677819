"""The one error of reading, and the limits of what is read."""

from __future__ import annotations

MEGABYTES = 50
"""The largest file that is read; ``server.maxUploadSize`` in ``.streamlit/config.toml`` says the same."""
MOST_BYTES = MEGABYTES * 2**20
MOST_ROWS = 100_000
MOST_COLUMNS = 64
MOST_CELLS = 1_500_000
"""Entries that are held at once: of a larger table every n-th row is kept while it is read."""
FEWEST_ROWS = 8


class DataError(ValueError):
    """Data that cannot be used as they are; the message is one sentence for the reader."""


def counted(count: int, one: str, many: str = "") -> str:
    """Return a count with its word in the right number: "1 row", "2 rows", "1,234 rows"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def are(count: int, one: str, many: str = "", verbs: tuple[str, str] = ("is", "are")) -> str:
    """Return a count with its word and its verb: "1 row is", "2 rows are"."""
    return f"{counted(count, one, many)} {verbs[count != 1]}"


def ordinal(number: int) -> str:
    """Return "2nd", "3rd", "11th", "21st"."""
    ending = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number:,}{ending}"


def short(entry: str, most: int = 24) -> str:
    """Return an entry in quotation marks, cut where it is long."""
    entry = " ".join(entry.split())
    return f"“{entry[:most]}…”" if len(entry) > most else f"“{entry}”"
