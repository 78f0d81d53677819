"""Derivatives by moving one number and looking at the losses: they know nothing of the chain rule.

The forward equations are written again, plainly, for many copies of the network at once; in each copy one entry of one
variable is moved, at every step or at one alone. A complex step ``Im L(θ + ih) / h`` with h = 1e-100 is exact to
rounding [1]_.

.. [1] W. Squire, G. Trapp, "Using complex variables to estimate derivatives of real functions", SIAM Review 40, 1998.
"""

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass
from functools import partial
from numbers import Real
from typing import NamedTuple

import numpy as np

from .architecture import Architecture, Parameters
from .backward import backward
from .forward import forward
from .plain_cells import next_state
from .plain_losses import sample_losses
from .progress import tracked
from .validation import checked_initial_states, checked_inputs, checked_mask, checked_parameters, checked_targets
from .values import checked_name, checked_positive, checked_step, is_index

_STEP = 1e-100
_TOLERANCE = 1e-6
_BLOCK_BYTES = 32 * 2**20


class _Network(NamedTuple):
    """Checked arguments; Y and mask have a leading axis for the steps that have a loss."""

    architecture: Architecture
    parameters: Parameters
    X: np.ndarray
    Y: np.ndarray
    H_init: np.ndarray
    C_init: np.ndarray | None
    mask: np.ndarray | None

    def array(self, variable: str) -> np.ndarray:
        return getattr(self.parameters if variable in Parameters._fields else self, variable)

    @property
    def initial(self) -> dict[str, np.ndarray]:
        return {"H_init": self.H_init} | ({} if self.C_init is None else {"C_init": self.C_init})

    @property
    def variables(self) -> tuple[str, ...]:
        return (*Parameters._fields, "X", "Y", *self.initial)


class _Nudge(NamedTuple):
    """In copy p the entry ``entries[p]`` of a variable is moved by ``by[p, t]`` at step t."""

    variable: str
    entries: np.ndarray
    by: np.ndarray


