"""Derivatives by single copies of a parameter, for many entries at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from .architecture import Architecture, Parameters
from .differences import _checked, _checked_entries, _differences
from .validation import checked_name, checked_step


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
    T = len(network.X)
    rows = [checked_step("steps", step, T) for step in steps]
    places = np.repeat(_checked_entries(network, variable, entries), len(rows), axis=0)
    only = np.tile(np.eye(T)[rows], (len(entries), 1))
    found = _differences(network, variable, places, only, "complex_step", 1e-6)
    return found.reshape(len(entries), len(rows), T).swapaxes(1, 2)
