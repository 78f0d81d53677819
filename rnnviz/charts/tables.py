"""The numbers behind a chart as columns: its text equivalent, with every digit."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from html import escape

import numpy as np

from rnnviz.notation.counts import all_of, part_of

LONGEST = 25_000
"""A table has at most this many rows; of long series every n-th is listed."""


def markup(columns: Mapping[str, Sequence[str]], written: Callable[[str], str] = escape) -> str:
    """Return columns of texts as an HTML table; without ``written`` every character stands for itself."""
    head = "".join(f'<th scope="col">{written(name)}</th>' for name in columns)
    rows = zip(*columns.values(), strict=True)
    body = "".join("<tr>" + "".join(f"<td>{written(text)}</td>" for text in row) + "</tr>" for row in rows)
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
    name = escape(f"Table: {', '.join(columns)}")
    return f'<div class="rnnviz-digits" role="region" aria-label="{name}" tabindex="0">{table}</div>'


def as_csv(table: Mapping[str, Sequence | np.ndarray]) -> str:
    """Return columns of numbers as CSV with every digit: ``lag,share\\r\\n0,1.0\\r\\n`` and so on."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(table)
    plain = (values.tolist() if isinstance(values, np.ndarray) else list(values) for values in table.values())
    rows.writerows(zip(*plain, strict=True))
    return text.getvalue()


def grid(values: np.ndarray, row: str, column: str, name: str) -> dict[str, np.ndarray]:
    """Return a matrix as one row an entry, leaving out what is NaN."""
    rows, columns = np.nonzero(~np.isnan(values))
    found = {row: rows, column: columns, name: values[rows, columns]}
    return {title: thinned(entries) for title, entries in found.items()}


def triangle(
    values: np.ndarray, name: str, row: str = "loss step t", steps: Sequence[int] | None = None
) -> dict[str, np.ndarray]:
    """Return the entries (t, k) with k ≤ t of a (T, T) matrix, one row an entry, at the given steps."""
    reachable = np.tri(*values.shape, dtype=np.bool_)
    found = grid(np.where(reachable, values, np.nan), row, "source step k", name)
    if steps is not None:
        found |= {title: np.asarray(steps)[found[title]] for title in (row, "source step k")}
    return found


def thinned(values: np.ndarray) -> np.ndarray:
    """Return at most ``LONGEST`` of the values: every n-th."""
    return values[:: max(1, -(-len(values) // LONGEST))]


def zero_sentence(norms: np.ndarray) -> str:
    """Say how many of the norms that are drawn are exactly 0: they have no place on a log scale."""
    reachable = np.tri(*norms.shape, dtype=np.bool_) & np.isfinite(norms)
    zeros, count = int(np.sum(norms[reachable] == 0)), int(reachable.sum())
    if count == 0:
        return "No norm here is a finite number."
    if zeros == 0:
        return "The only norm there is is not 0." if count == 1 else f"None of the {count} norms is exactly 0."
    verb = "norm", "is", "are"
    these = all_of(count, *verb) if zeros == count else part_of(zeros, count, *verb)
    return f"Grey: {these} exactly 0, for which a log scale has no place."
