"""What a drawing is made of: text with subscripts, matrices of numbers and colours, as elements of SVG."""

import re
from collections.abc import Iterable, Sequence
from html import escape
from xml.etree import ElementTree

import numpy as np

from rnnviz.charts.theme import EXACT_ZERO, FONT, ground, readable_on, signed_colour
from rnnviz.notation.equations import mathml
from rnnviz.notation.numbers import rounded

Pieces = Sequence[tuple[str, str]]
"""Text with its place: "", "sub" or "sup" in a formula, "prose" outside of one."""
MATHEMATICS = "'rnnviz Math', 'Latin Modern Math', 'STIX Two Math', 'Cambria Math', serif"
CELL, ROW, FIELD, LONGEST = 54.0, 22.0, 12.0, 144.0
"""Width and height of a cell with its number, the side of one without, and of a field of many."""
MOST_TOLD = 6
"""A matrix with more columns or rows is a field of colours."""
_WORD = re.compile(r"[a-zA-Z]{3}|\\s[a-zA-Z]{2}")
_LETTER, _NARROW = {"prose": 0.52, "": 0.66, "sub": 0.44, "sup": 0.44}, 0.7


def element(name: str, children: str = "", /, **attributes: object) -> str:
    """Return an element; ``_`` in the name of an attribute is a dash, ``class_`` is class."""
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(f"{value:.6g}" if isinstance(value, float) else str(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{given}>{children}</{name}>" if children else f"<{name}{given}/>"


def text(pieces: Pieces, x: float, y: float, size: float, fill: str, **more: object) -> str:
    """Return a line of text; symbols are slanted and in the mathematics font, words upright."""
    shift, parts = 0.0, []
    for written, place in pieces:
        wanted = size * {"sub": 0.28, "sup": -0.36}.get(place, 0.0)
        is_word = bool(_WORD.search(written))
        face = {} if place == "prose" or (is_word and not place) else {"font_family": MATHEMATICS}
        slanted = "italic" if face and written[:1].isalpha() and not is_word else None
        small = round(size * _NARROW, 2) if place in ("sub", "sup") else None
        offset = round(wanted - shift, 2) or None
        parts.append(element("tspan", escape(written), dy=offset, font_size=small, font_style=slanted, **face))
        shift = wanted
    return element("text", "".join(parts), x=x, y=y, font_size=size, fill=fill, **more)


def plain(words: str, x: float, y: float, size: float, fill: str, **more: object) -> str:
    """Return a line of plain words."""
    return element("text", escape(words), x=x, y=y, font_size=size, fill=fill, **more)


def width_of(pieces: Pieces, size: float) -> float:
    """Return about how wide a line is."""
    return sum(len(one.replace("\u0302", "")) * size * _LETTER[at] for one, at in pieces)


def pieces_of(latex: str) -> list[tuple[str, str]]:
    """Return a formula as pieces of text on one line, fractions with a stroke."""
    found = [*_pieces(ElementTree.fromstring(mathml(latex)), "")]
    return found or [("", "")]


_STACKED = {"msub": ("", "sub"), "msup": ("", "sup"), "msubsup": ("", "sub", "sup"), "munder": ("", "sub"),
            "munderover": ("", "sub", "sup")}  # fmt: skip


def _pieces(node: ElementTree.Element, place: str) -> Iterable[tuple[str, str]]:
    name = node.tag.rpartition("}")[2]
    if name == "mover":  # a hat over its letter
        yield "".join(part for part, _ in _pieces(node[0], "")) + "\u0302", place
    elif name == "mfrac":
        yield from _pieces(node[0], place)
        yield "/", place
        yield from _pieces(node[1], place)
    elif name in _STACKED:
        for child, at in zip(node, _STACKED[name], strict=False):
            yield from _pieces(child, at or place)
    elif len(node):
        for child in node:
            yield from _pieces(child, place)
    elif node.text and node.text.strip():
        pad = " " if name == "mo" and not place and node.text.strip() in "=+−-·" else ""
        yield f"{pad}{node.text.strip().replace('-', '−')}{pad}", place


def size_of(entries: np.ndarray) -> tuple[float, float]:
    """Return width and height of a matrix as it is drawn."""
    rows, columns = entries.shape
    side = min(FIELD, LONGEST / max(rows, columns))
    cell = (side, side) if max(rows, columns) > MOST_TOLD else (CELL, ROW)
    return columns * cell[0], rows * cell[1]


def matrix(entries: np.ndarray, x: float, y: float, theme: str, limit: float, bracket: str | None = None) -> str:
    """Return a matrix with its upper left corner there; its numbers where they have room, else their colours."""
    width, height = size_of(entries)
    rows, columns = entries.shape
    each, tall, told = width / columns, height / rows, max(rows, columns) <= MOST_TOLD
    parts = []
    for i, j in np.ndindex(rows, columns):
        value = float(entries[i, j])
        parts += square(value, x + j * each, y + i * tall, each, tall, theme, limit, 12.0 if told else 0.0)
    if bracket is not None:
        for edge, inner in ((x - 4, x), (x + width + 4, x + width)):
            d = f"M{inner:.6g} {y - 2:.6g}H{edge:.6g}V{y + height + 2:.6g}H{inner:.6g}"
            parts.append(element("path", d=d, fill="none", stroke=bracket, stroke_width=1.5))
    return "".join(parts)


def square(
    value: float,
    x: float,
    y: float,
    width: float,
    height: float,
    theme: str,
    limit: float,
    size: float,
    digits: int = 3,
) -> list[str]:
    """Return one number as a square of its colour, told in letters of a size; 0 tells none."""
    is_drawn = bool(np.isfinite(value))
    fill = signed_colour(value, limit, theme) if is_drawn and value else ground(theme).page
    fill = EXACT_ZERO[theme] if value == 0 and not size else fill
    edge, round_ = (0.5, 2) if min(width, height) > 6 else (0.0, None)
    box = {"x": x + edge, "y": y + edge, "width": width - 2 * edge, "height": height - 2 * edge}
    parts = [element("rect", **box, rx=round_, fill=fill)]
    if size:
        told = rounded(value, digits) if is_drawn else "NaN"
        middle = {"x": x + width / 2, "y": y + height / 2 + 0.35 * size}
        parts.append(plain(told, **middle, size=size, fill=readable_on(fill), text_anchor="middle"))
    return parts


def document(
    width: float, height: float, theme: str, style: str, title: str, description: str, body: str, **more: object
) -> str:
    """Return the whole drawing on its page's colour; ``more`` are attributes of its own."""
    inner = (
        f"<title>{escape(title)}</title><desc>{escape(description)}</desc><style>{style}</style>"
        + element("rect", width=width, height=height, fill=ground(theme).page)
        + body
    )
    return element(
        "svg", inner, xmlns="http://www.w3.org/2000/svg", viewBox=f"0 0 {width:.6g} {height:.6g}", width=width,
        height=height, font_family=FONT, role="img", **more,
    )  # fmt: skip
