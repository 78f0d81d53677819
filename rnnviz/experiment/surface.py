"""The loss as a surface over two entries of the parameters, and the step that a gradient takes on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.config import RunConfig
from rnnviz.edits import Edit, entry_of, entry_text, with_edit, without
from rnnviz.engine import Parameters, forward, losses_along, step_losses
from rnnviz.engine.training import clip, norm

from .core import Experiment, kept
from .training import TrainingRun

REACHES = {"near": 1.0, "middle": 3.0, "far": 10.0}
"""How far a map reaches to each side of the start."""

_FINEST, _COARSEST, _BUDGET = 61, 11, 4e9
Entry = tuple[str, tuple[int, ...]]


@dataclass(frozen=True, eq=False)
class Surface:
    """Losses over two entries, all other numbers held.

    Attributes
    ----------
    entries : tuple of two str
        Such as "Wh1.0.0" (to the right) and "b1.0" (upwards).
    start : (float, float)
        The values of the two entries before any edit of them.
    x, y : (P,) arrays
        Their values on the map.
    losses : (P, P) array
        [row of y, column of x]: L, not finite where the network overflows.
    """

    entries: tuple[str, str]
    start: tuple[float, float]
    x: np.ndarray
    y: np.ndarray
    losses: np.ndarray


@dataclass(frozen=True, eq=False)
class Step:
    """One step of gradient descent from where the experiment stands.

    Attributes
    ----------
    gradient : (float, float)
        ∂L/∂ of the two entries, of the kept terms.
    length : float
        ‖∂L/∂θ‖ of all parameters together.
    limit : float
        To which clipping by norm shortens it.
    before : float
        L where the experiment stands.
    plain, clipped : (float, float)
        Where the two entries are after −η times the gradient, whole or clipped.
    after_plain, after_clipped : float
        L there, all parameters having moved; not finite where the network overflows.
    """

    gradient: tuple[float, float]
    length: float
    limit: float
    before: float
    plain: tuple[float, float]
    clipped: tuple[float, float]
    after_plain: float
    after_clipped: float


@dataclass(frozen=True, eq=False)
class Walk:
    """A training run seen on the map.

    Attributes
    ----------
    epochs : (S,) array of int
    x, y : (S,) arrays
        The two entries before each of these updates.
    share : float
        The part of the walk's length that lies in the two entries.
    """

    epochs: np.ndarray
    x: np.ndarray
    y: np.ndarray
    share: float


def all_entries(experiment: Experiment) -> list[str]:
    """Return the names of all entries of all parameters, such as "Wh1.0.1"."""
    return [
        entry_text(name, entry)
        for name, values in experiment.parameters._asdict().items()
        for entry in np.ndindex(values.shape)
    ]


def chosen_entries(experiment: Experiment, wanted: Sequence[str]) -> tuple[str, str]:
    """Return the two wanted entries, or in the place of one that is missing the first other that exists."""
    there, found = all_entries(experiment), []
    for name in wanted:
        spare = next(each for each in ("Wh1.0.0", "b1.0", *there) if each not in found)
        found.append(name if name in there and name not in found else spare)
    return found[0], found[1]


def value_of(parameters: Parameters, name: str) -> float:
    """Return the number of an entry."""
    variable, entry = entry_of(name)
    return float(getattr(parameters, variable)[entry])


def without_point(config: RunConfig, entries: Sequence[str]) -> RunConfig:
    """Return the configuration without edits of the two entries: the map is the same wherever one stands."""
    edits = config.edits
    for name in entries:
        edits = without(edits, *entry_of(name))
    return config.replace(edits=edits)


def at_point(config: RunConfig, entries: Sequence[str], place: Sequence[float]) -> str:
    """Return the edits of the configuration with the two entries moved to a place."""
    edits = config.edits
    for name, value in zip(entries, place, strict=True):
        edits = with_edit(edits, Edit(*entry_of(name), float(value)))
    return edits


def surface(experiment: Experiment, first: str, second: str, reach: str = "middle") -> Surface:
    """Compute the loss over two entries around their values in the experiment.

    Parameters
    ----------
    first, second : str
        Two different entries of the parameters.
    reach : {"near", "middle", "far"}

    Raises
    ------
    ValueError
        For an unknown reach, twice the same entry, or one that does not exist.
    """
    if reach not in REACHES:
        raise ValueError(f"reach: got {reach!r}, expected one of {', '.join(REACHES)}")
    missing = [name for name in (first, second) if name not in all_entries(experiment)]
    if missing or first == second:
        raise ValueError(f"entries: got {first} and {second}, expected two different entries of the network")
    start = value_of(experiment.parameters, first), value_of(experiment.parameters, second)
    offsets = np.linspace(-REACHES[reach], REACHES[reach], points(experiment))
    x, y = start[0] + offsets, start[1] + offsets
    losses = np.array([_row(experiment, first, second, x, value) for value in y])
    return Surface((first, second), start, x, y, losses)


def points(experiment: Experiment) -> int:
    """How many values of each entry a map has: fewer for a larger network, always an odd number."""
    T, m, n0 = experiment.task.X.shape
    n1 = experiment.config.hidden
    most = int(np.sqrt(_BUDGET / (2 * T * m * n1 * (n0 + n1))))
    return max(_COARSEST, min(_FINEST, most)) // 2 * 2 + 1


def _row(experiment: Experiment, first: str, second: str, x: np.ndarray, y: float) -> np.ndarray:
    parameters = moved(experiment.parameters, {second: y})
    variable, entry = entry_of(first)
    problem = experiment.architecture, parameters, experiment.task.X, experiment.task.Y, experiment.H_init
    return losses_along(*problem, variable=variable, entry=entry, values=x).sum(axis=1)


def moved(parameters: Parameters, values: dict[str, float]) -> Parameters:
    """Return the parameters with some entries set."""
    for name, value in values.items():
        variable, entry = entry_of(name)
        changed = getattr(parameters, variable).copy()
        changed[entry] = value
        parameters = parameters._replace(**{variable: changed})
    return parameters


@np.errstate(all="ignore")
def gradient_step(experiment: Experiment, first: str, second: str, limit: float) -> Step:
    """Take one plain step of gradient descent, whole and clipped to a length.

    Parameters
    ----------
    first, second : str
    limit : float
        Clipping by norm, all parameters together.
    """
    result, rate = kept(experiment), experiment.config.learning_rate
    gradients, entries = result.gradients, (first, second)
    shortened, _ = clip(gradients, limit, None)
    plain, clipped = (_after(experiment.parameters, each, rate) for each in (gradients, shortened))
    return Step(
        gradient=tuple(value_of(gradients, name) for name in entries),
        length=norm(np.concatenate([each.ravel() for each in gradients])),
        limit=limit,
        before=result.loss,
        plain=tuple(value_of(plain, name) for name in entries),
        clipped=tuple(value_of(clipped, name) for name in entries),
        after_plain=_loss(experiment, plain),
        after_clipped=_loss(experiment, clipped),
    )


def _after(parameters: Parameters, gradients: Parameters, rate: float) -> Parameters:
    return Parameters(*(p - rate * g for p, g in zip(parameters, gradients, strict=True)))


def _loss(experiment: Experiment, parameters: Parameters) -> float:
    if not all(np.isfinite(values).all() for values in parameters):
        return np.nan
    trace = forward(experiment.architecture, parameters, experiment.task.X, experiment.H_init)
    return float(step_losses(experiment.architecture, trace, experiment.task.Y).sum())


@np.errstate(all="ignore")
def walk(run: TrainingRun, first: str, second: str) -> Walk:
    """Return the way of a training run over the map, as far as it is finite."""
    x, y = (run.parameters[name][(slice(None), *entry)] for name, entry in map(entry_of, (first, second)))
    whole = np.hstack([values.reshape(len(x), -1) for values in run.parameters.values()])
    good = np.isfinite(whole).all(axis=1)
    x, y, whole = x[good], y[good], whole[good]
    steps = np.sqrt((np.diff(whole, axis=0) ** 2).sum(axis=1)).sum()
    seen = np.hypot(np.diff(x), np.diff(y)).sum()
    share = float(seen / steps) if 0 < steps < np.inf else np.nan
    return Walk(run.snapshot_epochs[good], x, y, share)
