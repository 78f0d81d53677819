"""The gradient of the loop, right or broken, beside differences of the loss: entry by entry, and over ε."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Self
from weakref import WeakKeyDictionary

import numpy as np

from rnnviz.engine import Architecture, Parameters, Trace, backward, derivative, losses_along
from rnnviz.engine.progress import tracked
from rnnviz.engine.values import checked_pair
from rnnviz.experiment import costs
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.mistakes import Arguments, arguments_of_copy, gradient_of_copy, made_of, steps_of_loss

FEWEST_ENTRIES = 8
EPSILONS = tuple(10.0 ** (place / 2) for place in range(-28, 1))
SMALLEST = 1e-190
"""Below it a derivative times the complex step of 1e-100 leaves the floats."""

Entry = tuple[int, ...]
_KNOWN: WeakKeyDictionary[Experiment, dict[Hashable, np.ndarray]] = WeakKeyDictionary()
"""Numeric derivatives of the experiments that are still held."""


@dataclass(frozen=True, eq=False)
class Case:
    """A network with its data, and the copy of its loop, with a mistake or none, that is under suspicion."""

    mistake: str | None
    architecture: Architecture
    parameters: Parameters
    trace: Trace
    Y: np.ndarray
    known: dict[Hashable, np.ndarray] = field(default_factory=dict)

    @classmethod
    def of(cls, experiment: Experiment, mistake: str | None = None) -> Self:
        """Return the case of an experiment; what is known of its network is shared by all mistakes."""
        return cls(mistake, *experiment.problem, _KNOWN.setdefault(experiment, {}))

    def once(self, what: Hashable, compute: Callable[[], np.ndarray]) -> np.ndarray:
        """Return a numeric derivative, which is the network's whatever the mistake: computed once."""
        if what not in self.known:
            self.known[what] = compute()
        return self.known[what]

    @cached_property
    def made(self) -> frozenset[str]:
        """What is wrong in the copy."""
        return made_of(self.mistake)

    @cached_property
    def arguments(self) -> Arguments:
        """What the loop takes."""
        return arguments_of_copy(self.made, self.architecture, self.parameters, self.trace, self.Y)

    @cached_property
    def gradient(self) -> Parameters:
        """The gradient of the copy."""
        return gradient_of_copy(self.made, self.arguments)

    @property
    def size(self) -> costs.Size:
        """What a computation on the network costs depends on it."""
        T, m, n0 = self.trace.X.shape
        blocks = len(self.architecture.layer.blocks)
        return costs.Size(T, m, n0, self.architecture.n_hidden, self.architecture.n_outputs, blocks)

    @property
    def data(self) -> tuple[Architecture, Parameters, np.ndarray, np.ndarray, np.ndarray]:
        """What the engine's differences take."""
        return self.architecture, self.parameters, self.trace.X, self.Y, self.trace.H_init

    @cached_property
    def amplified(self) -> np.ndarray:
        """(T,) array: how much more a derivative is rounded than its size says: ŷ - y cancels, A, Z round."""
        size = max(abs(self.trace.Y_hat).max(), abs(self.Y).max())
        lost = size / np.maximum(abs(self.arguments[-1]).max(axis=(1, 2)), SMALLEST)
        return np.maximum(lost, max(1.0, abs(self.trace.A).max(), abs(self.trace.Z).max()))

    @cached_property
    def magnitudes(self) -> tuple[float, ...]:
        """The largest sum of absolute values that stands behind an entry of each block: what rounds."""
        _, X, H, H_init, *_, dZ_each = self.arguments
        D = abs(backward(self.architecture, self.parameters, self.trace, self.Y).deltas)
        E, before = abs(dZ_each) / len(H_init), abs(np.concatenate([H_init[None], H[:-1]]))
        pairs = ((abs(X), D), (before, D), (np.ones((*H.shape[:2], 1)), D), (abs(H), E))
        products = (np.tensordot(inputs, delta, axes=((0, 1), (0, 1))) for inputs, delta in pairs)
        return (*(float(v.max()) for v in products), float(E.sum(axis=(0, 1)).max()))


