"""The gradient taken apart: one term for each loss step t and source step k.

term(t, k) = ∂L_t/∂Ŷ_t · ∂Ŷ_t/∂H_t · ∂H_t/∂H_{t-1} ⋯ ∂H_{k+1}/∂H_k · ∂⁺H_k/∂θ. With D[t, k] = ∂L_t/∂A_k and
S_k = [X_k | 1 | H_{k-1}] the terms of W1, b1 and Wh1 are the row blocks of one product, S_kᵀ D[t, k].

All arrays are held with the source step first and the loss step third, [k, ·, t, n1]: then the adjoints of all losses
go from k to k - 1 in one product, and all terms of one k are one product, with nothing copied between.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from .architecture import Architecture, Parameters
from .backward import checked_arguments, direct_adjoints, step_losses_and_logit_gradient
from .forward import Trace, slope_of, stacked_inputs
from .reductions import by_parameter, norms_of_stack, ones
from .sweeps import by_source
from .values import checked_name, checked_pair

_SMALL = 2**16


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
    stack : (T, n0 + 1 + n1, T, n1) array
        [k, ·, t]: the same terms in one piece, of which `terms` are views.
    """

    terms: dict[str, np.ndarray]
    adjoints: np.ndarray
    output_terms: dict[str, np.ndarray]
    step_losses: np.ndarray
    stack: np.ndarray

    @cached_property
    def norms(self) -> dict[str, np.ndarray]:
        """Frobenius norms (T, T) of the terms of W1, Wh1 and b1, summed from the entries themselves."""
        has_loss = np.einsum("ttmi->tmi", self.adjoints).any(axis=(1, 2))
        present = has_loss & (np.arange(len(has_loss)) >= np.arange(len(has_loss))[:, None])
        return norms_of_stack(self.stack, self.terms["W1"].shape[2], present)


@np.errstate(all="ignore")
def decompose(architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray) -> Decomposition:
    """Compute every term (t, k) of the gradient of W1, Wh1 and b1.

    Parameters
    ----------
    architecture, parameters, trace, Y
        As for `backward`.

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
    .. [1] R. Pascanu, T. Mikolov, Y. Bengio, "On the difficulty of training recurrent neural networks", ICML 2013.
    """
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    return every_term(architecture, parameters, trace, Y)


def every_term(architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray) -> Decomposition:
    """`decompose` without the checks; Y as `checked_targets` returns it."""
    n0, first = trace.X.shape[2], architecture.first_loss_step(len(trace.X))
    losses, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    direct = direct_adjoints(parameters, trace, dZ)
    sweep = batched_sweep(*direct.shape)
    backwards = np.ascontiguousarray(parameters.Wh1.T)
    adjoints, stack = sweep(direct, slope_of(architecture, trace), backwards, stacked_inputs(trace), first)
    terms = by_parameter(stack.transpose(2, 0, 1, 3), n0)
    return Decomposition(terms, adjoints.transpose(2, 0, 1, 3), output_terms(trace, dZ), losses, stack)


Sweep = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray]]


def batched_sweep(steps: int, batch: int, n_hidden: int) -> Sweep:
    """The function that `decompose` uses at this size to take all adjoints back in one loop."""
    small = steps * steps * batch * n_hidden <= _SMALL
    return _sweep_at_once if small else _sweep_by_source


def _sweep_at_once(
    direct: np.ndarray, slope: np.ndarray, backwards: np.ndarray, S: np.ndarray, first: int
) -> tuple[np.ndarray, np.ndarray]:
    """All adjoints and terms in as few calls as possible: losses before the source step are zeros."""
    T, m, n1 = direct.shape
    adjoints, D = np.zeros((2, T, m, T, n1))
    adjoints[-1, :, -1] = direct[-1]
    slope, rows = slope[:, :, None], D.reshape(T, m * T, n1)
    for k in range(T - 1, 0, -1):
        np.multiply(adjoints[k], slope[k], D[k])
        rows[k].dot(backwards, adjoints[k - 1].reshape(m * T, n1))
        adjoints[k - 1, :, k - 1] = direct[k - 1]
    np.multiply(adjoints[0], slope[0], D[0])
    return adjoints, np.matmul(S.swapaxes(1, 2), D.reshape(T, m, T * n1)).reshape(T, -1, T, n1)


def _sweep_by_source(
    direct: np.ndarray, slope: np.ndarray, backwards: np.ndarray, S: np.ndarray, first: int
) -> tuple[np.ndarray, np.ndarray]:
    """All adjoints and terms, with as few numbers as possible: only the losses from the source step on."""
    T, m, n1 = direct.shape
    adjoints, stack = np.zeros((T, m, T, n1)), np.zeros((T, S.shape[2], T, n1))
    every = np.arange(first, T)
    adjoints[every, :, every] = direct[first:]
    for k in range(T - 1, -1, -1):
        t = max(k, first)
        D = adjoints[k, :, t:] * slope[k][:, None]
        if k:
            np.matmul(D, backwards, out=adjoints[k - 1, :, t:])
        np.matmul(S[k].T, D.reshape(m, -1), out=stack[k].reshape(-1, T * n1)[:, t * n1 :])
    return adjoints, stack


def output_terms(trace: Trace, dZ: np.ndarray) -> dict[str, np.ndarray]:
    """The terms of W2 and b2, (T,) + θ.shape: one for each loss, at k = t; zeros at steps without one."""
    T, m, _ = trace.H.shape
    W2, b2 = np.matmul(trace.H[-len(dZ) :].swapaxes(1, 2), dZ), ones(m).dot(dZ)
    if len(dZ) == T:
        return {"W2": W2, "b2": b2}
    return {name: np.concatenate([np.zeros((T - 1, *v.shape[1:])), v]) for name, v in (("W2", W2), ("b2", b2))}


@dataclass(frozen=True, eq=False)
class Term:
    """One term in its factored form: `value`, of θ's shape, is `inputs`ᵀ · `delta`.

    `inputs` (m, rows) are what θ multiplies at the source step: X_k, H_{k-1}, ones, or H_t for W2.
    `delta` (m, n1) is ∂L_t/∂A_k; (m, n2) ∂L_t/∂Z_t for W2 and b2.
    """

    value: np.ndarray
    inputs: np.ndarray
    delta: np.ndarray


@np.errstate(all="ignore")
def single_term(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, parameter: str, t: int, k: int
) -> Term:
    """One term (t, k) of one of the five parameters, in t - k small products and without the others.

    W2 and b2 have no path through time: their terms with k < t are 0.
    """
    checked_name("parameter", parameter, Parameters._fields)
    parameters, Y = checked_arguments(architecture, parameters, trace, Y)
    t, k = checked_pair(t, k, len(trace.X))
    _, dZ = step_losses_and_logit_gradient(architecture, trace, Y)
    if parameter in ("W1", "Wh1", "b1"):
        sources = by_source(architecture, parameters, trace, dZ, range(t, t + 1))
        delta = next(source.deltas[0] for source in sources if source.k == k)
    else:
        row = t - architecture.first_loss_step(len(trace.X))
        delta = dZ[row].copy() if t == k and row >= 0 else np.zeros_like(dZ[0])  # one step holds no other
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
