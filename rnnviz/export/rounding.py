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
from rnnviz.experiment import Experiment, norms_of_terms, with_parameters

FLOOR = 1e-3
"""A difference is relative to the largest number of its array, but to no less than this share of the largest
of all, and to no less than this: an array that is 0 but for rounding has no size of its own."""
DRAWS = 3
LAST_DIGIT, LAST_DIGITS = 1e-15, 1e-13


def nudged(parameters: Parameters, size: float) -> Iterator[Parameters]:
    """Yield copies whose entries differ by about ``size`` times themselves."""
    for seed in range(DRAWS):
        random = np.random.default_rng(seed)
        yield parameters._make(p * (1 + size * random.standard_normal(p.shape)) for p in parameters)


def off(found: Sequence[np.ndarray], expected: Sequence[np.ndarray]) -> float:
    """Return the largest difference between arrays, relative as `FLOOR` says; scripts measure alike."""
    sizes = [float(abs(one).max()) for one in expected]
    least = max(FLOOR * max(sizes), FLOOR)
    pairs = zip(found, expected, sizes, strict=True)
    return max(float(abs(one - other).max()) / max(size, least) for one, other, size in pairs)


def allowed(measured: float, least: float, factor: float = 30.0) -> float:
    """Return a tolerance with one digit: some ``factor`` above what was measured, at least ``least``."""
    return float(f"{max(1.5 * factor * measured, least):.0e}")


def pass_tolerance(experiment: Experiment) -> float:
    """Return how far step losses and gradients may be off, relative as in `off`."""
    base, worst = experiment.backward, 0.0
    with np.errstate(all="ignore"):
        for parameters in nudged(experiment.parameters, LAST_DIGIT):
            found = gradient_at(experiment, parameters)
            worst = max(worst, off([found.step_losses], [base.step_losses]))
            worst = max(worst, off(found.gradients, base.gradients))
    return allowed(worst, 1e-12) if np.isfinite(worst) else 1.0


def gradient_at(experiment: Experiment, parameters: Parameters, **truncated: object) -> engine.Backward:
    """Return the losses and the gradient of the experiment's data at other parameters."""
    trace = engine.forward(experiment.architecture, parameters, experiment.task.X, experiment.H_init)
    return engine.backward(experiment.architecture, parameters, trace, experiment.task.Y, **truncated)


def term_tolerance(experiment: Experiment, norms: dict[str, np.ndarray]) -> float:
    """Return how far the norm of each term may be off, relative to that norm itself.

    Autograd takes the slope of a saturated unit from 1 − H², which has lost the digits that are kept here.
    """
    worst = 4e-16 * len(experiment.trace.A) / _smallest_slope(experiment)
    with np.errstate(all="ignore"):
        for parameters in nudged(experiment.parameters, LAST_DIGIT):
            changed = norms_of_terms(with_parameters(experiment, parameters))
            for name, norm in norms.items():
                ratio = abs(changed[name] - norm) / np.where(norm > 0, norm, np.inf)
                worst = max(worst, float(np.nan_to_num(ratio, nan=1.0).max()))
    return min(allowed(worst, 1e-9), 1.0)


def _smallest_slope(experiment: Experiment) -> float:
    slopes = engine.hidden_slope(experiment.architecture, experiment.trace)
    return max(float(slopes[slopes > 0].min(initial=1.0)), 1e-16)


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
    return Course(epochs, _rows(base[:length], np.maximum.accumulate(spread)), ended)


def _losses(experiment: Experiment, parameters: Parameters, epochs: int) -> tuple[list[float], int | None]:
    """The finite losses of a training, and the epoch at which it broke."""
    config, losses = experiment.config, []
    for epoch in engine.train(
        experiment.architecture, parameters, experiment.task.X, experiment.task.Y,
        epochs=epochs, learning_rate=config.learning_rate, optimiser=config.optimiser,
        clip_norm=config.clip_norm, clip_value=config.clip_value, truncation=config.truncation,
        truncation_kind=config.truncation_kind, H_init=experiment.H_init,
    ):  # fmt: skip
        if not epoch.finite:
            return losses, epoch.epoch
        losses.append(epoch.loss)
    return losses, None


def _rows(losses: Sequence[float], spread: np.ndarray) -> np.ndarray:
    """The losses after 0, 1, 2, 5, 10, 20, 50, … epochs, and the last."""
    last = len(losses) - 1
    wanted = {digit * 10**power for power in range(7) for digit in (1, 2, 5)} | {0, last}
    places = sorted(place for place in wanted if 0 <= place <= last)
    least = [1e-9 * max(abs(losses[place]), FLOOR * abs(losses[0]), FLOOR) for place in places]
    rows = [
        (place, losses[place], allowed(spread[place], one, 10.0))
        for place, one in zip(places, least, strict=True)
    ]
    return np.array(rows, dtype=float).reshape(len(rows), 3)
