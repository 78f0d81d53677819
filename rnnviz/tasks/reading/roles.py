"""Which column is the time axis, and which one a person would forecast."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from . import Offer, Wish
from .columns import Column
from .times import Times, from_numbers, month_of, ordered
from .vocabulary import CALENDAR, WORDS, names_time, words_of

_LIMITS = {"year": (1500, 2262), "month": (1, 12), "day": (1, 31), "hour": (0, 24), "minute": (0, 59)}
_LABELS = {"species", "class", "label", "target", "category", "klasse", "y"}


@dataclass(frozen=True)
class Roles:
    """The columns with the time axis among them, and who plays which part."""

    columns: tuple[Column, ...]
    time: str | None
    target: str | None
    axis: np.ndarray | None  # (R,): times, or plain numbers that count
    form: Times | None  # how the axis is written
    notes: tuple[str, ...] = ()


def cast(columns: Sequence[Column], wish: Wish) -> Roles:
    """Find the time axis and the target, unless the reader has named them."""
    columns = [_as_time(column, wish) for column in columns]
    time, axis, form, notes = _axis(columns, wish)
    if time is not None:
        columns = [replace(c, kind="time") if c.name == time else c for c in columns]
        columns = [replace(c, times=form) if c.name == time and form is not None else c for c in columns]
    target = wish.target if wish.target is not None else _target(columns, time, notes)
    if target not in {column.name for column in columns if column.kind not in ("left out",)}:
        target = None
    return Roles(tuple(columns), time, target or None, axis, form, notes)


def _as_time(column: Column, wish: Wish) -> Column:
    """Numbers that are years, seconds since 1970 or a spreadsheet's days."""
    if column.kind != "number" or wish.of(column.name).kind or column.numbers is None or not column.numbers.whole:
        return column
    if column.unit or column.known.size < 3:
        return column
    named, goes_on = names_time(column.name), ordered(column.known)
    known, words = column.known, {*words_of(column.name)}
    if known.min() >= 1500 and known.max() <= 2262 and (named or column.steady):
        is_year = column.steady or goes_on or words & {*CALENDAR["year"]}
        return _read_as(column, "year") if is_year else column
    if not goes_on:
        return column
    if named or _looks_like_a_clock(column):
        forms = (f"unix {unit}" for unit in ("s", "ms", "us", "ns"))
        read = next((one for form in forms if (one := _read_as(column, form)).kind == "time"), column)
        if read is not column and not named:
            note = f"“{column.name}” goes on evenly from {column.values[0]:.0f}; it is read as time since 1970."
            offer = Offer(f"“{column.name}”: numbers", wish.about(column.name, kind="number"))
            return replace(read, notes=(note,), offers=(offer,))
        if read is not column:
            return read
    if named and known.min() > 20_000 and known.max() < 80_000 and not words_of(column.name)[0].startswith("t"):
        return _read_as(column, "excel")
    return column


