"""The ledger of one gradient: four ways to the same numbers, digit by digit, and what separates them."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from rnnviz import engine
from rnnviz.notation.ids import gradient
from rnnviz.notation.numbers import all_of, capital, counted, four, full
from rnnviz.scene.sentences import left_out
from rnnviz.scene.term_grid import whole_name
from rnnviz.scene.view import View
from rnnviz.settings.fields import LABELS

LONGEST_LEDGER = 12
WAYS = ("sum of the terms", "backward", "complex step", "central difference")


@dataclass(frozen=True)
class Ledger:
    """Two tables of texts, the sentence above them and the remark below.

    Attributes
    ----------
    columns : mapping of str to tuple
        The entries, each computed in four ways, with every digit.
    residuals : mapping of str to tuple
        What separates each way from the sum of the terms: the largest difference, and that relative to the
        largest entry.
    residual : float
        Between the sum of the terms and ``backward``, over all entries.
    relative : mapping of str to float
        The relative differences, of the listed entries, by way.
    """

    sentence: str
    columns: Mapping[str, tuple[str, ...]]
    residuals: Mapping[str, tuple[str, ...]]
    remark: str
    residual: float
    relative: Mapping[str, float]


@np.errstate(all="ignore")
def ledger(view: View, parameter: str) -> Ledger:
    """Return the gradient of a parameter in four ways, entry by entry.

    The kept terms added up; ``backward``, the engine's loop; and two that know nothing of the chain rule, the
    complex step and the central difference of the loss. These two are of the full gradient: truncation shows.
    """
    total, loop = view.total(parameter), getattr(view.backward, parameter)
    order = np.argsort(-np.abs(loop), axis=None, kind="stable")[:LONGEST_LEDGER]
    places = [tuple(int(i) for i in np.unravel_index(place, loop.shape)) for place in order]
    found = {way: np.array([values[at] for at in places]) for way, values in zip(WAYS, (total, loop), strict=False)}
    network = view.architecture, view.parameters, view.trace.X, view.Y, view.trace.H_init
    for way, method in ((WAYS[2], "complex"), (WAYS[3], "central")):
        steps = engine.derivative(*network, **view.trace.more, variable=parameter, entries=places, method=method)
        found[way] = view.scale * steps.sum(axis=1)
    residual = float(np.abs(total - loop).max())
    apart = {way: float(np.abs(found[way] - found[WAYS[0]]).max()) for way in WAYS[1:]}
    largest = float(np.abs(loop).max()) or 1.0
    relative = {way: distance / largest for way, distance in apart.items()}
    entries = (", ".join(map(str, view.conventions.place(parameter, place))) for place in places)
    columns = {"entry": tuple(f"{view.named(parameter)}[{entry}]" for entry in entries)}
    columns |= {way: tuple(full(value) for value in values) for way, values in found.items()}
    residuals = {
        "against the sum of the terms": tuple(apart),
        "largest difference": tuple(four(distance) for distance in apart.values()),
        "relative to the largest entry": tuple(four(share) for share in relative.values()),
    }
    remark = f"The {len(places)} largest of {total.size} entries"
    remark = capital(all_of(total.size, "entry")) if len(places) == total.size else remark
    remark += ", the largest first" if len(places) > 1 else ""
    remark += f", with every digit that a 64-bit float holds.{left_out(view, parameter)}"
    tables = MappingProxyType(columns), MappingProxyType(residuals)
    return Ledger(_sentence(view, parameter, residual, relative), *tables, remark, residual, MappingProxyType(relative))


def _sentence(view: View, parameter: str, residual: float, relative: dict[str, float]) -> str:
    count = view.kept_count(parameter)
    whole, summed = whole_name(view, parameter), "Their sum" if count > 1 else "It"
    if view.scale != 1:
        summed = f"{summed}, times 1/{len(view.loss_steps)},"
    called = LABELS[parameter] if view.conventions.is_ours else f"`{view.named(parameter)}`"
    apart = f"differ by at most **{four(residual)}**" if residual else "are equal to the last bit: **0** apart"
    complex_step, central = (four(relative[way]) for way in WAYS[2:])
    rounded = ": it subtracts two nearly equal losses, which costs digits" if relative[WAYS[3]] else ""
    against = (
        f"The complex step Im L(θ + ih) / h, which needs the forward pass alone, differs by **{complex_step}** of the "
        f"largest entry, the central difference by {central}{rounded}."
    )
    if view.cut(parameter).any():
        against = (
            f"The complex step and the central difference are of the full gradient, "
            f"${view.symbol(gradient(parameter)).latex}$. From ${view.written(parameter).latex}$ they differ by "
            f"**{complex_step}** and {central} of its largest entry, which is what truncation leaves out and not "
            "rounding."
        )
    return (
        f"{counted(count, 'term', 'makes', 'make')} up the {whole} of {called}{view.whose}. "
        f"{summed} and the backward loop {apart}. {against}"
    )
