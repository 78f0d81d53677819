"""How the questions write symbols, steps and rows of numbers."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import Writer

LONGEST_LIST = 6


class Speaker(Writer):
    """What writes symbols, steps and entries into a question, in the conventions of its network."""

    def latex(self, quantity: str) -> str:
        """Return a quantity's symbol in LaTeX."""
        return self.symbol(quantity).latex

    def tex(self, quantity: str) -> str:
        """Return a quantity's symbol between dollar signs."""
        return f"${self.latex(quantity)}$"

    def per(self, upper: str, lower: str) -> str:
        """Return a derivative of what is written ``upper`` by a quantity, in LaTeX."""
        return rf"\frac{{\partial {upper}}}{{\partial {self.latex(lower)}}}"

    def term_name(self, t: int, k: int) -> str:
        """Return the name of term (t, k)."""
        return f"term({self.step_number(t)}, {self.step_number(k)})"

    def entry(self, parameter: str, place: tuple[int, ...]) -> str:
        """Return one entry of a parameter, at the index under which the stage draws it."""
        shown = ", ".join(map(str, self.conventions.place(parameter, place)))
        return f"${self.latex(parameter)}[{shown}]$"

    def numbered(self, steps: Iterable[int]) -> str:
        """Return the numbers of steps, in runs."""
        return runs(int(self.step_number(k)) for k in steps)


def listed(values: Iterable[float]) -> str:
    """Return numbers in a row.

    Examples
    --------
    >>> listed([1.5, -2])
    '1.5, −2'
    """
    return ", ".join(four(float(value) + 0.0) for value in values)


def runs(numbers: Iterable[int]) -> str:
    """Return ascending whole numbers, long runs of neighbours as "2 to 9".

    Examples
    --------
    >>> runs([0, 1, 3, 4, 5, 6])
    '0, 1, 3 to 6'
    """
    groups: list[list[int]] = []
    for number in numbers:
        if groups and number == groups[-1][-1] + 1:
            groups[-1].append(number)
        else:
            groups.append([number])
    parts = [f"{group[0]} to {group[-1]}" if len(group) > 2 else ", ".join(map(str, group)) for group in groups]
    return ", ".join(parts)


def every(length: int) -> str:
    """Return how often something happens that happens each ``length`` steps.

    Examples
    --------
    >>> every(1), every(3)
    ('every step', 'every 3 steps')
    """
    return "every step" if length == 1 else f"every {length} steps"


def summary(values: np.ndarray) -> str:
    """Return a few numbers as they are, of many the last, the largest and the mean."""
    if len(values) <= LONGEST_LIST:
        return f"in order of k they are {listed(values)}"
    last, largest = values[-1], values[np.abs(values).argmax()]
    return f"the last is {four(last + 0.0)}, the largest {four(largest)}, their mean {four(values.mean())}"
