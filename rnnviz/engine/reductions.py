"""Sums as products with ones: over a short last axis several times as fast as ``sum``."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


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
    """The sum over the last axis at every place along it, in the shape of `values`.

    An array of the same shape is several times as fast to multiply with as one that is to be broadcast.
    """
    n = values.shape[-1]
    return values.reshape(-1, n).dot(ones(n, n)).reshape(values.shape)
