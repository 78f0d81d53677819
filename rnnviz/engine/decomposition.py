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
from .backward import checked_losses, direct_adjoints
from .cells import Back
from .forward import Trace
from .reductions import norms_of_stack, ones
from .stacks import by_parameter, stacked_inputs
from .sweeps import by_source
from .values import checked_name, checked_pair

_SMALL = 2**16


@dataclass(frozen=True, eq=False)
class Decomposition:
    """Every chain-rule term of a gradient.

    Attributes
    ----------
    terms : dict of arrays
        "W1", "Wh1", "b1": (T, T) + θ.shape; [t, k], zero above the diagonal. The sum over t and k is ∂L/∂θ, over k
        it is ∂L_t/∂θ, over t it is what the backward loop adds at step k.
    adjoints : (T, T, m, s) array
        [t, k] = ∂L_t/∂H_k, of the loss that is averaged over the batch; s = n1. Of an LSTM by [H_k | C_k], s = 2 n1,
        both taken as independent inputs of step k + 1.
    output_terms : dict of arrays
        "W2": (T, n1, n2) and "b2": (T, n2): ∂L_t/∂θ. No path through time: one term for each loss.
    step_losses : (T,) array
    stack : (T, rows, T, columns) array
        [k, ·, t]: the same terms in one array, as `stacks` has it; `terms` are views, but for a GRU's Wh1.
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
def decompose(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, mask: np.ndarray | None = None
) -> Decomposition:
    """Compute every term (t, k) of the gradient of W1, Wh1 and b1.

    Parameters
    ----------
    architecture, parameters, trace, Y, mask
        As for `backward`.

    Returns
    -------
    Decomposition
        Of the plain cell it holds 8 T² n1 (n0 + 1 + n1 + m) bytes; `term_norms` and `single_term` do without.

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
    return every_term(architecture, *checked_losses(architecture, parameters, trace, Y, mask), trace)


@np.errstate(all="ignore")
def direct_path_terms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray, mask: np.ndarray | None = None
) -> dict[str, np.ndarray]:
    """Compute the part of every term of a gated cell that came back along the direct path.

    It is what remains of term(t, k) when every H_{j-1} that enters a pre-activation at a step j > k is held fixed: an
    LSTM's goes along C, through the forget gates, a GRU's along H, through the update gates. The rest of the term went
    through a gate or a candidate.

    Parameters
    ----------
    architecture, parameters, trace, Y, mask
        As for `backward`.

    Returns
    -------
    dict of arrays
        "W1", "Wh1", "b1": (T, T) + θ.shape, as `Decomposition.terms`.

    Raises
    ------
    ValueError
        As `backward`, and for the plain cell, in which every path goes through a pre-activation.
    """
    found = checked_losses(architecture, parameters, trace, Y, mask)
    if architecture.cell == "plain":
        raise ValueError("architecture: got the cell 'plain', expected 'gru' or 'lstm', which have a direct path")
    return every_term(architecture, *found, trace, direct=True).terms


def every_term(
    architecture: Architecture,
    parameters: Parameters,
    losses: np.ndarray,
    dZ: np.ndarray,
    trace: Trace,
    direct: bool = False,
) -> Decomposition:
    """`decompose` without the checks, or of the `direct` path alone."""
    first, back = architecture.first_loss_step(len(trace.X)), architecture.layer.back
    adjoints = direct_adjoints(parameters, trace, dZ)
    sweep = batched_sweep(*adjoints.shape)
    way = back(parameters, trace, spread=True)
    adjoints, stack = sweep(adjoints, way.directly() if direct else way, stacked_inputs(architecture, trace), first)
    free = architecture.layer.unused
    if free is not None:
        np.copyto(stack, 0.0, where=free[:, None])
    terms = by_parameter(stack.transpose(2, 0, 1, 3), architecture)
    return Decomposition(terms, adjoints.transpose(2, 0, 1, 3), output_terms(trace, dZ), losses, stack)


Sweep = Callable[[np.ndarray, Back, np.ndarray, int], tuple[np.ndarray, np.ndarray]]


