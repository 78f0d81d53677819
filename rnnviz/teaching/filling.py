"""Texts of ``rnnviz/content`` with holes in braces, which numbers, symbols and words of a network fill."""

from collections.abc import Callable, Iterable, Mapping
from string import Formatter
from typing import Any

import numpy as np

from rnnviz.notation.conventions import LECTURE
from rnnviz.notation.counts import capital, counted, each_of, every
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import Writer

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


class Speaker(Writer):
    """What writes symbols, steps and entries into a text, in ``conventions`` that it has."""

    def latex(self, quantity: str) -> str:
        """Return a quantity's symbol in LaTeX."""
        return self.symbol(quantity).latex

    def tex(self, quantity: str) -> str:
        """Return a quantity's symbol between dollar signs."""
        return f"${self.latex(quantity)}$"

    def entry(self, parameter: str, place: tuple[int, ...]) -> str:
        """Return one entry of a parameter, at the index under which the stage draws it."""
        shown = ", ".join(map(str, self.conventions.place(parameter, place)))
        return f"${self.latex(parameter)}[{shown}]$"

    def words(self) -> dict[str, Any]:
        """Return the functions that a hole may name, each of the text behind its colon."""
        return {
            "tex": self.tex,
            "latex": self.latex,
            "capital": capital,
            "step_number": lambda step: self.step_number(int(step)),
            "term": lambda pair: f"term({', '.join(self.step_number(int(step)) for step in pair.split(','))})",
            **{said.__name__: _of_count(said) for said in (counted, each_of, every)},
        }


def _of_count(said: Callable[[int, str], str]) -> Callable[[str], str]:
    """A function of a number and a noun as one of "3 step"."""
    return lambda count: said(int(count.partition(" ")[0]), count.partition(" ")[2])


class Lecture(Speaker):
    """What writes as the lecture does."""

    conventions = LECTURE
