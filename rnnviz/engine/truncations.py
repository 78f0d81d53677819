"""Which terms a truncation keeps."""

from __future__ import annotations

TRUNCATIONS = ("window", "chunk")


def keeps(t: int, k: int, truncation: int | None, kind: str) -> bool:
    """Whether a truncation keeps the term (t, k); arrays of steps give an array.

    Parameters
    ----------
    truncation : int or None
        τ; None keeps every term.
    kind : {"window", "chunk"}
        "window" keeps t - k < τ, "chunk" keeps t and k of the same block of τ steps. Neither has k > t.
    """
    return (k <= t) & (True if truncation is None else t < end_of_reach(k, truncation, kind))


def end_of_reach(k: int, truncation: int, kind: str) -> int:
    """The first step after k whose loss no longer reaches back to k; it may lie beyond the last one."""
    return k + truncation if kind == "window" else (k // truncation + 1) * truncation