def some_entries(block: np.ndarray, limit: int, whole: Callable[[np.ndarray], np.ndarray] = np.floor) -> list[Entry]:
    """Return indices: all, or half of ``limit`` the largest entries and half evenly spaced, whole ones."""
    flat = np.arange(block.size)
    if block.size > limit:
        largest = np.argsort(-abs(block), axis=None, kind="stable")[: limit // 2]
        even = whole(np.linspace(0, block.size - 1, limit - limit // 2))
        flat = np.union1d(largest, even.astype(int))
    return [tuple(map(int, index)) for index in zip(*np.unravel_index(flat, block.shape), strict=True)]


@dataclass(frozen=True, eq=False)
class Comparison:
    """Entries of all parameters, N of ``total``, by the loop and by central differences, as (N,) arrays.

    Their relative difference is over the largest entry of the parameter, by either way.
    """

    entries: tuple[tuple[str, Entry], ...]
    analytic: np.ndarray
    numeric: np.ndarray
    relative: np.ndarray
    total: int

    @property
    def worst(self) -> int:
        """Index of the entry with the largest relative difference."""
        return int(np.nanargmax(np.where(np.isfinite(self.relative), self.relative, np.inf)))


def compare(experiment: Experiment, mistake: str | None = None) -> Comparison:
    """Compare the loop's gradient with central differences of the loss.

    Every entry of a small network; of a large one the largest and evenly spaced others, as many as are
    computed at once.
    """
    case = Case.of(experiment, mistake)
    limit = max(FEWEST_ENTRIES, costs.copies(case.size, 2 * len(Parameters._fields)).affordable())
    places = {name: some_entries(block, limit, np.round) for name, block in case.gradient._asdict().items()}
    parts = [_compared(case, name, places[name]) for name in tracked(Parameters._fields)]
    entries = tuple((name, place) for name, chosen in places.items() for place in chosen)
    analytic, numeric, relative = (np.concatenate(side) for side in zip(*parts, strict=True))
    return Comparison(entries, analytic, numeric, relative, sum(block.size for block in case.gradient))


@np.errstate(all="ignore")
def _compared(case: Case, name: str, places: list[Entry]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    block = getattr(case.gradient, name)
    analytic = np.array([block[place] for place in places])
    numeric = derivative(*case.data, **case.trace.more, variable=name, entries=places, method="central").sum(axis=1)
    largest = max(np.abs(block).max(), np.abs(numeric).max()) or 1.0
    return analytic, numeric, np.abs(analytic - numeric) / largest


@dataclass(frozen=True, eq=False)
class ErrorCurve:
    """Relative errors of one entry's derivative over P step sizes ε, against the complex step at 1e-100.

    They are those of "forward", "central" and "analytic": the loop's own, which has no ε. A network that is
    not too large is looked at with all of `EPSILONS`.
    """

    epsilons: np.ndarray
    errors: dict[str, np.ndarray]


@np.errstate(all="ignore")
def error_curve(experiment: Experiment, name: str, entry: Entry, mistake: str | None = None) -> ErrorCurve:
    """Measure the error of one derivative over ε: too large a step bends, too small a one is rounded away."""
    case = Case.of(experiment, mistake)
    # All ε, or every second or fourth, with the first and the last: each takes two passes.
    fit = costs.moved_alone(case.size).times(2).affordable()
    every = 1 if fit >= len(EPSILONS) else 2 if fit >= len(EPSILONS) // 2 else 4
    epsilons = np.array(EPSILONS[::every])
    exact = float(derivative(*case.data, **case.trace.more, variable=name, entries=[entry]).sum())
    value = getattr(case.parameters, name)[entry]
    high, low = value + epsilons, value - epsilons
    losses = losses_along(*case.data, **case.trace.more, variable=name, entry=entry, values=[value, *high, *low])
    here, above, below = np.split(losses, [1, 1 + len(epsilons)])
    found = {
        "forward": ((above - here) / (high - value)[:, None]).sum(axis=1),
        "central": ((above - below) / (high - low)[:, None]).sum(axis=1),
        "analytic": np.full(len(epsilons), getattr(case.gradient, name)[entry]),
    }
    errors = {way: np.abs(slopes - exact) / (abs(exact) or 1.0) for way, slopes in found.items()}
    return ErrorCurve(epsilons, {way: np.where(np.isfinite(e), e, np.nan) for way, e in errors.items()})


@dataclass(frozen=True, eq=False)
class CellCheck:
    """The largest entry of term (t, k): by the loop, and by moving only the copy that step k uses."""

    t: int
    k: int
    entry: Entry
    term: float
    central: float
    complex_step: float


def check_cell(experiment: Experiment, name: str, t: int, k: int, mistake: str | None = None) -> CellCheck:
    """Check the largest entry of one term by moving only the copy of the parameter that step k uses."""
    t, k = checked_pair(t, k, experiment.config.steps)
    case = Case.of(experiment, mistake)
    step = next(step for step in steps_of_loss(case.made, case.arguments, t) if step.k == k)
    term = getattr(step.increments, name)
    entry = tuple(int(i) for i in np.unravel_index(np.abs(term).argmax(), term.shape))
    exact, central = (
        float(
            derivative(*case.data, **case.trace.more, variable=name, entries=[entry], steps=[k], method=method)[0, t, 0]
        )
        for method in ("complex", "central")
    )
    return CellCheck(t, k, entry, float(term[entry]), central, exact)
