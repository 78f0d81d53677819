"""The (t, k) grid of one parameter: a row for each loss step, a column for each source step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple


class Cell(NamedTuple):
    """One cell.

    Attributes
    ----------
    state : {"live", "cut", "future", "none"}
        Whether its term is kept, left out by truncation, after its loss, or of a step without one.
    q, frame : str
        Ids of its term and of the term's frame; "" where there is none.
    """

    state: str
    q: str = ""
    frame: str = ""

    def drawn(self) -> dict:
        """Return what the stage reads."""
        return {name: each for name, each in self._asdict().items() if each}


@dataclass(frozen=True, slots=True)
class Grid:
    """The grid, its margins and its words.

    Attributes
    ----------
    title : list
        The label of what the cells add up to, which is called ``whole``; ``factor`` stands before the sum.
    whose : str
        Whose terms they are: of a sample, or the mean over several; "" where there is one sample.
    rows, columns : list
        Steps, with their names as the conventions count.
    row_sums, column_sums, corner, lags
        Ids of the sums.
    modes : list
        Ways to read the cells: id, name, words.
    closings : mapping
        How the numbers close, by way; ``entry`` by place.
    entry : list of int
        Row and column of the entry that is looked at first.
    largest : float
        The largest size of a drawn entry.
    """

    title: list[list[str]]
    whose: str
    whole: str
    factor: str
    across: str
    rows: list[int]
    columns: list[int | str]
    row_names: list[str]
    column_names: list[str]
    cells: Sequence[Sequence[Cell]]
    row_sums: list[str | None]
    column_sums: list[str]
    corner: str
    modes: list[list[str]]
    closings: Mapping
    entry: list[int]
    largest: float
    lags: list[str]
    note: str

    def drawn(self) -> dict:
        """Return what the stage reads."""
        return {name: getattr(self, name) for name in self.__slots__} | {
            "cells": [[cell.drawn() for cell in row] for row in self.cells]
        }
