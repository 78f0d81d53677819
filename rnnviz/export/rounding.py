"""How far rounding alone may move the numbers of an experiment: the tolerances that its scripts assert.

Another library sums in another order, so its last bits differ. What becomes of such a difference is measured
here: the same computation runs again from start values that differ in the last digits. Autograd also takes slopes
from 1 − H² and errors from 1 − ŷ, and loses the digits that the engine keeps where a unit or an output saturates:
the terms are computed as autograd would, with the last bit of H and Ŷ moved, to see how far it may be trusted.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz import engine
from rnnviz.engine import Parameters
from rnnviz.engine.backward import mask_of, masked
from rnnviz.experiment.core import Experiment, norms_of_terms, run_again, with_parameters
from rnnviz.experiment.gated_loops import GruArguments, LstmArguments
from rnnviz.experiment.mistakes import arguments_of_copy, steps_of_loss
from rnnviz.experiment.training import epochs_of

FLOOR = 1e-3
"""A difference is relative to the largest number of its array, but to no less than this share of the largest
of all, and to no less than this: an array that is 0 but for rounding has no size of its own."""
DRAWS = 4
TINY = 1e-150  # norms below this are not told apart: their squares underflow
LAST_DIGIT, LAST_DIGITS = 1e-15, 1e-14
HIDDEN = ("W1", "Wh1", "b1")
SLOPES: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "tanh": lambda H: 1 - H * H,
    "sigmoid": lambda H: H * (1 - H),
    "relu": lambda H: (H > 0) * 1.0,
    "identity": np.ones_like,
}


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
    architecture, task, base, worst = experiment.architecture, experiment.task, experiment.backward, 0.0
    with np.errstate(all="ignore"):
        for parameters in nudged(experiment.parameters, LAST_DIGIT):
            trace = run_again(experiment, parameters)
            found = engine.backward(architecture, parameters, trace, task.Y)
            worst = max(worst, off([found.step_losses], [base.step_losses]))
            worst = max(worst, off(found.gradients, base.gradients))
    return allowed(worst, 1e-12) if np.isfinite(worst) else 1.0


def norms_off(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> np.ndarray:
    """Return by how much norms of terms differ, relative to themselves: (T,), the worst of each loss step."""
    ratios = [abs(found[name] - norm) / np.maximum(norm, TINY) for name, norm in expected.items()]
    return np.nan_to_num(np.max(ratios, axis=0), nan=1.0, posinf=1.0).max(axis=1)


@np.errstate(all="ignore")
def autograd_tolerances(experiment: Experiment, norms: dict[str, np.ndarray]) -> tuple[float, np.ndarray]:
    """Return how far the gradient by autograd may be off, and (T,) the norms of the terms of a loss step."""
    digits, sums = autograd_digits(experiment)
    gradient = allowed(off(sums, experiment.backward.gradients[:3]), 10 * pass_tolerance(experiment))
    worst = norms_off(digits, norms)
    for parameters in nudged(experiment.parameters, LAST_DIGIT):
        changed = norms_of_terms(with_parameters(experiment, parameters))
        worst = np.maximum(worst, norms_off(changed, norms))
    return gradient, np.array([allowed(one, 1e-8) for one in worst])


@np.errstate(all="ignore")
def autograd_digits(experiment: Experiment) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """Return the norms (T, T) of all terms of W1, Wh1 and b1, and their sums, with the digits that autograd has.

    Examples
    --------
    >>> from rnnviz.settings.config import RunConfig
    >>> from rnnviz.experiment.core import norms_of_terms, run
    >>> experiment = run(RunConfig())
    >>> bool(np.allclose(autograd_digits(experiment)[0]["b1"], norms_of_terms(experiment)["b1"]))
    True
    """
    trace, dZ = experiment.trace, _errors(experiment)
    if experiment.architecture.cell != "plain":
        return _gated_digits(experiment, dZ)
    T, first = len(trace.A), len(trace.A) - len(dZ)
    slopes = SLOPES[experiment.architecture.hidden_activation](_last_bit_moved(trace.H))
    before = np.concatenate([trace.H_init[None], trace.H[:-1]])
    norms = {name: np.zeros((T, T)) for name in HIDDEN}
    sums = [np.zeros_like(getattr(experiment.parameters, name)) for name in HIDDEN]
    for t in range(first, T):
        adjoint = dZ[t - first] @ experiment.parameters.W2.T
        for k in range(t, -1, -1):
            D = adjoint * slopes[k]
            for place, term in enumerate((trace.X[k].T @ D, before[k].T @ D, D.sum(axis=0))):
                norms[HIDDEN[place]][t, k] = np.linalg.norm(term)
                sums[place] += term
            adjoint = D @ experiment.parameters.Wh1.T
    return norms, sums


def _gated_digits(experiment: Experiment, dZ: np.ndarray) -> tuple[dict[str, np.ndarray], list[np.ndarray]]:
    """`autograd_digits` of a gated cell: its loop with the slopes made of the gates, the candidate and tanh C."""
    (T, m, _), n = experiment.trace.X.shape, experiment.architecture.n_hidden
    arguments = arguments_of_copy(frozenset(), *experiment.problem)
    assert isinstance(arguments, (LstmArguments, GruArguments))
    gates = _last_bit_moved(arguments.gates)
    slopes = SLOPES["sigmoid"](gates)
    slopes[..., -n:] = SLOPES["tanh"](gates[..., -n:])
    errors = np.concatenate([np.zeros((T - len(dZ), *dZ.shape[1:])), dZ * m])
    arguments = arguments._replace(slopes=slopes, errors=errors)
    if isinstance(arguments, LstmArguments):
        arguments = arguments._replace(squash_slope=SLOPES["tanh"](_last_bit_moved(arguments.squashed)))
    norms = {name: np.zeros((T, T)) for name in HIDDEN}
    sums = [np.zeros_like(getattr(experiment.parameters, name)) for name in HIDDEN]
    for t in range(T - len(dZ), T):
        for step in steps_of_loss(frozenset(), arguments, t):
            for total, name, term in zip(sums, HIDDEN, step.increments, strict=False):
                norms[name][t, step.k] = np.linalg.norm(term)
                total += term
    return norms, sums


def _last_bit_moved(values: np.ndarray) -> np.ndarray:
    bits = np.random.default_rng(0).choice([-1, 1], values.shape)
    return values * (1 + np.finfo(float).eps * bits)


def _errors(experiment: Experiment) -> np.ndarray:
    """∂L_t/∂Z_t as autograd forms it, from Ŷ − Y."""
    name, Y_hat = experiment.architecture.output_activation, _last_bit_moved(experiment.trace.Y_hat)
    mask = mask_of(experiment.architecture, experiment.trace)
    g = masked((Y_hat - experiment.task.Y) / Y_hat.shape[1], mask)
    if experiment.architecture.loss != "squared_error":
        return g
    return Y_hat * (g - (g * Y_hat).sum(axis=-1, keepdims=True)) if name == "softmax" else g * SLOPES[name](Y_hat)


@dataclass(frozen=True, eq=False)
class Course:
    """What a script's training has to reproduce."""

    epochs: int  # that the script trains; fewer than configured where these would take long
    rows: np.ndarray  # (R, 3): epoch, loss at its start, and how far rounding may move that loss
    ended: int | None  # the epoch at which loss or gradient stopped being finite


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
    spread = np.max([np.zeros(length), *(abs(np.subtract(one[:length], base[:length])) for one, _ in others)], axis=0)
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
    wanted = {digit * 10**power for power in range(7) for digit in (1, 2, 5)} | {0, len(losses) - 1}
    rows = []
    for place in sorted(wanted & {*range(len(losses))}):
        least = 1e-9 * max(abs(losses[place]), FLOOR * abs(losses[0]), FLOOR)
        rows.append((place, losses[place], allowed(spread[place // 2 : place + 1].max(), least, 5.0)))
    return np.array(rows, dtype=float).reshape(len(rows), 3)
