"""The loss as a surface over two entries of the parameters, and the step that a gradient takes on it [1]_.

.. [1] R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", ICML
   2013, section 2.3 and figure 6.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters, step_losses
from rnnviz.engine.side_by_side import as_many_as_are_written, gradients_each, losses_each
from rnnviz.experiment import costs
from rnnviz.experiment.core import Experiment, run_again
from rnnviz.settings.config import RunConfig
from rnnviz.settings.edits import Edit, entry_of, entry_text, with_edit, without

REACHES = {"near": 0.6, "middle": 1.5, "far": 5.0}
"""How far a map reaches to each side of the start, at least."""

DEFAULTS = ("Wh1.0.0", "b1.0")
_FINEST, _COARSEST = 61, 13
_SECONDS, _STATE, _PRODUCT = 0.045, 6e-9, 1e-10
"""What a map may cost, and what one state and one product of it take, measured on one core."""

Pair = tuple[float, float]
Window = tuple[float, float, float, float]


@dataclass(frozen=True, eq=False)
class Surface:
    """Losses over two entries, such as "Wh1.0.0" to the right and "b1.0" upwards, all other numbers held.

    ``start`` has their values in the experiment, ``x`` and ``y``, (P,) arrays, those on the map. ``losses`` (P, P)
    is L at [row of y, column of x], not finite where the network overflows; ``slopes`` the length of
    (∂L/∂x, ∂L/∂y) at every second value of each, NaN where it is not finite.
    """

    entries: tuple[str, str]
    start: Pair
    x: np.ndarray
    y: np.ndarray
    losses: np.ndarray
    slopes: np.ndarray


@dataclass(frozen=True, eq=False)
class Walk:
    """A training run seen on the map, as far as it is finite: (S,) arrays, long runs thinned.

    ``epochs`` tells how many updates were made before each point, ``losses`` L there, with all the other parameters
    where training had them. ``share`` is the part of the length, of straight lines between the points, that lies in
    the two entries; NaN where nothing moves. A run is ``finite`` that reached its last epoch.
    """

    epochs: np.ndarray
    x: np.ndarray
    y: np.ndarray
    losses: np.ndarray
    share: float
    updates: int
    finite: bool

    @property
    def thinned(self) -> bool:
        """Whether there are updates between its points."""
        return bool((np.diff(self.epochs) > 1).any())


def columns_of_blocks(experiment: Experiment) -> dict[str, range]:
    """Return which columns of Wh1 and entries of b1 belong to each block of a gated cell; nothing of a plain one."""
    layer = experiment.architecture.layer
    if len(layer.blocks) == 1:
        return {}
    return {name: range(i * layer.n1, (i + 1) * layer.n1) for i, name in enumerate(layer.biases)}


def all_entries(experiment: Experiment) -> list[str]:
    """Return the names of all entries of all parameters, such as "Wh1.0.1"."""
    shapes = {name: values.shape for name, values in experiment.parameters._asdict().items()}
    return [entry_text(name, entry) for name, shape in shapes.items() for entry in np.ndindex(shape)]


def chosen_entries(experiment: Experiment, wanted: Sequence[str]) -> tuple[str, str]:
    """Return the two wanted entries; in the place of one that is missing or twice, the first that is left."""
    there, found = all_entries(experiment), []
    for name in wanted:
        spare = next(each for each in (*DEFAULTS, *there) if each not in found)
        found.append(name if name in there and name not in found else spare)
    return found[0], found[1]


def value_of(parameters: Parameters, name: str) -> float:
    """Return the number of an entry."""
    variable, entry = entry_of(name)
    return float(getattr(parameters, variable)[entry])


def moved(parameters: Parameters, values: dict[str, float]) -> Parameters:
    """Return the parameters with some entries set."""
    for name, value in values.items():
        variable, entry = entry_of(name)
        changed = getattr(parameters, variable).copy()
        changed[entry] = value
        parameters = parameters._replace(**{variable: changed})
    return parameters


def without_point(config: RunConfig, entries: Sequence[str]) -> RunConfig:
    """Return the configuration without edits of the two entries: the map is the same wherever one stands."""
    edits = config.edits
    for name in entries:
        edits = without(edits, *entry_of(name))
    return config.replace(edits=edits)


def at_point(config: RunConfig, entries: Sequence[str], place: Sequence[float]) -> str:
    """Return the edits of the configuration with the entries moved to a place, as text."""
    edits = config.edits
    for name, value in zip(entries, place, strict=True):
        edits = with_edit(edits, Edit(*entry_of(name), float(value)))
    return edits


def window(start: Pair, reach: str = "middle", walk: Walk | None = None) -> Window:
    """Return how far a map goes: left, right, bottom, top; ValueError for an unknown reach.

    It reaches to each side of the start, and on to those points of the walk that lie within twice the reach.
    """
    if reach not in REACHES:
        raise ValueError(f"reach: got {reach!r}, expected one of {', '.join(REACHES)}")
    far, path = REACHES[reach], np.array(start)[:, None]
    if walk is not None:
        steps = np.stack([walk.x, walk.y])
        path = np.hstack([path, steps[:, (np.abs(steps - path) <= 2 * far).all(axis=0)]])
    low = np.minimum(path[:, 0] - far, path.min(axis=1) - 0.1 * far)
    high = np.maximum(path[:, 0] + far, path.max(axis=1) + 0.1 * far)
    return float(low[0]), float(high[0]), float(low[1]), float(high[1])


def surface(experiment: Experiment, first: str, second: str, bounds: Window) -> Surface:
    """Compute the loss over two entries, to the right and upwards, all other numbers held.

    ValueError for an entry that does not exist, twice the same one, or bounds that enclose nothing.
    """
    missing = [name for name in (first, second) if name not in all_entries(experiment)]
    if missing or first == second:
        raise ValueError(f"entries: got {first} and {second}, expected two different entries of the network")
    left, right, bottom, top = bounds
    if not (left < right and bottom < top and np.isfinite(bounds).all()):
        raise ValueError(f"bounds: got {bounds}, expected left < right and bottom < top, all finite")
    count = points(costs.Size.of(experiment))
    x, y = np.linspace(left, right, count), np.linspace(bottom, top, count)
    losses, slopes = _losses_and_slopes(experiment, (first, second), x, y)
    return Surface((first, second), values_at(experiment.parameters, (first, second)), x, y, losses, slopes)


def points(size: costs.Size) -> int:
    """How many values of each entry a map has: fewer for a larger network, 1 more than a multiple of 4."""
    T, m, n0, n1, _, g = size
    if g > 1:  # the gradients of a gated cell, a quarter of the points, come one after the other
        each, seconds = costs.update(size).seconds / 4 + costs.copies(size, 1).seconds, costs.MOST_SECONDS
    else:
        each, seconds = T * m * n1 * (_STATE + _PRODUCT * (n0 + n1)), _SECONDS
    most = int(np.sqrt(seconds / each))
    return (max(_COARSEST, min(_FINEST, most)) - 1) // 4 * 4 + 1


@np.errstate(all="ignore")
def _losses_and_slopes(
    experiment: Experiment, entries: tuple[str, str], x: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """L at [row of y, column of x], and the length of its gradient at every second of both."""
    architecture, batch = experiment.architecture, (experiment.task.X, experiment.task.Y, experiment.H_init)
    firsts, seconds = (grid.ravel() for grid in np.meshgrid(x, y))
    steep = np.zeros((len(y), len(x)), dtype=bool)
    steep[::2, ::2] = True
    losses, slopes = np.full((2, steep.size), np.nan)

    def networks(chosen: np.ndarray) -> Iterator[tuple[np.ndarray, Parameters]]:
        places = np.flatnonzero(chosen)
        for part in as_many_as_are_written(architecture, len(places)):
            here = places[part]
            yield here, _placed(experiment.parameters, entries, firsts[here], seconds[here])

    for here, some in networks(~steep):
        losses[here] = losses_each(architecture, some, *batch, **experiment.trace.more)
    for here, some in networks(steep):
        names = {entry_of(name)[0] for name in entries}
        losses[here], gradients = gradients_each(architecture, some, *batch, names, **experiment.trace.more)
        slopes[here] = np.hypot(*(_column(gradients, name) for name in entries))
    slopes[~np.isfinite(slopes)] = np.nan
    return losses.reshape(steep.shape), slopes.reshape(steep.shape)[::2, ::2]


def _placed(parameters: Parameters, entries: tuple[str, str], firsts: np.ndarray, seconds: np.ndarray) -> Parameters:
    """A network for each pair of values; what all of them share stands there once."""
    stacked = {name: values[None] for name, values in parameters._asdict().items()}
    for variable in {entry_of(name)[0] for name in entries}:
        stacked[variable] = np.repeat(stacked[variable], len(firsts), axis=0)
    for name, values in zip(entries, (firsts, seconds), strict=True):
        _column(stacked, name)[:] = values
    return Parameters(**stacked)


def _column(stacked: Mapping[str, np.ndarray], name: str) -> np.ndarray:
    variable, entry = entry_of(name)
    return np.moveaxis(stacked[variable], 0, -1)[entry]


def values_at(parameters: Parameters, entries: Sequence[str]) -> Pair:
    """Return the numbers of two entries."""
    return value_of(parameters, entries[0]), value_of(parameters, entries[1])


def loss_at(experiment: Experiment, parameters: Parameters) -> float:
    """Return L of the experiment's data at other parameters; NaN where they are not finite."""
    if not all(np.isfinite(values).all() for values in parameters):
        return np.nan
    trace = run_again(experiment, parameters)
    return float(step_losses(experiment.architecture, trace, experiment.task.Y).sum())
