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


def short(entry: str, most: int = 24) -> str:
    """Return an entry in quotation marks, cut where it is long."""
    entry = " ".join(entry.split())
    return f"“{entry[:most]}…”" if len(entry) > most else f"“{entry}”"
