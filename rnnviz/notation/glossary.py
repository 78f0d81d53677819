"""The glossary: what each word and symbol means, and which of them a text or a drawn quantity speaks of."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from rnnviz.notation import prose
from rnnviz.notation.conventions import Conventions
from rnnviz.notation.ids import letter, symbol
from rnnviz.notation.numbers import LOW
from rnnviz.notation.quantity import BLOCKS, Quantity, read


@dataclass(frozen=True)
class Entry:
    """One word or symbol, as ``content/glossary.toml`` says it; the file says what each field holds."""

    id: str
    term: str
    meaning: str
    symbol: str = ""
    shape: str = ""
    code: str = ""
    aliases: tuple[str, ...] = ()
    kinds: tuple[str, ...] = ()
    see: tuple[str, ...] = ()
    related: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """Every name under which the entry is found."""
        return (self.term, *self.aliases)


GROUPS = prose.groups("glossary", Entry)
"""Entries by the title of their group, in the order in which one meets them."""
GLOSSARY: tuple[Entry, ...] = tuple(one for group in GROUPS.values() for one in group)
_BY_ID = {one.id: one for one in GLOSSARY}

_BY_KIND = {kind: one for one in GLOSSARY for kind in one.kinds}
"""Entries by the kinds of the quantities that they explain; ``"L/H"`` is that of a derivative."""
_MARK = re.compile(r"<(\w+)(?:@([^>]+))?>")
_TOKEN = re.compile(r"\w+|[^\w\s]")
_NUMBERED = re.compile(r"([XAHZYŶL])_?\d+")
_RAISED = {low: high for high, low in LOW.items()}
_SUBSCRIPTS = re.compile(f"[{''.join(map(chr, _RAISED))}]+")
_SIZE = re.compile(r"\b(?:n[₀₁₂]|[Tm])(?!\w)")


def entry(name: object) -> Entry:
    """Return the entry of this id; ValueError if there is none."""
    found = _BY_ID.get(name) if isinstance(name, str) else None
    if found is None:
        raise ValueError(f"word: got {name!r}, expected an id of the glossary such as spectral-norm")
    return found


def of_quantity(quantity: str) -> Entry | None:
    """Return the entry of a drawn quantity by its id, such as ``dH_2/dH_1``; None for an unknown form."""
    try:
        found = read(quantity)
    except ValueError:
        return None
    if found.kind == "derivative":
        return _of_derivative(*found.pair)
    if found.kind == "L":
        return _BY_ID["total-loss" if found.t < 0 else "loss"]
    if found.kind in ("parameter", "new"):
        return _BY_ID[BLOCKS[found.parameter][0] if found.parameter in BLOCKS else found.parameter]
    return _BY_KIND.get(found.kind)


def _of_derivative(of: Quantity, by: Quantity) -> Entry | None:
    if of.kind in ("H", "S") and by.kind in ("H", "H_init", "S"):
        return _BY_ID["step-jacobian" if of.t - by.t == 1 else "jacobian-product"]
    if of.kind == "L" and by.kind == "parameter":
        return _BY_ID["gradient" if of.t < 0 else "row-sum"]
    return _BY_KIND.get(f"{of.kind}/{by.kind}")


def latex(one: Entry, conventions: Conventions) -> str:
    """Return the entry's symbol as LaTeX."""

    def written(mark: re.Match) -> str:
        base, step = mark.groups()
        return letter(base, step, conventions) if step else symbol(base, conventions).latex

    return _MARK.sub(written, one.symbol)


def live_shape(shape: str, sizes: Mapping[str, int], of_parameter: str) -> str:
    """Return a shape with the sizes of an experiment (``m``, ``T``, ``n₀``, …) behind it.

    ``shape of θ`` stands for that of the parameter which is looked at.
    """
    letters = shape.replace("shape of θ", of_parameter)
    numbers = _SIZE.sub(lambda name: str(sizes[name[0]]), letters)
    return f"{letters} = {numbers}" if letters else ""


