"""How far rounding alone may move the numbers of an experiment: the tolerances that its scripts assert.

Another library sums in another order, so its last bits differ. What becomes of such a difference is measured
here: the same computation runs again from start values that differ in the last digits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz import engine
from rnnviz.engine import Parameters
from rnnviz.experiment.core import Experiment, norms_of_terms, with_parameters
from rnnviz.experiment.training import epochs_of
from rnnviz.export.autograd_digits import autograd_digits

FLOOR = 1e-3
"""A difference is relative to the largest number of its array, but to no less than this share of the largest
of all, and to no less than this: an array that is 0 but for rounding has no size of its own."""
DRAWS = 4
TINY = 1e-150
"""Norms below this are not told apart: their squares underflow."""
LAST_DIGIT, LAST_DIGITS = 1e-15, 1e-14


def nudged(parameters: Parameters, size: float) -> Iterator[Parameters]:
    """Yield copies whose entries differ by about ``size`` times themselves."""
    for seed in range(DRAWS):
        random = np.random.default_rng(seed)
        yield Parameters(*(p * (1 + size * random.standard_normal(p.shape)) for p in parameters))


def off(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """Return the largest difference between arrays, relative as `FLOOR` says; scripts measure alike."""
    sizes = [float(abs(one).max()) for one in expected]
    least = max(FLOOR * max(sizes), FLOOR)
    pairs = zip(found, expected, sizes, strict=True)
    return max(float(abs(one - other).max()) / max(size, least) for one, other, size in pairs)


def allowed(measured: float, least: float, factor: float = 30.0) -> float:
    """Return a tolerance with one digit: some ``factor`` above what was measured, at least ``least``."""
    return one_digit(max(1.5 * factor * measured, least))


def one_digit(value: float) -> float:
    """Return a number rounded to its first digit."""
    return float(f"{value:.0e}")


def pass_tolerance(experiment: Experiment) -> float:
    """Return how far step losses and gradients may be off, relative as in `off`."""
    base, worst = experiment.backward, 0.0
    with np.errstate(all="ignore"):
        for parameters in nudged(experiment.parameters, LAST_DIGIT):
            found = gradient_at(experiment, parameters)
            worst = max(worst, off([found.step_losses], [base.step_losses]))
            worst = max(worst, off(found.gradients, base.gradients))
    return allowed(worst, 1e-12) if np.isfinite(worst) else 1.0


def gradient_at(experiment: Experiment, parameters: Parameters) -> engine.Backward:
    """Return the losses and the gradient of the experiment's data at other parameters."""
    trace = engine.forward(experiment.architecture, parameters, experiment.task.X, experiment.H_init)
    return engine.backward(experiment.architecture, parameters, trace, experiment.task.Y)


def norms_off(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> np.ndarray:
    """Return by how much norms of terms differ, relative to themselves: (T,), the worst of each loss step."""
    ratios = [abs(found[name] - norm) / np.maximum(norm, TINY) for name, norm in expected.items()]
    return np.nan_to_num(np.max(ratios, axis=0), nan=1.0, posinf=1.0).max(axis=1)


@np.errstate(all="ignore")
def autograd_tolerances(experiment: Experiment, norms: dict[str, np.ndarray]) -> tuple[float, np.ndarray]:
    """Return how far the gradient by autograd may be off, and (T,) the norms of the terms of a loss step."""
    digits = autograd_digits(experiment)
    gradient = allowed(off(digits.sums, experiment.backward.gradients[:3]), 10 * pass_tolerance(experiment))
    worst = norms_off(digits.norms, norms)
    for parameters in nudged(experiment.parameters, LAST_DIGIT):
        changed = norms_of_terms(with_parameters(experiment, parameters))
        worst = np.maximum(worst, norms_off(changed, norms))
    return gradient, np.array([allowed(one, 1e-8) for one in worst])


@dataclass(frozen=True, eq=False)
class Course:
    """What a script's training has to reproduce.

    Attributes
    ----------
    epochs : int
        How many the script trains; fewer than configured where these would take long.
    rows : (R, 3) array
        Epoch, loss at its start, and how far rounding may move that loss.
    ended : int or None
        The epoch at which loss or gradient stopped being finite.
    """

    epochs: int
    rows: np.ndarray
    ended: int | None


def course(experiment: Experiment, most: int) -> Course:
    """Train up to ``most`` epochs, once as it is and some times from nudged start values."""
    epochs = min(experiment.config.epochs, most)
    base, ended = _losses(experiment, experiment.parameters, epochs)
    others = [_losses(experiment, p, epochs) for p in nudged(experiment.parameters, LAST_DIGITS)]
    if any(other != ended for _, other in others):
        epochs = min(len(base), *(len(losses) for losses, _ in others))
        ended = None
    elif ended is not None:
        epochs = ended + 1
    length = epochs if ended is None else ended
    spread = np.zeros(length)
    for losses, _ in others:
        spread = np.maximum(spread, abs(np.array(losses[:length]) - base[:length]))
    return Course(epochs, _rows(base[:length], spread), ended)


def _losses(experiment: Experiment, parameters: Parameters, epochs: int) -> tuple[list[float], int | None]:
    """The finite losses of a training, and the epoch at which it broke."""
    losses: list[float] = []
    for epoch in epochs_of(experiment, epochs, parameters):
        if not epoch.finite:
            return losses, epoch.epoch
        losses.append(epoch.loss)
    return losses, None


def _rows(losses: Sequence[float], spread: np.ndarray) -> np.ndarray:
    """The losses after 0, 1, 2, 5, 10, 20, 50, … epochs, and the last.

    Where training is restless a spike may come some epochs earlier or later: what is allowed is taken from
    the largest spread since half as many epochs.
    """
    last = len(losses) - 1
    wanted = {digit * 10**power for power in range(7) for digit in (1, 2, 5)} | {0, last}
    places = sorted(place for place in wanted if 0 <= place <= last)
    least = [1e-9 * max(abs(losses[place]), FLOOR * abs(losses[0]), FLOOR) for place in places]
    rows = [
        (place, losses[place], allowed(spread[place // 2 : place + 1].max(), one, 5.0))
        for place, one in zip(places, least, strict=True)
    ]
    return np.array(rows, dtype=float).reshape(len(rows), 3)
