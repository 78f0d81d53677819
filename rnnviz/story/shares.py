"""How much of the gradient each term makes up, with its sign, and whether the cells add up as shown.

The share of a part P in the gradient G is its projection, ``⟨P, G⟩ / ⟨G, G⟩``: shares add up to exactly 1,
and a term that pulls against the gradient has a negative one.
"""

from __future__ import annotations

import numpy as np

from rnnviz.story.frames import drawn_terms, hidden_count
from rnnviz.story.notation import HIDDEN_PARAMETERS
from rnnviz.story.numbers import four, percent
from rnnviz.story.quantities import described, finite, frobenius, share, shown
from rnnviz.story.view import View

MODES = (
    (
        "share",
        "Share",
        "How much of the gradient each term is, measured along it: all cells make 100 %. "
        "A negative share pulls against it.",
    ),
    ("norm", "Length", "The length of each term, its Frobenius norm. Lengths do not add up."),
    ("sum", "Signed sum", "The entries of each term added up: these numbers add up to the margins."),
    ("entry", "One entry", "One entry of each term: the cells add up to the margins and to the gradient."),
)  # fmt: skip
"""Ways to read the cells, the usual one first: id, name, and what it shows."""


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
        return f"Lengths do not add up: the length of the whole sum{rest} is {four(whole)}."
    if len(drawn) == 1:
        return f"One term alone is the gradient: length {four(whole)}."
    missing = (
        " They do not all point the same way." if four(lengths) != four(whole) else " All point the same way."
    )
    return (
        f"Lengths need not add up: those of the cells make {four(lengths)}, "
        f"the length of their sum is {four(whole)}.{missing}"
    )


def _shares(drawn: list[np.ndarray], total: np.ndarray, rest: str) -> str:
    found = [share(part, total) for part in drawn]
    if None in found:
        return "The gradient is 0 or not finite, so there are no shares of it."
    along, against = (sum(s for s in found if (s > 0) == up) for up in (True, False))
    if rest:
        return f"The drawn cells make {percent(along + against, 1)} of the gradient, the rest is folded."
    if against == 0:
        return "The shares add up to 100 %: no term pulls against the gradient."
    return (
        f"The shares add up to 100 %: terms along the gradient make {percent(along, 1)} of it, "
        f"those against it take {percent(-against, 1)} away."
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
