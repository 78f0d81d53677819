"""What a file is proposed to mean: columns, time axis and target, with all that was decided on the way."""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from rnnviz.notation.counts import counted
from rnnviz.notation.counts import times as often

from . import FEWEST_ROWS, DataError, Offer, Wish
from .columns import Column, understood
from .encodings import NAMES, check_size, encoding_of, is_spreadsheet
from .groups import found as found_groups
from .keeper import Table
from .loose import are_numbers, is_prose, loose_numbers
from .roles import Roles, cast
from .table import read_table
from .times import Times

_TEXT_SAMPLE = 400_000
FIRST = 5


@dataclass(frozen=True, eq=False)
class Proposal:
    """A file as it is understood."""

    columns: tuple[Column, ...] = ()
    time: str | None = None  # names of columns
    target: str | None = None
    axis: np.ndarray | None = None  # (R,): datetime64, or plain numbers
    form: Times | None = None  # how the axis is written
    rows: int = 0  # that are used
    total: int = 0  # rows of the file
    every: int = 1  # of how many rows one was kept while reading
    lines: np.ndarray | None = None  # (R,) int: the line of the file in which each row stands
    text: str | None = None  # where the file is one
    notes: tuple[str, ...] = ()
    offers: tuple[Offer, ...] = ()  # other readings that are possible
    problem: str | None = None  # why nothing can be learned from the file
    separator: str = ""
    encoding: str = ""
    sheets: tuple[str, ...] = ()
    group: tuple[str, ...] = ()  # the columns that tell several series in the table apart
    members: tuple[str, ...] = ()  # those series, where one of them is read
    member: str = ""  # the one of them that is read

    def column(self, name: str | None) -> Column:
        """Return the column of a name; DataError if there is none."""
        found = next((column for column in self.columns if column.name == name), None)
        if found is not None:
            return found
        raise DataError(f"There is no column “{name[:24] if name else name}”.")

    def when(self, row: int) -> str:
        """Return what the time axis says of a row, or its number where there is none."""
        if self.axis is None or not 0 <= row < len(self.axis):
            return f"row {row + 1:,}"
        if self.form is not None:
            text = Times(self.axis, self.form.form).texts([row])[0]
            days = np.all(self.axis == self.axis.astype("datetime64[D]"))
            clock = "T00:00:00" if days and self.form.has_clock else ""
            return (text or f"row {row + 1:,}").removesuffix(clock).replace("T", " ")
        return f"{self.axis[row]:.10g}"

    def record(self) -> dict:
        """Return what `python -m rnnviz read` prints."""
        return {
            "rows": self.rows,
            "columns": [
                {"name": c.name, "kind": c.kind, "unit": c.unit, "first": c.first(FIRST)} for c in self.columns
            ],
            "time": self.time,
            "target": self.target,
            "notes": list(self.notes),
            "problem": self.problem,
        }


def propose(content: bytes, name: str = "", wish: Wish | None = None) -> Proposal:
    """Return what the bytes of a file are proposed to mean; its name decides nothing, and nothing is raised."""
    wish = wish or Wish()
    try:
        return _proposed(content, name, wish)
    except DataError as error:
        return _given_up(error, wish)


def of_path(path: Path) -> Proposal:
    """Return the proposal for a file on disk; what cannot be read is its problem."""
    try:
        check_size(path.stat().st_size)
        return propose(path.read_bytes(), path.name)
    except DataError as error:
        return Proposal(problem=str(error))
    except (OSError, ValueError) as error:
        return Proposal(problem=f"The file cannot be opened: {getattr(error, 'strerror', None) or error}.")


def _given_up(error: DataError, wish: Wish) -> Proposal:
    """What is said where nothing can be read; a wish that led there can be taken back."""
    offers = () if wish == Wish() else (Offer("Read it as it was proposed", Wish()),)
    return Proposal(problem=str(error), offers=offers)


