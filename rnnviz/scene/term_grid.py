"""The (t, k) grid of one parameter: its cells and margins, how much each term makes up, and how they add up.

The share of a part P in the gradient G is its projection, ``⟨P, G⟩ / ⟨G, G⟩``: shares add up to exactly 1,
and a term that pulls against the gradient has a negative one.
"""

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from rnnviz.notation.ids import Quantity, gradient, is_hidden
from rnnviz.notation.numbers import four, percent
from rnnviz.notation.quantities import frobenius, share, shown, shown_steps
from rnnviz.notation.record import Json, Record, frozen
from rnnviz.scene.scene import Cell, Grid, frame_id
from rnnviz.scene.view import View

_MODES = (
    ("share", "Share", (
        "How much of the {whole} each term is, measured along it: all cells make 100 %. "
        "A negative share pulls against it."
    )),
    ("norm", "Length", "The length of each term, its Frobenius norm. Lengths need not add up."),
    ("sum", "Signed sum", "The entries of each term added up: these numbers add up to the margins."),
    ("entry", "One entry", "One entry of each term: the cells add up to the margins and to {sum}."),
)  # fmt: skip
"""Ways to read the cells, the usual one first: id, name, and what is read."""


def term_grid(view: View, parameter: str, lags: Sequence[str], detail: bool) -> Grid:
    """Return the grid with its margins, ids of the sums by lag, and, in detail, how its cells close."""
    steps, hidden, total = shown_steps(view.T), is_hidden(parameter), gradient(parameter)
    rows = steps if hidden else [t for t in steps if t in view.loss_steps]
    whole, losses = whole_name(view, parameter), len(view.loss_steps)
    added = f"the {whole}" if view.scale == 1 else f"{losses} times the {whole}"
    entry = largest_entry(view.total(parameter))
    sizes = (np.abs(view.numbers(view.term(parameter, *place)).visible) for place in view.drawn_terms(parameter))
    first = view.loss_steps[0]
    only = (
        f"Only row {view.step_number(first)} has terms: {view.named(Quantity('L', first))} is the only loss. "
        "With a loss at every step each row fills."
    )
    return Grid(
        title=view.written(parameter).label,
        whose=view.whose,
        whole=whole,
        factor=f"1/{losses}" if view.scale != 1 else "",
        across="columns: source step k" if hidden else "one column: no path through time",
        rows=tuple(rows),
        columns=tuple(steps) if hidden else ("k = t",),
        row_names=tuple(map(view.step_number, rows)),
        column_names=tuple(map(view.step_number, steps)) if hidden else ("k = t",),
        cells=tuple(tuple(_cell(view, parameter, t, k) for k in (steps if hidden else [t])) for t in rows),
        row_sums=tuple(gradient(parameter, t) if t in view.loss_steps else None for t in rows),
        column_sums=tuple(Quantity("column", k=k) for k in steps) if hidden else (total,),
        corner=total,
        modes=tuple((mode, name, words.format(whole=whole, sum=added)) for mode, name, words in _MODES),
        closings=frozen(closings(view, parameter) if detail else {"entry": {}}),
        entry=entry[::-1] if view.conventions.transposes(parameter) else entry,
        largest=max((float(size[np.isfinite(size)].max(initial=0.0)) for size in sizes), default=0),
        lags=tuple(lags),
        note=only if losses == 1 and view.T > 1 else "",
    )


def _cell(view: View, parameter: str, t: int, k: int) -> Cell:
    if k > t:
        return Cell("future")
    if t not in view.loss_steps:
        return Cell("none")
    kept = "live" if not is_hidden(parameter) or view.kept(t, k) else "cut"
    return Cell(kept, Quantity("term", t, k), frame_id("term", t, k))


def whole_name(view: View, parameter: str) -> str:
    """Return what the kept terms make: the gradient, or the truncated one where others are left out."""
    return "truncated gradient" if view.cuts(parameter) else "gradient"


