"""Steps and walks on the loss over two entries: where a gradient leads, where training goes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.engine.reductions import norm
from rnnviz.engine.training import clip
from rnnviz.experiment.core import Experiment, truncated
from rnnviz.experiment.training import TrainingRun
from rnnviz.laboratory.cliff.compute import Pair, Surface, Walk, loss_at, moved, values_at
from rnnviz.settings.config import RunConfig
from rnnviz.settings.edits import entry_of


@dataclass(frozen=True)
class Steepness:
    """How long the gradient of the two entries is on a map (NaN: nowhere finite); where it is longest."""

    largest: float
    median: float
    place: tuple[float, float]


def steepness(found: Surface) -> Steepness:
    """Return how steep a map is."""
    slopes = found.slopes
    if not np.isfinite(slopes).any():
        return Steepness(np.nan, np.nan, (np.nan, np.nan))
    row, column = np.unravel_index(np.nanargmax(slopes), slopes.shape)
    place = float(found.x[::2][column]), float(found.y[::2][row])
    return Steepness(float(slopes[row, column]), float(np.nanmedian(slopes)), place)


def inside(found: Surface, place: Pair) -> bool:
    """Return whether a place lies on the map."""
    return bool(found.x[0] <= place[0] <= found.x[-1] and found.y[0] <= place[1] <= found.y[-1])


def cut_at_border(found: Surface, start: Pair, end: Pair) -> Pair:
    """Return the end of a line from inside the map, or where it crosses the border."""
    way = np.subtract(end, start)
    if not np.isfinite(way).all():
        return start
    low, high = np.array([found.x[0], found.y[0]]), np.array([found.x[-1], found.y[-1]])
    with np.errstate(all="ignore"):
        shares = np.where(way != 0, (np.where(way > 0, high, low) - start) / way, np.inf)
    x, y = (start + min(1.0, max(0.0, float(np.min(shares)))) * way).tolist()
    return x, y


@dataclass(frozen=True, eq=False)
class Landing:
    """Where one step goes: the two entries after it, its length in all parameters, and L there.

    L is not finite where the network overflows; ``loss_of_two`` is the map's, where these two alone move.
    """

    place: Pair
    length: float
    loss: float
    loss_of_two: float


@dataclass(frozen=True, eq=False)
class Step:
    """One step of gradient descent from where the experiment stands, ``at`` two entries with a loss.

    Attributes
    ----------
    gradient : (float, float)
        ∂L/∂ of the two entries, of the terms that the truncation keeps.
    length : float
        Of that gradient, all parameters together.
    whole : float
        ‖∂L/∂θ‖ of all parameters together, no term cut; `length` without a truncation.
    truncation : (int, str) or None
        τ and "window" or "chunk", where the gradient is truncated.
    limit : float
        To which clipping by norm shortens it.
    plain, clipped : Landing or None
        After −η times the gradient, whole or clipped; None where the gradient is not finite.
    """

    at: Pair
    loss: float
    gradient: Pair
    length: float
    whole: float
    truncation: tuple[int, str] | None
    limit: float
    plain: Landing | None
    clipped: Landing | None


@np.errstate(all="ignore")
def gradient_step(experiment: Experiment, first: str, second: str, limit: float) -> Step:
    """Take one plain step of gradient descent, whole and with its gradient, of all parameters, clipped."""
    result, entries = truncated(experiment), (first, second)
    gradients = result.gradients
    finite = all(np.isfinite(each).all() for each in gradients)
    steps = (gradients, clip(gradients, limit, None)[0]) if finite else ()
    landings = [_landing(experiment, entries, each) for each in steps]
    return Step(
        at=values_at(experiment.parameters, entries),
        loss=float(experiment.backward.loss),
        gradient=values_at(gradients, entries),
        length=_length(gradients),
        whole=_length(experiment.backward.gradients),
        truncation=_truncation(experiment.config),
        limit=limit,
        plain=landings[0] if finite else None,
        clipped=landings[1] if finite else None,
    )


def _truncation(config: RunConfig) -> tuple[int, str] | None:
    if config.truncation is None or config.truncation >= config.steps:
        return None
    return config.truncation, config.truncation_kind


def _landing(experiment: Experiment, entries: tuple[str, str], gradients: Parameters) -> Landing:
    rate, before = experiment.config.learning_rate, experiment.parameters
    after = Parameters(*(p - rate * g for p, g in zip(before, gradients, strict=True)))
    place = values_at(after, entries)
    alone = moved(before, dict(zip(entries, place, strict=True)))
    return Landing(place, rate * _length(gradients), loss_at(experiment, after), loss_at(experiment, alone))


def _length(gradients: Parameters) -> float:
    return norm(np.concatenate([each.ravel() for each in gradients]))


@np.errstate(all="ignore")
def walk(experiment: Experiment, run: TrainingRun, first: str, second: str) -> Walk:
    """Return the way over the map of a training run that began at an experiment."""
    epochs, path, losses = _visited(experiment, run)
    places = [path[name][(slice(None), *entry)] for name, entry in map(entry_of, (first, second))]
    whole = np.hstack([values.reshape(len(losses), -1) for values in path.values()])
    good = np.isfinite(whole).all(axis=1)
    x, y = (each[good] for each in places)
    share = _share(np.stack([x, y], axis=1), whole[good])
    updates = run.epochs_done if run.finite else run.epochs_done - 1
    return Walk(epochs[good], x, y, losses[good], share, updates, run.finite)


def _visited(experiment: Experiment, run: TrainingRun) -> tuple[np.ndarray, dict, np.ndarray]:
    """Updates made, parameters and losses of the recorded epochs, and after the last update."""
    epochs, losses, path = run.snapshot_epochs, run.losses[run.snapshot_epochs], run.parameters
    if not run.finite:
        return epochs, path, losses
    ends = {name: values[None] for name, values in run.final._asdict().items()}
    return (
        np.append(epochs, run.epochs_done),
        {name: np.concatenate([values, ends[name]]) for name, values in path.items()},
        np.append(losses, loss_at(experiment, run.final)),
    )


def _share(seen: np.ndarray, whole: np.ndarray) -> float:
    """How much of the length of a path lies in some of its entries."""
    part, full = (np.sqrt((np.diff(each, axis=0) ** 2).sum(axis=1)).sum() for each in (seen, whole))
    return float(part / full) if 0 < full < np.inf else np.nan
