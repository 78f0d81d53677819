"""One frame of the stage as a drawing: network with the way back, grid, equation and matrices, on one page."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from rnnviz.browser import faces
from rnnviz.charts.theme import Ground, Shades, ground, role
from rnnviz.experiment.core import Experiment
from rnnviz.export.command import made_with
from rnnviz.export.drawing import Pieces, document, element, matrix, pieces_of, plain, size_of, square, text, width_of
from rnnviz.export.tikz import farthest
from rnnviz.notation.ids import Quantity
from rnnviz.notation.numbers import percent, rounded
from rnnviz.notation.record import Record
from rnnviz.scene.build import plain_scene
from rnnviz.scene.scene import Frame, Part, Scene, first_known
from rnnviz.scene.strip import Factor, products

WIDTH, MARGIN, GRID = 1400.0, 24.0, 360.0
_NETWORK = 430.0
"""The height of the network and of the grid beside it."""
_ROWS = {"L": 0.06, "Y_hat": 0.28, "C": 0.47, "H": 0.66, "X": 0.93}
_NODE = {"L": 44.0, "Y_hat": 52.0, "C": 44.0, "H": 52.0, "X": 52.0}
_LEGIBLE = 30.0
"""Pixels that a square needs for its number."""


def svg(experiment: Experiment, *, theme: str = "light", frame: str | None = None) -> str:
    """Return a frame of the configuration's parameter as SVG; by default the term that goes farthest back.

    ValueError for an unknown theme or frame.
    """
    ground(theme)
    scene = plain_scene(experiment)
    part = scene.parts[scene.parameter]
    frames = {one.id: one for one in (*scene.frames, *part.frames)}
    if frame is not None and frame not in frames:
        raise ValueError(f"--frame: got {frame[:40]!r}, expected one of {', '.join(frames)}")
    chosen = farthest(experiment, part) if frame is None else frames[frame]
    page = _Page(scene, part, chosen, [*frames].index(chosen.id), theme)
    top = MARGIN
    parts = []
    for draw in (page.title, page.picture, page.equation, page.strips):
        drawn, top = draw(top)
        parts.append(drawn)
    body, made = "".join(parts), made_with("svg", experiment.config)
    return document(WIDTH, top + MARGIN, theme, faces(None), page.words, made, body, data_frame_id=chosen.id)


@dataclass(frozen=True, eq=False)
class _Page:
    """A frame of a scene as elements; what draws a part takes its upper edge and returns its lower one."""

    scene: Scene
    part: Part
    frame: Frame
    index: int
    theme: str

    @cached_property
    def records(self) -> dict[str, Record]:
        return {**self.scene.quantities, **self.part.quantities, **self.part.helpers}

    @cached_property
    def known_from(self) -> dict[str, int]:
        return first_known(self.scene.frames, 0) | first_known(self.part.frames, len(self.scene.frames))

    @property
    def ground(self) -> Ground:
        return ground(self.theme)

    @property
    def words(self) -> str:
        said = (self.records[one].symbol.text if isinstance(one, Quantity) else one for one in self.frame.sentence)
        return "".join(said)

    @property
    def sentence(self) -> Pieces:
        found: list[tuple[str, str]] = []
        for one in self.frame.sentence:
            found += self.records[one].symbol.label if isinstance(one, Quantity) else [(one, "prose")]
        return found

    def shades(self, quantity: str) -> Shades:
        return role(self.records[quantity].symbol.role, self.theme)

    def is_known(self, quantity: str) -> bool:
        return self.known_from.get(quantity, 0) <= self.index

    def facts(self, name: str) -> list[Mapping[str, Any]]:
        found: Any = self.scene.facts[name]
        return [*found]

    def title(self, top: float) -> tuple[str, float]:
        lines: list[list[tuple[str, str]]] = [[]]
        for words, place in self.sentence:
            for word in words.replace(" ", " \0").split("\0") if place == "prose" else [words]:
                if width_of([*lines[-1], (word, place)], 20) > WIDTH - 2 * MARGIN and place == "prose":
                    lines.append([])
                lines[-1].append((word, place))
        drawn = [text(line, MARGIN, top + 20 + 28 * n, 20, self.ground.ink) for n, line in enumerate(lines)]
        return "".join(drawn), top + 28 * len(lines) + 12

    def picture(self, top: float) -> tuple[str, float]:
        body = "".join([*self._edges(), *self._way_back(), *self._nodes(), *self._gaps(), *self._grid()])
        return element("g", body, transform=f"translate(0 {top:.6g})"), top + _NETWORK + 16

    @property
    def _column(self) -> float:
        columns: Any = self.scene.facts["columns"]
        return (WIDTH - GRID - 3 * MARGIN) / (int(columns) + 1)

    def _place(self, node: str) -> tuple[float, float]:
        one = next(each for each in self.facts("nodes") if each["q"] == node)
        return MARGIN + (one["column"] + 1.5) * self._column, _NETWORK * _ROWS[one["row"]]

    def _box(self, node: str) -> tuple[float, float]:
        row = next(each["row"] for each in self.facts("nodes") if each["q"] == node)
        return min(240.0, self._column - 76 if self._column > 180 else 0.64 * self._column), _NODE[row]

    def _nodes(self) -> Iterator[str]:
        for node in self.facts("nodes"):
            yield element("g", "".join(self._node(node)), data_q=node["q"], data_row=node["row"])

    def _node(self, node: Mapping[str, Any]) -> Iterator[str]:
        quantity, (x, y), (width, height) = node["q"], self._place(node["q"]), self._box(node["q"])
        shades, lit, known = self.shades(quantity), quantity in self.frame.lit, self.is_known(quantity)
        fill = shades.area if lit else self.ground.page
        stroke = shades.line if lit else self.ground.quiet
        yield element(
            "rect", x=x - width / 2, y=y - height / 2, width=width, height=height, rx=9, fill=fill, stroke=stroke,
            stroke_width=3 if lit else 1.5, stroke_dasharray=None if known else "4 3",
        )  # fmt: skip
        label = self.records[quantity].symbol.label
        beside = width > 90
        at = (x - width / 2 + 22, y + 5) if beside else (x, y - height / 2 + 13)
        yield text(label, *at, 16 if beside else 11, self.ground.ink, text_anchor="middle")
        if known:
            yield from self._numbers(quantity, node["row"], x, y, width, height, beside)

    def _numbers(
        self, quantity: str, row: str, x: float, y: float, width: float, height: float, beside: bool
    ) -> Iterator[str]:
        """The numbers of a node in squares, or in a word what they are where they have no room."""
        numbers, scales = self.records[quantity].numbers, self.scene.facts["scales"]
        if numbers is None:
            return
        entries = numbers.written.ravel()
        left, top = (x - width / 2 + 44, y - height / 2 + 6) if beside else (x - width / 2 + 3, y - height / 2 + 18)
        room, tall = x + width / 2 - 6 - left, y + height / 2 - 6 - top
        each = min(56.0, room / len(entries))
        limit: Any = scales[row]  # type: ignore[index, call-overload]
        for place, value in enumerate(entries.tolist()):
            told = 11.0 if each >= _LEGIBLE else 0.0
            yield from square(value, left + place * each, top, each, tall, self.theme, float(limit), told, 2)

    def _edges(self) -> Iterator[str]:
        """How the forward pass goes; the copy of a weight that the frame uses is lit."""
        biases = {edge["node"]: edge["q"] for edge in self.facts("edges") if edge["kind"] == "bias"}
        for edge in (each for each in self.facts("edges") if each["kind"] == "forward"):
            (x1, y1), (x2, y2) = self._ends(edge["from"], edge["to"])
            used, flat, label = self._is_used(edge, edge["q"]), y1 == y2, self.records[edge["q"]].symbol.label
            if not flat and edge["to"] in biases:
                bias = biases[edge["to"]]
                label, used = (*label, (" + ", ""), *self.records[bias].symbol.label), used or self._is_used(edge, bias)
            shades, width = role("parameter", self.theme), 3 if used else 1
            d = f"M{x1:.6g} {y1:.6g}L{x2:.6g} {y2:.6g}"
            yield element("path", d=d, stroke=shades.line if used else self.ground.muted, stroke_width=width)
            if edge.get("label", True) and self._column > 110:
                at = ((x1 + x2) / 2, y1 - 18) if flat else (x1 - 18, (y1 + y2) / 2 + 4)
                fill = shades.text if used else self.ground.muted
                yield text(label, *at, 12, fill, text_anchor="middle" if flat else "end")

    def _is_used(self, edge: Mapping[str, Any], quantity: str) -> bool:
        return "at" in edge and quantity in self.frame.lit and self.frame.at in (None, edge["at"])

    def _ends(self, start: str, end: str) -> tuple[tuple[float, float], tuple[float, float]]:
        """Where an edge leaves one box and meets the other."""
        (x1, y1), (x2, y2) = self._place(start), self._place(end)
        (w1, h1), (w2, h2) = self._box(start), self._box(end)
        if y1 == y2:
            way = 1 if x2 > x1 else -1
            return (x1 + way * w1 / 2, y1), (x2 - way * w2 / 2, y2)
        way = 1 if y2 > y1 else -1
        return (x1, y1 + way * h1 / 2), (x2, y2 - way * h2 / 2)

    def _way_back(self) -> Iterator[str]:
        """The term's path as a band that is as wide as the product so far is long, with the name of each factor."""
        if self.frame.ribbon is None:
            return
        nodes = {edge["q"]: (edge["from"], edge["to"]) for edge in self.facts("edges") if edge["kind"] == "backward"}
        last = {quantity: node for quantity, node in self.part.edges}
        for edge in self.frame.ribbon.edges:
            if edge.q in nodes:
                (x1, y1), (x2, y2) = self._ends(*nodes[edge.q])
            elif edge.q in last:
                x, y = self._place(last[edge.q])
                width, _ = self._box(last[edge.q])
                (x1, y1), (x2, y2) = (x - width / 2, y), (x - self._column + width / 2, y)
            else:
                continue
            shades, flat = self.shades(edge.q), y1 == y2
            a, b = (edge.start / 2, edge.end / 2)
            corners = (
                [(x1, y1 - a), (x2, y2 - b), (x2, y2 + b), (x1, y1 + a)]
                if flat
                else [(x1 - a, y1), (x2 - b, y2), (x2 + b, y2), (x1 + a, y1)]
            )
            d = "M" + "L".join(f"{x:.6g} {y:.6g}" for x, y in corners) + "Z"
            yield element("path", d=d, fill=shades.line, fill_opacity=0.35 if edge.is_lost else None)
            if not flat or self._column > 180:
                at = ((x1 + x2) / 2, y1 + 30) if flat else (x1 + 18, (y1 + y2) / 2 + 4)
                anchor = "middle" if flat else "start"
                yield text(self.records[edge.q].symbol.label, *at, 12, shades.text, text_anchor=anchor)

    def _gaps(self) -> Iterator[str]:
        for gap in self.facts("gaps"):
            x, y = MARGIN + (gap["column"] + 1.5) * self._column, _NETWORK * _ROWS["H"]
            yield plain("⋯", x, y, 20, self.ground.muted, text_anchor="middle")
            yield plain(gap["text"], x, y + 44, 11, self.ground.muted, text_anchor="middle")

    def _grid(self) -> Iterator[str]:
        """The terms by loss step and source step, each with its share of the gradient, and the sums of the rows."""
        grid, x0 = self.part.grid, WIDTH - MARGIN - GRID
        cell = min(72.0, (GRID - 40) / (len(grid.columns) + 1), (_NETWORK - 70) / len(grid.rows))
        size, muted = (11.0 if cell > 40 else 9.0), self.ground.muted

        def small(words: str, x: float, y: float) -> str:
            return plain(words, x, y, size, muted, text_anchor="middle")

        title = [*grid.title, (f"{grid.whose}, term by term", "prose")]
        yield text(title, x0, 14, 14, self.ground.ink, font_weight=600)
        yield small("t \\ k", x0 + 14, 40)
        for j, name in enumerate(grid.column_names):
            yield small(name, x0 + 32 + (j + 0.5) * cell, 40)
        yield small("Σ row", x0 + 32 + (len(grid.columns) + 0.5) * cell, 40)
        for i, (name, row) in enumerate(zip(grid.row_names, grid.cells, strict=True)):
            y = 50 + i * cell
            yield small(name, x0 + 14, y + cell / 2 + 4)
            for j, one in enumerate(row):
                yield from self._cell(one.q, one.state, x0 + 32 + j * cell, y, cell)
            total = grid.row_sums[i]
            if total is not None:
                told = self._share(total) if self.is_known(total) else "–"
                yield small(told, x0 + 32 + (len(row) + 0.5) * cell, y + cell / 2 + 4)

    def _cell(self, quantity: str, state: str, x: float, y: float, cell: float) -> Iterator[str]:
        if not quantity:
            return
        known, lit = self.is_known(quantity), quantity in self.frame.lit
        numbers = self.records[quantity].numbers
        inner = cell - 6
        if known and numbers is not None:
            entries, limit = numbers.visible, self.part.grid.largest
            wide, tall = inner / entries.shape[1], inner / entries.shape[0]
            for i, j in np.ndindex(*entries.shape):
                yield from square(
                    float(entries[i, j]), x + 3 + j * wide, y + 3 + i * tall, wide, tall, self.theme, limit, 0.0
                )
        stroke = role("chain", self.theme).line if lit else self.ground.quiet
        yield element(
            "rect", x=x + 2, y=y + 2, width=cell - 4, height=cell - 4, rx=8, fill="none", stroke=stroke,
            stroke_width=3 if lit else 1, stroke_dasharray=None if known else "4 3",
            opacity=0.4 if state == "cut" else None,
        )  # fmt: skip
        words = self._share(quantity) if known else "not yet" if cell > 52 else ""
        if words and cell > 34:
            size, middle = 12 if known else 10, x + cell / 2
            if known:
                width = 7.0 * len(words) + 8
                yield element(
                    "rect",
                    x=middle - width / 2,
                    y=y + cell / 2 - 9,
                    width=width,
                    height=18,
                    rx=5,
                    fill=self.ground.page,
                    fill_opacity=0.85,
                )
            fill = self.ground.ink if known else self.ground.muted
            yield plain(
                words, middle, y + cell / 2 + 4, size, fill, text_anchor="middle", font_weight=600 if known else None
            )

    def _share(self, quantity: str) -> str:
        share = self.records[quantity].share
        return "" if share is None else percent(share, 1)

    def equation(self, top: float) -> tuple[str, float]:
        rule = element("path", d=f"M{MARGIN} {top:.6g}H{WIDTH - MARGIN}", stroke=self.ground.quiet)
        x, y, parts = MARGIN, top + 34, [rule]
        for token in self.frame.equation:
            pieces: Pieces = self.records[token.q].symbol.label if token.q else pieces_of(token.latex)
            fill = self.shades(token.q).text if token.q else self.ground.ink
            wide = width_of(pieces, 20) + 14
            if x + wide > WIDTH - MARGIN:
                x, y = MARGIN + 40, y + 34
            parts.append(text(pieces, x, y, 20, fill))
            x += wide
        return "".join(parts), y + 24

    def strips(self, top: float) -> tuple[str, float]:
        """The products with their numbers, each on as many lines as it needs; all sides of "=" are equal."""
        parts = []
        for product in products(self.frame.strip, self.scene.conventions.is_column):
            for line in self._lines(product):
                tallest = max(size_of(self._entries(one))[1] for one in line)
                x = MARGIN + 8
                for one in line:
                    drawn, x = self._factor(one, x, top, tallest)
                    parts.append(drawn)
                top += tallest + 44
        return "".join(parts), top

    def _entries(self, one: Factor) -> np.ndarray:
        numbers = self.records[one.q].numbers
        assert numbers is not None
        return numbers.written.T if one.transpose else numbers.written

    def _lines(self, product: list[Factor]) -> Iterator[list[Factor]]:
        line, x = list[Factor](), MARGIN
        for one in product:
            wide = size_of(self._entries(one))[0] + 70
            if line and x + wide > WIDTH - MARGIN:
                yield line
                line, x = [], MARGIN
            line, x = [*line, one], x + wide
        yield line

    def _factor(self, one: Factor, x: float, top: float, tallest: float) -> tuple[str, float]:
        """A matrix with what stands before it, its symbol and its shape below; returned with where the next begins."""
        entries, record, shades = self._entries(one), self.records[one.q], self.shades(one.q)
        width, height = size_of(entries)
        before = " ".join(filter(None, [one.op, rounded(one.times, 4) if one.times != 1 else "", one.fn or ""]))
        parts, y = [], top + (tallest - height) / 2
        if before:
            wide = 9.0 * len(before) + 12
            parts.append(plain(before, x + wide / 2, top + tallest / 2 + 6, 16, self.ground.ink, text_anchor="middle"))
            x += wide + 6
        label = [*record.symbol.label, *([("⊤", "sup")] if one.transpose else [])]
        label.append((f"  {self._shape(record, one.transpose)}", "prose"))
        place = max(width, width_of(label, 12))
        x += (place - width) / 2
        sizes = np.abs(entries[np.isfinite(entries)])
        parts.append(matrix(entries, x, y, self.theme, float(sizes.max(initial=0.0)), shades.line))
        parts.append(text(label, x + width / 2, y + height + 18, 12, shades.text, text_anchor="middle"))
        return element("g", "".join(parts), data_q=one.q), x + (place + width) / 2 + 16

    def _shape(self, record: Record, transpose: bool) -> str:
        assert record.numbers is not None
        rows, columns = record.numbers.written.shape[:: -1 if transpose else 1]
        return f"{rows} × {columns}"
