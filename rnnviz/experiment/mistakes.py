"""The classic mistakes in the backward loop, each in a copy of it; `checks` finds them.

The honest loop and the engine stay as they are: a mistake changes one line of a copy.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from rnnviz.engine import (
    Architecture,
    Parameters,
    Trace,
    forward,
)
from rnnviz.engine import step_losses as losses_of_steps
from rnnviz.engine.forward import run as run_forward
from rnnviz.engine.pulse import told
from rnnviz.engine.validation import checked_count, checked_name, checked_positive

from .plain_loop import Step, loop_arguments, only, recorded


@dataclass(frozen=True)
class Mistake:
    """One wrong line.

    Attributes
    ----------
    name : str
    title : str
        A few words.
    sentence : str
        Why people make it.
    role : str
        The wrong line, a key of `LOOP_LINES`.
    right, wrong : str
        The line as it is and as the mistake has it.
    """

    name: str
    title: str
    sentence: str
    role: str
    right: str
    wrong: str


_ALL = (
    Mistake(
        "no_slope",
        "f₁′ is missing",
        "dh already looks like the gradient of the layer, and the step back through f₁ is easy to skip.",
        "da",
        "da = dh * slope[k]",
        "da = dh",
    ),
    Mistake(
        "no_dh_next",
        "dh_next is forgotten",
        "In a network without recurrence the loss of its own step is all that reaches a state.",
        "dh",
        "dh = dZ[k] @ W2.T + dh_next",
        "dh = dZ[k] @ W2.T",
    ),
    Mistake(
        "no_transpose",
        "Wh1 is not transposed",
        "Wh1 is square, so the shapes fit with or without the transpose and nothing complains.",
        "dh_next",
        "dh_next = da @ Wh1.T",
        "dh_next = da @ Wh1",
    ),
    Mistake(
        "late_state",
        "Hₖ instead of Hₖ₋₁",
        "H[k] is at hand in this step and has the right shape, but Wh1 was multiplied with the state before.",
        "Wh1",
        "dWh1 += (H[k - 1] if k > 0 else H_init).T @ da",
        "dWh1 += H[k].T @ da",
    ),
    Mistake(
        "no_batch_mean",
        "The mean over the batch is forgotten",
        "The products sum over the batch by themselves, so nothing reminds one that the loss is its mean.",
        "mean",
        "dZ = dZ_each / len(H_init)",
        "dZ = dZ_each",
    ),
    Mistake(
        "wrong_step_slope",
        "f₁′ of the wrong step",
        "Hₖ₋₁ stands beside it, so the index slips; and at k = 0 the index −1 is the last step, no error.",
        "da",
        "da = dh * slope[k]",
        "da = dh * slope[k - 1]",
    ),
)
MISTAKES = MappingProxyType({mistake.name: mistake for mistake in _ALL})
"""The mistakes by name, in the order in which they are shown."""


def broken_loop(
    mistake: str | None,
    parameters: Parameters,
    X: np.ndarray,
    H: np.ndarray,
    H_init: np.ndarray,
    slope: np.ndarray,
    dZ: np.ndarray,
) -> Iterator[Step]:
    """Run the copy of `backward_loop` with one mistake.

    Parameters
    ----------
    mistake : str or None
        A name of `MISTAKES`; None is the loop without a mistake.
    parameters, X, H, H_init, slope, dZ
        As for `backward_loop`. `dZ` comes averaged over the batch; "no_batch_mean" does without the mean.

    Returns
    -------
    iterator of Step
        k = T-1 … 0.

    Raises
    ------
    ValueError
        For an unknown mistake.

    Notes
    -----
    "wrong_step_slope" takes slope[k - 1], which at k = 0 is that of the last step. With T = 1 this is the
    right one, as "no_dh_next" and "no_transpose" change nothing then; "no_transpose" with a symmetric Wh1,
    "no_batch_mean" with m = 1 and the two of the slope with identity units change nothing either.
    """
    check_mistake(mistake)
    return recorded(_copy(mistake, parameters, X, H, H_init, slope, dZ * len(H_init)))


def _copy(mistake, parameters, X, H, H_init, slope, dZ_each):
    """`backward_through_time` with the line of the mistake as it is shown."""
    _, Wh1, _, W2, _ = parameters
    dW1, dWh1, db1, dW2, db2 = sums = Parameters(*map(np.zeros_like, parameters))
    dZ = dZ_each if mistake == "no_batch_mean" else dZ_each / len(H_init)
    dh_next = np.zeros_like(H_init)
    for k in reversed(range(len(X))):
        dh = dZ[k] @ W2.T if mistake == "no_dh_next" else dZ[k] @ W2.T + dh_next
        at = k - 1 if mistake == "wrong_step_slope" else k
        da = dh if mistake == "no_slope" else dh * slope[at]
        dW1 += X[k].T @ da
        before = H[k - 1] if k > 0 else H_init
        dWh1 += (H[k] if mistake == "late_state" else before).T @ da
        db1 += da.sum(axis=0)
        dW2 += H[k].T @ dZ[k]
        db2 += dZ[k].sum(axis=0)
        dh_next = da @ (Wh1 if mistake == "no_transpose" else Wh1.T)
        yield k, dh, da, dh_next, sums


def check_mistake(mistake: str | None) -> None:
    if mistake is not None:
        checked_name("mistake", mistake, tuple(MISTAKES))


@np.errstate(all="ignore")
def gradient_of_copy(mistake: str | None, arguments: tuple) -> Parameters:
    """The sums of the copy when its loop has ended."""
    *_, (*_, sums) = _copy(mistake, *arguments)
    return sums


def broken_terms(
    mistake: str | None, architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> dict[str, np.ndarray]:
    """Compute the terms (t, k) of the copy: what it adds at step k when only the loss of step t counts.

    Parameters
    ----------
    mistake : str or None
        A name of `MISTAKES`.
    trace : Trace
        Of `forward` with the same parameters.
    Y : (T, m, n2) array_like, or (m, n2) in sequence_to_vector

    Returns
    -------
    dict of arrays
        "W1", "Wh1", "b1", "W2", "b2": (T, T) + θ.shape, [t, k]. It holds all of them: T² times the size of
        the parameters.

    Raises
    ------
    ValueError
        For an unknown mistake, or as `backward`.
    """
    check_mistake(mistake)
    arguments = loop_arguments(architecture, parameters, trace, Y)
    T = len(trace.X)
    terms = {name: np.zeros((T, T, *v.shape)) for name, v in zip(Parameters._fields, parameters, strict=True)}
    for t in range(architecture.first_loss_step(T), T):
        for step in steps_of_loss(mistake, arguments, t):
            for name, added in zip(Parameters._fields, step.increments, strict=True):
                terms[name][t, step.k] = added
    return terms


def steps_of_loss(mistake: str | None, arguments: tuple, t: int) -> Iterator[Step]:
    """The steps of the copy when only L_t counts."""
    *rest, dZ_each = arguments
    return recorded(_copy(mistake, *rest, only(dZ_each, [t])))


@np.errstate(all="ignore")
def broken_training(
    mistake: str | None,
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    *,
    epochs: int,
    learning_rate: float,
    H_init: np.ndarray | None = None,
) -> np.ndarray:
    """Train with the gradient of the copy, ``θ ← θ - η g``, and return the losses on the way.

    Parameters
    ----------
    mistake : str or None
        A name of `MISTAKES`; None trains with the right gradient.
    X, Y, H_init : array_like
        As for `forward` and `backward`.
    epochs : int
        E, at least 0.
    learning_rate : float
        η, at least 0.

    Returns
    -------
    (E + 1,) array or shorter
        [i] is the loss after i updates. It ends before the first loss that is not finite.

    Raises
    ------
    ValueError
        For an unknown mistake, epochs or a learning rate below 0, or as `forward` and `backward`.
    """
    check_mistake(mistake)
    epochs = checked_count("epochs", epochs, 0)
    learning_rate = checked_positive("learning_rate", learning_rate, zero=True)
    start, losses = forward(architecture, parameters, X, H_init), []
    parameters = start.parameters
    for _ in told(range(epochs + 1)):
        trace = run_forward(architecture, parameters, start.X, start.H_init)
        loss = float(losses_of_steps(architecture, trace, Y).sum())
        if not np.isfinite(loss):
            break
        losses.append(loss)
        gradient = gradient_of_copy(mistake, loop_arguments(architecture, parameters, trace, Y))
        parameters = Parameters(*(v - learning_rate * g for v, g in zip(parameters, gradient, strict=True)))
    return np.array(losses)
