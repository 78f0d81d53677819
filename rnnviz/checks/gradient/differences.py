"""The gradient of the loop, right or broken, beside differences of the loss: entry by entry, and over ε."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters, derivative, losses_along
from rnnviz.engine.pulse import told
from rnnviz.engine.validation import checked_pair
from rnnviz.experiment import costs
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.mistakes import gradient_of_copy, steps_of_loss
from rnnviz.experiment.plain_loop import loop_arguments

FEWEST_ENTRIES = 8
EPSILONS = tuple(10.0 ** (place / 2) for place in range(-28, 1))


@dataclass(frozen=True, eq=False)
class Comparison:
    """Entries of all parameters, N of them, by the loop and by central differences.

    Attributes
    ----------
    entries : tuple of (str, tuple of int)
        Parameter and index.
    analytic, numeric : (N,) arrays
    relative : (N,) array
        Their difference over the largest entry of the parameter, by either way.
    total : int
        How many entries there are in all.
    """

    entries: tuple[tuple[str, tuple[int, ...]], ...]
    analytic: np.ndarray
    numeric: np.ndarray
    relative: np.ndarray
    total: int

    @property
    def worst(self) -> int:
        """Index of the entry with the largest relative difference."""
        return int(np.nanargmax(np.where(np.isfinite(self.relative), self.relative, np.inf)))


@dataclass(frozen=True, eq=False)
class ErrorCurve:
    """Relative error of one entry's derivative over the step size ε, against the complex step at 1e-100.

    Attributes
    ----------
    epsilons : (P,) array
    errors : dict of str to (P,) array
        "forward", "central", and "analytic": the loop's own, which has no ε.
    total : int
        How many ε there are for a network that is not too large.
    """

    epsilons: np.ndarray
    errors: dict[str, np.ndarray]
    total: int = len(EPSILONS)


@dataclass(frozen=True, eq=False)
class CellCheck:
    """One entry of term (t, k): by the loop, and by moving only the copy of the parameter used at step k."""

    term: float
    central: float
    complex_step: float
    largest: float


def compare(experiment: Experiment, mistake: str | None = None) -> Comparison:
    """Compare the loop's gradient with central differences of the loss.

    Every entry of a small network; of a large one the largest and evenly spaced others, as many as are
    computed at once.
    """
    gradient = broken_gradient(mistake, experiment)
    places = {name: _chosen(experiment, values) for name, values in gradient._asdict().items()}
    parts = [
        _compared(experiment, name, getattr(gradient, name), places[name])
        for name in told(Parameters._fields)
    ]
    entries = tuple((name, place) for name in Parameters._fields for place in places[name])
    analytic, numeric, relative = (np.concatenate(side) for side in zip(*parts, strict=True))
    return Comparison(entries, analytic, numeric, relative, sum(values.size for values in gradient))


def broken_gradient(mistake: str | None, experiment: Experiment) -> Parameters:
    """Return the gradient of the loop with a mistake, or of the right one for None."""
    return gradient_of_copy(mistake, _arguments(experiment))


def _arguments(experiment: Experiment) -> tuple:
    return loop_arguments(experiment.architecture, experiment.parameters, experiment.trace, experiment.task.Y)


def _chosen(experiment: Experiment, values: np.ndarray) -> list[tuple[int, ...]]:
    affordable = costs.differences(costs.Size.of(experiment), len(Parameters._fields)).affordable()
    count = max(FEWEST_ENTRIES, affordable)
    if values.size <= count:
        return list(np.ndindex(values.shape))
    largest = np.argsort(-np.abs(values), axis=None, kind="stable")[: count // 2]
    even = np.linspace(0, values.size - 1, count - count // 2).round().astype(int)
    chosen = sorted({*largest.tolist(), *even.tolist()})
    return [tuple(int(i) for i in np.unravel_index(place, values.shape)) for place in chosen]


def _network(experiment: Experiment) -> tuple:
    task = experiment.task
    return experiment.architecture, experiment.parameters, task.X, task.Y, experiment.H_init


@np.errstate(all="ignore")
def _compared(experiment: Experiment, name: str, values: np.ndarray, places: list) -> tuple:
    analytic = np.array([values[place] for place in places])
    steps = derivative(*_network(experiment), variable=name, entries=places, method="central")
    numeric = steps.sum(axis=1)
    largest = max(np.abs(values).max(), np.abs(numeric).max()) or 1.0
    return analytic, numeric, np.abs(analytic - numeric) / largest


@np.errstate(all="ignore")
def error_curve(
    experiment: Experiment, name: str, entry: tuple[int, ...], mistake: str | None = None
) -> ErrorCurve:
    """Measure the error of one derivative over ε: too large a step bends, too small a one is rounded away.

    Of a large network only every second or fourth ε is looked at.
    """
    network, epsilons = _network(experiment), np.array(_epsilons(experiment))
    exact = float(derivative(*network, variable=name, entries=[entry]).sum())
    value = getattr(experiment.parameters, name)[entry]
    high, low = value + epsilons, value - epsilons
    losses = losses_along(*network, variable=name, entry=entry, values=[value, *high, *low])
    here, above, below = np.split(losses, [1, 1 + len(epsilons)])
    found = {
        "forward": ((above - here) / (high - value)[:, None]).sum(axis=1),
        "central": ((above - below) / (high - low)[:, None]).sum(axis=1),
        "analytic": np.full(len(epsilons), getattr(broken_gradient(mistake, experiment), name)[entry]),
    }
    errors = {way: np.abs(slopes - exact) / (abs(exact) or 1.0) for way, slopes in found.items()}
    return ErrorCurve(epsilons, {way: np.where(np.isfinite(e), e, np.nan) for way, e in errors.items()})


def _epsilons(experiment: Experiment) -> tuple[float, ...]:
    """All ε, or every second or fourth, with the first and the last: each takes two passes."""
    fit = costs.moved_alone(costs.Size.of(experiment)).times(2).affordable()
    every = 1 if fit >= len(EPSILONS) else 2 if fit >= len(EPSILONS) // 2 else 4
    return EPSILONS[::every]


def check_cell(
    experiment: Experiment, name: str, t: int, k: int, mistake: str | None = None
) -> tuple[tuple[int, ...], CellCheck]:
    """Check the largest entry of one term by moving only the copy of the parameter that step k uses.

    Returns
    -------
    entry : tuple of int
    check : CellCheck

    Raises
    ------
    ValueError
        For an impossible t or k.
    """
    t, k = checked_pair(t, k, experiment.config.steps)
    step = next(step for step in steps_of_loss(mistake, _arguments(experiment), t) if step.k == k)
    term = getattr(step.increments, name)
    entry = tuple(int(i) for i in np.unravel_index(np.abs(term).argmax(), term.shape))
    exact, central = (
        float(
            derivative(*_network(experiment), variable=name, entries=[entry], steps=[k], method=method)[
                0, t, 0
            ]
        )
        for method in ("complex", "central")
    )
    return entry, CellCheck(float(term[entry]), central, exact, float(np.abs(term).max()))
