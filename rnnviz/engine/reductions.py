"""Sums as products with ones: over a short last axis several times as fast as ``sum``."""

from __future__ import annotations

from functools import lru_cache

import numpy as np


@lru_cache(maxsize=64)
def ones(n: int) -> np.ndarray:
    """Read-only vector of n ones."""
    vector = np.ones(n)
    vector.setflags(write=False)
    return vector


def last_axis_sum(values: np.ndarray) -> np.ndarray:
    """``values.sum(axis=-1)``."""
    return values.dot(ones(values.shape[-1]))
