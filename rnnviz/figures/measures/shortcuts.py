"""Truncation and clipping in words: what is kept, what is turned."""

from __future__ import annotations

import numpy as np

from rnnviz.settings import LABELS
from rnnviz.story.numbers import four, percent

NAMES = {"window": "τ steps back", "chunk": "detach every τ"}


def kept_sentence(kind: str, length: int, kept: np.ndarray, reachable: np.ndarray, likeness: object) -> str:
    """Say how many terms a truncation keeps and how like the full gradient their sum is.

    Parameters
    ----------
    kind : {"window", "chunk"}
    length : int
        τ.
    kept, reachable : ndarray of bool, shape (T, T)
    likeness : experiment.shortcuts.Likeness
    """
    count = f"keeps **{int(kept.sum())}** of {int(reachable.sum())} terms"
    if np.isnan(likeness.share):
        return f"τ = {length} {count}. The full gradient is 0 or not finite: there is nothing to compare."
    turned = "no direction" if np.isnan(likeness.cosine) else f"cosine **{four(likeness.cosine)}**"
    return (
        f"τ = {length} {count} and **{percent(likeness.share, 1)}** of the gradient along its direction; "
        f"{turned}, error **{percent(likeness.error, 1)}**."
    )


def confusion_sentence(length: int, window: np.ndarray, chunk: np.ndarray) -> str:
    """Say that the two truncations are not the same, with the number of terms that tell them apart."""
    only_window, only_chunk = int((window & ~chunk).sum()), int((chunk & ~window).sum())
    text = "“τ steps back” and “detach every τ” are not the same. "
    if not only_window and not only_chunk:
        return text + f"Here, with τ = {length}, they keep the same terms."
    return text + (
        f"With τ = {length} the window lets every loss look {length} steps back, itself included; after a "
        "detach a loss sees only as far as its own block begins, the first of a block only itself. "
        f"**{only_window}** terms are kept by the window alone, **{only_chunk}** by the blocks alone."
    )


def clip_sentence(found: object, angles: tuple[float, float]) -> str:
    """Say what clipping does to length and direction.

    Parameters
    ----------
    found : experiment.shortcuts.Clipping
    angles : (float, float)
        In degrees, by norm and by value.
    """
    by_norm, by_value = (float(np.linalg.norm(each)) for each in (found.by_norm, found.by_value))
    return (
        f"The gradient is **{four(found.length)}** long. Clipped by norm at {four(found.limit_norm)} it is "
        f"**{four(by_norm)}** long and points the same way ({_degrees(angles[0])}). Clipped by value at "
        f"{four(found.limit_value)}, which cuts **{percent(found.cut, 1)}** of the entries, it is "
        f"**{four(by_value)}** long and turned by **{_degrees(angles[1])}**."
    )


def _degrees(angle: float) -> str:
    """Return an angle; what rounding leaves of none is called 0."""
    return f"{0 if angle < 1e-9 else angle:.3g}°"


def used_sentence(clip_norm: float | None, clip_value: float | None, length: float) -> str:
    """Say how the experiment itself trains."""
    if clip_norm is None and clip_value is None:
        return "This experiment trains without clipping; the settings under Training change that."
    limits = [f"by norm at {four(clip_norm)}"] if clip_norm is not None else []
    limits += [f"by value at {four(clip_value)}"] if clip_value is not None else []
    acts = "" if clip_norm is None else " It is cut." if length > clip_norm else " It is not cut."
    how = " and ".join(limits)
    return f"This experiment trains with clipping {how}; the gradient is {four(length)} long.{acts}"


def largest(found: object, names: list[str], most: int = 6) -> tuple[list[str], np.ndarray]:
    """Return the names of the largest entries and their values (entries, 3): before, by norm, by value."""
    order = np.argsort(-np.abs(found.before), kind="stable")[:most]
    values = np.column_stack([found.before, found.by_norm, found.by_value])[order]
    return [names[place] for place in order], values


def entry_names(shapes: dict[str, tuple[int, ...]]) -> list[str]:
    """Return a name for every entry of all parameters, in the order of their flat vector."""
    return [
        f"{LABELS[name]}[{', '.join(map(str, entry))}]"
        for name, shape in shapes.items()
        for entry in np.ndindex(shape)
    ]


def together(lengths: dict[str, float]) -> float:
    """Return the length of the whole gradient from those of its parameters."""
    return float(np.hypot.reduce(list(lengths.values())))
