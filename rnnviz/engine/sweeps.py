"""The two ways back: the adjoints of all losses side by side, by source step or by lag.

By source step, the adjoints ∂L_t/∂H_k of all losses t ≥ k stand side by side, and one product moves them to k - 1. By
lag, those of all pairs with the same t - k do, and one product moves them a lag further. Nothing is held but one
source step, or one lag, at a time.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from .architecture import Architecture, Parameters
from .backward import direct_adjoints
from .cells import Back
from .forward import Trace
from .progress import tracked
from .reductions import scaled

_SAFE_ENERGY = (1e-100, 1e100)


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
    directly: bool = False,
) -> Iterator[Source]:
    """Carry adjoints from the last source step back; the arrays of one step are used again for the next.

    The adjoints of `losses` travel, by default of all that have one. `running` lets ∂(L_k + … + L_t)/∂H_k
    travel in the place of ∂L_t/∂H_k; `in_range` carries powers of two beside what leaves a float's range; `directly`
    keeps to the direct path of a gated cell.
    """
    T = len(trace.H)
    losses = range(architecture.first_loss_step(T), T) if losses is None else losses
    direct = direct_adjoints(parameters, trace, dZ)[losses.start : losses.stop]
    carried = np.zeros_like(direct) if running else direct
    back, slope_powers, power = architecture.layer.back(parameters, trace), np.zeros(T, dtype=int), 0
    if directly:
        back = back.directly()
    if in_range:
        back, found, power = back.in_range()
        slope_powers += found
    powers, scratch = np.zeros(len(carried), dtype=int), np.empty((*carried.shape[:2], back.columns))
    for k in tracked(range(losses.stop - 1, -1, -1)):
        first = max(k, losses.start)
        here = slice(first - losses.start, None)
        adjoints, deltas, moved = carried[here], scratch[here], powers[here]
        if running and first == k:
            adjoints += direct[k - losses.start]
        if in_range:
            _keep_in_range(adjoints, moved)
        back.deltas(k, adjoints, deltas)
        yield Source(k, first, adjoints, deltas, moved, slope_powers[k])
        back.hand(k, adjoints, deltas, adjoints)
        if in_range:
            moved += slope_powers[k] + power


def by_lag(direct: np.ndarray, first_loss: int, back: Back) -> Iterator[Lag]:
    """Carry the adjoints of all losses from `first_loss` on back, one lag after the other.

    `direct` (T, m, s) is ∂L_t/∂ the state that step t hands on, later steps left aside; it is written over.
    """
    carried, scratch = direct[first_loss:], np.empty((*direct.shape[:2], back.columns))
    for lag in tracked(range(len(direct))):
        first = max(first_loss - lag, 0)
        carried = carried[1:] if lag > first_loss else carried
        used, deltas = slice(first, first + len(carried)), scratch[: len(carried)]
        back.deltas(used, carried, deltas)
        yield Lag(lag, first, carried, deltas)
        back.hand(used, carried, deltas, carried)


def _keep_in_range(adjoints: np.ndarray, powers: np.ndarray) -> None:
    """Move a power of two from every adjoint that leaves the safe range to its `powers`, in place."""
    squares = energies(adjoints)
    low, high = _SAFE_ENERGY
    if np.minimum.reduce(squares) > low and np.maximum.reduce(squares) < high:
        return
    away = np.flatnonzero(~((squares > low) & (squares < high)))
    adjoints[away], moved = scaled(adjoints[away])
    powers[away] += moved


def energies(values: np.ndarray) -> np.ndarray:
    """Sum of squares of each block."""
    flat = values.reshape(len(values), -1)
    return np.einsum("ij,ij->i", flat, flat)
