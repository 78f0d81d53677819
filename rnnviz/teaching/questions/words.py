"""How the questions write symbols, steps and rows of numbers."""

from collections.abc import Iterable

import numpy as np

from rnnviz.notation.numbers import four
from rnnviz.teaching.filling import Speaker

LONGEST_LIST = 6


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


def numbered(speaker: Speaker, steps: Iterable[int]) -> str:
    """Return the numbers of steps, as the speaker's conventions count them, in runs."""
    return runs(int(speaker.step_number(k)) for k in steps)


def summary(values: np.ndarray) -> str:
    """Return a few numbers as they are, of many the last, the largest and the mean."""
    if len(values) <= LONGEST_LIST:
        return f"in order of k they are {listed(values)}"
    last, largest = values[-1], values[np.abs(values).argmax()]
    return f"the last is {four(last + 0.0)}, the largest {four(largest)}, their mean {four(values.mean())}"
