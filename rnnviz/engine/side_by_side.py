"""Several networks of one architecture over the same batch, all of them a step at a time.

``stacked`` is a `Parameters` of (F,) + θ.shape arrays, one network each; what all of them share may stand there once,
as (1,) + θ.shape. An LSTM's memory starts at zeros. Nothing is checked.
"""

import math
from collections.abc import Callable, Collection, Iterator
from itertools import islice

import numpy as np

from .activations import HIDDEN, output
from .architecture import Architecture, Parameters
from .backward import Backward, masked, propagate, step_losses_and_logit_gradient
from .forward import run
from .losses import loss_and_logit_gradient
from .plain_cells import next_state
from .progress import tracked
from .validation import checked_mask, checked_targets

_MOST_NUMBERS = 400_000
"""States, or parameters, that are held at once: a few megabytes of them."""
_AT_ONE_STEP = 30_000
"""States of one step that are held at once where only the losses are wanted: they stay in the cache."""


@np.errstate(all="ignore")
def run_each(
    architecture: Architecture, stacked: Parameters, X: np.ndarray, H_init: np.ndarray, C_init: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """H (F, T, m, n1) and Y_hat (F, T or 1, m, n2): what `forward` gives for each network, up to rounding."""
    H = np.empty((len(X), _count(stacked), X.shape[1], architecture.n_hidden))
    Z = _logits(architecture, stacked, X, _states(architecture, stacked, X, (H_init, C_init), H, H))
    return H.swapaxes(0, 1), output(architecture.output_activation, Z.swapaxes(0, 1))


@np.errstate(all="ignore")
def losses_each(
    architecture: Architecture,
    stacked: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray,
    C_init: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> np.ndarray:
    """(F,) array: L of each network, not finite where one overflows; as many at once as fit."""
    T, m, _ = X.shape
    mask = checked_mask(architecture, mask, T, m)
    Y, found, (m, n1) = (checked_targets(architecture, Y, T, m, mask), [], (X.shape[1], architecture.n_hidden))
    size = min(_AT_ONE_STEP // (m * architecture.layer.columns), _MOST_NUMBERS // (len(Y) * m * architecture.n_outputs))
    for some in _parts(stacked, _slices(_count(stacked), size)):
        pair = np.empty((2, _count(some), m, n1))
        H = [pair[t % 2] for t in range(len(X))]
        Z = _logits(architecture, some, X, _states(architecture, some, X, (H_init, C_init), H, H))
        found.append(_losses(architecture, Z, Y, mask)[0])
    return np.concatenate(found)


@np.errstate(all="ignore")
def gradients_each(
    architecture: Architecture,
    stacked: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray,
    names: Collection[str] = Parameters._fields,
    C_init: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """`losses_each`, and ∂L/∂θ of each network, (F,) + θ.shape, by the name of θ: the loop of `backward`."""
    T, m, _ = X.shape
    mask = checked_mask(architecture, mask, T, m)
    Y, losses, gradients = checked_targets(architecture, Y, T, m, mask), [], []
    for some in _parts(stacked, as_many_as_fit(architecture, X, _count(stacked))):
        if architecture.cell != "plain":
            initial = H_init, np.zeros_like(H_init) if C_init is None else C_init
            each = [_alone(architecture, some, place, X, Y, initial, mask) for place in range(_count(some))]
            losses.append(np.array([one.loss for one in each]))
            gradients.append([np.stack([getattr(one.gradients, name) for one in each]) for name in names])
            continue
        A, H = np.empty((2, len(X), _count(some), X.shape[1], architecture.n_hidden))
        Z = _logits(architecture, some, X, _states(architecture, some, X, (H_init, C_init), A, H))
        L, dZ = _losses(architecture, Z, Y, mask)
        losses.append(L)
        found = _gradients(X, H_init, H, _rows(_deltas(architecture, some, A, H, dZ)), _rows(dZ))
        gradients.append([found[name]() for name in names])
    columns = map(np.concatenate, zip(*gradients, strict=True))
    return np.concatenate(losses), dict(zip(names, columns, strict=True))


def _alone(
    architecture: Architecture,
    stacked: Parameters,
    place: int,
    X: np.ndarray,
    Y: np.ndarray,
    initial: tuple[np.ndarray, np.ndarray],
    mask: np.ndarray | None,
) -> Backward:
    """Loss and gradient of one of the networks."""
    one = Parameters(*(values[place % len(values)] for values in stacked))
    trace = run(architecture, one, X, *initial)
    losses, dZ = step_losses_and_logit_gradient(architecture, trace, Y, mask)
    return propagate(architecture, one, trace, losses, dZ, len(X), "window")


def as_many_as_fit(architecture: Architecture, X: np.ndarray, count: int) -> Iterator[slice]:
    """Slices of so many networks whose states over the batch, and whose parameters, are held at once."""
    return _slices(
        count, _MOST_NUMBERS // max(X.shape[0] * X.shape[1] * architecture.layer.columns, _parameters(architecture))
    )


def as_many_as_are_written(architecture: Architecture, count: int) -> Iterator[slice]:
    """Slices of so many networks whose parameters are held at once, for what holds few states of them."""
    return _slices(count, _MOST_NUMBERS // _parameters(architecture))


def _parameters(architecture: Architecture) -> int:
    return sum(map(math.prod, architecture.shapes))


def _slices(count: int, size: int) -> Iterator[slice]:
    return (slice(start, start + max(1, size)) for start in tracked(range(0, count, max(1, size))))


def _parts(stacked: Parameters, slices: Iterator[slice]) -> Iterator[Parameters]:
    for part in slices:
        yield Parameters(*(values if len(values) == 1 else values[part] for values in stacked))


def _count(stacked: Parameters) -> int:
    return max(map(len, stacked))


def _states(
    architecture: Architecture,
    stacked: Parameters,
    X: np.ndarray,
    initial: tuple[np.ndarray, np.ndarray | None],
    A: np.ndarray | list[np.ndarray],
    H: np.ndarray | list[np.ndarray],
) -> Iterator[np.ndarray]:
    """Write A_t and H_t, (F, m, n1) arrays that may be the same, and give each H_t as it is reached."""
    W1, Wh1, b1 = stacked[:3]
    if architecture.cell != "plain":
        yield from _gated_states(architecture, stacked, X, initial, H)
        return
    bias = np.repeat(b1.reshape(len(b1), 1, -1), X.shape[1], axis=1)
    before, activation = np.broadcast_to(initial[0], A[0].shape), HIDDEN[architecture.hidden_activation].apply
    for x, a, h in zip(X, A, H, strict=True):
        _multiply(before, Wh1, a)
        a += x @ W1
        a += bias
        activation(a, h)
        yield h
        before = h


def _gated_states(
    architecture: Architecture,
    stacked: Parameters,
    X: np.ndarray,
    initial: tuple[np.ndarray, np.ndarray | None],
    H: np.ndarray | list[np.ndarray],
) -> Iterator[np.ndarray]:
    """`_states` of a gated cell, whose pre-activations nobody asks for."""
    W1, Wh1, b1 = stacked[:3]
    first, memory = (np.broadcast_to(0.0 if each is None else each, H[0].shape) for each in initial)
    state: tuple[np.ndarray, ...] = first, memory
    for x, h in zip(X, H, strict=True):
        arrived = np.repeat(b1[:, None], X.shape[1], axis=1)
        arrived = arrived + np.pad(x @ W1, ((0, 0), (0, 0), (0, b1.shape[-1] - W1.shape[-1])))
        state = next_state(architecture, arrived, lambda before: before @ Wh1, state)
        h[...] = state[0]
        yield h


def _multiply(left: np.ndarray, right: np.ndarray, out: np.ndarray) -> None:
    """Write left @ right, (F, m, i) by (F or 1, i, j); what all networks share is one product."""
    if len(right) == 1:
        np.matmul(left.reshape(-1, left.shape[2]), right[0], out=out.reshape(-1, out.shape[2]))
    else:
        np.matmul(left, right, out=out)


def _logits(architecture: Architecture, stacked: Parameters, X: np.ndarray, H: Iterator[np.ndarray]) -> np.ndarray:
    """(T or 1, F, m, n2), from the states as they are reached."""
    (T, m, _), first, (W2, b2) = X.shape, architecture.first_loss_step(len(X)), stacked[3:]
    Z = np.empty((T - first, _count(stacked), m, W2.shape[-1]))
    for z, h in zip(Z, islice(H, first, None), strict=True):
        _multiply(h, W2, z)
    Z += b2.reshape(len(b2), 1, -1)
    return Z


def _losses(
    architecture: Architecture, Z: np.ndarray, Y: np.ndarray, mask: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """(F,) array L and (T or 1, F, m, n2) array ∂L/∂Z."""
    Y_hat = output(architecture.output_activation, Z)
    losses, dZ = loss_and_logit_gradient(architecture, Z, Y_hat, np.broadcast_to(Y[:, None], Z.shape))
    if mask is not None:
        losses, dZ = np.where(mask[:, None], losses * mask[:, None], 0.0), masked(dZ, mask[:, None])
    return losses.mean(axis=2).sum(axis=0), dZ / Z.shape[2]


def _deltas(
    architecture: Architecture, stacked: Parameters, A: np.ndarray, H: np.ndarray, dZ: np.ndarray
) -> np.ndarray:
    """∂L/∂A_t, (T, F, m, n1): the message from the step after joins what the step's own loss asks for."""
    direct = dZ @ stacked.W2.swapaxes(1, 2)
    slopes, backwards = HIDDEN[architecture.hidden_activation].slope(A, H), stacked.Wh1.swapaxes(1, 2)
    message, first = 0.0, len(H) - len(direct)
    for t in range(len(H) - 1, -1, -1):
        slopes[t] *= message + direct[t - first] if t >= first else message
        message = slopes[t] @ backwards
    return slopes


def _gradients(
    X: np.ndarray, H_init: np.ndarray, H: np.ndarray, D: np.ndarray, E: np.ndarray
) -> dict[str, Callable[[], np.ndarray]]:
    """What gives ∂L/∂θ of each network: what θ is multiplied with, times ∂L/∂A or ∂L/∂Z, over all rows."""
    before, read = (np.broadcast_to(H_init, H[:1].shape), H[:-1]), H[-(E.shape[1] // X.shape[1]) :]
    return {
        "W1": lambda: X.reshape(-1, X.shape[2]).T @ D,
        "Wh1": lambda: _rows(np.concatenate(before)).swapaxes(1, 2) @ D,
        "b1": lambda: np.ones(D.shape[1]) @ D,
        "W2": lambda: _rows(read).swapaxes(1, 2) @ E,
        "b2": lambda: np.ones(E.shape[1]) @ E,
    }


def _rows(array: np.ndarray) -> np.ndarray:
    """(T, F, m, n) as (F, T m, n)."""
    return array.swapaxes(0, 1).reshape(array.shape[1], -1, array.shape[3])
