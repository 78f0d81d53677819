"""Several series in one table: the same times again for each country, station or shop."""

from collections.abc import Sequence
from itertools import combinations

import numpy as np
import pandas as pd

from . import FEWEST_ROWS
from .columns import Column
from .keeper import Table, member_of
from .roles import Roles
from .vocabulary import CALENDAR, names_time, words_of

_CANDIDATES = 8
_DATES = {name for names in CALENDAR.values() for name in names}


def found(roles: Roles, table: Table) -> tuple[tuple[str, ...], str]:
    """Return the columns, if any, within whose values no time repeats, and the series with most numbers."""
    texts: dict[str, Sequence[str]] = dict(zip(table.names, table.columns, strict=True))
    axes = [c.values for c in roles.columns if c.kind == "number" and names_time(c.name)]
    for axis in axes if roles.axis is None else [roles.axis]:
        times = pd.factorize(axis)[0]
        if len(times) and times.max() + 1 <= 0.75 * len(times):
            codes = _codes(roles, texts)
            for size in (1, 2, 3):
                for chosen in combinations(codes, size):
                    if _tell_apart(members := _joined([codes[c] for c in chosen]), times, chosen):
                        names = tuple(c.name for c in roles.columns if c in chosen)
                        return names, _fullest(members, roles, [texts[name] for name in names])
    return (), ""


def _codes(roles: Roles, texts: dict[str, Sequence[str]]) -> dict[Column, np.ndarray]:
    """The columns that may name series, words before numbers, with a number for each of their values."""
    able: dict[Column, np.ndarray] = {}
    for column in sorted(roles.columns, key=lambda c: c.kind == "number"):
        words, parts = column.kind in ("class", "text"), words_of(column.name)
        calendar = names_time(column.name) or " ".join(parts) in _DATES or {"weekday", "hr"} & {*parts}
        if (column.name in (roles.time, roles.target) and not words) or calendar:
            continue
        if words or (column.numbers is not None and column.numbers.whole and column.known.size == column.size):
            codes, distinct = pd.factorize(np.asarray(texts[column.name], dtype=object))
            if 2 <= len(distinct) <= len(codes) / 2:
                able[column] = codes
    return dict([*able.items()][:_CANDIDATES])


def _joined(codes: Sequence[np.ndarray]) -> np.ndarray:
    found = codes[0].astype("int64")
    for more in codes[1:]:
        found = pd.factorize(found * (int(more.max()) + 1) + more)[0]
    return found


def _tell_apart(members: np.ndarray, times: np.ndarray, columns: Sequence[Column]) -> bool:
    """Whether each series has a time but once; numbers have to name nearly all series at nearly all times."""
    counts = np.bincount(members)
    length = int(times.max()) + 1
    unique = len(np.unique(members.astype("int64") * length + times)) / len(times)
    if counts.max() < FEWEST_ROWS or np.mean(counts) < 4:
        return False
    if all(c.kind != "number" for c in columns):
        return unique >= 0.98
    return unique == 1 and len(times) >= 0.5 * len(counts) * length


def _fullest(members: np.ndarray, roles: Roles, texts: Sequence[Sequence[str]]) -> str:
    target = next((c for c in roles.columns if c.name == roles.target and c.kind == "number"), None)
    known = np.isfinite(target.values) if target is not None else np.ones(len(members))
    row = int(np.argmax(members == np.argmax(np.bincount(members, weights=known))))
    return member_of([column[row] for column in texts], range(len(texts)))
