"""What a question is, and how its choices are kept apart: one right, the others wrong by a clear distance."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from rnnviz.notation.conventions import LECTURE
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.questions.scope import Scope

TELLING = 0.01
"""Two choices are told apart only if they differ by this part of the larger one."""
MOST_CHOICES = 5
_SMALLEST, _LARGEST = 1e-280, 1e280


@dataclass(frozen=True)
class Choice:
    """One answer to choose.

    Attributes
    ----------
    text : str
        Markdown with LaTeX between dollar signs.
    right : bool
    reply : str
        To a wrong choice the misconception with its number, to the right one why.
    lights : tuple of str
        Ids of quantities of the stage: where to look.
    """

    text: str
    right: bool
    reply: str
    lights: tuple[str, ...]


@dataclass(frozen=True)
class Question:
    """One question about the network on the screen.

    Attributes
    ----------
    id : str
        The template's name, such as "largest-term".
    confusion : int
        1 to 10, a place in ``CONFUSIONS``.
    prompt : str
        Markdown with LaTeX between dollar signs.
    choices : tuple of Choice
        Two to five, one of them right.
    frame : str
        Id of the stage's frame that shows the answer.
    parameter : str
        Which gradient the stage should take apart.
    answer : str
        The computed fact in one sentence.
    code : str
        Lines of the backward loop, where the question is about them.
    facts : mapping
        What was asked, for one who works it out again: t, k, parameter, …, counted from 0; no answer.
    """

    id: str
    confusion: int
    prompt: str
    choices: tuple[Choice, ...]
    frame: str
    parameter: str
    answer: str
    code: str
    facts: Mapping[str, object]


@dataclass(frozen=True)
class Draft:
    """What a template makes; the right choice comes first and nothing is shuffled yet."""

    prompt: str
    choices: tuple[Choice, ...]
    frame: str
    parameter: str
    answer: str
    facts: Mapping[str, object]
    code: str = ""


@dataclass(frozen=True)
class Template:
    """A kind of question, and what a network must have for it.

    Attributes
    ----------
    id, title : str
    confusion : int
    make : callable
        ``(scope, draw) -> Draft`` or None where this draw cannot be asked.
    least : int
        Fewest steps.
    numbers : bool
        Whether it needs finite numbers, and an error at some output.
    single : bool
        Whether it needs one sample on the stage, for a Jacobian belongs to one.
    rows : bool
        Whether it speaks of shapes or sides of a product, and so of row vectors and weights as the lecture
        keeps them.
    whole : bool
        Whether it needs the gradient without truncation.
    losses : int
        Fewest steps with a loss.
    lecture : bool
        Whether it shows the lecture's code.
    draws : bool
        Whether the seed changes the prompt; False where all that is asked follows from the network.
    """

    id: str
    confusion: int
    title: str
    make: Callable[[Scope, np.random.Generator], Draft | None]
    least: int = 1
    numbers: bool = True
    single: bool = False
    rows: bool = False
    whole: bool = False
    losses: int = 1
    lecture: bool = False
    draws: bool = True

    def fits(self, scope: Scope) -> bool:
        """Return whether the network has what every question of this kind needs."""
        conventions = scope.conventions
        lacking = (
            self.least > scope.T,
            len(scope.losses) < self.losses,
            self.numbers and not (scope.is_finite and scope.errors),
            self.single and scope.is_batch,
            self.whole and scope.is_cut,
            self.rows and (conventions.is_column or conventions.flips_weights),
            self.lecture and conventions != LECTURE,
        )
        return not any(lacking)


def template(name: str, confusion: int, title: str, **needs: object) -> Callable[[Callable], Template]:
    """Return a decorator that makes a template of the function that drafts its questions."""
    return lambda make: Template(name, confusion, title, make, **needs)


@dataclass(frozen=True, eq=False)
class Option:
    """A choice with the number or matrix that it stands for; ``text`` is that number if not given."""

    value: object
    reply: str
    lights: tuple[str, ...]
    text: str = ""

    @property
    def written(self) -> str:
        """The text of the choice."""
        return self.text or four(float(self.value) + 0.0)

    def choice(self, right: bool) -> Choice:
        """Return the choice."""
        return Choice(self.written, right, self.reply, tuple(dict.fromkeys(self.lights)))


def option(value: object, reply: str, *lights: str, text: str = "") -> Option:
    """Return an option; a short way to write it."""
    return Option(value, reply, lights, text)


def settled(right: Option, wrong: Iterable[Option | None]) -> tuple[Choice, ...] | None:
    """Return the right choice and those wrong ones that can be told from it and from each other.

    A wrong option that happens to give the same number is no wrong answer in this network: it is left out.
    None where the right value cannot be written, or no wrong one is left.
    """
    if not _sound(right.value):
        return None
    kept = [right]
    for one in wrong:
        if one is not None and len(kept) < MOST_CHOICES and _stands_apart(one, kept):
            kept.append(one)
    return tuple(one.choice(one is right) for one in kept) if len(kept) > 1 else None


def _stands_apart(one: Option, kept: list[Option]) -> bool:
    if not _sound(one.value) or one.written in [other.written for other in kept]:
        return False
    others = kept if not one.text else kept[:1]
    return all(apart(one.value, other.value) for other in others)


def _sound(value: object) -> bool:
    """Whether a value is finite and neither over- nor underflows: 0 or of a size that keeps its digits."""
    sizes = np.abs(np.asarray(value, dtype=float))
    if not np.isfinite(sizes).all():
        return False
    largest = float(np.max(sizes, initial=0.0))
    return largest == 0 or _SMALLEST < largest < _LARGEST


def apart(one: object, other: object) -> bool:
    """Return whether two numbers, or two matrices, can be told apart; whole numbers by any difference."""
    if isinstance(one, int) and isinstance(other, int):
        return one != other
    one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if one.shape != other.shape:
        return True
    largest = max(frobenius(one), frobenius(other))
    return frobenius(one - other) >= TELLING * largest > 0


def significant(value: float, scale: float) -> bool:
    """Return whether a sum is more than what rounding leaves of parts of size ``scale``."""
    return abs(value) > 1e-6 * scale


def strong_place(values: np.ndarray, draw: np.random.Generator, part: float = 0.1) -> tuple[int, ...] | None:
    """Return the index of an entry drawn among the large ones; None where all are 0 or not finite."""
    sizes = np.abs(np.asarray(values, dtype=float))
    largest = float(np.max(sizes, initial=0.0))
    if not math.isfinite(largest) or largest == 0:
        return None
    places = np.argwhere(sizes >= part * largest)
    return tuple(int(i) for i in places[draw.integers(len(places))])


def some_of(draw: np.random.Generator, values: list, count: int) -> list:
    """Return up to ``count`` of the values, drawn without repeating one."""
    return [values[int(place)] for place in draw.permutation(len(values))[:count]]


def one_of(draw: np.random.Generator, values: Iterable) -> object:
    """Return one value drawn from several; None of none."""
    values = list(values)
    return values[int(draw.integers(len(values)))] if values else None
