"""A sentence goes with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

Said = Iterator[tuple[str, str]]
"""Places with their sentences."""

HIDDEN = ("W1", "Wh1", "b1")


def at(place: str, sentences: Iterable[str]) -> Said:
    """Give every sentence its place."""
    return ((place, sentence) for sentence in sentences)