def lags(view: View, parameter: str) -> dict[Quantity, Record]:
    """Return the records of the sums by lag, with their share and, where all are drawn, what of it is positive."""
    if not is_hidden(parameter):
        return {}
    total, found, kept = view.summed(parameter), {}, view.kept_terms(parameter)
    folded = view.hidden_count(parameter)
    for distance in sorted({t - k for t, k in kept}):
        members = [(t, k) for t, k in kept if t - k == distance]
        part, name = view.lag(parameter, distance), Quantity("lag", k=distance)
        more: dict[str, Json] = {"share": share(part, total), "parts": tuple(Quantity("term", *at) for at in members)}
        if not folded:
            shares = [share(view.term(parameter, *place), total) or 0.0 for place in members]
            along, against = (float(sum(s for s in shares if (s > 0) == up)) for up in (True, False))
            more |= {"along": along, "against": against}
        found[name] = Record(view.symbol(name), view.numbers(part, parameter), more=MappingProxyType(more))
    return found


def closings(view: View, parameter: str) -> dict[str, Json]:
    """Return, for each way to read the cells, the sentence that says how they close; of each entry by its place."""
    ways = view.summed(parameter), view.total(parameter), view.of(view.backward, parameter)
    drawn = [view.term(parameter, *place) for place in view.kept_terms(parameter)]
    rest = " with those of the folded middle" if view.hidden_count(parameter) else ""
    whole, (summed, total, _) = whole_name(view, parameter), ways
    norms = _norms(drawn, summed, rest, whole)
    if view.scale != 1:
        norms += f" The {whole} is 1/{len(view.loss_steps)} of that sum: length {four(frobenius(total))}."
    entries = np.stack([view.numbers(one, parameter).written for one in ways])
    return {
        "norm": norms,
        "sum": f"Signed sums add up: all cells{rest} give {_closed(view, *(float(one.sum()) for one in ways))}",
        "share": _shares(drawn, summed, rest, whole),
        "entry": {
            f"{i},{j}": f"All cells add up to {_closed(view, *entries[:, i, j])}"
            for i in shown(entries.shape[1])
            for j in shown(entries.shape[2])
        },
    }


def _closed(view: View, added: float, total: float, loop: float) -> str:
    """Return how numbers of the cells, added up, come to the backward loop's: by 1/T for a mean."""
    mean = "" if view.scale == 1 else f"; 1/{len(view.loss_steps)} of that is {four(total)}"
    return f"{four(added)}{mean}; the backward loop has {four(loop)}; difference {four(abs(total - loop))}."


def _norms(drawn: list[np.ndarray], summed: np.ndarray, rest: str, whole: str) -> str:
    lengths, size = sum(frobenius(part) for part in drawn), frobenius(summed)
    if rest:
        return f"Lengths need not add up: the length of the whole sum{rest} is {four(size)}."
    if len(drawn) == 1:
        return f"One term alone is the {whole}: length {four(size)}."
    pointing = " They do not all point the same way."
    if four(lengths) == four(size):  # parts that point the same way make their lengths add up to that of their sum
        same = lengths - size <= 1e-12 * lengths
        pointing = " All point the same way." if same else " What points another way is too short to be seen."
    return (
        f"Lengths need not add up: those of the cells make {four(lengths)}, the length of their sum is "
        f"{four(size)}.{pointing if np.isfinite(lengths) and lengths else ''}"
    )


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


def largest_entry(values: np.ndarray) -> tuple[int, int]:
    """Return row and column of the largest drawn entry: the one that is looked at first."""
    matrix = np.atleast_2d(values)
    rows, columns = (shown(length) for length in matrix.shape)
    sizes = np.abs(matrix[np.ix_(rows, columns)])
    i, j = np.unravel_index(np.where(np.isfinite(sizes), sizes, -1.0).argmax(), sizes.shape)
    return rows[i], columns[j]
