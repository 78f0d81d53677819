"""The unrolled network with the way back of one term, its equation and its matrices, for slides and papers in LaTeX."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rnnviz.charts.theme import ROLES, ground
from rnnviz.engine import keeps
from rnnviz.experiment.core import Experiment
from rnnviz.export.command import made_with
from rnnviz.notation.ids import Quantity
from rnnviz.notation.numbers import four
from rnnviz.notation.record import Record
from rnnviz.scene.build import plain_scene
from rnnviz.scene.scene import Frame, Part, Scene, frame_id
from rnnviz.scene.strip import Factor, products

_DOCUMENT = r"""% {made}
% {sentence}
\documentclass[border=4mm]{{standalone}}
\usepackage{{amsmath}}
\usepackage{{tikz}}
\usetikzlibrary{{arrows.meta}}
{colours}
\begin{{document}}
\begin{{tikzpicture}}[
  quantity/.style={{circle, draw, minimum size=11mm, inner sep=0pt}},
  forward/.style={{-{{Stealth}}, quiet}},
  used/.style={{-{{Stealth}}, thick, parameterLine}},
  back/.style={{-{{Stealth}}, thick, chainLine}},
  symbol/.style={{font=\footnotesize, inner sep=2pt}},
]
{drawn}
\end{{tikzpicture}}
\end{{document}}
"""
_ROWS = ("X", "H", "C", "Y_hat", "L")
_HEIGHT, _STEP = 2.5, 3.0
"""From row to row, and from step to step, in centimetres; the row of C is that of an LSTM."""
_WIDEST = 21
"""Columns of numbers on a line."""
_OPERATORS = {"": "", "·": r"\cdot", "∘": r"\circ", "⊗": r"\otimes", "+": "+", "−": "-", "=": "="}


def tikz(experiment: Experiment) -> str:
    """Return a LaTeX document of one term of the configuration's parameter.

    It goes from the last loss back to the first step that truncation keeps, the stage draws, and has a term which is
    not 0. The network is that of the stage; a long axis of a matrix is without its middle.
    """
    scene = plain_scene(experiment)
    part = scene.parts[scene.parameter]
    page = _Page(scene, part, farthest(experiment, part))
    said = (one if not isinstance(one, Quantity) else page.records[one].symbol.text for one in page.frame.sentence)
    lines = [*page.nodes(), *page.edges(), *page.way_back(), *page.mathematics()]
    return _DOCUMENT.format(
        made=made_with("tikz", experiment.config),
        sentence=" ".join("".join(said).split()),
        colours="\n".join(_colours()),
        drawn="\n".join(f"  {line}" for line in lines),
    )


def farthest(experiment: Experiment, part: Part) -> Frame:
    """The frame of the kept term that goes from the last loss farthest back, of one that is not 0 if there is any."""
    config, frames = experiment.config, {frame.id: frame for frame in part.frames}
    last = len(experiment.trace.X) - 1
    kept = [k for k in range(last + 1) if keeps(last, k, config.truncation, config.truncation_kind)]
    drawn = [k for k in kept if frame_id("term", last, k) in frames]
    numbers = {k: part.quantities[Quantity("term", last, k)].numbers for k in drawn}
    chosen = [k for k, one in numbers.items() if one is not None and one.matrix.any()] or drawn
    return frames[frame_id("term", last, chosen[0])]


def _colours() -> Iterator[str]:
    shades = {
        f"{name}{part.capitalize()}": shade
        for name, role in ROLES.items()
        for part, shade in vars(role["light"]).items()
    }
    for name, shade in (shades | {"quiet": ground("light").muted}).items():
        yield rf"\definecolor{{{name}}}{{HTML}}{{{shade.removeprefix('#')}}}"


@dataclass(frozen=True, eq=False)
class _Page:
    """A frame of a scene as lines of TikZ."""

    scene: Scene
    part: Part
    frame: Frame

    @property
    def records(self) -> dict[str, Record]:
        return {**self.scene.quantities, **self.part.quantities, **self.part.helpers}

    def _facts(self, name: str) -> list[Mapping[str, Any]]:
        found: Any = self.scene.facts[name]
        return [*found]

    def _written(self, quantity: str) -> str:
        return f"${self.records[quantity].symbol.latex}$"

    @property
    def heights(self) -> dict[str, float]:
        """How high each row that is drawn stands."""
        drawn = {node["row"] for node in self._facts("nodes")}
        return {row: _HEIGHT * place for place, row in enumerate(row for row in _ROWS if row in drawn)}

    def nodes(self) -> Iterator[str]:
        """States, outputs and losses, filled where the frame lights them; what is folded between them."""
        heights = self.heights
        for node in self._facts("nodes"):
            quantity, role = node["q"], self.records[node["q"]].symbol.role
            fill = f", fill={role}Area, thick" if quantity in self.frame.lit else ""
            place = f"({node['column'] * _STEP:g},{heights[node['row']]:g})"
            style = f"quantity, draw={role}Line, text={role}Text{fill}"
            yield rf"\node[{style}] ({quantity}) at {place} {{{self._written(quantity)}}};"
        for gap in self._facts("gaps"):
            yield rf"\node[symbol, quiet] at ({gap['column'] * _STEP:g},{heights['H']:g}) {{{gap['text']}}};"

    def edges(self) -> Iterator[str]:
        """How the forward pass goes; the copy of a weight that the frame uses is lit."""
        for edge in self._facts("edges"):
            quantity = edge["q"]
            used = "at" in edge and quantity in self.frame.lit and self.frame.at in (None, edge["at"])
            style, name = ("used", "parameterText") if used else ("forward", "quiet")
            where = "auto" if quantity == "Wh1" else "auto, pos=0.3"
            label = f"node[symbol, {where}, {name}] {{{self._written(quantity)}}} " if edge.get("label", True) else ""
            if edge["kind"] == "forward":
                aside = edge.get("road") == "direct" or quantity == "W2"  # of W_h1, or of C
                way = "to[bend left]" if aside and self.scene.cell != "plain" else "--"
                yield rf"\draw[{style}] ({edge['from']}) {way} {label}({edge['to']});"
            elif edge["kind"] == "bias":
                start = f"([shift={{(-0.9,-0.9)}}]{edge['node']}.center)"
                label = label.replace(where, "below")
                yield rf"\draw[{style}] {start} {label}-- ({edge['node']});"

    def way_back(self) -> Iterator[str]:
        """The factors of the term, as arrows from its loss back to the parameter."""
        for edge in self._facts("edges"):
            if edge["kind"] == "backward" and edge["q"] in self.frame.lit:
                start, end = edge["from"], edge["to"]
                side = "below" if start.kind == end.kind else "right"
                bend = "bend left=55" if edge.get("road") == "direct" else "bend left"
                factor = self._factor(edge["q"], side) if edge.get("label", True) else ""
                yield rf"\draw[back] ({start}) to[{bend}] {factor} ({end});"
        for quantity, node in self.part.edges:
            if quantity in self.frame.lit:
                end = f"([shift={{(-1,0.9)}}]{node}.center)"
                yield rf"\draw[back] ({node}) -- {end} {self._factor(quantity, 'left')};"

    def _factor(self, quantity: str, side: str) -> str:
        one = self.records[quantity].symbol
        return rf"node[symbol, {side}, {one.role}Text] {{$\displaystyle {one.latex}$}}"

    def mathematics(self) -> Iterator[str]:
        """The term's equation, and below it the products with their numbers."""
        columns = [node["column"] for node in self._facts("nodes")]
        middle = (min(columns) + max(columns)) / 2 * _STEP
        lines = [" ".join(one.latex for one in self.frame.equation)]
        for product in products(self.frame.strip, self.scene.conventions.is_column):
            lines += self._product(product)
        place = f"({middle:g},-1.2)"
        for number, line in enumerate(lines):
            yield rf"\node[anchor=north] (line-{number}) at {place} {{$\displaystyle {line}$}};"
            place = f"([yshift=-3mm]line-{number}.south)"

    def _product(self, factors: list[Factor]) -> list[str]:
        """A product on as many lines as it needs."""
        lines, width = [""], 0
        for one in factors:
            entries = _entries(self.records[one.q], one.transpose)
            width += len(entries[0])
            if width > _WIDEST and lines[-1]:
                width, lines = len(entries[0]), [*lines, ""]
            lines[-1] += f"{_OPERATORS[one.op]} {self._matrix(one, entries)} "
        return [line.strip() for line in lines]

    def _matrix(self, one: Factor, entries: list[list[str]]) -> str:
        """A matrix with its symbol below it, multiplied as the product has it."""
        inner = r" \\ ".join(" & ".join(row) for row in entries)
        latex = self.records[one.q].symbol.latex
        symbol = rf"{{{latex}}}^{{\top}}" if one.transpose else latex
        matrix = rf"\underset{{{symbol}}}{{\begin{{pmatrix}} {inner} \end{{pmatrix}}}}"
        matrix = rf"\mathrm{{{one.fn}}} {matrix}" if one.fn else matrix
        return matrix if one.times == 1 else rf"{_number(one.times)}\, {matrix}"


def _entries(record: Record, transpose: bool) -> list[list[str]]:
    """The drawn entries of a matrix, with dots where a long axis has lost its middle."""
    numbers = record.numbers
    assert numbers is not None
    visible = numbers.visible.T if transpose else numbers.visible
    found = [[_number(entry) for entry in row] for row in visible.tolist()]
    rows, columns = numbers.rows, numbers.columns
    if numbers.transposed != transpose:
        rows, columns = columns, rows
    if gap := _gap(columns):
        found = [[*row[:gap], r"\cdots", *row[gap:]] for row in found]
    if gap := _gap(rows):
        found.insert(gap, [r"\vdots"] * len(found[0]))
    return found


def _gap(drawn: tuple[int, ...]) -> int:
    """The place of a folded middle among the drawn indices; 0 for none."""
    return next((place for place, index in enumerate(drawn) if index != place), 0)


def _number(value: float) -> str:
    if not np.isfinite(value):
        return rf"\text{{{four(value)}}}"
    digits, _, power = four(value).replace("−", "-").partition("e")
    return rf"{digits} \cdot 10^{{{power}}}" if power else digits
