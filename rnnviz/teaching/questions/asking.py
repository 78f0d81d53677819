"""What a question is, and how its choices are kept apart: one right, the others wrong by a clear distance.

What a kind of question says stands in ``content/questions.toml``; a function of its name works out the
numbers that belong into it.
"""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from rnnviz.notation.conventions import LECTURE, PLAIN
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.filling import Holes, filled, hole, names
from rnnviz.teaching.questions.scope import Draw, Scope, UnaskedError, needs

LEAST_DIFFERENCE = 0.01
"""Two choices are apart only if they differ by this part of the larger one."""
MOST_CHOICES = 5
_SMALLEST, _LARGEST = 1e-280, 1e280

Value = TypeVar("Value")


@dataclass(frozen=True)
class Choice:
    """One answer to choose: its text, why it is right or what the misconception gives, and ids of where to look."""

    text: str
    right: bool
    lit: tuple[str, ...]
    reply: str


@dataclass(frozen=True)
class Question:
    """One question about the network on the screen.

    Texts are Markdown with LaTeX between dollar signs; two to five ``choices``, one of them right. ``confusion`` is a
    place in ``CONFUSIONS``, from 1; ``frame`` shows the answer, the stage takes the gradient of ``parameter`` apart;
    ``code`` is lines of the backward loop. ``facts`` say what was asked, for one who works it out again: t, k,
    parameter, …, counted from 0; no answer.
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
class Answer:
    """What a choice says, as at the top of ``content/questions.toml``."""

    value: str
    reply: str
    lit: tuple[str, ...]
    text: str = ""
    each: str = ""

    def options(self, holes: Holes) -> "Iterator[Option]":
        """Yield the choices that there are, with their values."""
        for more in holes[self.each] if self.each else ({},):
            found = {**holes, **more}
            value = _value(self.value, found)
            if value is not None:
                own = filled(self.text, found)
                is_number = not own and not isinstance(value, tuple)
                text = four(float(value) + 0.0) if is_number else own or filled("{value}", {"value": value})
                yield Option(value, filled(self.reply, found), names(self.lit, found), text, is_number)


def _value(name: str, holes: Holes) -> Any:
    if name[0].isdigit():
        return float(name) if "." in name else int(name)
    return hole(name, holes)


@dataclass(frozen=True)
class Words:
    """What a kind of question says, and what a network must have for it, as at the top of its file."""

    id: str
    confusion: int
    title: str
    prompt: str
    answer: str
    frame: str
    parameter: str
    choices: Mapping[str, Answer]
    facts: tuple[str, ...] = ()
    least: int = 1
    losses: int = 1
    numbers: bool = True
    single: bool = False
    rows: bool = False
    whole: bool = False
    lecture: bool = False
    draws: bool = True
    every: bool = False
    cells: tuple[str, ...] = ("plain",)

    def fits(self, scope: Scope) -> bool:
        """Return whether the network has what every question of this kind needs."""
        conventions = scope.conventions
        lacking = (
            scope.architecture.cell not in self.cells,
            self.least > scope.T,
            len(scope.losses) < self.losses,
            self.numbers and not (scope.is_finite and scope.errors),
            self.single and scope.is_batch,
            self.whole and scope.is_cut,
            self.rows and (conventions.is_column or conventions.flips_weights),
            self.lecture and conventions not in (PLAIN, LECTURE),
        )
        return not any(lacking)


@dataclass(frozen=True)
class Template:
    """A kind of question: its words, and what works out what is filled in; UnaskedError where it cannot be asked."""

    words: Words
    holes: Callable[[Scope, Draw], Holes] = field(repr=False)

    @property
    def id(self) -> str:
        """Its name."""
        return self.words.id

    @property
    def confusion(self) -> int:
        """A place in ``CONFUSIONS``, from 1."""
        return self.words.confusion

    def ask(self, scope: Scope, draw: Draw) -> Question | None:
        """Return a question with its choices shuffled; None where this draw cannot be asked."""
        words = self.words
        try:
            holes = {"scope": scope, **scope.words(), **self.holes(scope, draw)}
        except UnaskedError:
            return None
        options = [one for row in words.choices.values() for one in row.options(holes)]
        choices = settled(options)
        if len(choices) < (len(options) if words.every else 2):
            return None
        shuffled = tuple(choices[int(place)] for place in draw.permutation(len(choices)))
        prompt, frame, parameter, answer = (
            filled(text, holes) for text in (words.prompt, words.frame, words.parameter, words.answer)
        )
        facts = MappingProxyType({name: holes[name] for name in words.facts})
        code = str(holes.get("code", ""))
        return Question(words.id, words.confusion, prompt, shuffled, frame, parameter, answer, code, facts)


@dataclass(frozen=True, eq=False)
class Option:
    """A choice with the number, matrix or shape that it stands for."""

    value: object
    reply: str
    lit: tuple[str, ...]
    text: str
    is_number: bool


def settled(options: Sequence[Option]) -> tuple[Choice, ...]:
    """Return the right choice, the first, and those wrong ones that are apart from it and from each other.

    A wrong option that happens to give the same number is no wrong answer in this network: it is left out.
    Nothing is left where the right value cannot be written.
    """
    kept: list[Option] = []
    for one in options:
        if len(kept) < MOST_CHOICES and _sound(one.value) and _stands_apart(one, kept):
            kept.append(one)
    if not kept or kept[0] is not options[0]:
        return ()
    return tuple(Choice(one.text, one is kept[0], one.lit, one.reply) for one in kept)


def _stands_apart(one: Option, kept: Sequence[Option]) -> bool:
    if one.text in [other.text for other in kept]:
        return False
    return all(apart(one.value, other.value) for other in (kept if one.is_number else kept[:1]))


def _sound(value: object) -> bool:
    """Whether a value is finite and neither over- nor underflows: 0 or of a size that keeps its digits."""
    sizes = np.abs(np.asarray(value, dtype=float))
    if not np.isfinite(sizes).all():
        return False
    largest = float(np.max(sizes, initial=0.0))
    return largest == 0 or _SMALLEST < largest < _LARGEST


def apart(one: object, other: object) -> bool:
    """Return whether two values differ enough to choose between; whole numbers and shapes by any difference."""
    if isinstance(one, (int, tuple)) and isinstance(other, (int, tuple)):
        return one != other
    here, there = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if here.shape != there.shape:
        return True
    largest = max(frobenius(here), frobenius(there))
    return frobenius(here - there) >= LEAST_DIFFERENCE * largest > 0


def significant(value: float, scale: float) -> bool:
    """Return whether a sum is more than what rounding leaves of parts of size ``scale``."""
    return abs(value) > 1e-6 * scale


def strong_place(values: np.ndarray, draw: Draw, part: float = 0.1) -> tuple[int, ...]:
    """Return the index of an entry drawn among the large ones; unasked where all are 0 or not finite."""
    sizes = np.abs(np.asarray(values, dtype=float))
    largest = float(np.max(sizes, initial=0.0))
    needs(math.isfinite(largest), largest != 0)
    places = np.argwhere(sizes >= part * largest)
    return tuple(int(i) for i in places[draw.integers(len(places))])


def some_of(draw: Draw, values: Sequence[Value], count: int) -> list[Value]:
    """Return up to ``count`` of the values, drawn without repeating one."""
    return [values[int(place)] for place in draw.permutation(len(values))[:count]]
