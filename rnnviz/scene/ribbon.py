"""The ribbon of a term: its way back as one band, at each node as wide as the product of the factors so far is long.

The longest product of the way is `WIDEST` pixels wide, and each halving costs the same number of pixels: at most
`STEEPEST`, fewer where the lengths lie so far apart that the shortest would not be seen.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from math import isfinite, log2
from types import MappingProxyType
from typing import NamedTuple

from rnnviz import engine
from rnnviz.engine.losses import has_output_gradient, output_gradient
from rnnviz.notation.ids import Quantity, is_hidden, path, state
from rnnviz.notation.quantities import LONGEST_TIMELINE, frobenius, shown_steps
from rnnviz.scene.view import View

WIDEST, STEEPEST, THREAD, SPAN = 24.0, 8.0, 1.5, 22.0
HALVES = (("1", 0.0), ("1/2", 1.0), ("1/4", 2.0))
Road = tuple[float, float]
TENTHS = (("1", 0.0), ("1/10", log2(10)), ("1/100", 2 * log2(10)))


class Edge(NamedTuple):
    """One factor's part of the band, from width to width in pixels; `is_lost` where no finite length but 0 is left.

    Where the error goes by two roads, `roads` are the parts of the direct one and of the one through the gates.
    """

    q: Quantity
    start: float
    end: float
    is_lost: bool
    roads: "tuple[Edge, ...]" = ()

    def drawn(self) -> dict:
        """Return what the stage reads."""
        found = self._asdict() | {"q": str(self.q), "roads": [one.drawn() for one in self.roads]}
        return {name: each for name, each in found.items() if name != "roads" or each}


class Ribbon(NamedTuple):
    """The band of one term: its edges from the loss on, what a width means, and what is said of it."""

    edges: tuple[Edge, ...]
    marks: tuple[tuple[str, float], ...]
    words: str

    def drawn(self) -> dict:
        """Return what the stage reads."""
        return {
            "edges": [one.drawn() for one in self.edges],
            "marks": [list(one) for one in self.marks],
            "words": self.words,
        }


def ribbons(view: View, parameter: str) -> dict[tuple[int, int], Ribbon]:
    """Return the ribbon of each drawn term (t, k); none for the mean over a batch with a folded middle."""
    if view.is_batch and view.T > LONGEST_TIMELINE:
        return {}
    found, ways = {}, {t: lengths_back(view, t) for t in shown_steps(view.T) if t in view.loss_steps}
    for t, k in view.drawn_terms(parameter):
        steps = [j for j in reversed(shown_steps(view.T)) if k <= j <= t] if is_hidden(parameter) else []
        first, *rest = (ways[t][name] for name in ("", *(state(j, view.kind) for j in steps)))
        factors = path(t, k, parameter, shown_steps(view.T), view.kind)
        lengths, roads = [first, *rest, frobenius(view.term(parameter, t, k))], dict[int, tuple[Road, Road]]()
        if view.gates and steps:
            roads = {2 + place: _roads(view, t, *hop) for place, hop in enumerate(pairwise(steps))}
        found[t, k] = ribbon(factors, lengths, view.is_batch, roads)
    return found


def _roads(view: View, t: int, j: int, i: int) -> tuple[Road, Road]:
    """The lengths of ∂L_t/∂ the state from step j to i: of what keeps to the direct path, and of the rest.

    At step t, where the roads part, each begins with all of it.
    """
    start, end = view.ways[t][j], view.ways[t][i]
    through = frobenius(start.adjoint if j == t else start.adjoint - start.direct)
    return ((frobenius(start.direct), frobenius(end.direct)), (through, frobenius(end.adjoint - end.direct)))


def ribbon(
    factors: Sequence[Quantity],
    lengths: Sequence[float],
    is_batch: bool = False,
    roads: Mapping[int, Sequence[Road]] = MappingProxyType({}),
) -> Ribbon:
    """Return the band of factors, each with the length of the product behind it.

    ``roads`` has, by the place of a factor, the lengths before and behind it on each road.
    """
    seen = [*lengths, *(one for each in roads.values() for road in each for one in road)]
    step, longest = price(seen), max(filter(isfinite, seen), default=0.0)

    def edge(q: Quantity, start: float, end: float, roads: Sequence[Road] = ()) -> Edge:
        before, behind = (round(width(one, longest, step), 2) for one in (start, end))
        return Edge(q, before, behind, end == 0 or not isfinite(end), tuple(edge(q, *road) for road in roads))

    ends = pairwise([lengths[0], *lengths])
    edges = (edge(q, *each, roads.get(n, ())) for n, (q, each) in enumerate(zip(factors, ends, strict=True)))
    marks = tuple((name, round(WIDEST - halvings * step, 2)) for name, halvings in (HALVES if step > 3.3 else TENTHS))
    return Ribbon(tuple(edges), marks, _words(lengths, is_batch))


def price(lengths: Sequence[float]) -> float:
    """Return how many pixels each halving costs, so that every length above 0 is seen."""
    seen = [one for one in lengths if isfinite(one) and one > 0]
    apart = log2(max(seen)) - log2(min(seen)) if seen else 0.0
    return min(STEEPEST, SPAN / apart) if apart > 0 else STEEPEST


def width(length: float, longest: float, step: float) -> float:
    """Return the width of a length in pixels; a thread of length 0, and what is not finite as the widest."""
    if not isfinite(length):
        return WIDEST
    return max(THREAD, WIDEST - step * (log2(longest) - log2(length))) if length > 0 else THREAD


def _words(lengths: Sequence[float], is_batch: bool) -> str:
    whose = ", rows of all samples" if is_batch else ""
    said = f"ribbon: length of the product so far{whose}"
    if not all(map(isfinite, lengths)):
        return f"{said}; grey: not finite"
    return f"{said}; grey: length 0" if 0 in lengths else said


def lengths_back(view: View, t: int) -> dict[str, float]:
    """Return the length of ∂L_t/∂Ŷ_t, under "", and of ∂L_t/∂H_j at the drawn steps j ≤ t, under the state's id.

    For a batch the rows of all samples together have one length.
    """
    lengths = {state(j, view.kind): frobenius(one.adjoint) for j, one in view.ways[t].items()}
    if not view.is_batch:
        return {"": frobenius(engine.chain_factors(*view.problem, "b2", t, t)[0].value)} | lengths
    row, samples = view.output_row(t), view.trace.A.shape[1]
    of = view.architecture, view.trace.Z[row], view.trace.Y_hat[row], view.target(t)
    first = output_gradient(*of) / samples if has_output_gradient(*of) else view.delta("b2", t, t)
    return {"": frobenius(first)} | lengths
