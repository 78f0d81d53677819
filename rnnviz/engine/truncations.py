"""Which terms a truncation keeps."""

from __future__ import annotations

from typing import Any, TypeVar, overload

import numpy as np

TRUNCATIONS = ("window", "chunk")
Steps = TypeVar("Steps", int, np.ndarray)


@overload
def keeps(t: int, k: int, truncation: int | None, kind: str) -> bool: ...
@overload
def keeps(t: np.ndarray, k: np.ndarray, truncation: int | None, kind: str) -> np.ndarray: ...
def keeps(t: Any, k: Any, truncation: int | None, kind: str) -> Any:
    """Whether a truncation to τ steps keeps the term (t, k); None keeps every term with k ≤ t.

    "window" keeps t - k < τ, "chunk" keeps t and k of the same block of τ steps. Arrays give an array.
    """
    return (k <= t) & (True if truncation is None else t < end_of_reach(k, truncation, kind))


def end_of_reach(k: Steps, truncation: int | Steps, kind: str) -> Steps:
    """The first step after k whose loss no longer reaches back to k; it may lie beyond the last one."""
    return k + truncation if kind == "window" else (k // truncation + 1) * truncation
