"""The ledger of one gradient: the sum of the terms beside what the backward loop gives, digit by digit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.settings import LABELS
from rnnviz.story.frames import kept_count
from rnnviz.story.notation import plain, symbol
from rnnviz.story.numbers import four, full
from rnnviz.story.view import View

LONGEST_LEDGER = 12


@dataclass(frozen=True)
class Ledger:
    """Columns of a table, the sentence above it and the remark below."""

    sentence: str
    columns: dict[str, list[str]]
    remark: str
    residual: float


def ledger(view: View, parameter: str) -> Ledger:
    """Return the sum of the kept terms, ``backward`` and their difference, entry by entry.

    Parameters
    ----------
    view : View
        Of one sample or of the batch.
    parameter : str
        ``"W1"``, ``"Wh1"``, ``"b1"``, ``"W2"`` or ``"b2"``.
    """
    total, loop = view.total(parameter), getattr(view.backward, parameter)
    difference = np.abs(total - loop)
    residual = float(difference.max())
    places = _largest(loop)
    columns = {
        "entry": [_name(parameter, place) for place in places],
        "sum of the terms": [full(total[place]) for place in places],
        "backward": [full(loop[place]) for place in places],
        "difference": [four(difference[place]) for place in places],
    }
    return Ledger(_sentence(view, parameter, residual), columns, _remark(total.size, len(places)), residual)


def _largest(values: np.ndarray) -> list[tuple[int, ...]]:
    order = np.argsort(-np.abs(values), axis=None, kind="stable")[:LONGEST_LEDGER]
    return [tuple(int(i) for i in np.unravel_index(place, values.shape)) for place in order]


def _name(parameter: str, place: tuple[int, ...]) -> str:
    return f"{plain(symbol(parameter).label)}[{', '.join(map(str, place))}]"


def _sentence(view: View, parameter: str, residual: float) -> str:
    count = kept_count(view, parameter)
    words = "One term makes" if count == 1 else f"{count} terms make"
    return (
        f"{words} up the gradient of {LABELS[parameter]}. Their sum and the backward loop, two ways "
        f"of computing the same, differ by at most **{four(residual)}**."
    )


def _remark(size: int, listed: int) -> str:
    if listed == size:
        return f"All {size} entries, the largest first, with every digit that a 64-bit float holds."
    return f"The {listed} largest of {size} entries, with every digit that a 64-bit float holds."
