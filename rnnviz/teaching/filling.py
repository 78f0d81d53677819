"""Texts of ``rnnviz/content`` with holes in braces, which numbers, symbols and words of a network fill."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import Any

import numpy as np

from rnnviz.notation.counts import capital, counted, each_of, every
from rnnviz.notation.ids import step_number, symbol
from rnnviz.notation.numbers import four

Holes = Mapping[str, Any]
"""What is filled in, by name: numbers, arrays, shapes, words, whatever has them."""
_PARSER = Formatter()


def filled(text: str, holes: Holes) -> str:
    """Return a text with its holes filled.

    ``{name}`` is a word, a float of four digits, a shape as rows × columns; of ``{name:one|other}`` the first is said
    where the name is true; a function writes what follows its colon; a brace itself is written twice.
    """
    if "{" not in text and "}" not in text:
        return text
    found = []
    for plain, name, spec, _ in _PARSER.parse(text):
        found.append(plain)
        if name is not None:
            found.append(_written(hole(name, holes), filled(spec or "", holes)))
    return "".join(found)


def hole(name: str, holes: Holes) -> Any:
    """Return what a name stands for; one like ``values.norm`` or ``place[0]`` is a part of it."""
    return _PARSER.get_field(name, (), holes)[0]


def _written(value: Any, spec: str) -> str:
    says = isinstance(value, (bool, np.bool_))
    if bool(spec) != (says or callable(value)):
        raise ValueError(f"{value!r}: expected words after a colon behind what is true or false, or a function, alone")
    if says:
        return spec.split("|", 1)[0] if value else spec.partition("|")[2]
    if callable(value):
        return str(value(spec))
    if isinstance(value, tuple):
        return " × ".join(map(str, value))
    return four(value) if isinstance(value, float) else str(value)


def names(texts: Iterable[str], holes: Holes) -> tuple[str, ...]:
    """Return texts filled, none twice; one that is a hole of several alone stands for all of them."""
    groups = [(one, holes.get(one[1:-1])) for one in texts]
    ids = [group if isinstance(group, (tuple, list)) else (filled(one, holes),) for one, group in groups]
    return tuple(dict.fromkeys(name for group in ids for name in group))


def tex(quantity: str) -> str:
    """Return a quantity's symbol between dollar signs, as the present conventions write it."""
    return f"${latex(quantity)}$"


def latex(quantity: str) -> str:
    """Return a quantity's symbol in LaTeX."""
    return symbol(quantity).latex


def term(t: int, k: int) -> str:
    """Return the name of term (t, k)."""
    return f"term({step_number(t)}, {step_number(k)})"


def _of_count(said: Callable[[int, str], str]) -> Callable[[str], str]:
    """A function of a number and a noun as one of "3 step"."""
    return lambda count: said(int(count.partition(" ")[0]), count.partition(" ")[2])


WORDS: dict[str, Any] = {
    "tex": tex,
    "latex": latex,
    "capital": capital,
    "step_number": lambda step: step_number(int(step)),
    "term": lambda pair: term(*map(int, pair.split(","))),
    **{said.__name__: _of_count(said) for said in (counted, each_of, every)},
}
"""The functions that a hole may name, each of the text behind its colon."""
