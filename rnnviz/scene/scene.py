"""One training step as it is shown, and its two ways to JSON: for the stage, and for anybody's program."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from types import MappingProxyType
from typing import NamedTuple

from rnnviz.notation.conventions import Conventions
from rnnviz.notation.ids import Quantity
from rnnviz.notation.line import Token
from rnnviz.notation.record import Json, Numbers, Record, nested, thawed
from rnnviz.scene.ribbon import Ribbon
from rnnviz.scene.strip import Item, products

DRAWN_VERSION, EXPORTED_VERSION = 1, 2
Sentence = tuple[str, ...]
"""Pieces of plain text, and a `Quantity` where one is named."""
Records = Mapping[str, Record]
NOTHING: Mapping[str, Record] = MappingProxyType({})


def frame_id(*act: str | int) -> str:
    """Return the id of the frame of an act, its kind and steps: ``term-2-1``."""
    return "-".join(map(str, act))


class Running(NamedTuple):
    """The running product of a term: what stands after each factor, and where most is lost.

    A place has an id, the choices of the switch *output* with which it is there ("" for any), and whether it
    is there with split Jacobians alone.
    """

    title: str
    places: tuple[tuple[Quantity, tuple[str, ...], bool], ...]
    sentence: Sentence

    def drawn(self) -> dict:
        """Return what the stage reads."""
        places = [
            {"q": q} | ({"when": [*when]} if when else {}) | ({"split": True} if split else {})
            for q, when, split in self.places
        ]
        return {"title": self.title, "places": places, "sentence": pieces(self.sentence)}


class Pulse(NamedTuple):
    """What a node sends through the weight ``q`` to the next one, such as X_t W_1, as it is written and drawn."""

    q: str
    start: str
    end: str
    label: tuple[tuple[str, str], ...]
    numbers: Numbers

    def drawn(self) -> dict:
        """Return what the stage reads."""
        label = [list(piece) for piece in self.label]
        return {"q": self.q, "from": self.start, "to": self.end, "label": label, "values": nested(self.numbers.visible)}


def pieces(sentence: Sentence) -> list[str | dict]:
    """Return a sentence as the stage reads it."""
    return [{"q": one} if isinstance(one, Quantity) else one for one in sentence]


@dataclass(frozen=True, slots=True)
class Frame:
    """One act of a training step.

    Attributes
    ----------
    phase : int
        From 1, as the lecture's steps are counted.
    lit, new : tuple of Quantity
        What is lit, and what becomes known.
    line : int or None
        Of the loop's code, which runs here.
    code : str
        Lines of NumPy that compute what the frame shows.
    pulses : tuple of Pulse
        What runs along the edges while it is computed.
    ribbon : Ribbon or None
        The way back of a term as a band.
    at : int or None
        The step whose copy of a weight is used; None where all are.
    """

    id: str
    phase: int
    sentence: Sentence
    lit: tuple[str, ...]
    new: tuple[str, ...]
    equation: tuple[Token, ...]
    strip: tuple[Item, ...]
    line: int | None
    code: str
    running: Running | None
    pulses: tuple[Pulse, ...] = ()
    ribbon: Ribbon | None = None
    at: int | None = None

    def drawn(self, places: dict[str, int], column: bool, coded: bool) -> dict:
        """Return what the stage reads, with or without its code; ``places`` grows by the LaTeX of the equation."""
        found = {
            "id": self.id, "phase": self.phase, "sentence": pieces(self.sentence), "lit": [*self.lit],
            "new": [*self.new], "equation": [one.drawn(places) for one in self.equation],
            "matrices": [one.drawn(column) for one in self.strip],
        }  # fmt: skip
        found |= {} if self.line is None else {"line": self.line}
        found |= {"code": self.code} if coded and self.code else {}
        found |= {"pulses": [one.drawn() for one in self.pulses]} if self.pulses else {}
        found |= {} if self.at is None else {"at": self.at}
        found |= {} if self.ribbon is None else {"ribbon": self.ribbon.drawn()}
        return found | ({"running": self.running.drawn()} if self.running else {})

    def exported(self, records: Records, phases: Sequence[str], column: bool) -> dict:
        """Return it in the form of an exported scene; ``records`` tell how quantities are called."""
        said = (records[one].symbol.text if isinstance(one, Quantity) else one for one in self.sentence)
        return {
            "id": self.id,
            "phase": phases[self.phase - 1],
            "sentence": "".join(said),
            "equation": " ".join(one.latex for one in self.equation),
            "lit": self.lit,
            "products": [[one._asdict() for one in each] for each in products(self.strip, column)],
        }


def first_known(frames: Sequence[Frame], offset: int) -> dict[str, int]:
    """Return the index of the frame at which each id becomes known; ``offset`` frames go before."""
    found: dict[str, int] = {}
    for place, one in enumerate(frames, offset):
        for quantity in one.new:
            found.setdefault(quantity, place)
    return found


class Cell(NamedTuple):
    """One cell of the grid.

    Attributes
    ----------
    state : {"live", "cut", "future", "none"}
        Whether its term is kept, left out by truncation, after its loss, or of a step without one.
    q, frame : str
        Ids of its term and of the term's frame; "" where there is none.
    """

    state: str
    q: str = ""
    frame: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """The (t, k) grid of one parameter: a row for each loss step, a column for each source step.

    Attributes
    ----------
    title : tuple
        The label of what the cells add up to, which is called ``whole``; ``factor`` stands before the sum.
    whose : str
        Whose terms they are: of a sample, or the mean over several; "" where there is one sample.
    rows, columns : tuple
        Steps, with their names as the conventions count.
    row_sums, column_sums, corner, lags
        Ids of the sums.
    modes : tuple
        Ways to read the cells: id, name, words.
    closings : mapping
        How the numbers close, by way; ``entry`` by place.
    entry : tuple of int
        Row and column of the entry that is looked at first.
    largest : float
        The largest size of a drawn entry.
    """

    title: tuple[tuple[str, str], ...]
    whose: str
    whole: str
    factor: str
    across: str
    rows: tuple[int, ...]
    columns: tuple[int | str, ...]
    row_names: tuple[str, ...]
    column_names: tuple[str, ...]
    cells: tuple[tuple[Cell, ...], ...]
    row_sums: tuple[str | None, ...]
    column_sums: tuple[str, ...]
    corner: str
    modes: tuple[tuple[str, str, str], ...]
    closings: Json
    entry: tuple[int, ...]
    largest: float
    lags: tuple[str, ...]
    note: str

    def drawn(self) -> dict:
        """Return what the stage reads."""
        cells = [[{name: each for name, each in one._asdict().items() if each} for one in row] for row in self.cells]
        return {name: thawed(getattr(self, name)) for name in self.__slots__} | {"cells": cells}


class Form(NamedTuple):
    """What stands in the place of a factor when it is opened: in the equation, and in the strip."""

    tokens: tuple[Token, ...]
    items: tuple[Item, ...]

    def drawn(self, places: dict[str, int], column: bool) -> dict:
        """Return what the stage reads."""
        tokens = [one.drawn(places) for one in self.tokens]
        return {"tokens": tokens, "items": [one.drawn(column) for one in self.items]}


Forms = Mapping[str, Mapping[str, Mapping[str, Form]]]
"""By switch, choice and factor."""


class Walk(NamedTuple):
    """The backward loop, line by line."""

    code: tuple[str, ...]
    frames: tuple[Frame, ...]


class Way(NamedTuple):
    """What moves H_k when one entry of a parameter does: at once, by earlier uses (``more`` are not drawn), in all."""

    parts: tuple[Quantity, ...]
    more: int
    total: Quantity
    sentence: Sentence


class Immediate(NamedTuple):
    """Immediate against total: how the entry is called, and its ways by drawn step k."""

    entry: str
    quantities: Records
    steps: Mapping[int, Way]

    def drawn(self) -> dict:
        """Return what the stage reads."""
        ways = {k: one._asdict() | {"sentence": pieces(one.sentence)} for k, one in self.steps.items()}
        return {"entry": self.entry, "quantities": _drawn(self.quantities), "steps": ways}


@dataclass(frozen=True, slots=True)
class Part:
    """What belongs to one parameter.

    Attributes
    ----------
    helpers : mapping
        Records that no picture shows, but that products need: reciprocals, rows of ones.
    edges : tuple of (id, id)
        The immediate derivatives, and the node from which each leads to the parameter.
    forms, walk, immediate
        What opens a cell further; None in an overview.
    """

    frames: tuple[Frame, ...]
    quantities: Records
    helpers: Records
    grid: Grid
    edges: tuple[tuple[Quantity, Quantity], ...]
    forms: Forms | None
    walk: Walk | None
    immediate: Immediate | None

    def drawn(self, name: str, offset: int, places: dict[str, int], column: bool, before: Records) -> dict:
        """Return what the stage reads; with the numbers of ``before`` an edit."""
        found = {
            "frames": [one.drawn(places, column, self.forms is not None) for one in self.frames],
            "quantities": _drawn(self.quantities, before),
            "known_from": first_known(self.frames, offset),
            "grid": self.grid.drawn(),
            "edges": [{"q": q, "from": node, "parameter": name, "at": node.t} for q, node in self.edges],
            "tallest": 3,
        }
        if self.walk is not None:
            code, frames = self.walk
            drawn = [one.drawn(places, column, False) for one in frames]
            found["loop"] = {"code": [*code], "frames": drawn, "known_from": first_known(frames, offset)}
        if self.forms is not None:
            found["forms"] = {
                switch: {
                    choice: {factor: form.drawn(places, column) for factor, form in each.items()}
                    for choice, each in choices.items()
                }
                for switch, choices in self.forms.items()
            }
        return found | ({} if self.immediate is None else {"immediate": self.immediate.drawn()})


@dataclass(frozen=True, slots=True)
class Scene:
    """One training step.

    Attributes
    ----------
    parameter : str
        Whose gradient is taken apart first.
    facts : mapping
        What the stage reads as it is: steps, mode, nodes, edges, switches.
    before, parts_before : mapping
        Records of before the newest edit: common ones, and those of each parameter.
    """

    T: int
    cell: str
    parameter: str
    conventions: Conventions
    phases: tuple[str, ...]
    facts: Mapping[str, Json]
    frames: tuple[Frame, ...]
    quantities: Records
    parts: Mapping[str, Part]
    before: Records
    parts_before: Mapping[str, Records]

    def drawn(self, mathml: Callable[[str], str]) -> dict:
        """Return what the stage reads; the same symbol's MathML is sent once."""
        places: dict[str, int] = {}
        column, offset = self.conventions.is_column, len(self.frames)
        found = {
            "version": DRAWN_VERSION, "T": self.T, "parameter": self.parameter, "phases": [*self.phases],
            **{name: thawed(each) for name, each in self.facts.items()},
            "frames": [one.drawn(places, column, bool(self.facts["detail"])) for one in self.frames],
            "quantities": _drawn(self.quantities, self.before),
            "known_from": first_known(self.frames, 0),
            "parameters": {
                name: part.drawn(name, offset, places, column, self.parts_before.get(name, NOTHING))
                for name, part in self.parts.items()
            },
        }  # fmt: skip
        return found | {"math": [mathml(latex) for latex in places]}

    def exported(self) -> dict:
        """Return it with every entry in full precision, and with the products that its frames draw."""
        part = self.parts[self.parameter]
        records = {**self.quantities, **part.quantities, **part.helpers}
        column = self.conventions.is_column
        return {
            "version": EXPORTED_VERSION,
            "parameter": self.parameter,
            "T": self.T,
            "cell": self.cell,
            "conventions": asdict(self.conventions),
            "quantities": {name: record.exported() for name, record in records.items()},
            "frames": [one.exported(records, self.phases, column) for one in (*self.frames, *part.frames)],
        }


def _drawn(records: Records, before: Records = NOTHING) -> dict[str, dict]:
    return {name: record.drawn(before.get(name)) for name, record in records.items()}
