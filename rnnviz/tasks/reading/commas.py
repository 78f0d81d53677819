"""Decimal commas in a file whose fields commas part: two fields are one number."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from .dialect import looks_like_time, looks_typed
from .vocabulary import TIME_WORDS

_LEFT = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_RIGHT = re.compile(r"\d{1,6}\s*", re.ASCII)


def are_halves(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether the header has one field for every two of the rows, but for the time in front.

    Parameters
    ----------
    rows : sequence of sequence of str
        The first rows of the file, the header among them.
    """
    if len(rows) < 3 or len(rows[0]) < 2 or any(not cell or looks_typed(cell) for cell in rows[0]):
        return False
    width, body = len(rows[0]), rows[1:]
    if rows[0][0].strip('" ').lower() not in TIME_WORDS and not all(looks_like_time(row[0]) for row in body):
        return False
    halved = [row for row in body if _fits(row, width)]
    if not halved or not all(len(row) == width or _fits(row, width) for row in body):
        return False
    numbers = [row[0] for row in body] == [str(place + 1) for place in range(len(body))]
    steps = {int(after[1]) - int(before[1]) for before, after in pairwise(halved)}
    return not (numbers and len(steps) == 1)  # numbers of rows that have no name, and a time after them


def joined(rows: Iterable[tuple[int, list[str]]], width: int) -> Iterator[tuple[int, list[str]]]:
    """Join the halves of the numbers in rows that have them."""
    for number, row in rows:
        if _fits(row, width):
            pairs = zip(row[1::2], row[2::2], strict=True)
            row = [row[0], *(f"{left.strip()},{right.strip()}" for left, right in pairs)]
        yield number, row


def _fits(row: Sequence[str], width: int) -> bool:
    return (
        len(row) == 2 * width - 1 > width
        and all(map(_LEFT.fullmatch, row[1::2]))
        and all(map(_RIGHT.fullmatch, row[2::2]))
    )
