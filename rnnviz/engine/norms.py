"""Frobenius norms of every term and adjoint, and what each contributes, without ever holding them.

One sweep carries the adjoints of all losses t ≥ k from k to k - 1. Numbers that vanish or explode over many steps leave
the range of a float, so each loss carries a power of two beside its adjoint, and each step's states, slopes and Wh1 one
of their own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_losses, direct_adjoints, full_deltas
from .decomposition import every_term
from .forward import Trace
from .reductions import as_rows, group_rows, group_sums, last_axis_sum, norm, row_norms, scaled, scaled_norms
from .stacks import stacked_inputs
from .sweeps import by_source, energies

_SMALL = 2**17
_BLOCK = 2**17
_CANCELLED = 1e-3
_LOG10_2 = np.log10(2.0)


@np.errstate(all="ignore")
def term_norms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, mask: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Compute the Frobenius norms of all terms of W1, Wh1 and b1 without holding the terms.

    Parameters and errors are those of `backward`.

    Returns
    -------
    dict of (T, T) arrays
        "W1", "Wh1", "b1": [t, k], zero above the diagonal and where H_{k-1} is 0.

    Notes
    -----
    A term is ``Sᵀ D`` with S (m, rows) and D (m, n1), so ``‖Sᵀ D‖² = Σ (S Sᵀ) ∘ (D Dᵀ)``: two m × m Gram matrices
    instead of the term, where that is less work. Where the samples cancel to less than a thousandth this would lose
    digits; those terms are multiplied out.
    """
    parameters, losses, dZ = checked_losses(architecture, parameters, trace, Y, mask)
    T, wide = len(trace.X), architecture.layer.columns
    if T * T * wide * (architecture.n_inputs + 1 + architecture.n_hidden) <= _SMALL:
        return every_term(architecture, parameters, losses, dZ, trace).norms
    return _term_norms(architecture, parameters, trace, dZ, np.ldexp)


