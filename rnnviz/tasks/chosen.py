"""From a proposal to data for a task: gaps filled or left out, and which rows a training reads."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.notation.counts import counted

from . import own
from .reading import DataError
from .reading.columns import Column
from .reading.proposal import Proposal

FILLS = ("line", "before", "leave out")


@dataclass(frozen=True, eq=False)
class Chosen:
    """Data for a task, and where their rows stand in the proposal."""

    data: own.OwnData
    rows: np.ndarray  # (R,) int: places in the proposal's columns
    notes: tuple[str, ...] = ()


def series_of(proposal: Proposal, target: str, scaling: str = "standard", fill: str = "line") -> Chosen:
    """Return a column as a series to forecast; DataError for too few numbers, or numbers too large or all alike."""
    column = proposal.column(target)
    rows, values, notes = _gaps_closed([column], fill)
    data = own.series(_title(column), values[0], scaling)
    return Chosen(_dated(data, proposal, rows), rows, notes)


def columns_of(
    proposal: Proposal, features: Sequence[str], target: str, scaling: str = "standard", fill: str = "line"
) -> Chosen:
    """Return columns of numbers with a target of numbers or classes.

    DataError as `series_of`, and for no feature, or too few or too many classes.
    """
    column, read = proposal.column(target), [proposal.column(name) for name in features if name != target]
    if not read:
        raise DataError("No column is chosen to be read; choose at least one beside the target.")
    numeric = column.kind == "number"
    rows, values, notes = _gaps_closed([*read, column] if numeric else read, fill)
    named = dict(zip([_title(one) for one in read], values, strict=False))
    if numeric:
        data = own.columns(named, _title(column), values[-1], scaling)
    else:
        data = own.classes(named, target, [column.entries[place] for place in rows], scaling)
    return Chosen(_dated(data, proposal, rows), rows, notes)


def _title(column: Column) -> str:
    """A column's name with its unit, which then stands at the axes."""
    unit = column.unit
    return column.name if not unit or unit in column.name else f"{column.name} [{unit}]"


def _dated(data: own.OwnData, proposal: Proposal, rows: np.ndarray) -> own.OwnData:
    if proposal.axis is None or not len(rows) or not _forward(proposal, rows):
        return data
    of_targets = rows[len(rows) - len(data.Y) :]
    times = [proposal.when(int(row)) for row in of_targets] if len(of_targets) <= own.MOST_TIMES else []
    return own.dated(data, proposal.when(int(rows[0])), proposal.when(int(rows[-1])), times)


def _gaps_closed(columns: Sequence[Column], fill: str) -> tuple[np.ndarray, list[np.ndarray], tuple[str, ...]]:
    """Rows and numbers without gaps: those at the ends are left out, those inside filled or left out too."""
    if fill not in FILLS:
        raise ValueError(f"fill: got {fill!r}, expected one of {', '.join(FILLS)}")
    values = [column.values for column in columns]
    for column in columns:
        if not column.known.size:
            raise DataError(f"Column “{column.name}” holds no number.")
        if column.too_large:
            raise DataError(column.too_large)
    there = np.isfinite(np.stack(values)).all(axis=0)
    if not there.any():
        raise DataError("No row has a number in every column that is read.")
    first, last = int(np.argmax(there)), len(there) - int(np.argmax(there[::-1]))
    rows = np.flatnonzero(there) if fill == "leave out" else np.arange(first, last)
    notes = []
    if gone := len(there) - len(rows):
        where = "" if fill == "leave out" else " at the beginning or the end"
        notes.append(f"{counted(gone, 'row')}{where} without a number {'is' if gone == 1 else 'are'} left out.")
    if gaps := sum(int((~np.isfinite(one[rows])).sum()) for one in values):
        how = "by a straight line between its neighbours" if fill == "line" else "by repeating the value before"
        notes.append(f"{counted(gaps, 'missing entry', 'is', 'are')} filled {how}.")
    return rows, [_filled(one[rows], fill) for one in values], tuple(notes)


def _filled(values: np.ndarray, fill: str) -> np.ndarray:
    places = np.flatnonzero(np.isfinite(values))
    if fill == "line":
        return np.interp(np.arange(len(values)), places, values[places])
    return values[places[np.maximum(np.searchsorted(places, np.arange(len(values)), side="right") - 1, 0)]]


def _forward(proposal: Proposal, rows: np.ndarray) -> bool:
    """Whether the times of the rows never run back: only then does a first and a last one frame them."""
    if proposal.axis is None:
        return True
    times = np.asarray(proposal.axis, dtype=float)[rows[rows < len(proposal.axis)]]
    return bool(np.all(times[1:] >= times[:-1]))


def usage_words(proposal: Proposal, chosen: Chosen, steps: int, batch: int) -> str:
    """Say how many rows of a proposal a training of T steps and m samples reads, and what is held out.

    The rows are numbered where its times run back.
    """
    rows, found = chosen.rows, own.usage(chosen.data, steps, batch)
    timed = _forward(proposal, rows)

    def when(place: int) -> str:
        row = int(rows[place])
        return proposal.when(row) if timed else f"row {row + 1:,}"

    share = "all" if found.read == found.known else f"{found.read:,}"
    after = ", each with the row after it" if chosen.data.ahead else ""
    words = (
        f"Training reads {counted(found.windows, 'window')} of {counted(steps, 'row')}{after}: {share} of the "
        f"{found.known:,} rows from {when(0)} to {when(found.known - 1)}."
    )
    if found.read < found.known:
        words += f" The other {counted(found.known - found.read, 'row')} between them are not read."
    if held := len(rows) - found.known:
        windows = f", {counted(found.held, 'window')} of them" if found.held else ""
        words += f" Held out for testing: {counted(held, 'row')} from {when(found.known)} to "
        words += f"{when(len(rows) - 1)}{windows}."
    return words
