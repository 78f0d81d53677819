"""How much of the gradient each term makes up, with its sign, and whether the cells add up as shown.

The share of a part P in the gradient G is its projection, ``⟨P, G⟩ / ⟨G, G⟩``: shares add up to exactly 1,
and a term that pulls against the gradient has a negative one.
"""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import HIDDEN_PARAMETERS
from rnnviz.notation.numbers import four, percent
from rnnviz.notation.quantities import frobenius, share, shown
from rnnviz.notation.record import Record
from rnnviz.scene.frames import drawn_terms, hidden_count
from rnnviz.scene.view import View

_MODES = (
    (
        "share",
        "Share",
        "How much of the {whole} each term is, measured along it: all cells make 100 %. "
        "A negative share pulls against it.",
    ),
    ("norm", "Length", "The length of each term, its Frobenius norm. Lengths need not add up."),
    ("sum", "Signed sum", "The entries of each term added up: these numbers add up to the margins."),
    ("entry", "One entry", "One entry of each term: the cells add up to the margins and to {sum}."),
)
"""Ways to read the cells, the usual one first: id, name, and what is read."""


def modes(view: View, parameter: str) -> list[tuple[str, str, str]]:
    """Return the ways to read the cells: id, name, and what is read."""
    whole, times = whole_name(view, parameter), 1 if view.scale == 1 else len(view.loss_steps)
    added = f"the {whole}" if times == 1 else f"{times} times the {whole}"
    return [(mode, name, words.format(whole=whole, sum=added)) for mode, name, words in _MODES]


def whole_name(view: View, parameter: str) -> str:
    """Return what the kept terms make: the gradient, or the truncated one where others are left out."""
    return "truncated gradient" if view.cuts(parameter) else "gradient"


def kept_terms(view: View, parameter: str) -> list[tuple[int, int]]:
    """Return (t, k) of the drawn terms that truncation keeps."""
    return [(t, k) for t, k in drawn_terms(view, parameter) if view.kept(t, k)]


def lags(view: View, parameter: str) -> dict[str, Record]:
    """Return the records of the sums by lag, with their share and what of it is positive and negative."""
    if parameter not in HIDDEN_PARAMETERS:
        return {}
    total, found = view.summed(parameter), {}
    for distance in _lags(view, parameter):
        part = view.lag(parameter, distance)
        more = {"share": share(part, total)} | _split(view, parameter, distance)
        name = f"lag_{distance}"
        found[name] = Record(view.symbol(name), view.numbers(part, parameter), more=more)
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
    shares = [share(view.term(parameter, t, k), view.summed(parameter)) or 0.0 for t, k in members]
    along, against = (sum(s for s in shares if (s > 0) == up) for up in (True, False))
    return {"parts": parts, "along": float(along), "against": float(against)}


def closings(view: View, parameter: str) -> dict[str, str]:
    """Return, for each way to read the cells, the sentence that says how they close."""
    summed, total = view.summed(parameter), view.total(parameter)
    loop = getattr(view.backward, parameter)
    drawn = [view.term(parameter, t, k) for t, k in kept_terms(view, parameter)]
    rest = " with those of the folded middle" if hidden_count(view, parameter) else ""
    whole = whole_name(view, parameter)
    closed = _closed(view, float(summed.sum()), float(total.sum()), float(loop.sum()))
    return {
        "norm": _norms(drawn, summed, rest, whole) + _mean_of_norms(view, total, whole),
        "sum": f"Signed sums add up: all cells{rest} give {closed}",
        "share": _shares(drawn, summed, rest, whole),
    }


def _closed(view: View, added: float, total: float, loop: float) -> str:
    """Return how numbers of the cells, added up, come to the backward loop's: by 1/T for a mean."""
    mean = "" if view.scale == 1 else f"; 1/{len(view.loss_steps)} of that is {four(total)}"
    return f"{four(added)}{mean}; the backward loop has {four(loop)}; difference {four(abs(total - loop))}."


def _mean_of_norms(view: View, total: np.ndarray, whole: str) -> str:
    """Return what is said of the corner where L is a mean over time."""
    if view.scale == 1:
        return ""
    return f" The {whole} is 1/{len(view.loss_steps)} of that sum: length {four(frobenius(total))}."


def _norms(drawn: list[np.ndarray], summed: np.ndarray, rest: str, whole: str) -> str:
    lengths, size = sum(frobenius(part) for part in drawn), frobenius(summed)
    if rest:
        return f"Lengths need not add up: the length of the whole sum{rest} is {four(size)}."
    if len(drawn) == 1:
        return f"One term alone is the {whole}: length {four(size)}."
    return (
        f"Lengths need not add up: those of the cells make {four(lengths)}, "
        f"the length of their sum is {four(size)}.{_pointing(lengths, size)}"
    )


def _pointing(lengths: float, whole: float) -> str:
    """Say whether parts point the same way, which makes their lengths add up to that of their sum."""
    if not np.isfinite(lengths) or lengths == 0:
        return ""
    if four(lengths) != four(whole):
        return " They do not all point the same way."
    same = lengths - whole <= 1e-12 * lengths
    return " All point the same way." if same else " What points another way is too short to be seen."


def _shares(drawn: list[np.ndarray], summed: np.ndarray, rest: str, whole: str) -> str:
    shares = [share(part, summed) for part in drawn]
    found = [one for one in shares if one is not None]
    if len(found) < len(shares):
        return f"The {whole} is 0 or not finite, so there are no shares of it."
    along, against = (sum(s for s in found if (s > 0) == up) for up in (True, False))
    if rest:
        return f"The drawn cells make {percent(along + against, 1)} of the {whole}, the rest is folded."
    if against == 0:
        return f"The shares add up to 100 %: no term pulls against the {whole}."
    return (
        f"The shares add up to 100 %: terms along the {whole} make {percent(along, 1)} of it, "
        f"those against it take {percent(-against, 1)} away."
    )


def entry_closings(view: View, parameter: str) -> dict[str, str]:
    """Return the closing sentence of each drawn entry, by its place "row,column"."""
    ways = view.summed(parameter), view.total(parameter), getattr(view.backward, parameter)
    summed, total, loop = (view.numbers(a, parameter).written for a in ways)
    return {
        f"{i},{j}": f"All cells add up to {_closed(view, summed[i, j], total[i, j], loop[i, j])}"
        for i in shown(total.shape[0])
        for j in shown(total.shape[1])
    }


def as_drawn(view: View, place: list[int], parameter: str) -> list[int]:
    """Return row and column at which an entry of a parameter is drawn."""
    return place[::-1] if view.conventions.transposes(parameter) else place


def largest_entry(values: np.ndarray) -> list[int]:
    """Return row and column of the largest drawn entry: the one that is looked at first."""
    matrix = np.atleast_2d(values)
    rows, columns = shown(matrix.shape[0]), shown(matrix.shape[1])
    sizes = np.abs(matrix[np.ix_(rows, columns)])
    i, j = np.unravel_index(np.where(np.isfinite(sizes), sizes, -1.0).argmax(), sizes.shape)
    return [rows[i], columns[j]]