@np.errstate(all="ignore")
def log10_term_norms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, mask: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Decimal logarithms of `term_norms`, also far outside the range of a float; -inf where a term is 0."""
    parameters, _, dZ = checked_losses(architecture, parameters, trace, Y, mask)
    # log10(values · 2^powers), the counterpart of ``np.ldexp``
    return _term_norms(architecture, parameters, trace, dZ, lambda values, powers: np.log10(values) + powers * _LOG10_2)


@np.errstate(all="ignore")
def adjoint_norms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, mask: np.ndarray | None = None
) -> np.ndarray:
    """Frobenius norms (T, T) of `Decomposition.adjoints` over batch and state, not held; zero where none is."""
    parameters, _, dZ = checked_losses(architecture, parameters, trace, Y, mask)
    norms = np.zeros((len(trace.X), len(trace.X)))
    for source in by_source(architecture, parameters, trace, dZ, in_range=True):
        norms[source.first :, source.k] = np.ldexp(np.sqrt(energies(source.adjoints)), source.powers)
    return norms


def _term_norms(
    architecture: Architecture, parameters: Parameters, trace: Trace, dZ: np.ndarray, convert: Callable[..., np.ndarray]
) -> dict[str, np.ndarray]:
    T, m, n0 = trace.X.shape
    n1 = architecture.layer.columns
    S, S_powers = stacked_inputs(architecture, trace), np.zeros((3, T), dtype=int)
    for power, columns in zip(S_powers, group_rows(n0), strict=True):
        S[:, :, columns], power[:] = scaled(S[:, :, columns])
    by_gram, free = S.shape[2] * n1 > 2 * m * m, architecture.layer.unused
    squares_of = _squares_of_one_sample if m == 1 else _squares_by_gram if by_gram else _squares_directly
    if free is not None:
        squares_of = partial(_squares_directly, free=free)
    norms = np.full((3, T, T), convert(0.0, 0))
    for source in by_source(architecture, parameters, trace, dZ, in_range=True):
        step = max(1, _BLOCK // (m * max(m, n1)))
        for i in range(0, len(source.deltas), step):
            squares = squares_of(S[source.k], source.deltas[i : i + step], n0)
            powers = source.powers[i : i + step] + source.slope_power + S_powers[:, source.k, None]
            start = source.first + i
            norms[:, source.k, start : start + step] = convert(np.sqrt(squares), powers)
    return {"W1": norms[0].T, "Wh1": norms[2].T, "b1": norms[1].T}


def _squares_of_one_sample(S: np.ndarray, deltas: np.ndarray, n0: int) -> np.ndarray:
    """(3, losses): with one sample a term is an outer product, and its norm the product of two."""
    return group_sums(S.T**2, n0) * energies(deltas)


def _squares_by_gram(S: np.ndarray, deltas: np.ndarray, n0: int) -> np.ndarray:
    """(3, losses): Σ (S Sᵀ) ∘ (D Dᵀ); terms in which the samples cancel are multiplied out."""
    m = len(S)
    inputs = np.array([(S[:, rows] @ S[:, rows].T).ravel() for rows in group_rows(n0)])
    outputs = np.matmul(deltas, deltas.swapaxes(1, 2)).reshape(-1, m * m)
    squares = inputs @ outputs.T
    without_cancelling = inputs[:, :: m + 1] @ outputs[:, :: m + 1].T
    lost = (squares < _CANCELLED * without_cancelling).any(axis=0)
    if lost.any():
        squares[:, lost] = _squares_directly(S, deltas[lost], n0)
    return squares


def _squares_directly(S: np.ndarray, deltas: np.ndarray, n0: int, free: np.ndarray | None = None) -> np.ndarray:
    """(3, losses): the entries of the terms, but for the free ones, squared and summed, some losses at a time."""
    losses, m, n1 = deltas.shape
    rows = S.shape[1]
    squares = np.empty((rows, losses))
    step = max(1, _BLOCK // (rows * n1))
    for i in range(0, losses, step):
        some = deltas[i : i + step]
        terms = S.T @ some.swapaxes(0, 1).reshape(m, -1)
        terms = np.square(terms, terms).reshape(rows, len(some), n1)
        if free is not None:
            np.copyto(terms, 0.0, where=free[:, None])
        squares[:, i : i + step] = last_axis_sum(terms)
    return group_sums(squares, n0)


@dataclass(frozen=True, eq=False)
class Attribution:
    """What each loss t sends to each step k; all zero for k > t and in rows without a loss.

    `sample_norms` (T, T, m), [t, k, sample], are ‖∂L_t/∂H_k‖ of every sample, L_t being averaged over the batch; of an
    LSTM the state is [H_k | C_k]. The root of the sum of squares over the samples is `adjoint_norms`.

    `contributions` (T, T), [t, k], are ⟨∂L_t/∂H_k, ∂L/∂H_k⟩ / ‖∂L/∂H_k‖, over batch and units, with ∂L/∂H_k = Σ_t
    ∂L_t/∂H_k: the part of loss t along the whole, negative where it pulls against it. The sum over t is ‖∂L/∂H_k‖; 0
    where nothing arrives.

    `shares` (T, T) of "W1", "Wh1", "b1" are ⟨term(t, k), g⟩ / ‖g‖² with g = ∂L/∂θ. All shares of a parameter sum to 1;
    they are 0 where its gradient is. A negative share pulls against the gradient.
    """

    sample_norms: np.ndarray
    contributions: np.ndarray
    shares: dict[str, np.ndarray]


@np.errstate(all="ignore")
def attribution(
    architecture: Architecture,
    parameters: Parameters,
    trace: Trace,
    Y: np.ndarray,
    mask: np.ndarray | None = None,
    directly: bool = False,
) -> Attribution:
    """Attribute the error of every state and the gradient of every hidden parameter to losses and steps.

    Arguments and errors are those of `decompose`; no term is held. The numerator of a share is
    ``⟨D[t, k], S_k g⟩`` with ``D[t, k] = ∂L_t/∂A_k`` and S_k what θ multiplies at step k. `directly` attributes what
    came back along the direct path of a gated cell alone, to the same whole: then the shares sum to its part of g.
    """
    parameters, _, dZ = checked_losses(architecture, parameters, trace, Y, mask)
    arrived = direct_adjoints(parameters, trace, dZ)
    T, m, s = arrived.shape
    D = full_deltas(arrived, architecture.layer.back(parameters, trace), T)
    lengths = scaled_norms(arrived)[:, None, None]
    arrived /= np.where(lengths == 0, 1.0, np.where(np.isfinite(lengths), lengths, np.nan))
    along = _gradients_by_step(architecture, stacked_inputs(architecture, trace), D)
    norms, contributions, shares = np.zeros((T, T, m)), np.zeros((T, T)), np.zeros((3, T, T))
    for source in by_source(architecture, parameters, trace, dZ, directly=directly):
        k, here = source.k, slice(source.first, None)
        adjoints, deltas = (part.reshape(len(part), -1) for part in (source.adjoints, source.deltas))
        norms[here, k] = row_norms(adjoints.reshape(-1, s)).reshape(-1, m)
        contributions[here, k] = adjoints @ arrived[k].ravel()
        shares[:, here, k] = along[:, k].reshape(3, -1) @ deltas.T
    return Attribution(norms, contributions, {"W1": shares[0], "Wh1": shares[2], "b1": shares[1]})


def _gradients_by_step(architecture: Architecture, S: np.ndarray, D: np.ndarray) -> np.ndarray:
    """(3, T, m, columns) array S_k g / ‖g‖² of W1, b1 and Wh1; zeros where g is. The square itself may underflow."""
    stack, found = as_rows(S).T @ as_rows(D), []
    free = architecture.layer.unused
    if free is not None:
        stack[free] = 0.0
    for rows in group_rows(architecture.n_inputs):
        length = norm(stack[rows])
        along = stack[rows] / length / length if length > 0 else np.zeros_like(stack[rows])
        found.append(as_rows(S[:, :, rows]) @ along)
    return np.reshape(found, (3, *D.shape))
