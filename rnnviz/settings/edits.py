"""Single numbers of an experiment that the reader changed, as text that travels in the link.

An edit is ``VARIABLE.INDEX….:VALUE``; edits are separated by commas, the newest last:
``Wh1.0.1:0.5,X.2.0.1:-1,b1.0:0.1``.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Integral, Real

from rnnviz.notation.counts import counted

MAX_EDITS = 40
LARGEST_VALUE = 1e6
LONGEST_TEXT = 4000
_MOST_NAMED = 5
EXPECTED = f"edits such as Wh1.0.1:0.5, separated by commas, at most {MAX_EDITS}"

INDICES = {"W1": (2,), "Wh1": (2,), "b1": (1,), "W2": (2,), "b2": (1,), "X": (3,), "Y": (2, 3), "H_init": (2,)}
"""How many indices an entry of each variable has; Y has no step where only the last one has a target."""

EXPECTED_ENTRY = "an entry such as Wh1.0.1"
NUMBER = r"[+-]?(?:[0-9]{1,40}\.?[0-9]{0,40}|\.[0-9]{1,40})(?:[eE][+-]?[0-9]{1,3})?"
_PLACE = r"([A-Za-z_][A-Za-z_0-9]{0,9})((?:\.[0-9]{1,4}){1,3})"
_ENTRY = re.compile(_PLACE, re.ASCII)
_ACTIVE = re.compile(r"[\\`*_\[\]<>$~:!#|&@^{}]|(?<=www)\.", re.IGNORECASE)
_AT_AN_END = re.compile(r"(?<![^\W_])_+|_+(?![^\W_])|(?<=www)\.", re.IGNORECASE)
"""Underscores that do not stand inside a word make bold what they enclose; www. begins a link."""
_EDIT = re.compile(rf"{_PLACE}:({NUMBER})", re.ASCII)


@dataclass(frozen=True)
class Edit:
    """One number put in the place of another; ValueError where there is no such entry, or beyond ±1e6.

    `entry` is an index: of X (t, sample, i), of Y (t, sample, j) or (sample, j), of H_init (sample, unit).
    """

    variable: str
    entry: tuple[int, ...]
    value: float

    def __post_init__(self) -> None:
        if not isinstance(self.variable, str) or self.variable not in INDICES:
            raise ValueError(f"edits: got {shown(self.variable)}, expected one of {', '.join(INDICES)}")
        object.__setattr__(self, "entry", _checked_entry(self.variable, self.entry))
        real = isinstance(self.value, Real) and not isinstance(self.value, bool)
        if not real or not abs(self.value) <= LARGEST_VALUE:
            most = f"{LARGEST_VALUE:.0f}"
            raise ValueError(f"edits: got {shown(self.value)}, expected a number from −{most} to {most}")
        object.__setattr__(self, "value", float(self.value))

    @property
    def name(self) -> str:
        """The entry as NumPy writes it, such as ``Wh1[0, 1]``."""
        return f"{self.variable}[{', '.join(map(str, self.entry))}]"

    def __str__(self) -> str:
        return f"{self.variable}.{'.'.join(map(str, self.entry))}:{self.value!r}"


def shown(value: object, limit: int = 40) -> str:
    """Return ``value`` cut short and freed from anything that Markdown, TeX or HTML could act on.

    Examples
    --------
    >>> shown("truncation_kind"), shown("__proto__"), shown("<b>www.x.y")
    ('truncation_kind', '··proto··', '·b·www·x.y')
    """
    text = str(value)[: limit + 1]
    text = text[:limit] + "…" if len(text) > limit else text
    text = "".join(c if c.isalnum() or c in " .,+-_…" else "·" for c in text) or "(empty)"
    return _AT_AN_END.sub(lambda found: "·" * len(found[0]), text)


def unmarked(text: str) -> str:
    """Return a reader's text for a place that reads Markdown: every character of it stands for itself.

    Examples
    --------
    >>> print(unmarked("a *b*, $c$"))
    a \\*b\\*, \\$c\\$
    """
    return _ACTIVE.sub(r"\\\g<0>", " ".join(text.split()))


def read(text: object) -> tuple[Edit, ...]:
    """Return the edits that a text means, of one entry the last; ValueError says which part means none.

    Examples
    --------
    >>> read("b1.0:1,Wh1.0.1:.5,b1.0:2")
    (Edit(variable='Wh1', entry=(0, 1), value=0.5), Edit(variable='b1', entry=(0,), value=2.0))
    """
    if not isinstance(text, str) or len(text) > LONGEST_TEXT:
        raise ValueError(f"edits: got {shown(text)}, expected {EXPECTED}")
    found = []
    for part in text.split(",") if text else ():
        if (match := _EDIT.fullmatch(part)) is None:
            raise ValueError(f"edits: got {shown(part)}, expected {EXPECTED}")
        variable, entry, value = match.groups()
        found.append(Edit(variable, tuple(map(int, entry[1:].split("."))), float(value)))
    return _in_order(found)


def written(edits: Iterable[Edit]) -> str:
    """Return edits as text; ``read`` gives them back to the last bit."""
    return ",".join(map(str, edits))


def entry_of(text: object) -> tuple[str, tuple[int, ...]]:
    """Return the variable and the index that a text such as ``Wh1.0.1`` means, or raise ValueError.

    Examples
    --------
    >>> entry_of("b1.2")
    ('b1', (2,))
    """
    match = _ENTRY.fullmatch(text) if isinstance(text, str) else None
    if match is None or match[1] not in INDICES:
        raise ValueError(f"entry: got {shown(text)}, expected {EXPECTED_ENTRY}")
    return match[1], _checked_entry(match[1], tuple(map(int, match[2][1:].split("."))))


def entry_text(variable: str, entry: Iterable[int]) -> str:
    """Return an entry as text; ``entry_of`` reads it."""
    return ".".join(map(str, (variable, *entry)))


def with_edit(text: str, edit: Edit) -> str:
    """Return the text with one more edit; it takes the place of an earlier one of the same entry."""
    return written(_in_order((*read(text), edit)))


def without(text: str, variable: str, entry: tuple[int, ...]) -> str:
    """Return the text without the edit of one entry, if there is one."""
    return written(edit for edit in read(text) if (edit.variable, edit.entry) != (variable, entry))


def without_last(text: str) -> str:
    """Return the text without its newest edit; an empty text stays empty."""
    return written(read(text)[:-1])


def left_out(edits: Iterable[Edit], why: str) -> tuple[str, ...]:
    """Return a note on edits that are not made; none where there are none."""
    names = [edit.name for edit in edits]
    if not names:
        return ()
    some = ", ".join(names[:_MOST_NAMED]) + (", …" if len(names) > _MOST_NAMED else "")
    return (f"{counted(len(names), 'edit', 'was', 'were')} left out, because {why}: {some}.",)


def _in_order(edits: Iterable[Edit]) -> tuple[Edit, ...]:
    """Keep the last edit of each entry, in the order in which these were made."""
    latest: dict[tuple, Edit] = {}
    for edit in edits:
        latest.pop((edit.variable, edit.entry), None)
        latest[edit.variable, edit.entry] = edit
    if len(latest) > MAX_EDITS:
        raise ValueError(f"edits: got {len(latest)} edits, expected at most {MAX_EDITS}")
    return tuple(latest.values())


def _checked_entry(variable: str, entry: object) -> tuple[int, ...]:
    given = tuple(entry) if isinstance(entry, (tuple, list)) else ()
    whole = all(isinstance(i, Integral) and not isinstance(i, bool) and 0 <= int(i) < 10_000 for i in given)
    if len(given) not in INDICES[variable] or not whole:
        counts = " or ".join(map(str, INDICES[variable]))
        raise ValueError(
            f"edits: got {variable} at {shown(entry)}, expected {counts} whole numbers from 0 as its index"
        )
    return tuple(map(int, given))
