"""Frobenius norms of every term and adjoint, without ever holding them.

A term is Sᵀ D with S = [X_k | 1 | H_{k-1}] and D = ∂L_t/∂A_k, so that ‖Sᵀ D‖² = Σ (S Sᵀ) ∘ (D Dᵀ) with two
m × m Gram matrices. Where these are larger than the term itself, the terms of one k are made in a buffer
that the next k uses again.

Over many steps an adjoint leaves the range of float64 long before its loss is of no interest, and its
square twice as soon. Every t then carries a power of two of its own: D is kept near 1, and the exponent is
put back at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_arguments, direct_adjoints, step_losses_and_logit_gradient
from .forward import Trace, slope_of, stacked_inputs

_LONG = 64
_BLOCK = 8
_AT_ONCE = 2**16
_SAFE_SQUARES = (1e-280, 1e280)

Measure = Callable[[int, np.ndarray, np.ndarray, np.ndarray], None]


@np.errstate(all="ignore")
def term_norms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> dict[str, np.ndarray]:
    """Compute the Frobenius norm of every term of W1, Wh1 and b1 in memory that grows as T², not T² n1².

    Parameters
    ----------
    architecture : Architecture
    parameters : Parameters
    trace : Trace
        Of `forward` with the same parameters.
    Y : (T, m, n2) array_like, or (m, n2) in sequence_to_vector

    Returns
    -------
    dict of (T, T) arrays
        "W1", "Wh1", "b1": [t, k] = ‖term(t, k)‖, zero above the diagonal.

    Raises
    ------
    ValueError
        As `backward`.

    Notes
    -----
    Where the samples of a batch cancel to the fraction ε of their size, a norm from Gram matrices has lost
    the digits below 1e-16 / ε². `Decomposition.norms` sums the entries themselves.
    """
    sweep, S = _prepared(architecture, parameters, trace, Y)
    n0, n1 = trace.X.shape[2], trace.H.shape[2]
    squares_of = _by_gram if (n0 + 1 + n1) * n1 > 2 * S.shape[1] ** 2 else _by_terms
    norms = _safe_norms(sweep, squares_of(S, n0), 3, trace)
    return dict(zip(("W1", "b1", "Wh1"), norms.swapaxes(1, 2), strict=True))


@np.errstate(all="ignore")
def adjoint_norms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> np.ndarray:
    """Compute ‖∂L_t/∂H_k‖, the Frobenius norm over batch and hidden units, for every (t, k).

    Returns
    -------
    (T, T) array
        [t, k], zero above the diagonal.

    Raises
    ------
    ValueError
        As `backward`.
    """
    sweep, _ = _prepared(architecture, parameters, trace, Y)

    def measure(k, adjoints, deltas, out):
        np.einsum("tmi,tmi->t", adjoints, adjoints, out=out[0])

    return _safe_norms(sweep, measure, 1, trace)[0].T


class _Sweep:
    """The adjoints of all losses t ≥ k on their way back from k = T - 1 to 0."""

    def __init__(self, direct: np.ndarray, slope: np.ndarray, Wh1: np.ndarray, first: int) -> None:
        self.direct, self.slope, self.first = direct, slope, first
        self.backwards = np.ascontiguousarray(Wh1.T)

    def __call__(self, exponents: np.ndarray | None = None) -> Iterator[tuple[int, int, np.ndarray, np.ndarray]]:
        """Yield k, the first t, ∂L_t/∂H_k and ∂L_t/∂A_k of all t from there; divided by 2^exponents if given."""
        adjoints, n1 = self.direct.copy(), self.direct.shape[2]
        deltas = np.empty_like(adjoints)
        for k in range(len(adjoints) - 1, -1, -1):
            t = max(k, self.first)
            if exponents is not None and k % _BLOCK == _BLOCK - 1:
                _rescale(adjoints[t:], exponents[t:])
            here, D = adjoints[t:], deltas[t:]
            np.multiply(here, self.slope[k], out=D)
            yield k, t, here, D
            if k:
                D.reshape(-1, n1).dot(self.backwards, here.reshape(-1, n1))


def _rescale(adjoints: np.ndarray, exponents: np.ndarray) -> None:
    """Bring the largest entry of every row near 1 and add to its exponent what that takes."""
    rows = adjoints.reshape(len(adjoints), -1)
    largest = np.maximum(rows.max(axis=1), -rows.min(axis=1))
    shift = np.frexp(largest)[1]
    np.ldexp(rows, -shift[:, None], out=rows)
    exponents += shift


def _prepared(architecture, parameters, trace, Y) -> tuple[_Sweep, np.ndarray]:
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    dZ = step_losses_and_logit_gradient(architecture, trace, Y)[1]
    direct = direct_adjoints(parameters, trace, dZ)
    first = architecture.first_loss_step(len(direct))
    return _Sweep(direct, slope_of(architecture, trace), parameters.Wh1, first), stacked_inputs(trace)


def _safe_norms(sweep: _Sweep, measure: Measure, count: int, trace: Trace) -> np.ndarray:
    """(count, T, T) norms [·, k, t], with exponents where the squares need them."""
    T = len(trace.H)
    if T <= _LONG:
        norms = np.zeros((count, T, T))
        for k, t, adjoints, deltas in sweep():
            measure(k, adjoints, deltas, norms[:, k, t:])
        if _is_safe(norms, sweep.first):
            return np.sqrt(norms, out=norms)
    return _scaled_norms(sweep, measure, count, T)


def _is_safe(squares: np.ndarray, first: int) -> bool:
    """Whether no square on or below the diagonal is near the ends of float64 (0 only if all of Wh1's are)."""
    low, high = _SAFE_SQUARES
    T = squares.shape[1]
    inside = (squares > low) & (squares < high)
    used = np.tri(T, dtype=bool).T
    used[:, :first] = False
    return bool((inside | ~used).all())


def _scaled_norms(sweep: _Sweep, measure: Measure, count: int, T: int) -> np.ndarray:
    norms, exponents = np.zeros((count, T, T)), np.zeros(T, dtype=np.int32)
    for k, t, adjoints, deltas in sweep(exponents):
        row = norms[:, k, t:]
        measure(k, adjoints, deltas, row)
        np.ldexp(np.sqrt(row, out=row), exponents[t:], out=row)
    return norms


def _by_gram(S: np.ndarray, n0: int) -> Measure:
    T, m, _ = S.shape
    parts = S[:, :, :n0], S[:, :, n0 : n0 + 1], S[:, :, n0 + 1 :]
    grams = np.stack([(part @ part.swapaxes(1, 2)).reshape(T, m * m) for part in parts], axis=1)

    def measure(k, adjoints, deltas, out):
        np.matmul(grams[k], _grams(deltas).T, out=out)
        np.maximum(out, 0.0, out=out)

    return measure


def _grams(deltas: np.ndarray) -> np.ndarray:
    """(R, m²) array D Dᵀ of every row of D (R, m, n1)."""
    if deltas.shape[1] == 1:
        return np.einsum("tmi,tmi->t", deltas, deltas)[:, None]
    return np.matmul(deltas, deltas.swapaxes(1, 2)).reshape(len(deltas), -1)


def _by_terms(S: np.ndarray, n0: int) -> Measure:
    T, m, rows = S.shape
    backwards = np.ascontiguousarray(S.swapaxes(1, 2))
    which = np.zeros((3, rows))
    which[0, :n0] = which[1, n0] = which[2, n0 + 1 :] = 1.0

    def measure(k, adjoints, deltas, out):
        R, _, n1 = deltas.shape
        side_by_side = deltas.swapaxes(0, 1).reshape(m, R * n1)
        terms = backwards[k].dot(side_by_side)
        np.multiply(terms, terms, out=terms)
        np.matmul(which.dot(terms).reshape(3, R, n1), np.ones(n1), out=out)

    return measure
