"""What is no table: numbers written one after another, and text."""

import re

from . import FEWEST_ROWS, DataError, Offer, Wish, short
from .keeper import Table
from .numbers import taken_apart

_MOST = 5 * 2**20
_PARTS, _WITH_COMMAS = re.compile(r"[\s;]+"), re.compile(r"[\s;,]+")


def loose_numbers(text: str, wish: Wish) -> tuple[list[str], tuple[str, ...], tuple[Offer, ...]]:
    """Return the numbers of a text, parted by blanks, semicolons, lines or commas, with notes and offers.

    A comma between digits, with no blank beside it, marks decimals where blanks or semicolons part the numbers:
    "1,5 2,7" are two. Where it could be both, the other reading is offered. DataError names an entry that is no
    number, or says that there are too few.
    """
    text = text.strip()[:_MOST]
    parts = [part for part in _PARTS.split(text) if part]
    inside = [part for part in parts if "," in part.strip(",")]
    clean = all(re.fullmatch(r"[+−-]?\d+,\d+", part) for part in inside)
    at_ends = any(part.startswith(",") or part.endswith(",") for part in parts)
    decimal = bool(inside) and clean and len(parts) > 1 and not at_ends
    said = wish.of("typed").decimal
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    if decimal:
        words = "decimals" if said != "." else "the end of a number"
        notes = (f"A comma between digits marks {words}: {short(inside[0])}.",)
        other, label = (".", "Commas part numbers") if said != "." else (",", "Commas mark decimals")
        offers = (Offer(label, wish.about("typed", decimal=other)),)
    if said == "." or not decimal:
        parts = [part for part in _WITH_COMMAS.split(text) if part]
    for place, part in enumerate(parts, 1):
        if taken_apart(part) is None:
            raise DataError(f"Entry {place:,}, {short(part)}, is no number.")
    if len(parts) < FEWEST_ROWS:
        found = {0: "are no numbers", 1: "is 1 number"}.get(len(parts), f"are {len(parts)} numbers")
        raise DataError(f"There {found}; at least {FEWEST_ROWS} are needed.")
    return parts, notes, offers


def are_numbers(text: str) -> bool:
    """Return whether the words of a text are numbers, but for a few."""
    parts = [part for part in _WITH_COMMAS.split(text[:4000]) if part][:400]
    return bool(parts) and sum(taken_apart(part) is not None for part in parts) > 0.9 * len(parts)


def is_prose(table: Table, text: str) -> bool:
    """Return whether what was cut into a table is text: no numbers in columns, rows of any width."""
    cells = [entry for column in table.columns for entry in column[:50]]
    numbers = sum(taken_apart(cell) is not None for cell in cells)
    letters = sum(sign.isalpha() for sign in text[:4000])
    wordy = letters > 0.5 * min(4000, max(1, len(text)))
    return wordy and numbers <= 0.1 * len(cells) and (table.separator in ("", " ") or table.ragged > 0.2)
