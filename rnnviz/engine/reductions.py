"""Sums and Frobenius norms of many blocks at once.

Sums are products with ones, over a short last axis several times as fast as ``sum``. Norms are right also where
squares under- or overflow. A stack has the rows of [W1; b1; Wh1], n0 + 1 + n1 of them, one below the other.
"""

from functools import lru_cache

import numpy as np

_NEAR_ONE = (1e-20, 1e20)
_SAFE_SQUARES = (1e-280, 1e280)
_BLOCK = 2**17


@lru_cache(maxsize=64)
def ones(*shape: int) -> np.ndarray:
    """Read-only array of ones."""
    array = np.ones(shape)
    array.setflags(write=False)
    return array


def last_axis_sum(values: np.ndarray) -> np.ndarray:
    """``values.sum(axis=-1)``."""
    n = values.shape[-1]
    return values.reshape(-1, n).dot(ones(n)).reshape(values.shape[:-1])


def spread_sum(values: np.ndarray) -> np.ndarray:
    """The sum over the last axis at every place along it: several times as fast to use as one to be broadcast."""
    n = values.shape[-1]
    return values.reshape(-1, n).dot(ones(n, n)).reshape(values.shape)


def as_rows(array: np.ndarray) -> np.ndarray:
    """(T, m, n) as (T m, n)."""
    return array.reshape(-1, array.shape[-1])


def group_rows(n0: int) -> tuple[slice, slice, slice]:
    """The rows of W1, b1 and Wh1 in a stack."""
    return slice(0, n0), slice(n0, n0 + 1), slice(n0 + 1, None)


def group_sums(values: np.ndarray, n0: int) -> np.ndarray:
    """(…, 3, T): sums over the rows of W1, b1 and Wh1 of (…, n0 + 1 + n1, T)."""
    return np.add.reduceat(values, (0, n0, n0 + 1), axis=-2)


@np.errstate(all="ignore")
def norms_of_stack(stack: np.ndarray, n0: int, present: np.ndarray) -> dict[str, np.ndarray]:
    """Norms (T, T), [t, k], of the terms of W1, Wh1 and b1 in a `Decomposition.stack`.

    `present` [k, t] tells where a term is not 0 from the outset; what belongs to no parameter is 0.
    """
    squares = np.empty((len(stack), 3, stack.shape[2]))
    step = max(1, _BLOCK // stack[0].size)
    for i in range(0, len(stack), step):
        squares[i : i + step] = group_sums(last_axis_sum(np.square(stack[i : i + step])), n0)
    norms = np.sqrt(squares)
    for group, rows in enumerate(group_rows(n0)):
        blocks = stack[:, rows]
        k, t = np.nonzero(present & _unsafe(squares[:, group]))
        step = max(1, _BLOCK // blocks[0, :, 0].size)
        for i in range(0, len(k), step):
            here = k[i : i + step], t[i : i + step]
            norms[here[0], group, here[1]] = scaled_norms(blocks[here[0], :, here[1]])
    return {"W1": norms[:, 0].T, "Wh1": norms[:, 2].T, "b1": norms[:, 1].T}


def _unsafe(squares: np.ndarray) -> np.ndarray:
    return ~((squares > _SAFE_SQUARES[0]) & (squares < _SAFE_SQUARES[1]))


def row_norms(rows: np.ndarray) -> np.ndarray:
    """Norms of the rows of a matrix, in one pass but for those whose squares leave the safe range."""
    squares = last_axis_sum(np.square(rows))
    norms, away = np.sqrt(squares), np.flatnonzero(_unsafe(squares))
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


def scaled(blocks: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Blocks divided by powers of two where their largest entry is far from 1, and the powers."""
    flat = blocks.reshape(len(blocks), -1)
    largest = np.maximum(np.maximum.reduce(flat, axis=1), -np.minimum.reduce(flat, axis=1))
    low, high = _NEAR_ONE
    powers = np.where((largest > low) & (largest < high), 0, np.frexp(largest)[1])
    return np.ldexp(blocks, -powers[:, None, None]) if powers.any() else blocks, powers


def norm(array: np.ndarray) -> float:
    """Frobenius norm that does not overflow before its entries do."""
    flat = array.ravel()
    square = float(flat.dot(flat))
    return square**0.5 if _SAFE_SQUARES[0] < square < _SAFE_SQUARES[1] else float(scaled_norms(flat[None])[0])
