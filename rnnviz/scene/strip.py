"""A strip: the matrices of a frame with the operators between them, drawn by the stage.

Read as products it can be multiplied out by any program: `products`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rnnviz.notation.conventions import WEIGHTS, Conventions

ONES = "ones"
"""Id of the row of ones, one for each sample: a product with it adds up a batch."""
_SUMMED = {False: "summed over its rows", True: "summed over its columns"}
_BEGINS = ("", "  ", "→", "against")
"""Operators behind which a product begins anew."""
_FLAGS = ("transpose", "fold", "begins", "diagonal", "tensor", "role")


class Item(NamedTuple):
    """One matrix of a strip, with the operator that stands before it.

    Attributes
    ----------
    q : str
        Id of the quantity.
    op : str
        ``""``, ``"·"``, ``"+"``, ``"="``, ``"⊙"``, ``"⊘"``, ``"→"``, ``"against"`` or two spaces.
    said : str
        What is drawn in the place of ``op``.
    transpose, diagonal, tensor : bool
        Whether the matrix is drawn as that.
    times : float
        What multiplies it, written as ``factor``.
    fn : str
        With ``→``: the function that makes this one of what stands before it.
    limit : float or None
        With ``→``: at which the entries of what stands before it are cut.
    by : str
        With ``⊘`` and ``limit``: id of the quantity by which one multiplies instead, entry by entry.
    over : int
        How many a sum that begins here, in brackets, is divided by.
    summed : bool
        Whether it is added up over the samples.
    outer : tuple of Item or None
        ∂⁺ as the outer product that it amounts to: what enters the weight, and the slope.
    fold, begins : bool
        Whether it may be folded away; whether a new equation begins with it.
    role, note : str
        A colour and words of its own.
    """

    q: str
    op: str = ""
    transpose: bool = False
    times: float = 1.0
    factor: str = ""
    fn: str = ""
    limit: float | None = None
    by: str = ""
    over: int = 1
    summed: bool = False
    outer: "tuple[Item, ...] | None" = None
    fold: bool = False
    begins: bool = False
    diagonal: bool = False
    tensor: bool = False
    role: str = ""
    note: str = ""
    said: str = ""

    def drawn(self, column: bool = False) -> dict:
        """Return what the stage reads, with columns or rows for samples."""
        found: dict = {"q": self.q, "op": self.said or (f"{self.fn} →" if self.fn else self.op)}
        for name in _FLAGS:
            if value := getattr(self, name):
                found[name] = value
        found |= {"times": self.times, "factor": self.factor} if self.factor else {}
        found |= {} if self.limit is None else {"limit": self.limit}
        note = _SUMMED[column] if self.summed else self.note
        found |= {"note": note} if note else {}
        if self.outer is not None:
            found["outer"] = [one._replace(op="").drawn(column) for one in self.outer]
        return found


def arranged(items: "Sequence[Item]", conventions: Conventions) -> "tuple[Item, ...]":
    """Return a strip as the conventions turn it: products reversed, or their weights transposed.

    ``(A B)ᵀ = Bᵀ Aᵀ``: column vectors reverse every product. Where rows are kept and weights are not, a
    weight enters each product transposed.
    """
    if conventions.is_column:
        return tuple(one for run in runs(items) for one in _reversed(run))
    if conventions.flips_weights:
        return tuple(_flipped(one, len(run) > 1) for run in runs(items) for one in run)
    return tuple(items)


def replaced(items: "Sequence[Item]", conventions: Conventions) -> "tuple[Item, ...]":
    """Return items that stand inside a product, as the conventions turn them."""
    if conventions.is_column:
        return tuple(one._replace(op="·") for one in _reversed(items))
    return tuple(_flipped(one, True) for one in items) if conventions.flips_weights else tuple(items)


def runs(items: "Sequence[Item]") -> "list[list[Item]]":
    """Split a strip into products: items that are joined by a dot."""
    found: list[list[Item]] = []
    for one in items:
        if found and one.op == "·":
            found[-1].append(one)
        else:
            found.append([one])
    return found


def _reversed(run: "Sequence[Item]") -> "list[Item]":
    backward = [one._replace(outer=one.outer[::-1]) if one.outer else one for one in reversed(run)]
    return [
        one._replace(op=there.op, said=there.said, begins=there.begins)
        for one, there in zip(backward, run, strict=True)
    ]


def _flipped(one: "Item", inside: bool) -> "Item":
    return one._replace(transpose=not one.transpose) if inside and one.q in WEIGHTS else one


class Factor(NamedTuple):
    """One matrix of a product, with the operator before it: ``times`` × ``fn``(q, transposed or not)."""

    op: str
    q: str
    transpose: bool = False
    times: float = 1.0
    fn: str | None = None


def products(items: "Sequence[Item]", column: bool) -> list[list[Factor]]:
    """Return a strip, as the conventions arrange it, as lists of factors; all sides of "=" are equal.

    Each is read from left to right; ``column`` tells whether states are columns.
    """
    found: list[list[Factor]] = []
    over = 1
    for run in runs(items):
        first = run[0]
        if first.fn:  # a softmax is one of each row, so what stands in columns is transposed
            before, turned = found[-1][-1], column and first.fn == "softmax"
            of = Factor("", before.q, before.transpose != turned, fn=first.fn)
            found.append([of, Factor("=", first.q, first.transpose != turned)])
            continue
        over = 1 if first.op == "=" else max(over, first.over)
        factors = _multiplied(run, column)
        factors[0] = factors[0]._replace(times=factors[0].times / over)
        if first.begins or (first.op in _BEGINS and first.limit is None):
            found.append([factors[0]._replace(op=""), *factors[1:]])
        else:
            found[-1] += factors
    return found


def _multiplied(run: "Sequence[Item]", column: bool) -> list[Factor]:
    """The factors of items that are joined by a dot."""
    first = run[0]
    if first.by:
        cut = [Factor("=", first.q)] if first.limit is not None else []
        return [Factor("∘", first.by), *cut]
    sign = "∘" if first.op == "⊙" else first.op
    parts = [each._replace(op="·") if each.op != "∘" else each for each in _opened(run, column)]
    return [
        Factor(sign if place == 0 else each.op, each.q, each.transpose, each.times) for place, each in enumerate(parts)
    ]


def _opened(run: "Sequence[Item]", column: bool) -> "list[Item]":
    """The items with ∂⁺ taken apart: the slope stands beside the chain, what enters the weight outside.

    What enters is a single column (with columns for states, a row), so it may be multiplied first.
    """
    outer = next((one.outer for one in run if one.outer), None)
    plain = [one for one in run if not one.outer]
    if outer is None:
        ones = [Item(ONES)] if run[0].summed else []
        return [*plain, *ones] if column else [*ones, *plain]
    if not column:
        *entering, slope = outer
        by_entry = [one for one in entering if one.op == "∘"]
        return [*plain, slope, *by_entry] if by_entry else [*entering, *plain, slope]
    slope, *entering = outer
    return [slope, plain[0]._replace(op=slope.op), *plain[1:], *entering]
