"""Which known mistake, or pair of them, gives the numbers of a reader's own gradient."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import combinations
from operator import attrgetter
from typing import Self

import numpy as np

from rnnviz.engine import Architecture, Parameters, forward
from rnnviz.engine.cells.cell import Cell
from rnnviz.engine.forward import with_mask
from rnnviz.engine.progress import tracked
from rnnviz.engine.validation import as_float, kind_of
from rnnviz.experiment.check import relative
from rnnviz.experiment.mistakes import MISTAKES, arguments_of_copy, gradient_of_copy, known_of

Numbers = Mapping[str, np.ndarray]
"""Gradients by the names of their parameters."""

_FULL, _SINGLE = 1e-8, 1e-5
_LEAST = 1e-6
_MOST_DIGITS = 12
_COARSEST = 0.01
_SAME = 1e-3
_FITTED = 2.0
"""So many times as much may numbers be off where a factor was fitted to them: it is as rounded as they are."""
_HALF = 0.5 * (1 + 1e-9)


@dataclass(frozen=True, eq=False)
class Given:
    """A reader's gradient, and how far its numbers may be from those that it stands for.

    `units` are the units of its last digits where it was rounded, else 0, `most` bounds what of them is allowed;
    `tolerance` is relative to the largest entry of a parameter, which counts as no less than `least`.
    """

    numbers: Numbers
    units: Numbers
    tolerance: float
    least: float
    most: float

    @classmethod
    def of(cls, architecture: Architecture, gradients: object) -> Self:
        """Return the gradients, some of which may be left out, as arrays; ValueError names what does not fit."""
        shapes = dict(zip(Parameters._fields, architecture.shapes, strict=True))
        came = {name: value for name, value in _by_name({} if gradients is None else gradients) if value is not None}
        if not came:
            names = ", ".join(shapes)
            raise ValueError(f"gradients: got none, expected at least one of {names}, in a file as grad. and the name")
        numbers = {name: _as_numbers(name, value, shapes) for name, value in came.items()}
        finite = np.concatenate([each[np.isfinite(each)] for each in numbers.values()])
        single = bool((finite == finite.astype(np.float32)).all())
        largest = float(abs(finite).max(initial=0.0))
        units = {name: _units(each, finite, single) for name, each in numbers.items()}
        least = max(_LEAST * largest, np.finfo(float).tiny)
        return cls(numbers, units, _SINGLE if single else _FULL, least, _COARSEST * largest)

    @property
    def rounded(self) -> bool:
        """Whether the numbers have fewer digits than they were computed with."""
        return any(units.any() for units in self.units.values())

    @property
    def any_finite(self) -> bool:
        """Whether there is a number to compare."""
        return any(np.isfinite(each).any() for each in self.numbers.values())

    def misfit(self, name: str, other: np.ndarray) -> float:
        """Return the largest difference over the largest that is allowed; both are finite at the same entries."""
        own, finite = self.numbers[name], np.isfinite(other)
        if (np.isfinite(own) != finite).any():
            return np.inf
        scale = max(abs(own[finite]).max(initial=self.least), abs(other[finite]).max(initial=self.least))
        allowed = self.tolerance * scale + np.minimum(self.units[name], self.most)[finite]
        return float((abs(own - other)[finite] / allowed).max(initial=0.0))


def _by_name(gradients: object) -> list[tuple[str, object]]:
    if isinstance(gradients, Mapping):
        return list(gradients.items())
    if not isinstance(gradients, Sequence) or len(gradients) != len(Parameters._fields):
        raise ValueError(f"gradients: got {kind_of(gradients)}, expected Parameters(W1, Wh1, b1, W2, b2) or a dict")
    return list(zip(Parameters._fields, gradients, strict=True))


def _as_numbers(name: str, value: object, shapes: Mapping[str, tuple[int, ...]]) -> np.ndarray:
    if name not in shapes:
        raise ValueError(f"gradients: got {name!r}, expected one of {', '.join(shapes)}")
    array = as_float(f"gradients.{name}", value)
    if array.shape != shapes[name]:
        raise ValueError(f"gradients.{name}: got shape {array.shape}, expected {shapes[name]}")
    return array


def _units(array: np.ndarray, finite: np.ndarray, single: bool) -> np.ndarray:
    """Half a unit of the last digit of each entry, where the numbers have been rounded.

    Numbers are rounded to decimals, all to the same place, or to digits: the coarser of both is taken.
    """
    digits, place = _written(finite, single)
    if digits > _MOST_DIGITS:
        return np.zeros_like(array)
    size = np.where(np.isfinite(array) & (array != 0), abs(array), 10.0**place)
    by_digits = 10.0 ** (np.floor(np.log10(size)) - digits + 1)
    return _HALF * np.maximum(by_digits, 10.0**place)


def _written(finite: np.ndarray, single: bool) -> tuple[int, int]:
    """The most digits that one of the numbers has, and the place of the last decimal of all."""
    digits, place = 1, 300
    for value in finite[finite != 0].astype(np.float32 if single else np.float64):
        mantissa, exponent = np.format_float_scientific(abs(value), trim="-").split("e")
        count = len(mantissa.replace(".", ""))
        if count > _MOST_DIGITS:
            return count, 0
        digits, place = max(digits, count), min(place, int(exponent) - count + 1)
    return digits, place


@dataclass(frozen=True, eq=False)
class Explanation:
    """Mistakes that give the numbers, none if these are right.

    `factor` scales the whole gradient where it was clipped; `last` names the parameters of which the step that is
    visited last is all that stayed; `misfit` is at most 1.
    """

    made: tuple[str, ...]
    misfit: float
    factor: float = 1.0
    last: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Relation:
    """How the numbers of one parameter come from the right ones.

    `kind` is "right", "factor", "transpose" (times `factor` too), "gates", "rows" or "columns" in another `order`, or
    "none"; of the gates' blocks `blocks` are the names in the order of this house.
    """

    parameter: str
    kind: str
    factor: float = 1.0
    order: tuple[int, ...] = ()
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class Finding:
    """What is known of a gradient: relative errors by parameter, and what explains its numbers, if anything does.

    `others` explain them as simply and as well; `relations` are there only where nothing explains them. `whole` is how
    many times the right gradient it is, where clipping and one more mistake only scale it; else 1. `overflowed` are the
    parameters whose right gradient is not finite: then nothing is compared.
    """

    errors: dict[str, float]
    rounded: bool
    found: Explanation | None
    others: tuple[Explanation, ...] = ()
    relations: tuple[Relation, ...] = ()
    whole: float = 1.0
    overflowed: tuple[str, ...] = ()


@np.errstate(all="ignore")
def find(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    gradients: object,
    H_init: np.ndarray | None = None,
    mask: np.ndarray | None = None,
    C_init: np.ndarray | None = None,
) -> Finding:
    """Run the network with each known mistake and each pair, and keep the simplest that gives these gradients.

    From simple to less so: none, one, two, clipping, clipping and one more. Clipping comes late because its factor
    is free: m/T is explained by two means sooner than by a norm. Of those that are as simple and fit as well, the
    first in the order of `MISTAKES` is taken. A gated cell has mistakes of its own.
    """
    Y = as_float("Y", Y)
    trace = with_mask(architecture, forward(architecture, parameters, X, H_init, C_init), mask)
    given = Given.of(architecture, gradients)

    @lru_cache(maxsize=3)  # of the same pair, with and without one of them; all would be large
    def run(made: frozenset[str]) -> Numbers:
        return gradient_of_copy(made, arguments_of_copy(made, architecture, parameters, trace, Y))._asdict()

    right = run(frozenset())
    errors = {name: relative(each, right[name]) for name, each in given.numbers.items()}
    overflowed = tuple(name for name in given.numbers if not np.isfinite(right[name]).all())
    if overflowed or not given.any_finite:
        return Finding(errors, given.rounded, None, overflowed=overflowed)
    for level in _levels(given, run, known_of(architecture)):
        fitting = [each for each in level if each.misfit <= 1]
        if fitting:
            found, others = _best(fitting)
            return Finding(errors, given.rounded, found, others, whole=_whole(given, found, right))
    return Finding(errors, given.rounded, None, (), _relations(given, right, architecture.layer))


def _best(fitting: list[Explanation]) -> tuple[Explanation, tuple[Explanation, ...]]:
    closest = min(each.misfit for each in fitting)
    first, *others = (each for each in fitting if each.misfit <= max(10 * closest, _SAME))
    return first, tuple(others)


Run = Callable[[frozenset[str]], Numbers]


def _levels(given: Given, run: Run, known: Iterable[str]) -> Iterator[list[Explanation]]:
    """Explanations from simple to less so, those of a level in the order of `MISTAKES`."""
    exact = [name for name in known if name != "clipped_norm"]
    for count in range(3):
        yield [_explained(given, run, made) for made in tracked([*combinations(exact, count)])]
    for count in range(0 if _by_rounding(given, run, ()) else 2):
        yield [_clipped(given, run, made) for made in tracked([*combinations(exact, count)])]


def _versions(run: Run, made: tuple[str, ...]) -> list[Numbers]:
    """What the loop gives; with "overwritten" before and after, because it may concern some parameters alone."""
    names = frozenset(made)
    return [run(names - {"overwritten"}), run(names)] if "overwritten" in made else [run(names)]


def _explained(given: Given, run: Run, made: tuple[str, ...], factor: float = 1.0) -> Explanation:
    """The explanation with the version of each parameter that fits it better."""
    versions, worst, last = _versions(run, made), 0.0, []
    for name in given.numbers:
        misfits = [given.misfit(name, factor * version[name]) for version in versions]
        worst = max(worst, min(misfits))
        if misfits[-1] < misfits[0]:
            last.append(name)
    needed = len(versions) == 1 or last
    return Explanation(made, worst if needed else np.inf, factor, tuple(last))


def _by_rounding(given: Given, run: Run, made: tuple[str, ...]) -> bool:
    """Whether these mistakes alone give the numbers, however coarsely they are rounded: then no factor is known."""
    return _explained(replace(given, most=np.inf), run, made).misfit <= _FITTED


def _clipped(given: Given, run: Run, made: tuple[str, ...]) -> Explanation:
    """The explanation with one factor from 0 to 1 over all: that of some parameter, then that of all."""
    versions = _versions(run, made)
    pairs = {(n, place): (given.numbers[n], each[n]) for place, each in enumerate(versions) for n in given.numbers}
    found = [_explained(given, run, made, factor) for pair in pairs.values() if 0 < (factor := _factor([pair])) < 1]
    if not found or _by_rounding(given, run, made):
        return Explanation(made, np.inf)
    best = min(found, key=attrgetter("misfit"))
    factor = _factor([pairs[n, len(versions) - 1 if n in best.last else 0] for n in given.numbers])
    refined = [_explained(given, run, made, factor)] if 0 < factor < 1 else []
    every = tuple(name for name in MISTAKES if name in made or name == "clipped_norm")
    closest = min([best, *refined], key=attrgetter("misfit"))
    return replace(closest, made=every, misfit=closest.misfit / _FITTED)


def _factor(pairs: list[tuple[np.ndarray, np.ndarray]]) -> float:
    """The number by which the second of each pair is nearest to the first, in least squares."""
    finite = [np.isfinite(one) & np.isfinite(other) for one, other in pairs]
    own, other = (np.concatenate([p[i][f] for p, f in zip(pairs, finite, strict=True)]) for i in range(2))
    return float(own @ other / (other @ other)) if (other * other).any() else 0.0


def _whole(given: Given, found: Explanation, right: Numbers) -> float:
    if len(found.made) < 2 or "clipped_norm" not in found.made:
        return 1.0
    factor = _factor([(own, right[name]) for name, own in given.numbers.items()])
    return factor if all(given.misfit(n, factor * right[n]) <= _FITTED for n in given.numbers) else 1.0


def _relations(given: Given, right: Numbers, cell: Cell) -> tuple[Relation, ...]:
    of = {"W1": cell.blocks, "Wh1": cell.blocks, "b1": cell.biases}
    return tuple(_relation(given, name, right[name], of.get(name, ())) for name in given.numbers)


def _relation(given: Given, name: str, right: np.ndarray, blocks: tuple[str, ...]) -> Relation:
    """The first of several relations that holds between the numbers of a parameter and the right ones."""
    own = given.numbers[name]
    turned = right.T if right.ndim == 2 and right.shape == right.shape[::-1] else right
    for kind, form in (("factor", right), ("transpose", turned)):
        factor = _factor([(own, form)])
        if given.misfit(name, form) <= 1:
            return Relation(name, "right" if form is right else kind)
        if factor and given.misfit(name, factor * form) <= _FITTED:
            return Relation(name, kind, factor)
    if len(blocks) > 1:
        order = _order(*(np.stack(np.split(each, len(blocks), axis=-1)) for each in (own, right)))
        parts = np.split(right, len(blocks), axis=-1)
        if order and given.misfit(name, np.concatenate([parts[place] for place in order], axis=-1)) <= 1:
            return Relation(name, "gates", order=order, blocks=blocks)
    for kind, axis in (("columns", -1), ("rows", 0)):
        order = _order(np.moveaxis(own, axis, 0), np.moveaxis(right, axis, 0))
        if order and given.misfit(name, np.take(right, order, axis)) <= 1:
            return Relation(name, kind, order=order)
    return Relation(name, "none")


def _order(own: np.ndarray, right: np.ndarray) -> tuple[int, ...]:
    """Which of the right rows is nearest to each own row; nothing if one is nearest to two."""
    apart = [abs(right - row).reshape(len(right), -1).max(axis=1) for row in own]
    order = tuple(int(each.argmin()) for each in apart)
    return order if len({*order}) == len(order) else ()
