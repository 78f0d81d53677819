"""Derivatives by moving one number and looking at the losses: they know nothing of the chain rule.

The forward equations are written again, plainly, for many copies of the network at once; in each copy one
entry of one variable is moved, at every step or at one alone. A complex step ``Im L(θ + ih) / h`` with
h = 1e-100 is exact to rounding [1]_.

.. [1] W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM
   Review 40, 1998.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from .architecture import Architecture, Parameters
from .backward import backward
from .forward import Trace
from .plain_losses import hidden, sample_losses, target_slopes
from .validation import (
    checked_initial_state,
    checked_inputs,
    checked_name,
    checked_parameters,
    checked_positive,
    checked_step,
    checked_targets,
)

VARIABLES = (*Parameters._fields, "X", "Y", "H_init")
METHODS = ("complex_step", "central", "forward")
_STEP = 1e-100
_BLOCK_BYTES = 32 * 2**20


@dataclass(frozen=True, eq=False)
class InputGradients:
    """∂L by what goes into the network.

    Attributes
    ----------
    X : (T, m, n0) array
    Y : array of Y's shape
    H_init : (m, n1) array
    """

    X: np.ndarray
    Y: np.ndarray
    H_init: np.ndarray


@dataclass(frozen=True, eq=False)
class _Network:
    """Checked arguments; Y has a leading axis for the steps that have a loss."""

    architecture: Architecture
    parameters: Parameters
    X: np.ndarray
    Y: np.ndarray
    H_init: np.ndarray

    def array(self, variable: str) -> np.ndarray:
        return getattr(self.parameters if variable in Parameters._fields else self, variable)


@dataclass(frozen=True, eq=False)
class _Nudge:
    """In copy p the entry ``entries[p]`` of a variable is moved by ``by[p, t]`` at step t."""

    variable: str
    entries: np.ndarray
    by: np.ndarray

    def __len__(self) -> int:
        return len(self.by)


def derivatives(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray | None = None,
    *,
    variable: str,
    entries: Sequence[tuple[int, ...]],
    method: str = "complex_step",
    epsilon: float = 1e-6,
) -> np.ndarray:
    """Derivative of every L_t by entries of one variable.

    Parameters
    ----------
    architecture, parameters, X, Y, H_init
        As for `forward` and `backward`.
    variable : {"W1", "Wh1", "b1", "W2", "b2", "X", "Y", "H_init"}
    entries : sequence of tuple of int
        E indices into the variable.
    method : {"complex_step", "central", "forward"}
        Im L(θ + ih) / h; (L(θ + ε) - L(θ - ε)) / 2ε; (L(θ + ε) - L(θ)) / ε.
    epsilon : float
        ε of the last two.

    Returns
    -------
    (E, T) array
        NaN where a loss is not finite.

    Raises
    ------
    ValueError
        As `forward` and `backward`, and for an unknown variable or method, an entry that does not exist, or
        an ε that is not above 0.
    """
    network = _checked(architecture, parameters, X, Y, H_init)
    places = _checked_entries(network, variable, entries)
    always = np.ones((len(places), len(network.X)))
    return _differences(network, variable, places, always, method, epsilon)


def copy_derivatives(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray | None = None,
    *,
    variable: str,
    entry: tuple[int, ...],
    k: int | Sequence[int] | None = None,
    method: str = "complex_step",
    epsilon: float = 1e-6,
) -> np.ndarray:
    """Derivative of every L_t by one entry of the copy of a parameter that is used at step k alone.

    Entry [t] is that entry of term(t, k), by definition: the other steps keep the unmoved parameter.

    Parameters
    ----------
    variable : {"W1", "Wh1", "b1", "W2", "b2"}
    entry : tuple of int
    k : int, sequence of int, or None
        One step, several, or all of them.
    architecture, parameters, X, Y, H_init, method, epsilon
        As for `derivatives`.

    Returns
    -------
    (T,) array for one k, else (T, number of steps k) array, [t, k]

    Raises
    ------
    ValueError
        As `derivatives`, and for an impossible k.
    """
    network = _checked(architecture, parameters, X, Y, H_init)
    checked_name("variable", variable, Parameters._fields)
    T = len(network.X)
    steps = range(T) if k is None else k if isinstance(k, Sequence) else [k]
    steps = [checked_step("k", step, T) for step in steps]
    places = _checked_entries(network, variable, [entry] * len(steps))
    only = np.eye(T)[steps]
    found = _differences(network, variable, places, only, method, epsilon).T
    return found if k is None or isinstance(k, Sequence) else found[:, 0]


def losses_along(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray | None = None,
    *,
    variable: str,
    entry: tuple[int, ...],
    values: Sequence[float],
) -> np.ndarray:
    """Step losses with one entry put to each of several values; a target may take any.

    Returns
    -------
    (V, T) array
        Not finite where the network overflows, or where a target has no such loss.

    Raises
    ------
    ValueError
        As `derivatives`.
    """
    network = _checked(architecture, parameters, X, Y, H_init)
    values = np.asarray(values, dtype=float)
    places = _checked_entries(network, variable, [entry] * len(values))
    by = np.repeat((values - network.array(variable)[tuple(places[0])])[:, None], len(network.X), axis=1)
    return _losses(network, _Nudge(variable, places, by))


@np.errstate(all="ignore")
def state_derivatives(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    H_init: np.ndarray | None = None,
    *,
    variable: str,
    entry: tuple[int, ...],
    k: int,
    frozen: bool,
) -> np.ndarray:
    """Derivative of H_k by one entry: immediate, with H_{k-1} held fixed, or total, by a complex step.

    Parameters
    ----------
    variable : {"W1", "Wh1", "b1"}
    entry : tuple of int
    k : int
    frozen : bool
        Whether only the copy used at step k moves: ∂⁺H_k/∂θ. Else every copy up to k does: dH_k/dθ.

    Returns
    -------
    (m, n1) array

    Raises
    ------
    ValueError
        As `derivatives`.
    """
    checked_name("variable", variable, ("W1", "Wh1", "b1"))
    parameters = checked_parameters(architecture, parameters)
    X = checked_inputs(architecture, X)
    H_init = checked_initial_state(architecture, H_init, X.shape[1])
    network = _Network(architecture, parameters, X, np.empty(0), H_init)
    places = _checked_entries(network, variable, [entry])
    k = checked_step("k", k, len(X))
    by = 1j * _STEP * np.eye(len(X))[[k]] if frozen else np.full((1, len(X)), 1j * _STEP)
    for t, h in _states(network, _Nudge(variable, places, by)):
        if t == k:
            return h[0].imag / _STEP
    raise AssertionError("k is one of the steps")


@np.errstate(all="ignore")
def input_gradients(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> InputGradients:
    """Derivative of L by inputs, targets and start state, averaged over the batch as L is.

    ``∂L/∂X_t = ∂L/∂A_t W1ᵀ`` and ``∂L/∂H_init = ∂L/∂A_0 Wh1ᵀ``.

    Raises
    ------
    ValueError
        As `backward`.
    """
    deltas = backward(architecture, parameters, trace, Y).deltas
    rows = np.asarray(Y, dtype=float)
    by_target = target_slopes(
        architecture.output_activation, architecture.loss, trace.Z, rows.reshape(trace.Z.shape)
    )
    return InputGradients(
        X=deltas @ parameters.W1.T,
        Y=by_target.reshape(rows.shape) / trace.X.shape[1],
        H_init=deltas[0] @ parameters.Wh1.T,
    )


def _checked(architecture, parameters, X, Y, H_init) -> _Network:
    parameters = checked_parameters(architecture, parameters)
    X = checked_inputs(architecture, X)
    H_init = checked_initial_state(architecture, H_init, X.shape[1])
    return _Network(architecture, parameters, X, checked_targets(architecture, Y, *X.shape[:2]), H_init)


def _checked_entries(network: _Network, variable: str, entries: Sequence[tuple[int, ...]]) -> np.ndarray:
    """(E, indices) array; a target of sequence_to_vector gets the leading index that Y has inside."""
    checked_name("variable", variable, VARIABLES)
    shape = network.array(variable).shape
    inner = variable == "Y" and network.architecture.is_sequence_to_vector
    wanted = shape[1:] if inner else shape
    for entry in entries:
        if len(entry) != len(wanted) or not all(0 <= i < n for i, n in zip(entry, wanted, strict=True)):
            raise ValueError(
                f"entries: got {tuple(entry)}, expected an index into {variable} of shape {wanted}"
            )
    places = np.array([tuple(entry) for entry in entries], dtype=int).reshape(len(entries), len(wanted))
    return np.insert(places, 0, 0, axis=1) if inner else places


@np.errstate(all="ignore")
def _differences(network, variable, places, when, method, epsilon) -> np.ndarray:
    """(P, T) derivatives of L_t; ``when[p, t]`` tells at which steps the entry of copy p moves."""
    checked_name("method", method, METHODS)
    if method == "complex_step":
        found = _losses(network, _Nudge(variable, places, 1j * _STEP * when)).imag / _STEP
    else:
        found = _real_differences(network, variable, places, when, method, epsilon)
    return np.where(np.isfinite(found), found, np.nan)


def _real_differences(network, variable, places, when, method, epsilon) -> np.ndarray:
    """Differences over the distance that was really taken in floating point."""
    epsilon = checked_positive("epsilon", epsilon)
    values = network.array(variable)[tuple(places.T)]
    up, down = (values + epsilon) - values, values - (values - epsilon)
    above = _losses(network, _Nudge(variable, places, up[:, None] * when))
    if method == "forward":
        return (above - _losses(network, _Nudge(variable, places, 0 * when))) / up[:, None]
    below = _losses(network, _Nudge(variable, places, -down[:, None] * when))
    return (above - below) / (up + down)[:, None]


@np.errstate(all="ignore")
def _losses(network: _Network, nudge: _Nudge) -> np.ndarray:
    """(P, T) step losses of all copies, in blocks that stay small."""
    T, m, n0 = network.X.shape
    width = n0 + 4 * network.architecture.n_hidden + 6 * network.architecture.n_outputs**2
    size = max(1, _BLOCK_BYTES // (16 * m * width))
    blocks = [
        _Nudge(nudge.variable, nudge.entries[start : start + size], nudge.by[start : start + size])
        for start in range(0, len(nudge), size)
    ]
    return np.concatenate([_block_losses(network, block) for block in blocks] or [np.empty((0, T))])


def _block_losses(network: _Network, nudge: _Nudge) -> np.ndarray:
    T = len(network.X)
    first = network.architecture.first_loss_step(T)
    found = np.zeros((len(nudge), T), dtype=nudge.by.dtype)
    for t, h in _states(network, nudge):
        if t >= first:
            found[:, t] = _step_loss(network, nudge, h, t, t - first)
    return found


def _states(network: _Network, nudge: _Nudge) -> Iterator[tuple[int, np.ndarray]]:
    """Yield t and H_t of all copies, (P, m, n1)."""
    W1, Wh1, b1 = network.parameters[:3]
    h = _moved(network.H_init, nudge, "H_init", nudge.by[:, 0])
    for t, inputs in enumerate(network.X):
        x = _moved(inputs, nudge, "X", nudge.by[:, t], t)
        a = x @ W1 + h @ Wh1 + b1
        _add_parameter(a, x, nudge, "W1", t)
        _add_parameter(a, h, nudge, "Wh1", t)
        _add_bias(a, nudge, "b1", t)
        h = hidden(network.architecture.hidden_activation, a)
        yield t, h


def _step_loss(network: _Network, nudge: _Nudge, h: np.ndarray, t: int, row: int) -> np.ndarray:
    """(P,) loss of step t, averaged over the batch."""
    z = h @ network.parameters.W2 + network.parameters.b2
    _add_parameter(z, h, nudge, "W2", t)
    _add_bias(z, nudge, "b2", t)
    y = _moved(network.Y[row], nudge, "Y", nudge.by[:, t], row)
    architecture = network.architecture
    return sample_losses(architecture.output_activation, architecture.loss, z, y).mean(axis=-1)


def _moved(array: np.ndarray, nudge: _Nudge, variable: str, by: np.ndarray, step: int | None = None):
    """(P, …) copies of an array with the nudged entry moved; ``step`` is the index that it stands under."""
    copies = np.repeat(array[None].astype(nudge.by.dtype), len(nudge), axis=0)
    if nudge.variable != variable:
        return copies
    here = np.ones(len(nudge), dtype=bool) if step is None else nudge.entries[:, 0] == step
    places = nudge.entries if step is None else nudge.entries[:, 1:]
    copies[(np.flatnonzero(here), *places[here].T)] += by[here]
    return copies


def _add_parameter(result: np.ndarray, entering: np.ndarray, nudge: _Nudge, variable: str, t: int) -> None:
    """Add what the moved weight [i, j] brings: entering[i] times the movement, to column j."""
    if nudge.variable == variable:
        i, j = nudge.entries.T
        copies = np.arange(len(nudge))
        result[copies, :, j] += entering[copies, :, i] * nudge.by[:, t, None]


def _add_bias(result: np.ndarray, nudge: _Nudge, variable: str, t: int) -> None:
    if nudge.variable == variable:
        result[np.arange(len(nudge)), :, nudge.entries[:, 0]] += nudge.by[:, t, None]