def mentions(text: str) -> tuple[Entry, ...]:
    """Return the entries that a text speaks of, in the order of the glossary.

    Whole words count, the longest name wins, and a plural is its singular. A name without a capital letter is
    found in any case; states with a number, such as H_3 or L₂, are those of step t.
    """
    found = {one.id for _, _, one in found_in(text)}
    return tuple(one for one in GLOSSARY if one.id in found)


def found_in(text: str) -> Iterator[tuple[int, int, Entry]]:
    """Give start, end and entry of every name that stands in a text, from left to right."""
    places = [(part.start(), part.end(), part[0]) for part in _TOKEN.finditer(text)]
    words, at, index = [_plain(word) for _, _, word in places], 0, _index()
    while at < len(words):
        one, length = _longest(words, at, index)
        if one is not None:
            yield places[at][0], places[at + length - 1][1], one
        at += length


def _longest(words: list[str], at: int, index: dict) -> tuple[Entry | None, int]:
    """The entry of the longest name that begins here and how many tokens it takes; (None, 1) without one."""
    starts = {form: None for form in _forms(words[at])}
    names = [pair for form in starts for pair in index.get(form, ())]
    for name, one in sorted(names, key=lambda pair: -len(pair[0])):
        there = words[at : at + len(name)]
        if len(there) == len(name) and all(wanted in _forms(word) for wanted, word in zip(name, there, strict=True)):
            return one, len(name)
    return None, 1


def tokens(name: str) -> tuple[str, ...]:
    """Return a name as it is compared: its words, in small letters if it has no capital one."""
    words = tuple(_plain(word) for word in _TOKEN.findall(name))
    return words if name != name.lower() else tuple(_singular(word) for word in words)


@lru_cache(maxsize=1)
def _index() -> dict[str, tuple[tuple[tuple[str, ...], Entry], ...]]:
    """Names with their entries, by their first word."""
    found: dict[str, list] = {}
    for one in GLOSSARY:
        for name in one.names:
            words = tokens(name)
            found.setdefault(words[0], []).append((words, one))
    return {word: tuple(names) for word, names in found.items()}


@lru_cache(maxsize=50_000)
def _forms(word: str) -> tuple[str, ...]:
    """How a word of a text may stand in a name: as it is, or in small letters without its plural."""
    return (word, _singular(word.lower()))


def _plain(word: str) -> str:
    """Subscripts are read as letters behind a _, and a numbered state becomes that of step t."""
    word = _SUBSCRIPTS.sub(lambda low: "_" + low[0].translate(_RAISED), word)
    numbered = _NUMBERED.fullmatch(word)
    return f"{numbered[1]}_t" if numbered else word


def _singular(word: str) -> str:
    """The word without the s of a plural; short words and those that end so of themselves are left alone."""
    if len(word) < 4 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    for ending, instead in (("xes", "x"), ("shes", "sh"), ("ches", "ch"), ("sses", "ss")):
        if word.endswith(ending):
            return word.removesuffix(ending) + instead
    return word[:-3] + "y" if word.endswith("ies") and word != "series" else word[:-1]


def search(wanted: str) -> tuple[Entry, ...]:
    """Return the entries in which a text stands: first in a name, then in id or code, then in the meaning."""
    sought = wanted.strip().casefold()
    if not sought:
        return ()
    near = [one for one in GLOSSARY if _rank(one, sought) < _NOWHERE]
    return tuple(sorted(near, key=lambda one: _rank(one, sought)))


_NOWHERE = 4


def _rank(one: Entry, sought: str) -> int:
    """0 for a whole name, 1 for a part of one, 2 for id or code, 3 for the meaning, 4 for nothing."""
    names = [name.casefold() for name in one.names]
    if sought in names:
        return 0
    if any(sought in name for name in names):
        return 1
    if sought in one.id.casefold() or sought in one.code.casefold():
        return 2
    return 3 if sought in one.meaning.casefold() else _NOWHERE
