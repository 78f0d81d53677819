"""The two ways back: the adjoints of all losses side by side, by source step or by lag.

By source step, the adjoints ∂L_t/∂H_k of all losses t ≥ k stand side by side, and one product moves them to k - 1. By
lag, those of all pairs with the same t - k do, and one product moves them a lag further. Nothing is held but one
source step, or one lag, at a time.
"""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from .architecture import Architecture, Parameters
from .backward import direct_adjoints
from .forward import Trace, slope_of
from .progress import tracked

_SAFE_ENERGY = (1e-100, 1e100)
_NEAR_ONE = (1e-20, 1e20)


class Source(NamedTuple):
    """All losses that reach source step k: entry i is of t = first + i.

    The adjoints are to be times 2^powers[i], the deltas times 2^slope_power more; both are 0 unless the sweep was asked
    to keep its numbers in range.
    """

    k: int
    first: int
    adjoints: np.ndarray
    deltas: np.ndarray
    powers: np.ndarray
    slope_power: int


class Lag(NamedTuple):
    """All losses that reach ``lag`` steps back: entry i is of loss first + lag + i, at k = first + i."""

    lag: int
    first: int
    adjoints: np.ndarray
    deltas: np.ndarray


def by_source(
    architecture: Architecture,
    parameters: Parameters,
    trace: Trace,
    dZ: np.ndarray,
    losses: range | None = None,
    running: bool = False,
    in_range: bool = False,
) -> Iterator[Source]:
    """Carry adjoints from the last source step back; the arrays of one step are used again for the next.

    The adjoints of `losses` travel, by default of all that have one. `running` lets ∂(L_k + … + L_t)/∂H_k
    travel in the place of ∂L_t/∂H_k; `in_range` carries powers of two beside what leaves a float's range.
    """
    T = len(trace.H)
    losses = range(architecture.first_loss_step(T), T) if losses is None else losses
    direct = direct_adjoints(parameters, trace, dZ)[losses.start : losses.stop]
    carried = np.zeros_like(direct) if running else direct
    slope, backwards = slope_of(architecture, trace), np.ascontiguousarray(parameters.Wh1.T)
    slope_powers, Wh1_power = np.zeros(T, dtype=int), 0
    if in_range:
        slope, slope_powers = scaled(slope)
        (backwards,), (Wh1_power,) = scaled(backwards[None])
    powers, scratch, n1 = np.zeros(len(carried), dtype=int), np.empty_like(carried), len(backwards)
    for k in tracked(range(losses.stop - 1, -1, -1)):
        first = max(k, losses.start)
        here = slice(first - losses.start, None)
        adjoints, deltas, moved = carried[here], scratch[here], powers[here]
        if running and first == k:
            adjoints += direct[k - losses.start]
        if in_range:
            _keep_in_range(adjoints, moved)
        np.multiply(adjoints, slope[k], deltas)
        yield Source(k, first, adjoints, deltas, moved, slope_powers[k])
        deltas.reshape(-1, n1).dot(backwards, adjoints.reshape(-1, n1))
        if in_range:
            moved += slope_powers[k] + Wh1_power


Back = Callable[[np.ndarray, slice], tuple[np.ndarray, np.ndarray]]
"""Takes the adjoints of what some steps handed on to ∂/∂ pre-activations and ∂/∂ what they were handed."""


def by_lag(direct: np.ndarray, first_loss: int, back: Back) -> Iterator[Lag]:
    """Carry the adjoints of all losses from `first_loss` on back, one lag after the other.

    `direct` (T, m, s) is ∂L_t/∂S_t of the state S_t that step t hands on, later steps left aside;
    `back` is the way back through the steps of a slice, all at once.
    """
    carried = direct[first_loss:]
    for lag in tracked(range(len(direct))):
        first = max(first_loss - lag, 0)
        carried = carried[1:] if lag > first_loss else carried
        deltas, handed = back(carried, slice(first, first + len(carried)))
        yield Lag(lag, first, carried, deltas)
        carried = handed


def _keep_in_range(adjoints: np.ndarray, powers: np.ndarray) -> None:
    """Move a power of two from every adjoint that leaves the safe range to its `powers`, in place."""
    squares = energies(adjoints)
    low, high = _SAFE_ENERGY
    if np.minimum.reduce(squares) > low and np.maximum.reduce(squares) < high:
        return
    away = np.flatnonzero(~((squares > low) & (squares < high)))
    adjoints[away], moved = scaled(adjoints[away])
    powers[away] += moved


def scaled(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blocks divided by powers of two where their largest entry is far from 1, and the powers."""
    flat = blocks.reshape(len(blocks), -1)
    largest = np.maximum(np.maximum.reduce(flat, axis=1), -np.minimum.reduce(flat, axis=1))
    low, high = _NEAR_ONE
    powers = np.where((largest > low) & (largest < high), 0, np.frexp(largest)[1])
    return np.ldexp(blocks, -powers[:, None, None]) if powers.any() else blocks, powers


def energies(values: np.ndarray) -> np.ndarray:
    """Sum of squares of each block."""
    flat = values.reshape(len(values), -1)
    return np.einsum("ij,ij->i", flat, flat)