def batched_sweep(steps: int, batch: int, n_state: int) -> Sweep:
    """The function that `decompose` uses at this size to take all adjoints back in one loop."""
    small = steps * steps * batch * n_state <= _SMALL
    return _sweep_at_once if small else _sweep_by_source


def _sweep_at_once(direct: np.ndarray, back: Back, S: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """All adjoints and terms in as few calls as possible: losses before the source step are zeros."""
    T, m, s = direct.shape
    adjoints, D = np.zeros((T, m, T, s)), np.empty((T, m, T, back.columns))
    adjoints[-1, :, -1] = direct[-1]
    find, hand, of_state, of_step = back.deltas, back.hand, list(adjoints), list(D)
    for k in range(T - 1, 0, -1):
        find(k, of_state[k], of_step[k])
        hand(k, of_state[k], of_step[k], of_state[k - 1])
        of_state[k - 1][:, k - 1] = direct[k - 1]
    find(0, of_state[0], of_step[0])
    return adjoints, np.matmul(S.swapaxes(1, 2), D.reshape(T, m, -1)).reshape(T, -1, T, back.columns)


def _sweep_by_source(direct: np.ndarray, back: Back, S: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """All adjoints and terms, with as few numbers as possible: only the losses from the source step on."""
    T, m, s = direct.shape
    adjoints, stack = np.zeros((T, m, T, s)), np.zeros((T, S.shape[2], T, back.columns))
    every = np.arange(first, T)
    adjoints[every, :, every] = direct[first:]
    for k in range(T - 1, -1, -1):
        t = max(k, first)
        D = np.empty((m, T - t, back.columns))
        back.deltas(k, adjoints[k, :, t:], D)
        if k:
            back.hand(k, adjoints[k, :, t:], D, adjoints[k - 1, :, t:])
        np.matmul(S[k].T, D.reshape(m, -1), out=stack[k].reshape(-1, T * back.columns)[:, t * back.columns :])
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
    `delta` (m, columns) is ∂L_t/∂A_k; (m, n2) ∂L_t/∂Z_t for W2 and b2. The candidate of a GRU has rows of its own for
    Wh1: those of the gates, and then those of the candidate, (2 m, ·), with zeros in each other's columns.
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
    mask: np.ndarray | None = None,
) -> Term:
    """One term (t, k) of one of the five parameters, in t - k small products and without the others.

    W2 and b2 have no path through time: their terms with k < t are 0.
    """
    checked_name("parameter", parameter, Parameters._fields)
    parameters, _, dZ = checked_losses(architecture, parameters, trace, Y, mask)
    t, k = checked_pair(t, k, len(trace.X))
    if parameter in ("W1", "Wh1", "b1"):
        sources = by_source(architecture, parameters, trace, dZ, range(t, t + 1))
        deltas = next(source.deltas[0] for source in sources if source.k == k)
        inputs, delta = _uses(architecture, stacked_inputs(architecture, trace, k, k + 1)[0], deltas, parameter)
    else:
        row = t - architecture.first_loss_step(len(trace.X))
        delta = dZ[row].copy() if t == k and row >= 0 else np.zeros_like(dZ[0])  # one step holds no other
        inputs = trace.H[k] if parameter == "W2" else np.ones((len(delta), 1))
    value = inputs.T @ delta
    return Term(value[0] if parameter in ("b1", "b2") else value, inputs, delta)


def _uses(architecture: Architecture, S: np.ndarray, D: np.ndarray, parameter: str) -> tuple[np.ndarray, np.ndarray]:
    """What the parameter multiplies, and ∂L_t/∂ what it brings, one below the other for each of its pieces."""
    pieces = architecture.layer.pieces[parameter]
    inputs, deltas = [S[:, rows].reshape(len(S), -1) for rows, _ in pieces], [D[:, columns] for _, columns in pieces]
    if len(pieces) == 1:
        return inputs[0], deltas[0]
    zeros = [np.zeros_like(each) for each in deltas]
    below = [np.concatenate([*zeros[:i], each, *zeros[i + 1 :]], axis=1) for i, each in enumerate(deltas)]
    return np.concatenate(inputs), np.concatenate(below)
