"""Gated cells, GRU and LSTM: forward, exact backward, and the adjoints of every loss.

A state is (…, m, s) with s = n1, or 2 n1 for the LSTM's [H | C]. The way back through a step takes a stack of adjoints
of what it handed on to the adjoints of what it was handed, so that one loss or all of them travel alike.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from .activations import HIDDEN, output
from .architecture import Architecture, Parameters
from .backward import Backward, direct_adjoints, step_losses_and_logit_gradient
from .initialisation import orthogonal, streams, xavier
from .reductions import as_rows, scaled_norms
from .sweeps import Lag, by_lag
from .validation import checked_array, checked_inputs, checked_shapes, checked_targets
from .values import checked_name

CELLS = ("gru", "lstm")
BLOCKS = {"gru": ("reset", "update", "candidate"), "lstm": ("input", "forget", "output", "candidate")}
"""The blocks of columns of W1, Wh1 and b1, side by side, in their order."""


@dataclass(frozen=True)
class GatedArchitecture:
    """Cell, sizes, output, loss and mode of a recurrent network with one layer of gated units.

    ``Z_t = H_t W2 + b2``, ``Y_hat_t = f2(Z_t)`` as in `Architecture`. With σ the logistic function, ∘ the product of
    entries and ``[X, H]`` standing for ``X_t W1 + H_{t-1} Wh1 + b1`` of a block:

    GRU [1]_: ``r = σ[X, H]``, ``z = σ[X, H]``, ``c = tanh(X_t W_c + (r ∘ H_{t-1}) U_c + b_c)``,
    ``H_t = z ∘ H_{t-1} + (1 - z) ∘ c``. PyTorch puts r after the product, r ∘ (H_{t-1} U_c + b).

    LSTM [2]_: ``i, f, o = σ[X, H]``, ``c = tanh[X, H]``, ``C_t = f ∘ C_{t-1} + i ∘ c``, ``H_t = o ∘ tanh(C_t)``.

    Raises ValueError as `Architecture`, and for an unknown cell.

    References
    ----------
    .. [1] K. Cho et al., "Learning phrase representations using RNN encoder-decoder for statistical machine
       translation", EMNLP 2014.
    .. [2] F. A. Gers, J. Schmidhuber, F. Cummins, "Learning to forget: continual prediction with LSTM", Neural
       Computation 12, 2000.
    """

    cell: str
    n_inputs: int
    n_hidden: int
    n_outputs: int
    output_activation: str = "softmax"
    loss: str = "categorical_cross_entropy"
    mode: str = "sequence_to_sequence"

    def __post_init__(self) -> None:
        checked_name("cell", self.cell, CELLS)
        for name in ("n_inputs", "n_hidden", "n_outputs"):
            object.__setattr__(self, name, getattr(self.readout, name))

    @cached_property
    def readout(self) -> Architecture:
        """The plain network of the same sizes, output, loss and mode."""
        sizes = (self.n_inputs, self.n_hidden, self.n_outputs)
        return Architecture(*sizes, "tanh", self.output_activation, self.loss, self.mode)

    @cached_property
    def shapes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of each of `Parameters`, the g blocks of W1, Wh1 and b1 side by side."""
        n0, n1, n2 = self.n_inputs, self.n_hidden, self.n_outputs
        wide = len(BLOCKS[self.cell]) * n1
        return (n0, wide), (n1, wide), (wide,), (n1, n2), (n2,)


def initialise_gated(architecture: GatedArchitecture, seed: int = 0, keep_bias: float = 1.0) -> Parameters:
    """Draw start values: blocks of W1 and W2 Xavier, of Wh1 orthogonal, biases zero but for one gate.

    `keep_bias` is that of the gate which keeps the old state: the LSTM's forget gate [1]_, the GRU's update gate.

    .. [1] R. Jozefowicz, W. Zaremba, I. Sutskever, "An empirical exploration of recurrent network architectures",
       ICML 2015.
    """
    _check(architecture)
    bias = float(checked_array("keep_bias", keep_bias, ()))
    inputs, recurrent, readout = streams(seed)
    n0, n1, n2 = architecture.n_inputs, architecture.n_hidden, architecture.n_outputs
    blocks = BLOCKS[architecture.cell]
    b1 = np.repeat([bias if block in ("update", "forget") else 0.0 for block in blocks], n1)
    W1 = np.hstack([xavier(inputs, (n0, n1)) for _ in blocks])
    Wh1 = np.hstack([orthogonal(recurrent, (n1, n1)) for _ in blocks])
    return Parameters(W1, Wh1, b1, xavier(readout, (n1, n2)), np.zeros(n2))


