"""What sheets are made of: matrices that have a name, and words from ``content``."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rnnviz.notation import prose
from rnnviz.notation.ids import Symbol, symbol
from rnnviz.notation.quantity import BLOCKS, read

NAMES = {"W1": "W_1", "Wh1": "W_h1", "b1": "b_1", "W2": "W_2", "b2": "b_2"}
NAMES |= {name: f"{name[0]}_{name[1:]}" for name in BLOCKS}
"""A sheet takes W1 for the cell in column W."""


@dataclass(frozen=True)
class _Head:
    """What stands at the head of a sheet."""

    name: str
    title: str
    words: tuple[str, ...]


@dataclass(frozen=True)
class _Texts:
    """The words of a spreadsheet, as ``content/spreadsheet.toml`` has them."""

    name: str
    heads: Mapping[str, _Head]
    kept: Mapping[str, str]
    places: Mapping[str, str]
    losses: Mapping[str, str]
    scalars: Mapping[str, str]


TEXTS = prose.read("spreadsheet", _Texts)


class Block(NamedTuple):
    """A named matrix of a sheet.

    Attributes
    ----------
    name : str
        What formulas call it.
    title, role : str
        Its symbol, and whose colour it has.
    shape : (rows, columns)
    content : array or str
        Numbers, or the formula of the whole matrix.
    changeable : bool
        Whether a reader is to change its numbers.
    """

    name: str
    title: str
    role: str
    shape: tuple[int, int]
    content: np.ndarray | str
    changeable: bool = False


class Sheet(NamedTuple):
    """A sheet: its name, its title, lines of words, and rows of blocks that stand side by side."""

    name: str
    title: str
    words: tuple[str, ...]
    bands: tuple[tuple[Block, ...], ...]


def block(quantity: str, shape: tuple[int, int], content: np.ndarray | str, written: Symbol | None = None) -> Block:
    """Return a quantity as a block; what is given as numbers may be changed."""
    one = written or symbol(quantity)
    return Block(name_of(quantity), one.text, one.role, shape, content, not isinstance(content, str))


def name_of(quantity: str) -> str:
    """Return what formulas call a quantity.

    Examples
    --------
    >>> name_of("dL_2/dY_hat_2"), name_of("dL/dW1"), name_of("Wh1_new")
    ('dL_2_dY_hat_2', 'dL_dW_1', 'W_h1_new')
    """
    one = read(quantity)
    if one.of is not None and one.by is not None:
        return f"d{name_of(one.of)}_d{name_of(one.by)}"
    if not one.parameter:
        return str(one)
    plain = NAMES[one.parameter]
    return plain if one.kind == "parameter" else f"{plain}_{one.kind}"


def scalar(name: str, value: float | str, changeable: bool = False) -> Block:
    """Return a number that is no quantity of the network, or its formula."""
    content = value if isinstance(value, str) else np.array([[value]])
    return Block(name, TEXTS.scalars[name], "ink", (1, 1), content, changeable)


def added(parts: Iterable[str]) -> str:
    """Return the formula of a sum."""
    return "+".join(parts)
