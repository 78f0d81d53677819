"""The way of all parameters through training, on the plane that holds most of it, over the loss there [1]_.

.. [1] H. Li et al., "Visualizing the loss landscape of neural nets", NeurIPS 2018, section 7: the directions
   are the principal components of the path, taken from its end.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.engine.side_by_side import as_many_as_are_written, losses_each
from rnnviz.experiment.core import Experiment
from rnnviz.experiment.training import TrainingRun

_FINEST, _COARSEST, _BUDGET, _MARGIN = 35, 13, 1.5e9, 0.25
FARTHEST = 1e150
"""Below it the squares of two numbers and their sum are floats."""


@dataclass(frozen=True, eq=False)
class Course:
    """The recorded states of a run on a plane through its end.

    Attributes
    ----------
    epochs : (S,) array of int
    path : (S, 2) array
        Coordinates along the two directions, the last state at the origin.
    share : float
        Part of the path's squared distances from its end that lies in the plane, 0 to 1.
    x, y : (P,) arrays
    losses : (P, P) array
        [row of y, column of x]: L at the end plus x times the first and y times the second direction.
    """

    epochs: np.ndarray
    path: np.ndarray
    share: float
    x: np.ndarray
    y: np.ndarray
    losses: np.ndarray


def course(experiment: Experiment, run: TrainingRun) -> Course | None:
    """Lay a plane through the path of a run; None where fewer than three states have distances.

    The squares of numbers beyond `FARTHEST` are no floats: a state with one of them is left out, as is one
    that is not finite.
    """
    points = np.concatenate(
        [run.parameters[name].reshape(len(run.snapshot_epochs), -1) for name in Parameters._fields], axis=1
    )
    near = (np.abs(points) < FARTHEST).all(axis=1)
    points = points[near]
    if len(points) < 3 or not np.ptp(points, axis=0).any():
        return None
    from_end = points - points[-1]
    directions = np.linalg.svd(from_end, full_matrices=False)[2][:2]
    path = from_end @ directions.T
    share = float((path**2).sum() / (from_end**2).sum())
    x, y = (_range(path[:, axis], _count(experiment)) for axis in (0, 1))
    losses = _losses(experiment, points[-1], directions, x, y)
    return Course(run.snapshot_epochs[near], path, share, x, y, losses)


def _count(experiment: Experiment) -> int:
    """How many values an axis has: the map costs their square in networks."""
    T, m, _ = experiment.task.X.shape
    work = T * m * (experiment.config.hidden * (experiment.config.hidden + 30) + 600) + 60_000
    return int(np.clip(np.sqrt(_BUDGET / work), _COARSEST, _FINEST))


def _range(values: np.ndarray, count: int) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    room = _MARGIN * (high - low) or 1.0
    return np.linspace(low - room, high + room, count)


def _losses(
    experiment: Experiment, end: np.ndarray, directions: np.ndarray, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    right, up = (grid.ravel()[:, None] for grid in np.meshgrid(x, y))
    task, found = experiment.task, []
    for part in as_many_as_are_written(experiment.architecture, len(right)):
        networks = _networks(experiment, end + right[part] * directions[0] + up[part] * directions[1])
        found.append(losses_each(experiment.architecture, networks, task.X, task.Y, experiment.H_init))
    return np.concatenate(found).reshape(len(y), len(x))


def _networks(experiment: Experiment, places: np.ndarray) -> Parameters:
    """(F, N) array of all parameters in a row, as F networks."""
    cuts = np.cumsum([values.size for values in experiment.parameters])[:-1]
    parts = zip(np.split(places, cuts, axis=1), experiment.parameters, strict=True)
    return Parameters(*(part.reshape(len(places), *like.shape) for part, like in parts))
