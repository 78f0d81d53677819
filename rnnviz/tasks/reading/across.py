"""Times side by side: a row of months, years or dates becomes rows one after another, each with its time."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from . import FEWEST_ROWS, MOST_LABELS
from .dialect import looks_like_time
from .missing import is_missing
from .numbers import is_number
from .times import as_times, month_of, ordered

_NUMBERED = re.compile(r"[A-Za-z]{0,2}[ _.]?\d+")
_YEAR = re.compile(r"(?:[A-Za-z]{1,2}[ _.]?)?(\d{4})(?:\.0| ?[\[(]?[A-Za-z]{2}\d{4}[\])]?)?", re.ASCII)


@dataclass(frozen=True)
class Across:
    """Columns of a table whose names go on in time."""

    kind: Literal["month", "year", "date"]
    first: int  # the place of the first of them
    times: tuple[str, ...]  # what their names say
    year: int | None  # for months, the place of the column of years
    labels: tuple[int, ...]  # places of the columns before them, which name a row

    @property
    def words(self) -> str:
        """What is said of the table."""
        what = "Twelve months" if self.year is not None else f"{len(self.times):,} {self.kind}s"
        return f"{what} stand side by side, {self.times[0]} to {self.times[-1]}"

    def names(self, given: Sequence[str]) -> tuple[str, ...]:
        """Return the names of the columns that take the place of those given."""
        return (*(given[place] for place in self.labels), self.kind, "value")

    def entries(self, row: Sequence[str], places: range) -> Iterator[tuple[str, ...]]:
        """Yield the rows that some of the columns become."""
        labels = tuple(row[place] for place in self.labels)
        before = f"{row[self.year]}-" if self.year is not None else ""
        for place in places:
            yield (*labels, before + self.times[place], row[self.first + place])


def found(names: Sequence[str], rows: Sequence[Sequence[str]]) -> Across | None:
    """Return the columns of a table whose names go on in time and which, in its first rows, hold numbers."""
    cells = [*zip(*rows, strict=True)]
    return _months(names, cells) or _times(names, cells) if cells else None


def _months(names: Sequence[str], cells: Sequence[Sequence[str]]) -> Across | None:
    bare = len(names) == 13 and not any(names)
    order = [*range(13)] if bare else [*map(month_of, names)]
    for start in range(1, min(len(order) - 11, MOST_LABELS + 1)):
        if order[start : start + 12] != [*range(1, 13)]:
            continue
        if years := [place for place in range(start) if all(map(_is_year, cells[place]))]:
            labels = tuple(place for place in range(start) if place != years[-1])
            return Across("month", start, tuple(f"{n:02d}" for n in range(1, 13)), years[-1], labels)
    return None


def _times(names: Sequence[str], cells: Sequence[Sequence[str]]) -> Across | None:
    years = [match[1] if (match := _YEAR.fullmatch(name)) and _is_year(match[1]) else "" for name in names]
    dates = [name if not year and looks_like_time(name) else "" for name, year in zip(names, years, strict=True)]
    both: tuple[tuple[Literal["year", "date"], list[str]], ...] = (("year", years), ("date", dates))
    for kind, said in both:
        first = next((place for place, name in enumerate(said) if name), 0)
        times = said[first : next((at for at in range(first, len(said)) if not said[at]), len(said))]
        beyond = [*names[max(first - 1, 0) : first], *names[first + len(times) :][:1]]
        if first > MOST_LABELS or (kind == "year" and any(map(_NUMBERED.fullmatch, beyond))):
            continue  # V1 to V3000 are numbers of columns
        columns = cells[first : first + len(times)]
        present = [cell for column in columns[:40] for cell in column[:40] if not is_missing(cell)]
        numbers = len(times) >= FEWEST_ROWS and sum(map(is_number, present)) > 0.8 * len(present)
        if numbers and _go_on(times):
            return Across(kind, first, tuple(times), None, tuple(range(first)))
    return None


def _go_on(times: Sequence[str]) -> bool:
    read = as_times([f"{time}-01-01" if time.isdecimal() else time for time in times])
    return read is not None and not np.isnat(read.values).any() and ordered(read.values, strictly=True)


def _is_year(entry: str) -> bool:
    return len(entry) == 4 and entry.isdecimal() and 1500 <= int(entry) <= 2262