def _looks_like_a_clock(column: Column) -> bool:
    """Whether numbers without a name of time go on by whole seconds since 1970, from no round number."""
    first, step = column.values[0], abs(column.values[1] - column.values[0])
    unit = 1e3 ** max(0, (len(f"{first:.0f}") - 9) // 3)
    return (
        column.steady
        and first >= 6e8
        and step % unit == 0
        and float(f"{first:.2g}") != first
        and _measured(column.name) <= 0
    )


def _read_as(column: Column, form: str) -> Column:
    times = from_numbers(column.values, form)
    return column if times is None else replace(column, kind="time", times=times, notes=(), offers=())


def _axis(columns: Sequence[Column], wish: Wish) -> tuple[str | None, np.ndarray | None, Times | None, tuple[str, ...]]:
    if wish.time is not None:
        chosen = next((column for column in columns if column.name == wish.time), None)
        return (None, None, None, ()) if chosen is None else (chosen.name, *_of(chosen), ())
    parts = _from_parts(columns)
    if parts is not None:
        return parts
    read = [(c, c.times) for c in columns if c.kind == "time" and c.times is not None]
    dated = [(c, times) for c, times in read if times.form != "of day"]
    if dated:
        best, dates = max(dated, key=lambda one: (_quality(one[0].name, one[1].values), -columns.index(one[0])))
        return _with_clock(best, dates, [(c, times) for c, times in read if times.form == "of day"])
    for c in columns:  # numbers that only go on: seconds since a start, a month's number
        counts = c.kind == "number" and c.size == c.known.size > 2 and ordered(c.known, strictly=True)
        if counts and (names_time(c.name) or _are_years(c)):
            return c.name, c.values, None, ()
    of_day = [c for c in columns if c.kind == "time"]
    return (of_day[0].name, *_of(of_day[0]), ()) if of_day else (None, None, None, ())


def _of(column: Column) -> tuple[np.ndarray, Times | None]:
    return column.values if column.times is None else column.times.values, column.times


def _are_years(column: Column) -> bool:
    """Years with a fraction, as 1749.042, that go on by nearly equal steps."""
    known = column.known
    if known.size < 3 or known.min() < 1500 or known.max() > 2262:
        return False
    steps = np.abs(np.diff(known))
    return bool(steps.min() > 0 and steps.max() < 1.6 * steps.min() and steps.max() <= 1)


def _quality(name: str, times: np.ndarray) -> float:
    return 2.0 * ordered(times, strictly=True) + ordered(times) + 0.5 * names_time(name)


def _with_clock(
    column: Column, times: Times, clocks: Sequence[tuple[Column, Times]]
) -> tuple[str, np.ndarray, Times, tuple[str, ...]]:
    """Join the dates with a column of times of day, where the dates alone repeat."""
    if not clocks or times.has_clock or len(np.unique(times.values)) == len(times.values):
        return column.name, times.values, times, ()
    clock, of_day = clocks[0]
    joined = times.values + (of_day.values - np.datetime64("1900-01-01"))  # the day of times without one
    words = f"“{column.name}” and “{clock.name}” together are the time axis."
    return column.name, joined, Times(joined, f"{times.form} %H"), (words,)


def _from_parts(columns: Sequence[Column]) -> tuple[str, np.ndarray, Times, tuple[str, ...]] | None:
    """A year, a month and so on in columns of their own."""
    if any(c.times is not None and c.times.form not in ("year", "of day") for c in columns):
        return None
    found: list[str] = []
    numbers: list[np.ndarray] = []
    for part, names in CALENDAR.items():
        match = next((c for c in columns if " ".join(words_of(c.name)) in names), None)
        if match is None or (values := _part(match, part)) is None:
            break
        found.append(match.name)
        numbers.append(values)
    if len(found) < 2:
        return None
    axis = (numbers[0] - 1970).astype("datetime64[Y]").astype("datetime64[M]") + (numbers[1] - 1)
    axis = axis.astype("datetime64[us]")
    for number, start, unit in zip(numbers[2:], (1, 0, 0), "Dhm", strict=False):
        axis = axis + (number - start).astype(f"timedelta64[{unit}]")
    *before, last = (f"“{name}”" for name in found)
    form = "%Y-%m-%d %H" if len(found) > 3 else "%Y-%m-%d"
    words = f"{', '.join(before)} and {last} together are the time axis."
    return found[0], axis, Times(axis, form), (words,)


def _part(column: Column, part: str) -> np.ndarray | None:
    """The numbers of a column that holds one part of a date, or the names of months; None if it does not."""
    if part == "month" and column.kind in ("class", "text"):
        values = np.array([float(month_of(entry)) for entry in column.entries])
    elif column.numbers is not None and column.numbers.whole:
        values = column.values
    else:
        return None
    low, high = _LIMITS[part]
    return values.astype("int64") if bool(((values >= low) & (values <= high)).all()) else None


def _target(columns: Sequence[Column], time: str | None, notes: Sequence[str]) -> str | None:
    """The column that a person would forecast: numbers that move and mean something."""
    numbers = [c for c in columns if c.kind == "number" and c.name != time]
    able = [c for c in numbers if not (c.constant or c.counter or _are_years(c))]
    able = able or [c for c in numbers if c.counter and _measured(c.name) > 0]
    able = able or [c for c in columns if c.kind == "number" and len(columns) == 1]
    able = [c for c in able if not any(f"“{c.name}”" in note for note in notes)]
    labels = [c for c in columns if c.kind == "class"]
    named = [c for c in labels if _LABELS & {*words_of(c.name)}]
    if named and time is None:
        return named[0].name
    if able:
        return max(able, key=lambda c: (_worth(c), -columns.index(c))).name
    return labels[-1].name if labels and len(columns) > 1 else None


def _is_calendar(column: Column) -> bool:
    """Whether whole numbers are years in order, or months or days one after another."""
    known, whole = column.known, column.numbers is not None and column.numbers.whole
    if not whole or known.size < 3:
        return False
    if known.min() >= 1500 and known.max() <= 2262:
        return ordered(known)
    steps = np.diff(known)
    return known.min() == 1 and known.max() in (12, 28, 29, 30, 31) and bool((steps[steps >= 0] <= 1).all())


def _measured(name: str) -> float:
    """How much a name speaks for something that is measured, and would be forecast."""
    return float(sum(WORDS.worth.get(word, 0) for word in words_of(name)))


def _worth(column: Column) -> float:
    score = _measured(column.name)
    score += 15 if column.unit in ("°C", "°F", "K") and not score else 0
    distinct = len(np.unique(column.known[:5000]))
    score -= 10 * column.steady + 60 * bool(column.too_large)
    score -= 40 * (column.name.startswith("column ") and _is_calendar(column))
    score -= 25 if distinct <= 2 else 12 if distinct <= 5 else 0
    missing = 1 - column.known.size / max(1, column.size)
    score -= 20 * missing if missing > 0.3 else 0
    whole = column.numbers is not None and column.numbers.whole
    return score - 5 * (whole and ordered(column.known) and distinct == column.known.size)
