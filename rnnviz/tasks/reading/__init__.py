"""Reading what a reader brings: bytes or typed text in, a proposal out, in memory only.

`proposal.propose` says what a file seems to mean and how else it could be read; nothing is learned that it
does not show. What a reader says goes into a `Wish`, and the file is read again.
"""

from __future__ import annotations

from .errors import FEWEST_ROWS, MEGABYTES, MOST_BYTES, MOST_CELLS, MOST_COLUMNS, MOST_ROWS, DataError
from .wishes import KINDS, ColumnWish, Offer, Wish

__all__ = [
    "FEWEST_ROWS",
    "KINDS",
    "MEGABYTES",
    "MOST_BYTES",
    "MOST_CELLS",
    "MOST_COLUMNS",
    "MOST_ROWS",
    "ColumnWish",
    "DataError",
    "Offer",
    "Wish",
]
