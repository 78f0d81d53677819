"""Twelve months side by side: one row a year becomes one row a month."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from .table import Table
from .times import month_of
from .wishes import Offer, Wish


def months_across(table: Table) -> tuple[int, list[int]] | None:
    """Return the place of the column of years and those of the twelve months, or None."""
    found = [month_of(name) for name in table.names]
    for start in range(len(found) - 11):
        if found[start : start + 12] == list(range(1, 13)) and start > 0:
            years = [place for place in range(start) if _are_years(table.columns[place])]
            if years:
                return years[-1], list(range(start, start + 12))
    unnamed = table.names == tuple(f"column {place + 1}" for place in range(13))
    return (0, list(range(1, 13))) if unnamed and _are_years(table.columns[0]) else None


def _are_years(column: list[str]) -> bool:
    return all(len(entry) == 4 and entry.isdecimal() and 1500 <= int(entry) <= 2262 for entry in column)


def unfolded(table: Table, wish: Wish) -> Table:
    """Return the months one after another, unless the reader wants them side by side."""
    found = months_across(table)
    if found is None:
        return table
    if wish.across is False:
        words = "Twelve months stand side by side; they are read as columns of their own."
        offer = Offer("Read the months one after another", replace(wish, across=True))
        return replace(table, notes=(*table.notes, words), offers=(*table.offers, offer))
    years, months = found
    order = sorted(range(table.rows), key=lambda row: int(table.columns[years][row]))
    times = [f"{table.columns[years][row]}-{month + 1:02d}" for row in order for month in range(12)]
    values = [table.columns[place][row] for row in order for place in months]
    while values and not values[-1]:
        times.pop()
        values.pop()
    beside = [name for place, name in enumerate(table.names) if place not in (years, *months)]
    rest = f" Left out: {', '.join(f'“{name}”' for name in beside[:4])}." if beside else ""
    words = (
        f"Twelve months stand side by side; they are read one after another, {len(values):,} values.{rest}"
    )
    return replace(
        table,
        names=("month", "value"),
        units=("", next((table.units[place] for place in months if table.units[place]), "")),
        columns=[times, values],
        lines=np.repeat(table.lines[order], 12)[: len(values)],
        total=table.total * 12,
        notes=(*table.notes, words),
        offers=(*table.offers, Offer("Keep the months as columns", replace(wish, across=False))),
    )
