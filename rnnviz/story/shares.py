"""How much of the gradient each term makes up, with its sign, and whether the cells add up as shown.

The share of a part P in the gradient G is its projection, ``⟨P, G⟩ / ⟨G, G⟩``: shares add up to exactly 1,
and a term that pulls against the gradient has a negative one.
"""

from __future__ import annotations

import numpy as np

from rnnviz.story.frames import drawn_terms, hidden_count
from rnnviz.story.notation import HIDDEN_PARAMETERS
from rnnviz.story.numbers import four
from rnnviz.story.quantities import described, finite, frobenius, shown
from rnnviz.story.view import View

MODES = (
    ("norm", "Norm", "The length of each term; its picture shows the entries with their signs."),
    ("sum", "Signed sum", "The entries of each term added up: these numbers add up to the margins."),
    ("entry", "One entry", "One entry of each term: the cells add up to the margins and to the gradient."),
    ("share", "Share", "The part of the gradient that each term makes up; a negative one pulls against it."),
)  # fmt: skip


def share(part: np.ndarray, total: np.ndarray) -> float | None:
    """Return the share of ``part`` in ``total``, 1 for all of it; None where the total is 0 or not finite.

    Both are scaled by the total's largest entry first, so that no square under- or overflows.
    """
    largest = float(np.abs(total).max())
    if largest == 0 or not np.isfinite(largest):
        return None
    whole = total / largest
    found = float(np.vdot(part / largest, whole) / np.vdot(whole, whole))
    return found if np.isfinite(found) else None


def kept_terms(view: View, parameter: str) -> list[tuple[int, int]]:
    """Return (t, k) of the drawn terms that truncation keeps."""
    return [(t, k) for t, k in drawn_terms(view, parameter) if view.kept(t, k)]


def lags(view: View, parameter: str) -> dict[str, dict]:
    """Return the records of the sums by lag, with their share and what of it is positive and negative."""
    if parameter not in HIDDEN_PARAMETERS:
        return {}
    total, found = view.total(parameter), {}
    for distance in _lags(view, parameter):
        part = view.lag(parameter, distance)
        more = {"share": share(part, total)} | _split(view, parameter, distance)
        found[f"lag_{distance}"] = described(f"lag_{distance}", part, **more)
    return found


def _lags(view: View, parameter: str) -> list[int]:
    """Return the lags that have a kept term, as far as they are drawn."""
    return sorted({t - k for t, k in kept_terms(view, parameter)})


def _split(view: View, parameter: str, distance: int) -> dict:
    """Return what the terms of a lag add along the gradient and against it; only where all are drawn."""
    members = [(t, k) for t, k in kept_terms(view, parameter) if t - k == distance]
    parts = [f"term_{t}_{k}" for t, k in members]
    if hidden_count(view, parameter):
        return {"parts": parts}
    shares = [share(view.term(parameter, t, k), view.total(parameter)) or 0.0 for t, k in members]
    along, against = (sum(s for s in shares if (s > 0) == up) for up in (True, False))
    return {"parts": parts, "along": float(along), "against": float(against)}


def closings(view: View, parameter: str) -> dict[str, str]:
    """Return, for each way to read the cells, the sentence that says how they close."""
    total, loop = view.total(parameter), getattr(view.backward, parameter)
    drawn = [view.term(parameter, t, k) for t, k in kept_terms(view, parameter)]
    rest = " with those of the folded middle" if hidden_count(view, parameter) else ""
    difference = abs(float(total.sum()) - float(loop.sum()))
    return {
        "norm": _norms(drawn, total, rest),
        "sum": f"Signed sums add up: all cells{rest} give {four(total.sum())}, "
        f"the backward loop {four(loop.sum())}; difference {four(difference)}.",
        "share": _shares(drawn, total, rest),
    }


def _norms(drawn: list[np.ndarray], total: np.ndarray, rest: str) -> str:
    lengths, whole = sum(frobenius(part) for part in drawn), frobenius(total)
    if rest:
        return f"Norms do not add up: the norm of the whole sum{rest} is {four(whole)}."
    if len(drawn) == 1:
        return f"One term alone is the gradient: norm {four(whole)}."
    return (
        f"Norms need not add up: those of the cells make {four(lengths)}, "
        f"the norm of their sum is {four(whole)}.{_pointing(lengths, whole)}"
    )


def _pointing(lengths: float, whole: float) -> str:
    """Say whether parts point the same way, which makes their lengths add up to that of their sum."""
    if not np.isfinite(lengths) or lengths == 0:
        return ""
    if four(lengths) != four(whole):
        return " They do not all point the same way."
    same = lengths - whole <= 1e-12 * lengths
    return " All point the same way." if same else " What points another way is too short to be seen."


def _shares(drawn: list[np.ndarray], total: np.ndarray, rest: str) -> str:
    found = [share(part, total) for part in drawn]
    if None in found:
        return "The gradient is 0 or not finite, so there are no shares of it."
    along, against = (sum(s for s in found if (s > 0) == up) for up in (True, False))
    if rest:
        return f"The drawn cells make {four(100 * (along + against))} % of the gradient, the rest is folded."
    return (
        f"Shares add up to 100 %: {four(100 * along)} % pull along the gradient, "
        f"{four(abs(100 * against))} % against it."
    )


def entry_closings(view: View, parameter: str) -> dict[str, str]:
    """Return the closing sentence of each drawn entry, by its place "row,column"."""
    total, loop = (np.atleast_2d(a) for a in (view.total(parameter), getattr(view.backward, parameter)))
    return {
        f"{i},{j}": f"All cells add up to {four(total[i, j])}; the backward loop has {four(loop[i, j])}; "
        f"difference {four(abs(total[i, j] - loop[i, j]))}."
        for i in shown(total.shape[0])
        for j in shown(total.shape[1])
    }


def largest_entry(values: np.ndarray) -> list[int]:
    """Return row and column of the largest drawn entry: the one that is looked at first."""
    matrix = np.atleast_2d(values)
    rows, columns = shown(matrix.shape[0]), shown(matrix.shape[1])
    sizes = np.abs(matrix[np.ix_(rows, columns)])
    i, j = np.unravel_index(np.where(np.isfinite(sizes), sizes, -1.0).argmax(), sizes.shape)
    return [rows[i], columns[j]]


def with_share(record: dict, part: np.ndarray, total: np.ndarray) -> dict:
    """Return a record with its share in the gradient beside its numbers."""
    found = share(part, total)
    return record if found is None else record | {"share": finite(found)}
