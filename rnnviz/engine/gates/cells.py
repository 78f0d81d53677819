"""One step of each cell, and the way back through it.

A state is (…, m, s) with s = n1, or 2 n1 for the LSTM's [H | C]. The way back takes a stack of adjoints of
what a step handed on to the adjoints of what it was handed, so that one loss or all of them travel alike.
"""

from __future__ import annotations

import numpy as np

from ..activations import HIDDEN


def _sigmoid(a: np.ndarray) -> np.ndarray:
    HIDDEN["sigmoid"].apply(a, a)
    return a


def gru_step(a: np.ndarray, state: np.ndarray, Wh1: np.ndarray) -> np.ndarray:
    """Turn ``a`` (m, 3 n1), the inputs' part, into the gates, in place; return the next state (m, n1)."""
    n = state.shape[1]
    gates, candidate = a[:, : 2 * n], a[:, 2 * n :]
    gates += state @ Wh1[:, : 2 * n]
    _sigmoid(gates)
    reset, update = gates[:, :n], gates[:, n:]
    candidate += (reset * state) @ Wh1[:, 2 * n :]
    np.tanh(candidate, candidate)
    return candidate + update * (state - candidate)


def gru_back(
    adjoint: np.ndarray, gates: np.ndarray, before: np.ndarray, after: np.ndarray, Wh1: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return ∂/∂ pre-activations (…, m, 3 n1) and ∂/∂ the state before (…, m, n1)."""
    n = before.shape[-1]
    reset, update, candidate = gates[..., :n], gates[..., n : 2 * n], gates[..., 2 * n :]
    deltas = np.empty((*adjoint.shape[:-1], 3 * n))
    np.multiply(adjoint, (1 - update) * (1 - candidate**2), deltas[..., 2 * n :])
    np.multiply(adjoint, (before - candidate) * (update * (1 - update)), deltas[..., n : 2 * n])
    through = deltas[..., 2 * n :] @ Wh1[:, 2 * n :].T
    np.multiply(through, before * (reset * (1 - reset)), deltas[..., :n])
    return deltas, adjoint * update + through * reset + deltas[..., : 2 * n] @ Wh1[:, : 2 * n].T


def lstm_step(a: np.ndarray, state: np.ndarray, Wh1: np.ndarray) -> np.ndarray:
    """Turn ``a`` (m, 4 n1), the inputs' part, into the gates, in place; return the next state (m, 2 n1)."""
    n = state.shape[1] // 2
    a += state[:, :n] @ Wh1
    gates, candidate = a[:, : 3 * n], a[:, 3 * n :]
    _sigmoid(gates)
    np.tanh(candidate, candidate)
    after = np.empty_like(state)
    memory = after[:, n:]
    np.multiply(a[:, n : 2 * n], state[:, n:], memory)
    memory += a[:, :n] * candidate
    np.multiply(a[:, 2 * n : 3 * n], np.tanh(memory), after[:, :n])
    return after


def lstm_back(
    adjoint: np.ndarray, gates: np.ndarray, before: np.ndarray, after: np.ndarray, Wh1: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return ∂/∂ pre-activations (…, m, 4 n1) and ∂/∂ the state before, [H | C] (…, m, 2 n1)."""
    n = before.shape[-1] // 2
    enter, forget, leave, candidate = (gates[..., i * n : (i + 1) * n] for i in range(4))
    of_H, memory, squashed = adjoint[..., :n], before[..., n:], np.tanh(after[..., n:])
    of_C = adjoint[..., n:] + of_H * (leave * (1 - squashed**2))
    deltas, handed = np.empty((*adjoint.shape[:-1], 4 * n)), np.empty_like(adjoint)
    np.multiply(of_C, candidate * (enter * (1 - enter)), deltas[..., :n])
    np.multiply(of_C, memory * (forget * (1 - forget)), deltas[..., n : 2 * n])
    np.multiply(of_H, squashed * (leave * (1 - leave)), deltas[..., 2 * n : 3 * n])
    np.multiply(of_C, enter * (1 - candidate**2), deltas[..., 3 * n :])
    np.matmul(deltas, Wh1.T, handed[..., :n])
    np.multiply(of_C, forget, handed[..., n:])
    return deltas, handed


STEPS = {"gru": gru_step, "lstm": lstm_step}
BACKS = {"gru": gru_back, "lstm": lstm_back}
