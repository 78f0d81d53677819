"""The ledger of one gradient: four ways to the same numbers, digit by digit, and what separates them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz import engine
from rnnviz.notation.conventions import LECTURE
from rnnviz.notation.numbers import all_of, capital, counted, four, full
from rnnviz.scene.frames import kept_count
from rnnviz.scene.sentences import left_out
from rnnviz.scene.shares import whole_name
from rnnviz.scene.view import View
from rnnviz.settings.fields import LABELS

LONGEST_LEDGER = 12
WAYS = ("sum of the terms", "backward", "complex step", "central difference")


@dataclass(frozen=True)
class Ledger:
    """Two tables of texts, the sentence above them and the remark below.

    Attributes
    ----------
    columns : dict of str to list
        The entries, each computed in four ways, with every digit.
    residuals : dict of str to list
        What separates each way from the sum of the terms: the largest difference, and that relative to the
        largest entry.
    residual : float
        Between the sum of the terms and ``backward``, over all entries.
    relative : dict of str to float
        The relative differences, of the listed entries, by way.
    """

    sentence: str
    columns: dict[str, list[str]]
    residuals: dict[str, list[str]]
    remark: str
    residual: float
    relative: dict[str, float]


@np.errstate(all="ignore")
def ledger(view: View, parameter: str) -> Ledger:
    """Return the gradient of a parameter in four ways, entry by entry.

    The kept terms added up; ``backward``, the engine's loop; and two that know nothing of the chain rule, the
    complex step and the central difference of the loss. These two are of the full gradient: truncation shows.
    """
    total, loop = view.total(parameter), getattr(view.backward, parameter)
    places = _largest(loop)
    found = _four_ways(view, parameter, total, loop, places)
    residual = float(np.abs(total - loop).max())
    apart = {way: float(np.abs(found[way] - found[WAYS[0]]).max()) for way in WAYS[1:]}
    largest = float(np.abs(loop).max()) or 1.0
    relative = {way: distance / largest for way, distance in apart.items()}
    columns = {"entry": [_name(view, parameter, place) for place in places]}
    columns |= {way: [full(value) for value in values] for way, values in found.items()}
    return Ledger(
        _sentence(view, parameter, residual, relative),
        columns,
        _residuals(apart, relative),
        _remark(view, parameter, total.size, len(places)),
        residual,
        relative,
    )


def _largest(values: np.ndarray) -> list[tuple[int, ...]]:
    order = np.argsort(-np.abs(values), axis=None, kind="stable")[:LONGEST_LEDGER]
    return [tuple(int(i) for i in np.unravel_index(place, values.shape)) for place in order]


def _four_ways(
    view: View, parameter: str, total: np.ndarray, loop: np.ndarray, places: list[tuple[int, ...]]
) -> dict[str, np.ndarray]:
    found = {WAYS[0]: total, WAYS[1]: loop}
    found = {way: np.array([values[place] for place in places]) for way, values in found.items()}
    network = view.architecture, view.parameters, view.trace.X, view.Y, view.trace.H_init
    for way, method in ((WAYS[2], "complex"), (WAYS[3], "central")):
        steps = engine.derivative(*network, variable=parameter, entries=places, method=method)
        found[way] = view.scale * steps.sum(axis=1)
    return found


def _name(view: View, parameter: str, place: tuple[int, ...]) -> str:
    return f"{view.named(parameter)}[{', '.join(map(str, view.conventions.place(parameter, place)))}]"


def _residuals(apart: dict[str, float], relative: dict[str, float]) -> dict[str, list[str]]:
    return {
        "against the sum of the terms": list(apart),
        "largest difference": [four(distance) for distance in apart.values()],
        "relative to the largest entry": [four(share) for share in relative.values()],
    }


def _sentence(view: View, parameter: str, residual: float, relative: dict[str, float]) -> str:
    count = kept_count(view, parameter)
    whole, summed = whole_name(view, parameter), "Their sum" if count > 1 else "It"
    if view.scale != 1:
        summed = f"{summed}, times 1/{len(view.loss_steps)},"
    return (
        f"{counted(count, 'term', 'makes', 'make')} up the {whole} of {_called(view, parameter)}{view.whose}. "
        f"{summed} and the backward loop {_apart(residual)}. "
        f"{_against_differences(view, parameter, relative)}"
    )


def _apart(residual: float) -> str:
    return f"differ by at most **{four(residual)}**" if residual else "are equal to the last bit: **0** apart"


def _against_differences(view: View, parameter: str, relative: dict[str, float]) -> str:
    complex_step, central = (four(relative[way]) for way in WAYS[2:])
    if view.cut(parameter).any():
        full, kept = view.symbol(f"dL/d{parameter}").latex, view.written(parameter).latex
        return (
            f"The complex step and the central difference are of the full gradient, ${full}$. From ${kept}$ "
            f"they differ by **{complex_step}** and {central} of its largest entry, which is what truncation "
            "leaves out and not rounding."
        )
    rounded = ": it is rounded" if relative[WAYS[3]] else ""
    return (
        f"The complex step, which knows no chain rule, differs by **{complex_step}** of the largest entry, "
        f"the central difference by {central}{rounded}."
    )


def _called(view: View, parameter: str) -> str:
    return LABELS[parameter] if view.conventions.names == LECTURE.names else f"`{view.named(parameter)}`"


def _remark(view: View, parameter: str, size: int, listed: int) -> str:
    text = capital(all_of(size, "entry")) if listed == size else f"The {listed} largest of {size} entries"
    text += ", the largest first" if listed > 1 else ""
    text += ", with every digit that a 64-bit float holds."
    return f"{text}{left_out(view, parameter)}"