def _proposed(content: bytes, name: str, wish: Wish) -> Proposal:
    if wish.text:
        return of_text(_start_of(content, wish), name, wish)
    if is_spreadsheet(content):
        return of_table(read_table(content, wish), wish, content)
    start = _start_of(content, wish)
    try:
        table = read_table(content, wish)
    except DataError:
        if any(sign in start for sign in ",;\t|") or sum(map(str.isalpha, start[:4000])) <= 100:
            raise
        return of_text(start, name, wish)
    if wish.separator is None and are_numbers(start) and (len(table.lines) < FEWEST_ROWS or table.ragged > 0.2):
        return of_numbers(start, wish)
    if wish.text is None and wish.separator is None and is_prose(table, start):
        return of_text(start, name, wish)
    return of_table(table, wish, content)


def _start_of(content: bytes, wish: Wish) -> str:
    encoding = wish.encoding if wish.encoding in NAMES else encoding_of(content)
    reader = io.TextIOWrapper(io.BytesIO(content), encoding=encoding, errors="replace")
    return reader.read(_TEXT_SAMPLE).lstrip("\ufeff").replace("\x00", "")


def of_text(text: str, name: str, wish: Wish) -> Proposal:
    """Return the proposal to read a text by the character."""
    lines = [line for line in text.split("\n") if line.strip()]
    title = name.strip()[:60] or "text"
    column = Column(title, "text", "", lines)
    notes = (
        f"The file is read as text: {counted(len(text), 'character')}, {len(set(text)):,} different ones; "
        "the network names the next one.",
    )
    offers = (Offer("Read as a table", replace(wish, text=False)),)
    return Proposal((column,), None, title, rows=len(lines), total=len(lines), text=text, notes=notes, offers=offers)


def of_numbers(text: str, wish: Wish | None = None) -> Proposal:
    """Return the proposal for numbers without columns; DataError if an entry is none, or there are too few."""
    wish = wish or Wish()
    parts, notes, offers = loose_numbers(text, wish)
    lines, count = np.arange(1, len(parts) + 1), len(parts)
    return of_table(Table(("typed",), ("",), [parts], lines, count, separator="", notes=notes, offers=offers), wish)


def of_typed(text: str, wish: Wish | None = None) -> Proposal:
    """Return the proposal for what was typed or pasted: a table, if its lines are rows, or a series."""
    wish = wish or Wish()
    if not text.strip():
        return Proposal(problem=f"There are no numbers; at least {FEWEST_ROWS} are needed.")
    try:
        if len(text.strip().splitlines()) >= FEWEST_ROWS:
            table = read_table(text.encode("utf-8", "replace"), wish)
            if table.ragged < 0.2 and (len(table.names) > 1 or table.offers or not are_numbers(text)):
                return of_table(table, wish, text.encode("utf-8", "replace"))
        return of_numbers(text, wish)
    except DataError as error:
        return _given_up(error, wish)


def of_table(table: Table, wish: Wish, content: bytes = b"") -> Proposal:
    """Return the proposal for a table of texts; of several series in it, one is read from the content."""
    roles = cast(understood(table, wish), wish)
    if content and not table.members:
        group, member = found_groups(roles, table)
        if not group and table.begun:  # every n-th row may be of one series always
            start = replace(table, columns=table.begun, lines=table.lines[: len(table.begun[0])])
            group, member = found_groups(cast(understood(start, wish), wish), start)
        if group and wish.group is None:
            wish = replace(wish, group=group, member=member)
            return of_table(read_table(content, wish), wish)
    else:
        group = wish.group or ()
    notes, offers = list(table.notes), list(table.offers)
    if group:
        words, offer = _one_of_several(table, wish, group)
        notes, offers = [*notes, words], [*offers, offer]
    notes += [note for column in roles.columns for note in column.notes]
    offers += [offer for column in roles.columns for offer in column.offers]
    notes += roles.notes
    order, said = _order(roles)
    axis = None if roles.axis is None else roles.axis[order]
    roles = replace(roles, columns=tuple(_rows_of(column, order) for column in roles.columns), axis=axis)
    notes += [*said, *_words(roles, group)]
    return Proposal(
        columns=roles.columns,
        time=roles.time,
        target=roles.target,
        axis=roles.axis,
        form=roles.form,
        rows=len(order),
        total=table.total,
        every=table.every,
        lines=table.lines[order],
        notes=tuple(notes),
        offers=tuple(offers),
        problem=_problem(roles, len(order)),
        separator=table.separator,
        encoding=table.encoding,
        sheets=table.sheets,
        group=group,
        members=tuple(table.members),
        member=wish.member if table.members else "",
    )


