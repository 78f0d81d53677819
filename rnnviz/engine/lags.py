"""The gradient by lag: what all losses send the same number of steps back, in one sweep.

At lag ℓ the adjoints ∂L_t/∂H_{t-ℓ} of all losses stand side by side; one product moves them to lag ℓ + 1. No
term is held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_arguments, direct_adjoints, propagate, step_losses_and_logit_gradient
from .forward import Trace, slope_of, stacked_inputs
from .frobenius import group_rows, row_norms, scaled_norms
from .pulse import told


class _Lag(NamedTuple):
    """All losses that reach ``lag`` steps back: entry i is of loss first + lag + i, at k = first + i."""

    lag: int
    first: int
    adjoints: np.ndarray
    deltas: np.ndarray


@np.errstate(all="ignore")
def lag_gradients(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> Parameters:
    """Add up the terms (t, k) of each lag t - k.

    Parameters
    ----------
    architecture : Architecture
    parameters : Parameters
    trace : Trace
        Of `forward` with the same parameters.
    Y : (T, m, n2) array_like, or (m, n2) in sequence_to_vector

    Returns
    -------
    Parameters
        Of (T,) + θ.shape arrays: [lag] = Σ_t term(t, t - lag). Their sum over all lags is ∂L/∂θ, that over
        lag < τ the gradient truncated to a window of τ steps. W2 and b2 have lag 0 only.

    Raises
    ------
    ValueError
        As `backward`.
    """
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    return _lag_gradients(architecture, parameters, trace, Y)


def _lag_gradients(architecture, parameters, trace, Y) -> Parameters:
    T, _, n0 = trace.X.shape
    S, found = stacked_inputs(trace), Parameters(*(np.zeros((T, *np.shape(p))) for p in parameters))
    for each in _lags(architecture, parameters, trace, Y):
        used = S[each.first : each.first + len(each.deltas)]
        stack = used.reshape(-1, S.shape[2]).T @ each.deltas.reshape(-1, S.shape[2] - n0 - 1)
        W1, b1, Wh1 = (stack[rows] for rows in group_rows(n0))
        found.W1[each.lag], found.b1[each.lag], found.Wh1[each.lag] = W1, b1[0], Wh1
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    read = trace.H[-len(dZ) :]
    found.W2[0], found.b2[0] = np.tensordot(read, dZ, ((0, 1), (0, 1))), dZ.sum(axis=(0, 1))
    return found


@dataclass(frozen=True, eq=False)
class Passage:
    """How the error of every loss fares on its way back.

    Attributes
    ----------
    sample_norms : (T, T, m) array
        As `sample_adjoint_norms`.
    received : (T, T) array
        As `received`.
    shares : dict of (T, T) arrays
        As `term_shares`.
    """

    sample_norms: np.ndarray
    received: np.ndarray
    shares: dict[str, np.ndarray]


@np.errstate(all="ignore")
def passage(architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray) -> Passage:
    """Compute in one sweep what `sample_adjoint_norms`, `received` and `term_shares` do in one each.

    Raises
    ------
    ValueError
        As `backward`.
    """
    return Passage(*_swept((_norms_of_samples, _received, _shares), architecture, parameters, trace, Y))


@np.errstate(all="ignore")
def sample_adjoint_norms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> np.ndarray:
    """Compute ‖∂L_t/∂H_k‖ of every sample, L_t being averaged over the batch.

    Returns
    -------
    (T, T, m) array
        [t, k, sample]; zero above the diagonal and in rows without a loss. The root of the sum of squares
        over the samples is `adjoint_norms`.

    Raises
    ------
    ValueError
        As `backward`.
    """
    return _swept((_norms_of_samples,), architecture, parameters, trace, Y)[0]


@np.errstate(all="ignore")
def received(architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray) -> np.ndarray:
    """Compute how much of the error that arrives at a state came from each loss.

    Returns
    -------
    (T, T) array
        [t, k] = ⟨∂L_t/∂H_k, ∂L/∂H_k⟩ / ‖∂L/∂H_k‖, over batch and units, with ∂L/∂H_k = Σ_t ∂L_t/∂H_k: the
        part of loss t along the whole, negative where it pulls against it. The sum over t is ‖∂L/∂H_k‖; 0
        where nothing arrives.

    Raises
    ------
    ValueError
        As `backward`.
    """
    return _swept((_received,), architecture, parameters, trace, Y)[0]


@np.errstate(all="ignore")
def term_shares(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> dict[str, np.ndarray]:
    """Compute the share of every term in the gradient of its parameter, without holding a term.

    ``⟨term(t, k), g⟩ / ‖g‖²`` with ``g = ∂L/∂θ``; the numerator is ``⟨D[t, k], Z_k g⟩`` with
    ``D[t, k] = ∂L_t/∂A_k`` and Z_k what θ multiplies at step k.

    Returns
    -------
    dict of (T, T) arrays
        "W1", "Wh1", "b1": [t, k], 0 above the diagonal and in rows without a loss. All shares of a parameter
        sum to 1; they are 0 where its gradient is. A negative share pulls against the gradient.

    Raises
    ------
    ValueError
        As `backward`.
    """
    return _swept((_shares,), architecture, parameters, trace, Y)[0]


def _swept(measures, architecture, parameters, trace, Y) -> list:
    """What each measure finds in one sweep; a measure returns its empty result and what fills in a lag."""
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    results, fill = zip(*(each(architecture, parameters, trace, Y) for each in measures), strict=True)
    for each in _lags(architecture, parameters, trace, Y):
        k = each.first + np.arange(len(each.deltas))
        for one in fill:
            one(each, k)
    return list(results)


def _norms_of_samples(architecture, parameters, trace, Y) -> tuple:
    T, m, n1 = trace.H.shape
    norms = np.zeros((T, T, m))

    def fill(each: _Lag, k: np.ndarray) -> None:
        norms[k + each.lag, k] = row_norms(each.adjoints.reshape(-1, n1)).reshape(-1, m)

    return norms, fill


def _received(architecture, parameters, trace, Y) -> tuple:
    T = len(trace.X)
    directions, found = _directions(architecture, parameters, trace, Y), np.zeros((T, T))

    def fill(each: _Lag, k: np.ndarray) -> None:
        found[k + each.lag, k] = _products(each.adjoints, directions[each.first : each.first + len(k)])

    return found, fill


def _shares(architecture, parameters, trace, Y) -> tuple:
    (T, m, n0), S = trace.X.shape, stacked_inputs(trace)
    total = propagate(architecture, parameters, trace, Y, T, "window").gradients
    along = [
        (S[:, :, rows].reshape(T * m, -1) @ _by_square(gradient)).reshape(trace.H.shape)
        for rows, gradient in zip(group_rows(n0), (total.W1, total.b1[None], total.Wh1), strict=True)
    ]
    found = np.zeros((3, T, T))

    def fill(each: _Lag, k: np.ndarray) -> None:
        for share, direction in zip(found, along, strict=True):
            share[k + each.lag, k] = _products(each.deltas, direction[each.first : each.first + len(k)])

    return {"W1": found[0], "Wh1": found[2], "b1": found[1]}, fill


def _products(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Scalar products block by block."""
    count = len(first)
    return np.einsum("ij,ij->i", first.reshape(count, -1), second.reshape(count, -1))


