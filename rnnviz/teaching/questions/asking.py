"""What a question is, and how its choices are kept apart: one right, the others wrong by a clear distance.

What a kind of question says stands in ``content/questions.toml``; a function of its name works out the
numbers that belong into it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from string import Formatter
from types import MappingProxyType
from typing import Any, TypeVar

import numpy as np

from rnnviz.notation import prose
from rnnviz.notation.conventions import LECTURE
from rnnviz.notation.numbers import counted, four
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.questions.scope import Draw, Scope, UnaskedError

TELLING = 0.01
"""Two choices are told apart only if they differ by this part of the larger one."""
MOST_CHOICES = 5
_SMALLEST, _LARGEST = 1e-280, 1e280

Holes = Mapping[str, Any]
"""What is filled into the texts of a question, by name: numbers, arrays, shapes, words, whatever has them."""
Value = TypeVar("Value")


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
    lit : tuple of str
        Ids of quantities of the stage: where to look.
    """

    text: str
    right: bool
    reply: str
    lit: tuple[str, ...]


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


class _Filling(Formatter):
    """Numbers with four digits, shapes as rows × columns; a word before a colon writes what follows."""

    def format_field(self, value: object, spec: str) -> str:
        if callable(value):
            return str(value(spec))
        if isinstance(value, tuple):
            return " × ".join(map(str, value))
        return four(value) if isinstance(value, float) else str(value)


_FILLING = _Filling()


def _words(scope: Scope) -> Holes:
    """What a word before a colon writes, in the conventions of the network."""
    return {
        "tex": scope.tex,
        "latex": scope.latex,
        "step_number": lambda step: scope.step_number(int(step)),
        "term": lambda pair: scope.term_name(*map(int, pair.split(","))),
        "counted": lambda count: counted(int(count.partition(" ")[0]), count.partition(" ")[2]),
    }


def filled(text: str, holes: Holes) -> str:
    """Return a text with its holes filled."""
    return _FILLING.vformat(text, (), holes) if "{" in text else text


@dataclass(frozen=True)
class Answer:
    """What a choice says.

    Attributes
    ----------
    value : str
        What it stands for: a number, or the name of one; where that is None there is no such choice.
    lit : tuple of str
        Ids; the name of several alone stands for all of them.
    text : str
        The value itself if empty.
    each : str
        The name of several holes, each of which makes a choice.
    """

    value: str
    reply: str
    lit: tuple[str, ...]
    text: str = ""
    each: str = ""

    def options(self, holes: Holes) -> Iterator[Option]:
        """Yield the choices that there are, with their values."""
        for more in holes[self.each] if self.each else ({},):
            found = {**holes, **more}
            value = _value(self.value, found)
            if value is not None:
                own = filled(self.text, found)
                is_number = not own and not isinstance(value, tuple)
                text = four(float(value) + 0.0) if is_number else own or filled("{value}", {"value": value})
                yield Option(value, filled(self.reply, found), self._lit(found), text, is_number)

    def _lit(self, holes: Holes) -> tuple[str, ...]:
        groups = [holes.get(one[1:-1]) for one in self.lit]
        ids = [
            group if isinstance(group, (tuple, list)) else (filled(one, holes),)
            for one, group in zip(self.lit, groups, strict=True)
        ]
        return tuple(dict.fromkeys(name for group in ids for name in group))


def _value(name: str, holes: Holes) -> Any:
    if name[0].isdigit():
        return float(name) if "." in name else int(name)
    return _FILLING.get_field(name, (), holes)[0]


@dataclass(frozen=True)
class Words:
    """What a kind of question says, and what a network must have for it.

    Attributes
    ----------
    choices : mapping
        By value, the right one first: the first whose value is there.
    facts : tuple of str
        Which holes say what was asked.
    least, losses : int
        Fewest steps, and steps with a loss.
    numbers : bool
        Whether it needs finite numbers, and an error at some output.
    single : bool
        Whether it needs one sample on the stage, for a Jacobian belongs to one.
    rows : bool
        Whether it speaks of shapes or sides of a product, and so of row vectors and weights as the lecture
        keeps them.
    whole : bool
        Whether it needs the gradient without truncation.
    lecture : bool
        Whether it shows the lecture's code.
    draws : bool
        Whether the seed changes the prompt; False where all that is asked follows from the network.
    every : bool
        Whether it needs all of its choices, as far as there are.
    """

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


@dataclass(frozen=True)
class Template:
    """A kind of question: its words, and what works out what is filled in, None where it cannot be asked."""

    words: Words
    holes: Callable[[Scope, Draw], Holes | None] = field(repr=False)

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
        try:
            found = self.holes(scope, draw)
        except UnaskedError:
            return None
        if found is None:
            return None
        words, holes = self.words, {"scope": scope, **_words(scope), **found}
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


def template(holes: Callable[[Scope, Draw], Holes | None]) -> Template:
    """Return the kind of question whose numbers a function works out, and that has its name."""
    return Template(prose.read("questions", Mapping[str, Words])[holes.__name__.replace("_", "-")], holes)


@dataclass(frozen=True, eq=False)
class Option:
    """A choice with the number, matrix or shape that it stands for."""

    value: object
    reply: str
    lit: tuple[str, ...]
    text: str
    is_number: bool


def settled(options: Sequence[Option]) -> tuple[Choice, ...]:
    """Return the right choice, the first, and those wrong ones that can be told from it and from each other.

    A wrong option that happens to give the same number is no wrong answer in this network: it is left out.
    Nothing is left where the right value cannot be written.
    """
    kept: list[Option] = []
    for one in options:
        if len(kept) < MOST_CHOICES and _sound(one.value) and _stands_apart(one, kept):
            kept.append(one)
    if not kept or kept[0] is not options[0]:
        return ()
    return tuple(Choice(one.text, one is kept[0], one.reply, one.lit) for one in kept)


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
    """Return whether two values can be told apart; whole numbers and shapes can by any difference."""
    if isinstance(one, (int, tuple)) and isinstance(other, (int, tuple)):
        return one != other
    here, there = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    if here.shape != there.shape:
        return True
    largest = max(frobenius(here), frobenius(there))
    return frobenius(here - there) >= TELLING * largest > 0


def significant(value: float, scale: float) -> bool:
    """Return whether a sum is more than what rounding leaves of parts of size ``scale``."""
    return abs(value) > 1e-6 * scale


def strong_place(values: np.ndarray, draw: Draw, part: float = 0.1) -> tuple[int, ...] | None:
    """Return the index of an entry drawn among the large ones; None where all are 0 or not finite."""
    sizes = np.abs(np.asarray(values, dtype=float))
    largest = float(np.max(sizes, initial=0.0))
    if not math.isfinite(largest) or largest == 0:
        return None
    places = np.argwhere(sizes >= part * largest)
    return tuple(int(i) for i in places[draw.integers(len(places))])


def some_of(draw: Draw, values: Sequence[Value], count: int) -> list[Value]:
    """Return up to ``count`` of the values, drawn without repeating one."""
    return [values[int(place)] for place in draw.permutation(len(values))[:count]]
