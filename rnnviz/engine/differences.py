"""Derivatives by moving one number and looking at the losses: they know nothing of the chain rule.

The forward equations are written again, plainly, for many copies of the network at once; in each copy one
entry of one variable is moved, at every step or at one alone. A complex step ``Im L(θ + ih) / h`` with
h = 1e-100 is exact to rounding [1]_.

.. [1] W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM
   Review 40, 1998.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Integral

import numpy as np

from .architecture import Architecture, Parameters
from .backward import backward
from .forward import Trace
from .plain_losses import hidden, sample_losses, target_slopes
from .pulse import told
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

    def without(self, variable: str, place: np.ndarray) -> _Network:
        """The same network with 0 in one place."""
        changed = self.array(variable).copy()
        changed[tuple(place)] = 0.0
        if variable in Parameters._fields:
            return replace(self, parameters=self.parameters._replace(**{variable: changed}))
        return replace(self, **{variable: changed})


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
    k : int, sequence or array of int, or None
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
    several = k is None or np.ndim(k) > 0
    steps = _checked_steps(network, "k", range(len(network.X)) if k is None else k if several else [k])
    places = _checked_entry(network, variable, entry)
    found = _copy_differences(network, variable, places, steps, method, epsilon).T
    return found if several else found[:, 0]


def copies_derivatives(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray | None = None,
    *,
    variable: str,
    entries: Sequence[tuple[int, ...]],
    steps: Sequence[int],
) -> np.ndarray:
    """Derivative of every L_t by entries of the copies used at single steps, by complex steps in one pass.

    Parameters
    ----------
    architecture, parameters, X, Y, H_init
        As for `forward` and `backward`.
    variable : {"W1", "Wh1", "b1", "W2", "b2"}
    entries : sequence of tuple of int
        E indices.
    steps : sequence of int
        The S steps k whose copies are moved, one at a time.

    Returns
    -------
    (E, T, S) array
        [e, t, s] is entry e of term(t, steps[s]), as `copy_derivatives` gives it one by one.

    Raises
    ------
    ValueError
        As `copy_derivatives`.
    """
    network = _checked(architecture, parameters, X, Y, H_init)
    checked_name("variable", variable, Parameters._fields)
    steps = _checked_steps(network, "steps", steps)
    places = _checked_entries(network, variable, entries)
    found = _copy_differences(network, variable, places, steps, "complex_step", 1e-6)
    return found.reshape(len(places), len(steps), len(network.X)).swapaxes(1, 2)


def _checked_steps(network: _Network, name: str, steps: Sequence[int]) -> np.ndarray:
    return np.array([checked_step(name, step, len(network.X)) for step in steps], dtype=int)


def _copy_differences(network, variable, places, steps, method, epsilon) -> np.ndarray:
    """(E S, T) derivatives by entry e of the copy used at step s alone, s running fastest."""
    only = np.tile(np.eye(len(network.X))[steps], (len(places), 1))
    return _differences(network, variable, np.repeat(places, len(steps), axis=0), only, method, epsilon)


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

    Parameters
    ----------
    architecture, parameters, X, Y, H_init, variable
        As for `derivatives`.
    entry : tuple of int
    values : sequence of float
        V of them; they need not be finite.

    Returns
    -------
    (V, T) array
        Not finite where the network overflows, or where a target has no such loss.

    Raises
    ------
    ValueError
        As `derivatives`, and for values that are not a row of real numbers.

    Notes
    -----
    The entry is taken out of the network and the value moved in from 0, so that it arrives unrounded.
    """
    network = _checked(architecture, parameters, X, Y, H_init)
    place = _checked_entry(network, variable, entry)
    values = _checked_values(values)
    places = np.repeat(place, len(values), axis=0)
    by = np.repeat(values[:, None], len(network.X), axis=1)
    return _losses(network.without(variable, place[0]), _Nudge(variable, places, by))


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
    places = _checked_entry(network, variable, entry)
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
    parameters = checked_parameters(architecture, parameters)
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
    if not np.iterable(entries):
        raise ValueError(f"entries: got {entries!r}, expected a sequence of index tuples")
    places = [_checked_entry(network, variable, entry, "entries") for entry in entries]
    return np.concatenate(places or [np.empty((0, network.array(variable).ndim), dtype=int)])


def _checked_entry(network: _Network, variable: str, entry: tuple[int, ...], name: str = "entry"):
    """(1, indices) array, as `_checked_entries`."""
    checked_name("variable", variable, VARIABLES)
    shape = network.array(variable).shape
    inner = variable == "Y" and network.architecture.is_sequence_to_vector
    wanted = shape[1:] if inner else shape
    given = tuple(entry) if np.iterable(entry) else ()
    if len(given) != len(wanted) or not all(map(_is_index, given, wanted)):
        came = given or entry
        raise ValueError(f"{name}: got {came!r}, expected an index into {variable} of shape {wanted}")
    return np.array([(0, *given) if inner else given])


def _is_index(i: object, n: int) -> bool:
    return isinstance(i, Integral) and not isinstance(i, bool) and 0 <= i < n


def _checked_values(values: Sequence[float]) -> np.ndarray:
    """(V,) float64 array; a loss of infinity or nan is an answer, so these may come too."""
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.empty((0, 0))
    if array.ndim != 1 or array.dtype.kind not in "fiu":
        raise ValueError(f"values: got {values!r}, expected a sequence of real numbers")
    return array.astype(np.float64)


@np.errstate(all="ignore")
def _differences(network, variable, places, when, method, epsilon) -> np.ndarray:
    """(P, T) derivatives of L_t; ``when[p, t]`` tells at which steps the entry of copy p moves."""
    checked_name("method", method, METHODS)
    epsilon = checked_positive("epsilon", epsilon)
    if method == "complex_step":
        found = _losses(network, _Nudge(variable, places, 1j * _STEP * when)).imag / _STEP
    else:
        found = _real_differences(network, variable, places, when, method, epsilon)
    return np.where(np.isfinite(found), found, np.nan)


def _real_differences(network, variable, places, when, method, epsilon) -> np.ndarray:
    """Differences over the distance that was really taken in floating point."""
    values = network.array(variable)[tuple(places.T)]
    up, down = (values + epsilon) - values, values - (values - epsilon)
    above = _losses(network, _Nudge(variable, places, up[:, None] * when))
    if method == "forward":
        return (above - _losses(network, _Nudge(variable, places[:1], 0.0 * when[:1]))) / up[:, None]
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
    return np.concatenate([_block_losses(network, block) for block in told(blocks)] or [np.empty((0, T))])


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