def _by_square(gradient: np.ndarray) -> np.ndarray:
    """The gradient divided by its square; zeros where it is zero. The square itself may underflow."""
    norm = scaled_norms(gradient[None])[0]
    return gradient / norm / norm if norm > 0 else np.zeros_like(gradient)


def _lags(architecture, parameters, trace, Y) -> Iterator[_Lag]:
    """Carry the adjoints of all losses back side by side, one lag after the other."""
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    T, n1 = len(trace.H), trace.H.shape[2]
    first_loss, slope = architecture.first_loss_step(T), slope_of(architecture, trace)
    carried = direct_adjoints(parameters, trace, dZ)[first_loss:]
    backwards = np.ascontiguousarray(parameters.Wh1.T)
    for lag in told(range(T)):
        first = max(first_loss - lag, 0)
        carried = carried[1:] if lag > first_loss else carried
        deltas = carried * slope[first : first + len(carried)]
        yield _Lag(lag, first, carried, deltas)
        carried = deltas.reshape(-1, n1).dot(backwards).reshape(deltas.shape)


def _directions(architecture, parameters, trace, Y) -> np.ndarray:
    """(T, m, n1) array ∂L/∂H_k divided by its norm; zeros where it is zero, NaN where it overflows."""
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    slope, total = slope_of(architecture, trace), direct_adjoints(parameters, trace, dZ)
    for k in range(len(total) - 2, -1, -1):
        total[k] += (total[k + 1] * slope[k + 1]) @ parameters.Wh1.T
    norms = scaled_norms(total)
    norms[norms == 0] = 1.0
    norms[~np.isfinite(norms)] = np.nan
    return total / norms[:, None, None]
