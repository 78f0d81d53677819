"""The gradient taken apart: one term for each loss step t and source step k.

term(t, k) = ∂L_t/∂Ŷ_t · ∂Ŷ_t/∂H_t · ∂H_t/∂H_{t-1} ⋯ ∂H_{k+1}/∂H_k · ∂⁺H_k/∂θ. With D[t, k] = ∂L_t/∂A_k and
S_k = [X_k | 1 | H_{k-1}] the terms of W1, b1 and Wh1 are the row blocks of one product, S_kᵀ D[t, k].

All arrays are held with the source step first and the loss step third, [k, ·, t, n1]: then the adjoints of
all losses go from k to k - 1 in one product, and all terms of one k are one product, with nothing copied
between.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_arguments, direct_adjoints, step_losses_and_logit_gradient
from .forward import Trace, slope_of, stacked_inputs
from .validation import checked_name, checked_pair

HIDDEN_PARAMETERS = ("W1", "Wh1", "b1")
_SAFE_SQUARES = (1e-280, 1e280)


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Every chain-rule term of a gradient.

    Attributes
    ----------
    terms : dict of arrays
        "W1": (T, T, n0, n1), "Wh1": (T, T, n1, n1), "b1": (T, T, n1); [t, k], zero above the diagonal. The
        sum over t and k is ∂L/∂θ, over k it is ∂L_t/∂θ, over t it is what the backward loop adds at step k.
    adjoints : (T, T, m, n1) array
        [t, k] = ∂L_t/∂H_k, of the loss that is averaged over the batch.
    output_terms : dict of arrays
        "W2": (T, n1, n2) and "b2": (T, n2): ∂L_t/∂θ. No path through time: one term for each loss.
    step_losses : (T,) array
    """

    terms: dict[str, np.ndarray]
    adjoints: np.ndarray
    output_terms: dict[str, np.ndarray]
    step_losses: np.ndarray

    @cached_property
    def norms(self) -> dict[str, np.ndarray]:
        """Frobenius norms (T, T) of the terms of W1, Wh1 and b1, summed from the entries themselves."""
        return {name: frobenius(terms) for name, terms in self.terms.items()}


