"""Frobenius norms of many blocks at once, right also where squares under- or overflow."""

from __future__ import annotations

import numpy as np

from .reductions import last_axis_sum

_SAFE_SQUARES = (1e-280, 1e280)
_BLOCK = 2**17


@np.errstate(all="ignore")
def norms_of_stack(stack: np.ndarray, n0: int, present: np.ndarray) -> dict[str, np.ndarray]:
    """Norms (T, T), [t, k], of the terms of W1, Wh1 and b1 in a `Decomposition.stack`.

    `present` [k, t] tells where a term is not 0 from the outset.
    """
    squares = np.empty((len(stack), 3, stack.shape[2]))
    step = max(1, _BLOCK // stack[0].size)
    for k in range(0, len(stack), step):
        squares[k : k + step] = group_sums(_row_squares(stack[k : k + step]), n0)
    norms = np.sqrt(squares)
    for group, rows in enumerate(group_rows(n0)):
        _repair(norms[:, group], squares[:, group], stack[:, rows], present)
    return {name: norms[:, group].T for name, group in (("W1", 0), ("Wh1", 2), ("b1", 1))}


def group_rows(n0: int) -> tuple[slice, slice, slice]:
    """The rows of W1, b1 and Wh1 in a stack."""
    return slice(0, n0), slice(n0, n0 + 1), slice(n0 + 1, None)


def group_sums(values: np.ndarray, n0: int) -> np.ndarray:
    """(…, 3, T): sums over the rows of W1, b1 and Wh1 of (…, n0 + 1 + n1, T)."""
    return np.add.reduceat(values, (0, n0, n0 + 1), axis=-2)


def _row_squares(block: np.ndarray) -> np.ndarray:
    return last_axis_sum(np.square(block))


def _repair(norms: np.ndarray, squares: np.ndarray, blocks: np.ndarray, present: np.ndarray) -> None:
    """Recompute, in place, the norms whose squares left the safe range; blocks are [k, ·, t, ·]."""
    k, t = np.nonzero(present & ~((squares > _SAFE_SQUARES[0]) & (squares < _SAFE_SQUARES[1])))
    step = max(1, _BLOCK // blocks[0, :, 0].size)
    for i in range(0, len(k), step):
        here = k[i : i + step], t[i : i + step]
        norms[here] = scaled_norms(blocks[here[0], :, here[1]])


def row_norms(rows: np.ndarray) -> np.ndarray:
    """Norms of the rows of a matrix, in one pass but for those whose squares leave the safe range."""
    squares = last_axis_sum(np.square(rows))
    norms, (low, high) = np.sqrt(squares), _SAFE_SQUARES
    away = np.flatnonzero(~((squares > low) & (squares < high)))
    if away.size:
        norms[away] = scaled_norms(rows[away])
    return norms


def scaled_norms(blocks: np.ndarray) -> np.ndarray:
    """Norms over all axes but the first, each block divided by its largest entry first."""
    flat = abs(blocks.reshape(len(blocks), -1))
    largest = flat.max(axis=1)
    scale = np.where((largest > 0) & (largest < np.inf), largest, 1.0)
    flat /= scale[:, None]
    return scale * np.sqrt(np.einsum("ij,ij->i", flat, flat))