def derivative(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray | None = None,
    *,
    variable: str,
    entries: Sequence[tuple[int, ...]],
    steps: Sequence[int] | None = None,
    method: str = "complex",
    epsilon: float = 1e-6,
    C_init: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> np.ndarray:
    """Derivatives (E, T) of every L_t by E entries of a parameter, X, Y, H_init or C_init; NaN where not finite.

    "complex" is Im L(θ + ih) / h, "central" (L(θ + ε) - L(θ - ε)) / 2ε. With S `steps` only the copy of a parameter
    that is used at step k moves, for each of these k in turn, and (E, T, S) comes back: [e, t, s] is, by definition,
    entry e of term(t, steps[s]).
    """
    network = _checked(architecture, parameters, X, Y, H_init, C_init, mask)
    checked_name("variable", variable, network.variables)
    if not np.iterable(entries):
        raise ValueError(f"entries: got {entries!r}, expected a sequence of index tuples")
    checked = [_checked_entry(network, variable, entry, "entries") for entry in entries]
    places, T = np.array(checked, dtype=int).reshape(-1, network.array(variable).ndim), len(network.X)
    if steps is None:
        return _differences(network, variable, places, np.ones((len(places), T)), method, epsilon)
    checked_name("variable", variable, Parameters._fields)
    steps = [checked_step("steps", step, T) for step in steps]
    alone, copies = np.tile(np.eye(T)[steps], (len(places), 1)), np.repeat(places, len(steps), axis=0)
    found = _differences(network, variable, copies, alone, method, epsilon)
    return found.reshape(len(places), len(steps), T).swapaxes(1, 2)


def losses_along(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray | None = None,
    *,
    variable: str,
    entry: tuple[int, ...],
    values: Sequence[float] | np.ndarray,
    C_init: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> np.ndarray:
    """Step losses (V, T) with one entry put to each of V values; a target may take any.

    They are not finite where the network overflows, or where a target has no such loss.
    """
    network = _checked(architecture, parameters, X, Y, H_init, C_init, mask)
    checked_name("variable", variable, network.variables)
    place = _checked_entry(network, variable, entry, "entry")
    array = np.array([*values] if np.iterable(values) else values, dtype=object)
    if array.ndim != 1 or not all(isinstance(value, Real) for value in array):
        raise ValueError(f"values: got {values!r}, expected a sequence of real numbers")
    by = np.repeat(array[:, None].astype(float), len(network.X), axis=1)
    network = deepcopy(network)
    network.array(variable)[place] = 0.0  # the value is moved in from there, so that it arrives unrounded
    return _losses(network, _Nudge(variable, np.tile(place, (len(by), 1)), by))


def _checked(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray | None,
    C_init: np.ndarray | None,
    mask: np.ndarray | None = None,
) -> _Network:
    parameters, X = checked_parameters(architecture, parameters), checked_inputs(architecture, X)
    T, m, _ = X.shape
    initial, mask = checked_initial_states(architecture, H_init, C_init, m), checked_mask(architecture, mask, T, m)
    return _Network(architecture, parameters, X, checked_targets(architecture, Y, T, m, mask), *initial, mask)


def _checked_entry(network: _Network, variable: str, entry: tuple[int, ...], name: str) -> tuple[int, ...]:
    """The index; a target of sequence_to_vector gets the leading one that Y has inside."""
    shape = network.array(variable).shape
    inner = variable == "Y" and network.architecture.is_sequence_to_vector
    wanted = shape[1:] if inner else shape
    given = tuple(entry) if np.iterable(entry) else ()
    if len(given) != len(wanted) or not all(map(is_index, given, wanted)):
        raise ValueError(f"{name}: got {given or entry!r}, expected an index into {variable} of shape {wanted}")
    return (0, *given) if inner else given


@np.errstate(all="ignore")
def _differences(
    network: _Network, variable: str, places: np.ndarray, when: np.ndarray, method: str, epsilon: float
) -> np.ndarray:
    """(P, T) derivatives of L_t; ``when[p, t]`` tells at which steps the entry of copy p moves."""
    checked_name("method", method, ("complex", "central"))
    epsilon = checked_positive("epsilon", epsilon)

    def losses(by: np.ndarray) -> np.ndarray:
        return _losses(network, _Nudge(variable, places, by))

    if method == "complex":
        found = losses(1j * _STEP * when).imag / _STEP
    else:  # over the distance that was really taken in floating point
        values = network.array(variable)[tuple(places.T)]
        up, down = ((values + epsilon) - values)[:, None], (values - (values - epsilon))[:, None]
        found = (losses(up * when) - losses(-down * when)) / (up + down)
    return np.where(np.isfinite(found), found, np.nan)


@np.errstate(all="ignore")
def _losses(network: _Network, nudge: _Nudge) -> np.ndarray:
    """(P, T) step losses of all copies, in blocks that stay small."""
    (_, m, n0), found = network.X.shape, np.empty_like(nudge.by)
    width = n0 + 4 * len(network.parameters.b1) + 6 * network.architecture.n_outputs**2
    size = max(1, _BLOCK_BYTES // (16 * m * width))
    for start in tracked(range(0, len(found), size)):
        block = slice(start, start + size)
        found[block] = _block_losses(network, _Nudge(nudge.variable, nudge.entries[block], nudge.by[block]))
    return found


def _block_losses(network: _Network, nudge: _Nudge) -> np.ndarray:
    architecture, (W1, Wh1, b1, W2, b2) = network.architecture, network.parameters
    first, found = architecture.first_loss_step(len(network.X)), np.zeros_like(nudge.by)
    state = tuple(_moved(each, nudge, name, nudge.by[:, 0]) for name, each in network.initial.items())
    for t, by in enumerate(nudge.by.T):
        x = _moved(network.X[t], nudge, "X", by, t)
        arrived = x @ W1
        alone = np.zeros((*arrived.shape[:2], len(b1) - arrived.shape[2]))
        arrived = np.concatenate([arrived, alone], axis=-1) + b1
        _add(arrived, nudge, by, W1=x, b1=None)
        state = next_state(architecture, arrived, partial(_recurrent, Wh1, nudge, by), state)
        if t >= first:
            z = state[0] @ W2 + b2
            _add(z, nudge, by, W2=state[0], b2=None)
            y = _moved(network.Y[t - first], nudge, "Y", by, t - first)
            losses = sample_losses(architecture.output_activation, architecture.loss, z, y)
            factors = 1.0 if network.mask is None else network.mask[t - first]
            found[:, t] = np.where(factors, losses * factors, 0.0).mean(axis=-1)
    return found


def _recurrent(Wh1: np.ndarray, nudge: _Nudge, by: np.ndarray, h: np.ndarray) -> np.ndarray:
    product = h @ Wh1
    _add(product, nudge, by, Wh1=h)
    return product


def _moved(array: np.ndarray, nudge: _Nudge, variable: str, by: np.ndarray, step: int | None = None) -> np.ndarray:
    """(P, …) copies of an array with the nudged entry moved; ``step`` is the index that it stands under."""
    copies = np.repeat(array[None].astype(by.dtype), len(nudge.by), axis=0)
    if nudge.variable == variable:
        here = np.ones(len(nudge.by), dtype=bool) if step is None else nudge.entries[:, 0] == step
        places = nudge.entries if step is None else nudge.entries[:, 1:]
        copies[(np.flatnonzero(here), *places[here].T)] += by[here]
    return copies


def _add(result: np.ndarray, nudge: _Nudge, by: np.ndarray, **entering: np.ndarray | None) -> None:
    """Add what a moved weight [i, j] or bias [j] brings to column j: entering[i] times the movement."""
    if nudge.variable in entering:
        copies, values = np.arange(len(nudge.by)), entering[nudge.variable]
        brought = 1.0 if values is None else values[copies, :, nudge.entries[:, 0]]
        result[copies, :, nudge.entries[:, -1]] += brought * by[:, None]


@dataclass(frozen=True, eq=False)
class GradientCheck:
    """A gradient beside its central differences.

    Attributes
    ----------
    analytic, numeric : Parameters
        By `backward`, and by differences of the loss.
    relative_error : float
        The worst of all entries; NaN if any of them, by either way, is not finite.
    """

    analytic: Parameters
    numeric: Parameters
    relative_error: float


@np.errstate(all="ignore")
def check_gradients(
    architecture: Architecture,
    parameters: Parameters,
    X: np.ndarray,
    Y: np.ndarray,
    H_init: np.ndarray | None = None,
    epsilon: float = 1e-6,
    C_init: np.ndarray | None = None,
    mask: np.ndarray | None = None,
) -> GradientCheck:
    """Compare the gradient with ``(L(θ + ε) - L(θ - ε)) / 2ε`` for every entry of every parameter.

    Parameters
    ----------
    X, Y, H_init, C_init, mask : array_like
        As for `forward` and `backward`.
    epsilon : float
        Half the distance of the two losses.

    Raises
    ------
    ValueError
        As `forward` and `backward`, and for an epsilon that is not a finite number above 0.

    Notes
    -----
    The error of an entry is relative to the largest entry of its parameter, analytic or numeric. A difference of two
    losses is rounded to about 2⁻⁵² L, its quotient to 2⁻⁵² L / ε; a parameter whose whole gradient is too small to be
    resolved to 1e-6 by it is measured against the smallest scale that can be. ReLU has no derivative at 0: an entry
    that moves a unit across 0 differs for that reason.
    """
    trace = forward(architecture, parameters, X, H_init, C_init)
    result = backward(architecture, parameters, trace, Y, mask=mask)
    network = architecture, parameters, X, Y, H_init
    epsilon = checked_positive("epsilon", epsilon)
    resolved = 8 * np.finfo(float).eps * max(1.0, result.loss) / epsilon / _TOLERANCE
    numeric, errors = [], []
    for name, analytic in result.gradients._asdict().items():
        entries = list(np.ndindex(analytic.shape))
        steps = derivative(
            *network, variable=name, entries=entries, method="central", epsilon=epsilon, C_init=C_init, mask=mask
        )
        numeric.append(steps.sum(axis=1).reshape(analytic.shape))
        scale = np.max([abs(analytic).max(), abs(numeric[-1]).max(), resolved])
        errors.append(abs(analytic - numeric[-1]).max() / scale)
    return GradientCheck(result.gradients, Parameters(*numeric), float(np.max(errors)))
