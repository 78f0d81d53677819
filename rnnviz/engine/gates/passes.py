"""Forward and backward through a gated network, and the adjoints of every loss."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ..activations import output
from ..architecture import Parameters
from ..backward import Backward, direct_adjoints, step_losses_and_logit_gradient
from ..frobenius import scaled_norms
from ..sweeps import Lag, by_lag
from ..validation import checked_array, checked_inputs, checked_targets
from .architecture import GatedArchitecture, checked_gated
from .cells import BACKS, STEPS


@dataclass(frozen=True, eq=False)
class GatedTrace:
    """Everything that a forward pass computed, as `Trace` has it.

    `gates` (T, m, g n1) are taken after their activation, in the order of `BLOCKS`. C_init and C, the LSTM's
    memory, are None for the GRU.
    """

    X: np.ndarray
    H_init: np.ndarray
    C_init: np.ndarray | None
    gates: np.ndarray
    H: np.ndarray
    C: np.ndarray | None
    Z: np.ndarray
    Y_hat: np.ndarray
    states: np.ndarray = field(repr=False)


@np.errstate(all="ignore")
def forward_gated(
    architecture: GatedArchitecture,
    parameters: Parameters,
    X: np.ndarray,
    H_init: np.ndarray | None = None,
    C_init: np.ndarray | None = None,
) -> GatedTrace:
    """Run a gated network over a batch of sequences (T, m, n0); the equations are in `GatedArchitecture`.

    H_init and the LSTM's C_init, (m, n1), are handed to step 0; zeros by default.
    """
    parameters = checked_gated(architecture, parameters)
    X = checked_inputs(architecture.readout, X)
    return run_gated(architecture, parameters, X, _initial(architecture, X.shape[1], H_init, C_init))


def _initial(
    architecture: GatedArchitecture, m: int, H_init: np.ndarray | None, C_init: np.ndarray | None
) -> np.ndarray:
    if C_init is not None and architecture.cell == "gru":
        raise ValueError("C_init: got an array, expected None for the GRU, which has no memory beside H")
    shape = (m, architecture.n_hidden)
    given = {"H_init": H_init, "C_init": C_init} if architecture.cell == "lstm" else {"H_init": H_init}
    parts = [np.zeros(shape) if part is None else checked_array(name, part, shape) for name, part in given.items()]
    return np.hstack(parts)


def run_gated(
    architecture: GatedArchitecture, parameters: Parameters, X: np.ndarray, initial: np.ndarray
) -> GatedTrace:
    """`forward_gated` without the checks."""
    T, m, n0 = X.shape
    gates = X.reshape(T * m, n0) @ parameters.W1
    gates += parameters.b1
    gates, step = gates.reshape(T, m, -1), STEPS[architecture.cell]
    states = np.empty((T + 1, *initial.shape))
    states[0] = initial
    for t in range(T):
        states[t + 1] = step(gates[t], states[t], parameters.Wh1)
    n, gated = architecture.n_hidden, architecture.cell == "lstm"
    H = states[1:, :, :n]
    read = H[-1:] if architecture.readout.is_sequence_to_vector else H
    Z = read @ parameters.W2 + parameters.b2
    Y_hat = output(architecture.output_activation, Z)
    C_init, C = (initial[:, n:], states[1:, :, n:]) if gated else (None, None)
    return GatedTrace(X, initial[:, :n], C_init, gates, H, C, Z, Y_hat, states)


@np.errstate(all="ignore")
def backward_gated(
    architecture: GatedArchitecture, parameters: Parameters, trace: GatedTrace, Y: np.ndarray
) -> Backward:
    """Backpropagate the loss through a gated network; `deltas` are by the pre-activations of all gates."""
    parameters, trace, Y = _checked(architecture, parameters, trace, Y)
    losses, dZ = step_losses_and_logit_gradient(architecture.readout, trace, Y)
    direct, back = direct_adjoints(parameters, trace, dZ), BACKS[architecture.cell]
    T, n = len(direct), architecture.n_hidden
    deltas, adjoint = np.empty_like(trace.gates), np.zeros_like(trace.states[0])
    for t in range(T - 1, -1, -1):
        adjoint[:, :n] += direct[t]
        deltas[t], adjoint = back(adjoint, trace.gates[t], trace.states[t], trace.states[t + 1], parameters.Wh1)
    rows, before = _rows(deltas), trace.states[:-1, :, :n]
    Wh1 = _rows(before).T @ rows
    if architecture.cell == "gru":
        Wh1[:, 2 * n :] = _rows(trace.gates[..., :n] * before).T @ rows[:, 2 * n :]
    W2 = _rows(trace.H[-len(dZ) :]).T @ _rows(dZ)
    gradients = Parameters(_rows(trace.X).T @ rows, Wh1, rows.sum(axis=0), W2, dZ.sum(axis=(0, 1)))
    return Backward(gradients, losses, float(losses.sum()), deltas)


def _checked(
    architecture: GatedArchitecture, parameters: Parameters, trace: GatedTrace, Y: np.ndarray
) -> tuple[Parameters, GatedTrace, np.ndarray]:
    """The checked parameters, the trace, and Y with a leading axis for the steps that have a loss."""
    parameters = checked_gated(architecture, parameters)
    if not isinstance(trace, GatedTrace):
        raise ValueError(f"trace: got {type(trace).__name__}, expected the GatedTrace of forward_gated")
    T, m, _ = trace.X.shape
    outputs = (1 if architecture.readout.is_sequence_to_vector else T, m, architecture.n_outputs)
    expected = {
        "X": (T, m, architecture.n_inputs),
        "gates": (T, m, len(parameters.b1)),
        "states": (T + 1, m, architecture.states * architecture.n_hidden),
        "Z": outputs,
        "Y_hat": outputs,
    }
    for name, shape in expected.items():
        if getattr(trace, name).shape != shape:
            raise ValueError(f"trace.{name}: got shape {getattr(trace, name).shape}, expected {shape}")
    return parameters, trace, checked_targets(architecture.readout, Y, T, m)


def _rows(array: np.ndarray) -> np.ndarray:
    return array.reshape(-1, array.shape[-1])


@np.errstate(all="ignore")
def gated_adjoints(
    architecture: GatedArchitecture, parameters: Parameters, trace: GatedTrace, Y: np.ndarray
) -> np.ndarray:
    """∂L_t/∂S_k of every loss t by what every step k hands on, [t, k] of (T, T, m, s); zero for k > t.

    S_k is H_k, s = n1, and [H_k | C_k], s = 2 n1, for the LSTM, both taken as independent inputs of step
    k + 1. At k = t the loss reads H_t alone: its part of C_t is 0.
    """
    parameters, trace, Y = _checked(architecture, parameters, trace, Y)
    T = len(trace.X)
    found = np.zeros((T, T, *trace.states.shape[1:]))
    for lag, first, adjoints, _ in _lags(architecture, parameters, trace, Y):
        k = first + np.arange(len(adjoints))
        found[k + lag, k] = adjoints
    return found


@np.errstate(all="ignore")
def gated_adjoint_norms(
    architecture: GatedArchitecture, parameters: Parameters, trace: GatedTrace, Y: np.ndarray
) -> np.ndarray:
    """Frobenius norms (T, T) of `gated_adjoints` over batch and state, without holding them."""
    parameters, trace, Y = _checked(architecture, parameters, trace, Y)
    T = len(trace.X)
    found = np.zeros((T, T))
    for lag, first, adjoints, _ in _lags(architecture, parameters, trace, Y):
        k = first + np.arange(len(adjoints))
        found[k + lag, k] = scaled_norms(adjoints)
    return found


def _lags(architecture: GatedArchitecture, parameters: Parameters, trace: GatedTrace, Y: np.ndarray) -> Iterator[Lag]:
    """Carry the adjoints of all losses back side by side, one lag after the other."""
    _, dZ = step_losses_and_logit_gradient(architecture.readout, trace, Y)
    T, back = len(trace.X), BACKS[architecture.cell]
    direct = np.zeros((T, *trace.states.shape[1:]))
    direct[..., : architecture.n_hidden] = direct_adjoints(parameters, trace, dZ)

    def through(carried: np.ndarray, used: slice) -> tuple[np.ndarray, np.ndarray]:
        before, after = trace.states[:-1][used], trace.states[1:][used]
        return back(carried, trace.gates[used], before, after, parameters.Wh1)

    return by_lag(direct, architecture.readout.first_loss_step(T), through)
