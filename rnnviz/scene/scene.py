"""One training step as it is shown, and its two ways to JSON: for the stage, and for anybody's program."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from rnnviz.notation.line import Token
from rnnviz.notation.record import Record
from rnnviz.scene.frame import Frame
from rnnviz.scene.grid import Grid
from rnnviz.scene.strip import Item

if TYPE_CHECKING:
    from rnnviz.notation.conventions import Conventions

DRAWN_VERSION, EXPORTED_VERSION = 1, 2
Records = Mapping[str, Record]


@dataclass(frozen=True, slots=True)
class Form:
    """What stands in the place of a factor when it is opened: in the equation, and in the strip."""

    tokens: tuple[Token, ...]
    items: tuple[Item, ...]

    def drawn(self, places: dict[str, int], column: bool) -> dict:
        """Return what the stage reads."""
        return {
            "tokens": [one.drawn(places) for one in self.tokens],
            "items": [one.drawn(column) for one in self.items],
        }


Forms = Mapping[str, Mapping[str, Mapping[str, Form]]]
"""By switch, choice and factor."""


@dataclass(frozen=True, slots=True)
class Walk:
    """The backward loop, line by line."""

    code: list[str]
    frames: list[Frame]
    known_from: Mapping[str, int]

    def drawn(self, places: dict[str, int], column: bool) -> dict:
        """Return what the stage reads."""
        frames = [one.drawn(places, column) for one in self.frames]
        return {"code": self.code, "frames": frames, "known_from": self.known_from}


@dataclass(frozen=True, slots=True)
class Part:
    """What belongs to one parameter.

    Attributes
    ----------
    quantities : mapping
        Records by id.
    helpers : mapping
        Records that no picture shows, but that products need: reciprocals, rows of ones.
    edges : list of dict
        Of the immediate derivatives.
    forms, walk, immediate
        What opens a cell further; None in an overview.
    """

    frames: list[Frame]
    quantities: Records
    helpers: Records
    known_from: Mapping[str, int]
    grid: Grid
    edges: list[dict]
    forms: Forms | None = None
    walk: Walk | None = None
    immediate: Mapping | None = None

    def drawn(self, places: dict[str, int], column: bool, before: Records) -> dict:
        """Return what the stage reads; with the numbers of ``before`` an edit."""
        found = {
            "frames": [one.drawn(places, column) for one in self.frames],
            "quantities": _drawn(self.quantities, before),
            "known_from": self.known_from, "grid": self.grid.drawn(), "edges": self.edges, "tallest": 3,
        }  # fmt: skip
        if self.walk is not None:
            found["loop"] = self.walk.drawn(places, column)
        if self.forms is not None:
            found["forms"] = _each_form(self.forms, lambda form: form.drawn(places, column))
        if self.immediate is not None:
            quantities = _drawn(self.immediate["quantities"], {})
            found["immediate"] = {**self.immediate, "quantities": quantities}
        return found


@dataclass(frozen=True, slots=True)
class Scene:
    """One training step.

    Attributes
    ----------
    parameter : str
        Whose gradient is taken apart first.
    facts : mapping
        What the stage reads as it is: steps, mode, nodes, edges, switches.
    before : tuple of mapping
        Records of before the newest edit: common ones, and those of each parameter.
    """

    T: int
    cell: str
    parameter: str
    conventions: Conventions
    phases: tuple[str, ...]
    facts: Mapping
    frames: list[Frame]
    quantities: Records
    known_from: Mapping[str, int]
    parts: Mapping[str, Part]
    before: tuple[Records, Mapping[str, Records]] = field(default=({}, {}))

    def drawn(self, mathml: Callable[[str], str]) -> dict:
        """Return what the stage reads; the same symbol's MathML is sent once."""
        places: dict[str, int] = {}
        column = self.conventions.is_column
        common, own = self.before
        found = {
            "version": DRAWN_VERSION, "T": self.T, "parameter": self.parameter, "phases": list(self.phases),
            **self.facts,
            "frames": [one.drawn(places, column) for one in self.frames],
            "quantities": _drawn(self.quantities, common),
            "known_from": self.known_from,
            "parameters": {
                name: part.drawn(places, column, own.get(name, {})) for name, part in self.parts.items()
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


def _drawn(records: Records, before: Records) -> dict[str, dict]:
    return {name: record.drawn(before.get(name)) for name, record in records.items()}


def _each_form(forms: Forms, of: Callable[[Form], dict]) -> dict:
    return {
        switch: {choice: {name: of(form) for name, form in each.items()} for choice, each in choices.items()}
        for switch, choices in forms.items()
    }
