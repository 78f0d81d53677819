"""What parts the fields of a text: proposed by clevercsv, checked against what its fields turn out to be."""

import csv
import re
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from .numbers import is_number
from .times import month_of
from .vocabulary import TIME_WORDS, WORDS

SEPARATORS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars", " ": "blanks", "": "nothing"}
_SAMPLE, _LONGEST = 120, 20_000
_WHOLE = re.compile(r"\s*[+-]?\d+\s*", re.ASCII)
_RIGHT = re.compile(r"\d{1,6}\s*", re.ASCII)
_WITH_UNIT = re.compile(r"\d\s?[^\W\d_eEdD]")
_CLOCK = r"\d{1,2}([:.h时時]?\d{2}){0,3}分?([.,]\d+)?\s?([AaPp][Mm]|Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_THEN = rf"([ ,T:-]{{1,3}}{_CLOCK})?"
_NAME = r"[^\W\d_]{3,9}"
_TIME = re.compile(
    rf"\d{{1,4}}[-/.年]\s?\d{{1,2}}([-/.月]\d{{1,4}}日?|月)?{_THEN}"
    r"|\d{1,2}[:.]\d{2}([:.]\d{2})?(\s?[AaPp][Mm])?"
    r"|\d{4}\s?-?[QqWwMK]\s?\d{1,2}(-\d)?|[QqK][1-4][ -]?\d{4}"
    rf"|({_NAME},?\s)?.{{0,12}}\b\d{{4}}\b{_THEN}"
    rf"|\d{{4}}[ -]{_NAME}([ -]\d{{1,2}})?|{_NAME}\.?[-. /]\d{{2}}"
    rf"|\d{{1,2}}[-. ]{_NAME}\.?[-. ]\d{{2,4}}{_THEN}"
)
csv.field_size_limit(200_000)


def fields(lines: Iterable[str], separator: str, quoted: bool = True) -> Iterator[list[str]]:
    """Cut lines into fields without blanks around them; blanks may be repeated, quotes are understood."""
    return ([field.strip() for field in row] for row in raw_fields(lines, separator, quoted))


def raw_fields(lines: Iterable[str], separator: str, quoted: bool = True) -> Iterator[list[str]]:
    """Cut lines into fields as they stand."""
    if not separator:
        return ([line.strip()] for line in lines)
    if separator == " ":
        words = re.compile(r'"[^"]*"|\S+')
        return ([part.strip('"') for part in words.findall(line)] if '"' in line else line.split() for line in lines)
    return csv.reader(
        lines, delimiter=separator, quoting=csv.QUOTE_MINIMAL if quoted else csv.QUOTE_NONE, skipinitialspace=True
    )


def guessed(lines: Sequence[str]) -> tuple[str, str]:
    """Return what parts the fields of lines, and what else may part them, or "?"; keys of `SEPARATORS`."""
    words = next((place for place, line in enumerate(lines[:20]) if is_number(line.strip())), len(lines))
    tail = [line.strip() for line in lines[words : words + _SAMPLE]]
    if tail and all(map(is_number, tail)):
        if any("," in line for line in tail):
            return _commas(tail, lines[words - 1] if words else "")
        if any(_WITH_UNIT.search(line) for line in tail):
            return "", "?"
    body = [line[:_LONGEST] for line in (lines[20 : 20 + _SAMPLE] if len(lines) >= 60 else lines[:_SAMPLE])]
    found, scores = _clever(body), {separator: _score(body, separator) for separator in SEPARATORS}
    best = max(scores, key=lambda separator: scores[separator])
    return (found if found is not None and scores.get(found, -1.0) >= 0.95 * scores[best] else best), "?"


def _commas(body: Sequence[str], header: str) -> tuple[str, str]:
    """Lines such as 1900,112: two columns, or one of decimal commas."""
    if header:
        return ("," if "," in header else ""), "?"
    pairs = [line.split(",") for line in body]
    if min(map(len, pairs)) < 2:
        return "", "?"
    if not all(_WHOLE.fullmatch(pair[0]) and pair[1].strip().isdecimal() for pair in pairs):
        return "", ","
    left = [int(pair[0]) for pair in pairs]
    steps = {after - before for before, after in pairwise(left)}
    padded = any(pair[1].startswith("0") and len(pair[1].strip()) > 1 for pair in pairs)
    counts = len(steps) == 1 and steps != {0}
    if counts or (len(steps) > 1 and min(steps) > 0 and not padded and left[0] >= 1000):
        return ",", ""
    return "", ","


def _clever(lines: Sequence[str]) -> str | None:
    from clevercsv.detect import Detector

    text = "\n".join(line.rstrip("\r\n") for line in lines[:40])[:8_000]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = Detector().detect(text, delimiters=[",", ";", "\t", "|", " "])
    except Exception:  # whatever it meets in a reader's file, the scores below still stand
        return None
    return None if found is None else found.delimiter


def _score(lines: Sequence[str], separator: str) -> float:
    """How many lines are of one width, and how much of them is a number, a date or empty."""
    try:
        rows = list(fields(lines, separator))
    except csv.Error:
        return 0.0
    usual, count = max(Counter(map(len, rows)).items(), key=lambda item: (item[1], item[0]), default=(1, 0))
    cells = [cell for row in [row for row in rows if len(row) == usual][:40] for cell in row[:40]]
    typed = sum(1.0 if looks_typed(cell) else 0.5 if not cell else 0.0 for cell in cells) / max(1, len(cells))
    if usual == 1:
        return 0.3 * typed
    return (count / len(rows)) ** 2 * (0.8 if separator == " " else 1.0) * (0.35 + 0.65 * typed)


@lru_cache(maxsize=4096)
def looks_typed(cell: str) -> bool:
    """Return whether a cell is a number or looks like a time."""
    return is_number(cell) or looks_like_time(cell)


def looks_like_time(cell: str) -> bool:
    """Return whether a cell looks like a time."""
    if len(cell) > 40 or not any(map(str.isdigit, cell)) or not _TIME.fullmatch(cell):
        return False
    return all(word.lower() in WORDS.in_times or month_of(word) for word in re.findall(r"[^\W\d_]+", cell))


def are_halves(rows: Sequence[Sequence[str]]) -> bool:
    """Return whether decimal commas cut the numbers of a file of commas in two.

    The header, the first of the rows, then has one field for every two of the others, but for the time in front.
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
    halves = all(map(_WHOLE.fullmatch, row[1::2])) and all(map(_RIGHT.fullmatch, row[2::2]))
    return len(row) == 2 * width - 1 > width and halves