@np.errstate(all="ignore")
def decompose(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> Decomposition:
    """Compute every term (t, k) of the gradient of W1, Wh1 and b1.

    Parameters
    ----------
    architecture : Architecture
    parameters : Parameters
    trace : Trace
        Of `forward` with the same parameters.
    Y : (T, m, n2) array_like, or (m, n2) in sequence_to_vector

    Returns
    -------
    Decomposition
        It holds 8 T² n1 (n0 + 1 + n1 + m) bytes; `term_norms` and `single_term` do without.

    Raises
    ------
    ValueError
        As `backward`.

    Notes
    -----
    The sum over k is equation 3 of [1]_, with the immediate derivative ∂⁺H_k/∂θ that holds H_{k-1} fixed.

    References
    ----------
    .. [1] R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks",
       ICML 2013.
    """
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    return _decompose(architecture, parameters, trace, Y)


def _decompose(architecture, parameters, trace, Y) -> Decomposition:
    T, m, n0 = trace.X.shape
    n1 = trace.H.shape[2]
    first = architecture.first_loss_step(T)
    losses, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    S = stacked_inputs(trace)
    adjoints = np.zeros((T, m, T, n1))
    every = np.arange(first, T)
    adjoints[every, :, every] = direct_adjoints(parameters, trace, dZ)[first:]
    terms = np.zeros((T, n0 + 1 + n1, T, n1))
    backwards, slope = np.ascontiguousarray(parameters.Wh1.T), slope_of(architecture, trace)
    for k in range(T - 1, -1, -1):
        t = max(k, first)
        D = adjoints[k, :, t:] * slope[k][:, None]
        if k:
            np.matmul(D, backwards, out=adjoints[k - 1, :, t:])
        np.matmul(S[k].T, D.reshape(m, -1), out=terms[k].reshape(-1, T * n1)[:, t * n1 :])
    return Decomposition(
        _named(terms.transpose(2, 0, 1, 3), n0),
        adjoints.transpose(2, 0, 1, 3),
        _output_terms(architecture, trace, dZ),
        losses,
    )


def _named(stack: np.ndarray, n0: int) -> dict[str, np.ndarray]:
    """The row blocks of stacked terms."""
    return {"W1": stack[:, :, :n0], "Wh1": stack[:, :, n0 + 1 :], "b1": stack[:, :, n0]}


def _output_terms(architecture: Architecture, trace: Trace, dZ: np.ndarray) -> dict[str, np.ndarray]:
    T, first = len(trace.H), architecture.first_loss_step(len(trace.H))
    W2 = np.zeros((T, trace.H.shape[2], dZ.shape[2]))
    b2 = np.zeros((T, dZ.shape[2]))
    np.matmul(trace.H[first:].swapaxes(1, 2), dZ, out=W2[first:])
    np.add.reduce(dZ, axis=1, out=b2[first:])
    return {"W2": W2, "b2": b2}


@np.errstate(all="ignore")
def frobenius(terms: np.ndarray) -> np.ndarray:
    """(T, T) Frobenius norms of terms (T, T, …), scaled where squaring would under- or overflow."""
    rows = terms if terms.ndim == 4 else terms[:, :, None]
    squares = np.einsum("tkij,tkij->tk", rows, rows)
    unsafe = ~((squares > _SAFE_SQUARES[0]) & (squares < _SAFE_SQUARES[1]))
    norms = np.sqrt(squares)
    if unsafe.any():
        norms[unsafe] = [_scaled_norm(term) for term in rows[unsafe]]
    return norms


def _scaled_norm(term: np.ndarray) -> float:
    largest = abs(term).max()
    return largest * np.sqrt(np.square(term / largest).sum()) if 0 < largest < np.inf else largest


@dataclass(frozen=True, eq=False)
class Term:
    """One term in its factored form: `value` is `inputs`ᵀ · `delta`.

    Attributes
    ----------
    value : array of θ's shape
        term(t, k).
    inputs : (m, rows) array
        What θ multiplies at the source step: X_k, H_{k-1} or ones; H_t or ones for W2 and b2.
    delta : (m, n1) array
        D[t, k] = ∂L_t/∂A_k; (m, n2) ∂L_t/∂Z_t for W2 and b2.
    """

    value: np.ndarray
    inputs: np.ndarray
    delta: np.ndarray


@np.errstate(all="ignore")
def single_term(
    architecture: Architecture,
    parameters: Parameters,
    trace: Trace,
    Y: np.ndarray,
    parameter: str,
    t: int,
    k: int,
) -> Term:
    """Compute one term (t, k) of one parameter, in t - k small products and without the others.

    Parameters
    ----------
    parameter : {"W1", "Wh1", "b1", "W2", "b2"}
    t, k : int
        Loss step and source step, k ≤ t. W2 and b2 have no path through time: their terms with k < t are 0.

    Raises
    ------
    ValueError
        For an unknown parameter, an impossible (t, k), or as `backward`.
    """
    checked_name("parameter", parameter, Parameters._fields)
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    t, k = checked_pair(t, k, len(trace.X))
    if parameter in HIDDEN_PARAMETERS:
        delta = _delta(architecture, parameters, trace, Y, t, k)
    else:
        delta = _output_delta(architecture, trace, Y, t, k)
    inputs = partner(trace, parameter, k)
    value = inputs.T @ delta
    return Term(value[0] if parameter in ("b1", "b2") else value, inputs, delta)


def partner(trace: Trace, parameter: str, k: int) -> np.ndarray:
    """(m, rows) array: what `parameter` multiplies at step k."""
    if parameter == "W1":
        return trace.X[k]
    if parameter == "Wh1":
        return trace.H[k - 1] if k else trace.H_init
    return trace.H[k] if parameter == "W2" else np.ones((trace.X.shape[1], 1))


def _delta(architecture, parameters, trace, Y, t, k) -> np.ndarray:
    """∂L_t/∂A_k, (m, n1)."""
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    direct = direct_adjoints(parameters, trace, dZ)[t]
    slope = slope_of(architecture, trace)
    for j in range(t, k, -1):
        direct = (direct * slope[j]) @ parameters.Wh1.T
    return direct * slope[k]


def _output_delta(architecture, trace, Y, t, k) -> np.ndarray:
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    row = t - architecture.first_loss_step(len(trace.X))
    return dZ[row] if t == k and row >= 0 else np.zeros_like(dZ[0])