def _one_of_several(table: Table, wish: Wish, group: tuple[str, ...]) -> tuple[str, Offer]:
    """What is said where the same times stand again for each series, and the other reading."""
    names = " and ".join(f"“{name}”" for name in group)
    if not table.members:
        words = f"The same times stand again for each {names}; all rows are read as one series nevertheless."
        return words, Offer(f"Read one {names} alone", replace(wish, group=None, member=""))
    share = f"{table.members[wish.member]:,} of {sum(table.members.values()):,} rows"
    words = (
        f"The same times stand again for each {names}: {len(table.members):,} series in one table. "
        f"“{wish.member[:60]}” is read, {share}; choose another below."
    )
    return words, Offer("Read all rows as one series", replace(wish, group=(), member=""))


@np.errstate(over="ignore")
def _order(roles: Roles) -> tuple[np.ndarray, list[str]]:
    """The rows in the order of time, without those that have none, and what is to be said about it."""
    order = np.arange(roles.columns[0].size)
    said: list[str] = []
    if roles.axis is None:
        return order, said
    known = ~np.isnat(roles.axis) if roles.form is not None else np.isfinite(roles.axis)
    gone = int((~known).sum())
    if gone and known.any():
        order, were = order[known], "was" if gone == 1 else "were"
        said.append(f"{counted(gone, 'row')} without a time in “{roles.time}” {were} left out.")
    steps = np.diff(roles.axis[order]).astype(float)
    back = int((steps < 0).sum())
    if back and not (steps > 0).any():
        order = order[::-1]
        said.append("The file has the newest row first; it was turned round, so that time goes on.")
    elif back and len(np.unique(roles.axis[order])) == len(order):
        order = order[np.argsort(roles.axis[order], kind="stable")]
        said.append(f"The rows were put in the order of “{roles.time}”, which went back {often(back)}.")
    elif back:
        said.append(f"“{roles.time}” goes back {often(back)} and repeats; the rows stay in the order of the file.")
    elif (steps == 0).any():
        times = counted(len(np.unique(roles.axis[order])), "time")
        said.append(f"“{roles.time}” names {times} in {len(order):,} rows; each row is read as a step of its own.")
    return order, said


def _rows_of(column: Column, order: np.ndarray) -> Column:
    numbers, times = column.numbers, column.times
    return replace(
        column,
        entries=[column.entries[place] for place in order] if column.numbers is None and times is None else (),
        numbers=None if numbers is None else replace(numbers, values=numbers.values[order]),
        times=None if times is None else replace(times, values=times.values[order]),
    )


def _words(roles: Roles, group: Sequence[str]) -> list[str]:
    """What is said about the columns that are no target."""
    said = [
        f"“{c.name}” is {c.known[0]:.6g} in all rows."
        for c in roles.columns
        if c.constant and c.known.size and c.name not in group
    ]
    counting = [c.name for c in roles.columns if c.counter and c.name not in (roles.time, roles.target)]
    said += [f"“{name}” only counts the rows." for name in counting[: 2 if len(counting) > 3 else 3]]
    if len(counting) > 3:
        said.append(f"{counted(len(counting) - 2, 'more column')} only count the rows.")
    target = next((c for c in roles.columns if c.name == roles.target), None)
    if target is not None and target.kind == "number" and (gaps := target.size - target.known.size):
        said.append(f"{counted(gaps, 'entry')} of “{target.name}” {('is', 'are')[gaps > 1]} missing.")
    if target is None:
        said.append("No column is proposed as the target; choose one.")
    return said


def _problem(roles: Roles, rows: int) -> str | None:
    if rows < FEWEST_ROWS:
        found = "is 1 row" if rows == 1 else f"are {rows} rows"
        return f"There {found} of data; at least {FEWEST_ROWS} rows are needed."
    able = [c for c in roles.columns if c.kind in ("number", "class") and c.name != roles.time]
    usable = [c for c in able if c.kind == "class" or c.known.size]
    if not usable:
        return "No column holds numbers or classes that could be learned."
    if all(c.constant for c in usable):
        return f"“{usable[0].name}” is {usable[0].known[0]:.6g} in all rows: there is nothing to learn."
    target = next((c for c in usable if c.name == roles.target and c.kind == "number"), None)
    return (target.too_large or None) if target else None