def _check(architecture: GatedArchitecture) -> None:
    if not isinstance(architecture, GatedArchitecture):
        raise ValueError(f"architecture: got {type(architecture).__name__}, expected a GatedArchitecture")


def _gru_step(a: np.ndarray, state: np.ndarray, Wh1: np.ndarray) -> np.ndarray:
    """Turn ``a`` (m, 3 n1), the inputs' part, into the gates, in place; return the next state (m, n1)."""
    n = state.shape[1]
    gates, candidate = a[:, : 2 * n], a[:, 2 * n :]
    gates += state @ Wh1[:, : 2 * n]
    HIDDEN["sigmoid"].apply(gates, gates)
    reset, update = gates[:, :n], gates[:, n:]
    candidate += (reset * state) @ Wh1[:, 2 * n :]
    np.tanh(candidate, candidate)
    return candidate + update * (state - candidate)


def _gru_back(
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


def _lstm_step(a: np.ndarray, state: np.ndarray, Wh1: np.ndarray) -> np.ndarray:
    """Turn ``a`` (m, 4 n1), the inputs' part, into the gates, in place; return the next state (m, 2 n1)."""
    n = state.shape[1] // 2
    a += state[:, :n] @ Wh1
    gates, candidate = a[:, : 3 * n], a[:, 3 * n :]
    HIDDEN["sigmoid"].apply(gates, gates)
    np.tanh(candidate, candidate)
    after = np.empty_like(state)
    memory = after[:, n:]
    np.multiply(a[:, n : 2 * n], state[:, n:], memory)
    memory += a[:, :n] * candidate
    np.multiply(a[:, 2 * n : 3 * n], np.tanh(memory), after[:, :n])
    return after


def _lstm_back(
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


_STEPS = {"gru": _gru_step, "lstm": _lstm_step}
_BACKS = {"gru": _gru_back, "lstm": _lstm_back}


@dataclass(frozen=True, eq=False)
class GatedTrace:
    """Everything that a forward pass computed, as `Trace` has it.

    `gates` (T, m, g n1) are taken after their activation, in the order of `BLOCKS`. C_init and C, the LSTM's memory,
    are None for the GRU. `states` (T + 1, m, s) are those before step 0 and after every step.
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
    _check(architecture)
    parameters = checked_shapes(parameters, architecture.shapes)
    X, lstm, n = checked_inputs(architecture.readout, X), architecture.cell == "lstm", architecture.n_hidden
    if C_init is not None and not lstm:
        raise ValueError("C_init: got an array, expected None for the GRU, which has no memory beside H")
    T, m, n0 = X.shape
    given = {"H_init": H_init, "C_init": C_init} if lstm else {"H_init": H_init}
    parts = [np.zeros((m, n)) if part is None else checked_array(name, part, (m, n)) for name, part in given.items()]
    gates = X.reshape(T * m, n0) @ parameters.W1
    gates += parameters.b1
    gates, step = gates.reshape(T, m, -1), _STEPS[architecture.cell]
    states = np.empty((T + 1, m, len(parts) * n))
    states[0] = np.hstack(parts)
    for t in range(T):
        states[t + 1] = step(gates[t], states[t], parameters.Wh1)
    H = states[1:, :, :n]
    Z = H[architecture.readout.first_loss_step(T) :] @ parameters.W2 + parameters.b2
    Y_hat = output(architecture.output_activation, Z)
    before, C = (states[0, :, n:], states[1:, :, n:]) if lstm else (None, None)
    return GatedTrace(X, states[0, :, :n], before, gates, H, C, Z, Y_hat, states)


@np.errstate(all="ignore")
def backward_gated(
    architecture: GatedArchitecture, parameters: Parameters, trace: GatedTrace, Y: np.ndarray
) -> Backward:
    """Backpropagate the loss through a gated network; `deltas` are by the pre-activations of all gates."""
    parameters, losses, dZ = _checked(architecture, parameters, trace, Y)
    direct, back = direct_adjoints(parameters, trace, dZ), _BACKS[architecture.cell]
    T, n = len(direct), architecture.n_hidden
    deltas, adjoint = np.empty_like(trace.gates), np.zeros_like(trace.states[0])
    for t in range(T - 1, -1, -1):
        adjoint[:, :n] += direct[t]
        deltas[t], adjoint = back(adjoint, trace.gates[t], trace.states[t], trace.states[t + 1], parameters.Wh1)
    rows, before = as_rows(deltas), trace.states[:-1, :, :n]
    Wh1 = as_rows(before).T @ rows
    if architecture.cell == "gru":
        Wh1[:, 2 * n :] = as_rows(trace.gates[..., :n] * before).T @ rows[:, 2 * n :]
    W2 = as_rows(trace.H[-len(dZ) :]).T @ as_rows(dZ)
    gradients = Parameters(as_rows(trace.X).T @ rows, Wh1, rows.sum(axis=0), W2, dZ.sum(axis=(0, 1)))
    return Backward(gradients, losses, float(losses.sum()), deltas)


def _checked(
    architecture: GatedArchitecture, parameters: Parameters, trace: GatedTrace, Y: np.ndarray
) -> tuple[Parameters, np.ndarray, np.ndarray]:
    """The checked parameters, L_t (T,) and ∂L_t/∂Z_t for the steps that have a loss."""
    _check(architecture)
    parameters = checked_shapes(parameters, architecture.shapes)
    if not isinstance(trace, GatedTrace):
        raise ValueError(f"trace: got {type(trace).__name__}, expected the GatedTrace of forward_gated")
    T, m, _ = trace.X.shape
    outputs = (T - architecture.readout.first_loss_step(T), m, architecture.n_outputs)
    expected = {
        "X": (T, m, architecture.n_inputs),
        "gates": (T, m, len(parameters.b1)),
        "states": (T + 1, m, (2 if architecture.cell == "lstm" else 1) * architecture.n_hidden),
        "Z": outputs,
        "Y_hat": outputs,
    }
    for name, shape in expected.items():
        if getattr(trace, name).shape != shape:
            raise ValueError(f"trace.{name}: got shape {getattr(trace, name).shape}, expected {shape}")
    targets = checked_targets(architecture.readout, Y, T, m)
    return parameters, *step_losses_and_logit_gradient(architecture.readout, trace, targets)


@np.errstate(all="ignore")
def gated_adjoints(
    architecture: GatedArchitecture, parameters: Parameters, trace: GatedTrace, Y: np.ndarray
) -> np.ndarray:
    """∂L_t/∂S_k of every loss t by what every step k hands on, [t, k] of (T, T, m, s); zero for k > t.

    S_k is H_k, s = n1, and [H_k | C_k], s = 2 n1, for the LSTM, both taken as independent inputs of step k + 1. At k =
    t the loss reads H_t alone: its part of C_t is 0.
    """
    sweep = _lags(architecture, parameters, trace, Y)
    found = np.zeros((len(trace.X), *trace.states[1:].shape))
    for lag, first, adjoints, _ in sweep:
        k = first + np.arange(len(adjoints))
        found[k + lag, k] = adjoints
    return found


@np.errstate(all="ignore")
def gated_adjoint_norms(
    architecture: GatedArchitecture, parameters: Parameters, trace: GatedTrace, Y: np.ndarray
) -> np.ndarray:
    """Frobenius norms (T, T) of `gated_adjoints` over batch and state, without holding them."""
    sweep = _lags(architecture, parameters, trace, Y)
    found = np.zeros((len(trace.X), len(trace.X)))
    for lag, first, adjoints, _ in sweep:
        k = first + np.arange(len(adjoints))
        found[k + lag, k] = scaled_norms(adjoints)
    return found


def _lags(architecture: GatedArchitecture, parameters: Parameters, trace: GatedTrace, Y: np.ndarray) -> Iterator[Lag]:
    """Carry the adjoints of all losses back side by side, one lag after the other."""
    parameters, _, dZ = _checked(architecture, parameters, trace, Y)
    T, back = len(trace.X), _BACKS[architecture.cell]
    direct = np.zeros((T, *trace.states.shape[1:]))
    direct[..., : architecture.n_hidden] = direct_adjoints(parameters, trace, dZ)

    def through(carried: np.ndarray, used: slice) -> tuple[np.ndarray, np.ndarray]:
        before, after = trace.states[:-1][used], trace.states[1:][used]
        return back(carried, trace.gates[used], before, after, parameters.Wh1)

    return by_lag(direct, architecture.readout.first_loss_step(T), through)
