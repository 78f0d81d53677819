"""What each column of a table holds: numbers, times, classes, text, or nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rnnviz.engine.progress import tracked
from rnnviz.notation.counts import counted
from rnnviz.notation.counts import times as often

from . import ColumnWish, Offer, Wish, short
from .keeper import Table
from .missing import is_missing, marks
from .numbers import LARGEST, Numbers, as_numbers
from .times import COUNTED, Times, as_times, from_numbers, ordered
from .vocabulary import names_time

MOST_CLASSES = 24
_NUMBERING = re.compile(r"(?i)(.*[ _.])?(id|no|nr|idx|index|row|rownum|#|num|unnamed.*|column 1)\.?")
_SIX = re.compile("%Y%m|(%[ymd]){3}")
_LABEL = re.compile(r"0\d{2,}|\d+", re.ASCII)


@dataclass(frozen=True, eq=False)
class Column:
    """One column, understood."""

    name: str
    kind: str  # one of `KINDS`
    unit: str
    entries: Sequence[str]  # as they stand in the file; "" where they say that a value is missing
    numbers: Numbers | None = None
    times: Times | None = None
    marks: tuple[float, ...] = ()  # numbers that are read as "missing"
    steady: bool = False  # whether the numbers go on by one and the same step
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()

    @property
    def values(self) -> np.ndarray:
        """Its numbers; NaN where there is none."""
        return self.numbers.values if self.numbers is not None else np.full(self.size, np.nan)

    @property
    def size(self) -> int:
        """How many rows there are; the texts of numbers and times are not kept once they are read."""
        return len(self.numbers.values if self.numbers else self.times.values if self.times else self.entries)

    @property
    def known(self) -> np.ndarray:
        """The numbers that are there."""
        return self.values[np.isfinite(self.values)]

    @property
    def constant(self) -> bool:
        """Whether all numbers are one and the same."""
        return self.kind == "number" and bool(self.known.size == 0 or self.known.min() == self.known.max())

    @property
    def too_large(self) -> str:
        """What is said where its numbers are too large to be learned, or ""."""
        largest = float(np.abs(self.known).max(initial=0.0))
        if largest <= LARGEST:
            return ""
        return f"Column “{self.name}” holds {largest:.3g}, which is too large; numbers up to 10¹² are used."

    @property
    def counter(self) -> bool:
        """Whether the numbers only count the rows."""
        if not self.steady or abs(self.values[1] - self.values[0]) != 1.0:
            return False
        return float(self.values.min()) in (0.0, 1.0) or bool(_NUMBERING.fullmatch(self.name))

    def first(self, count: int) -> list[object]:
        """Return the first entries as they were understood: numbers, ISO texts, texts, or None."""
        if self.kind == "time" and self.times is not None:
            return list(self.times.texts(slice(0, count)))
        if self.kind in ("number", "time") and self.numbers is not None:
            plain = int if self.numbers.whole else float
            return [plain(value) if np.isfinite(value) else None for value in self.values[:count]]
        return [entry or None for entry in self.entries[:count]]


def understood(table: Table, wish: Wish) -> list[Column]:
    """Return the columns of a table with their kinds, units and what was read as missing."""
    cleaned = [["" if is_missing(entry) else entry for entry in column] for column in table.columns]
    firsts = [
        as_numbers(entries, wish.of(name).decimal, "", table.separator)
        for name, entries in tracked([*zip(table.names, cleaned, strict=True)])
    ]
    read = [one for one in firsts if np.isfinite(one.values).mean() >= 0.5]
    sure = {one.decimal for one in read if one.sure and one.decimal and not one.whole}
    hint = sure.pop() if len(sure) == 1 else "." if table.separator == "sheet" else ""
    parts = tracked([*zip(table.names, table.units, cleaned, firsts, strict=True)])
    return [_column(table, wish, name, unit, entries, one, hint) for name, unit, entries, one in parts]


def _column(table: Table, wish: Wish, name: str, unit: str, entries: list[str], numbers: Numbers, hint: str) -> Column:
    said = wish.of(name)
    if not numbers.sure:
        numbers = as_numbers(entries, said.decimal, hint, table.separator)
    numbers = replace(numbers, values=np.where(np.isfinite(numbers.values), numbers.values, np.nan))
    count = sum(1 for entry in entries if entry)
    share = np.isfinite(numbers.values).sum() / max(1, count)
    times = _times(entries, said, share)
    if times is not None and _SIX.fullmatch(times.form) and not (said.kind or names_time(name) or name == "column 1"):
        times = None  # six digits may count anything
    kind = said.kind or _kind(entries, times, share, count)
    unit = said.unit if said.unit is not None else unit or numbers.unit
    if kind == "time":
        return _time_column(table, wish, Column(name, kind, unit, entries), said, numbers, times)
    if kind != "number":
        words: tuple[str, ...] = ()
        if kind == "left out" and not count:
            words = (f"“{name}” is empty and left out.",)
        elif kind in ("class", "text") and _are_labels(entries):
            words = (f"“{name}” has codes with leading zeros; they are read as labels, not as numbers.",)
        return Column(name, kind, "", entries, notes=words)
    column = Column(name, kind, unit, entries, numbers, steady=_is_steady(numbers.values))
    column = _marked(column, numbers, wish, said)
    if not count:
        column = replace(column, notes=(f"“{name}” holds no number.",))
    return _doubtful(_unread(column, table), wish)


def _kind(entries: list[str], times: Times | None, share: float, count: int) -> str:
    if not count or times is not None:
        return "time" if count else "left out"
    if share >= 0.5 and not _are_labels(entries):
        return "number"
    distinct = len(set(entries) - {""})
    return "class" if 2 <= distinct <= MOST_CLASSES and distinct <= 0.5 * count else "text"


def _are_labels(entries: Sequence[str]) -> bool:
    """Codes such as 01000: digits of one length, many of them with a zero in front."""
    present = [entry for entry in entries[:2000] if entry]
    return (
        all(_LABEL.fullmatch(entry) for entry in present)
        and len({len(entry) for entry in present}) == 1
        and len(present[0]) > 2
        and sum(entry.startswith("0") for entry in present) >= 0.05 * len(present)
        and any(entry.strip("0") for entry in present)
    )


def _times(entries: list[str], said: ColumnWish, share: float) -> Times | None:
    """Times by a format; of entries that could be plain numbers too only where all go on in order."""
    if said.kind not in ("", "time"):
        return None
    found = as_times(entries, said.form)
    if found is None or said.kind == "time" or share < 0.5:
        return found
    known = found.values[~np.isnat(found.values)]
    regular = len(known) == sum(1 for entry in entries if entry) and len(known) > 2
    return found if regular and ordered(known) else None


def _time_column(
    table: Table, wish: Wish, column: Column, said: ColumnWish, numbers: Numbers, times: Times | None
) -> Column:
    if times is None:
        forms = [said.form] if said.form in COUNTED else [*COUNTED]
        read = (from_numbers(numbers.values, form) for form in forms)
        times = next((one for one in read if one is not None), None)
    if times is None:
        return replace(column, numbers=numbers)
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()
    if times.other:
        day, other = ({"d": "day", "m": "month", "y": "year"}[form[1]] for form in (times.form, times.other))
        both = " or the ".join(sorted((day, other)))
        notes = (f"“{column.name}” could name the {both} first; it is read with the {day} first.",)
        offers = (Offer(f"“{column.name}”: the {other} first", wish.about(column.name, form=times.other)),)
    return replace(column, times=times, notes=notes, offers=offers)


def _is_steady(values: np.ndarray) -> bool:
    """Whether numbers go on by one and the same step, as those that count the rows do."""
    if len(values) < 3 or not np.isfinite(values).all():
        return False
    steps = np.diff(values / 4)  # of a quarter: no difference of two steps is too large for a number
    return bool(steps[0] != 0 and np.allclose(steps, steps[0], rtol=1e-6, atol=1e-9 * abs(steps[0])))


def _marked(column: Column, numbers: Numbers, wish: Wish, said: ColumnWish) -> Column:
    """Take numbers that stand for "missing" as such, and say how often they occur."""
    values = numbers.values
    found = said.marks if said.marks is not None else () if column.steady else marks(values)
    if not found:
        return column
    rest = values[np.isfinite(values) & ~np.isin(values, found)]
    spread = f" (the rest goes from {rest.min():,.6g} to {rest.max():,.6g})" if rest.size else ""
    notes = [
        f"“{column.name}”: {mark:g} occurs {often(int((values == mark).sum()))}{spread}; it is read as missing."
        for mark in found
    ]
    numbers = replace(numbers, values=np.where(np.isin(values, found), np.nan, values))
    texts = ", ".join(f"{mark:g}" for mark in found)
    offer = Offer(f"“{column.name}”: take {texts} as a value", wish.about(column.name, marks=()))
    return replace(column, numbers=numbers, marks=tuple(found), notes=tuple(notes), offers=(offer,))


def _unread(column: Column, table: Table) -> Column:
    unknown = np.flatnonzero(~np.isfinite(column.values)).tolist()
    gone = [place for place in unknown if column.entries[place] and not _is_mark(column, place)]
    if not gone:
        return column
    place = gone[0]
    where = f"Row {table.lines[place]:,}, column “{column.name}”"
    verb, counts = "is" if len(gone) == 2 else "are", "it counts" if len(gone) == 1 else "they count"
    more = f", nor {verb} {counted(len(gone) - 1, 'more entry')} of the column" if len(gone) > 1 else ""
    words = f"{where} holds {short(column.entries[place])}, which is no number{more}; {counts} as missing."
    return replace(column, notes=(*column.notes, words))


def _is_mark(column: Column, place: int) -> bool:
    if not column.marks:
        return False
    try:
        return float(column.entries[place].replace(",", ".")) in column.marks
    except ValueError:
        return True


def _doubtful(column: Column, wish: Wish) -> Column:
    """Show both readings where the signs of a column could mean thousands or decimals."""
    numbers = column.numbers
    if numbers is None or numbers.sure or not numbers.decimal:
        return column
    place = next(at for at, entry in enumerate(column.entries) if "." in entry or "," in entry)
    entry, other = column.entries[place], "," if numbers.decimal == "." else "."
    value, rest = (f"{one:.10g}" for one in (numbers.values[place], as_numbers([entry], other).values[0]))
    words = f"“{column.name}”: {short(entry)} is read as {value}; it could be {rest} as well, and the column does not"
    offer = Offer(f"“{column.name}”: {rest}", wish.about(column.name, decimal=other))
    return replace(column, notes=(*column.notes, f"{words} tell."), offers=(*column.offers, offer))
