"""Steps and walks on the loss over two entries: where a gradient leads, where training goes."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnviz.engine import Parameters
from rnnviz.engine.reductions import norm
from rnnviz.engine.training import clip
from rnnviz.experiment.core import Experiment, truncated
from rnnviz.experiment.training import TrainingRun
from rnnviz.laboratory.cliff.compute import Pair, Surface, Walk, loss_at, moved, values_at
from rnnviz.notation.rules import truncates
from rnnviz.settings.edits import entry_of


class Steepness(NamedTuple):
    """How long the gradient of the two entries is on a map, at most and in the median, and where it is longest."""

    largest: float
    median: float
    place: Pair


def steepness(found: Surface) -> Steepness:
    """Return how steep a map is; NaN where no gradient is finite."""
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

    It follows the terms that the truncation keeps: ``gradient`` is ∂L/∂ of the two entries, ``length`` that of all
    parameters together. ``plain`` and ``clipped`` are None where the gradient is not finite.
    """

    at: Pair
    loss: float
    gradient: Pair
    length: float
    whole: float  # ‖∂L/∂θ‖, no term cut
    truncation: tuple[int, str] | None  # τ and "window" or "chunk", where the gradient is truncated
    limit: float  # to which clipping by norm shortens it
    plain: Landing | None
    clipped: Landing | None


@np.errstate(all="ignore")
def gradient_step(experiment: Experiment, first: str, second: str, limit: float) -> Step:
    """Take one plain step of gradient descent, whole and with its gradient, of all parameters, clipped."""
    gradients, entries, config = truncated(experiment).gradients, (first, second), experiment.config
    cut, plain, clipped = config.truncation if truncates(config) else None, None, None
    if all(np.isfinite(each).all() for each in gradients):
        plain = _landing(experiment, entries, gradients)
        clipped = _landing(experiment, entries, clip(gradients, limit, None)[0])
    return Step(
        at=values_at(experiment.parameters, entries),
        loss=float(experiment.backward.loss),
        gradient=values_at(gradients, entries),
        length=_length(gradients),
        whole=_length(experiment.backward.gradients),
        truncation=(cut, config.truncation_kind) if cut else None,
        limit=limit,
        plain=plain,
        clipped=clipped,
    )


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
    epochs, losses, path = run.snapshot_epochs, run.losses[run.snapshot_epochs], run.parameters
    updates = run.epochs_done if run.finite else run.epochs_done - 1
    if run.finite:
        epochs, losses = np.append(epochs, updates), np.append(losses, loss_at(experiment, run.final))
        path = {name: np.concatenate([values, getattr(run.final, name)[None]]) for name, values in path.items()}
    whole = np.hstack([values.reshape(len(losses), -1) for values in path.values()])
    good = np.isfinite(whole).all(axis=1)
    x, y = (path[name][(good, *entry)] for name, entry in map(entry_of, (first, second)))
    part, full = (
        np.sqrt((np.diff(each, axis=0) ** 2).sum(axis=1)).sum() for each in (np.stack([x, y], axis=1), whole[good])
    )
    share = float(part / full) if 0 < full < np.inf else np.nan
    return Walk(epochs[good], x, y, losses[good], share, updates, run.finite)
