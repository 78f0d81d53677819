"""Matrices as HTML: cells coloured by sign and size, brackets in the colour of the role, the shape below.

Every text that comes from outside is escaped. Products wrap where the screen is narrow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from rnnviz.charts.theme import ground, readable_on, role, signed_colour
from rnnviz.notation.ids import at, state, symbol
from rnnviz.notation.numbers import four

LONGEST = 5
"""Longer sides lose their middle: three entries, a gap and the last are drawn."""


@dataclass(frozen=True)
class Block:
    """A matrix in a product: its id, its numbers, and its shape in symbols, for example ``"m × n₀"``."""

    quantity: str
    value: np.ndarray
    shape: str


def product(parts: Sequence[Block | str], theme: str) -> str:
    """Return a line of matrices, each a table with a caption, and the signs between them, as HTML.

    A sign stays with the matrix that it stands before, so that no line ends in one.
    """
    drawn, sign = [], ""
    for part in parts:
        if isinstance(part, str):
            sign = f"<span>{escape(part)}</span>"
        else:
            drawn.append(f"<div>{sign}{_matrix(part, theme)}</div>")
            sign = ""
    return f'<style>{_style(theme)}</style><div class="rnnviz-product">{"".join(drawn)}</div>'


def _style(theme: str) -> str:
    """Return the rules of a product: shared by its cells, since each attribute is sanitised on its own."""
    muted = ground(theme).muted
    return f"""
.rnnviz-product {{ display: flex; flex-wrap: wrap; align-items: center; gap: 6px 10px; line-height: 1.3 }}
.rnnviz-product > div {{ display: flex; align-items: center; gap: 10px; max-width: 100% }}
.rnnviz-product span {{ font-size: 1.15rem; color: {muted}; padding-bottom: 2.2rem }}
.rnnviz-product figure {{ margin: 0; text-align: center; max-width: 100% }}
.rnnviz-product table {{ border-collapse: separate; border-spacing: 2px; margin: 0 auto; padding: 0 1px;
  border: solid; border-width: 0 2px; border-radius: 4px }}
.rnnviz-product tr, .rnnviz-product td {{ border: 0 }}
.rnnviz-product td {{ border-radius: 3px; padding: 2px 4px; min-width: 2.9rem; font-size: .82rem;
  text-align: right; font-variant-numeric: tabular-nums; color: {muted} }}
.rnnviz-product figcaption {{ font-size: .82rem; white-space: nowrap }}
.rnnviz-product small {{ color: {muted}; font-size: inherit }}
"""


def _matrix(block: Block, theme: str) -> str:
    written, matrix = symbol(block.quantity), np.atleast_2d(block.value)
    shades, limit = role(written.role, theme), float(np.max(np.abs(matrix), initial=0.0))
    rows, columns = (list(range(n)) if n <= LONGEST else [0, 1, 2, None, n - 1] for n in matrix.shape)
    body = "".join(
        f"<tr>{''.join(_cell(matrix, row, column, limit, theme) for column in columns)}</tr>" for row in rows
    )
    name = "".join(f"<{place}>{escape(text)}</{place}>" if place else escape(text) for text, place in written.label)
    shape = escape(block.shape) + " = " + " × ".join(str(side) for side in matrix.shape)
    return (
        f'<figure><table style="border-color:{shades.line}">{body}</table>'
        f'<figcaption style="color:{shades.text}"><b>{name}</b><br><small>{shape}</small></figcaption></figure>'
    )


def _cell(matrix: np.ndarray, row: int | None, column: int | None, limit: float, theme: str) -> str:
    if row is None or column is None:
        return "<td>…</td>"
    value = float(matrix[row, column])
    shade, number = signed_colour(value, limit, theme), escape(four(value))
    return f'<td style="background:{shade};color:{readable_on(shade)}" title="{value!r}">{number}</td>'


_PARAMETERS = {"W1": "n₀ × n₁", "Wh1": "n₁ × n₁", "b1": "1 × n₁", "W2": "n₁ × n₂", "b2": "1 × n₂"}


def hidden_step(values: Mapping[str, np.ndarray], t: int, activation: str, theme: str) -> str:
    """Return X_t W1 + H_{t−1} Wh1 + b1 = A_t → H_t with the numbers of ``step_matrices``."""
    (x, a, h), before = at(t, "X", "A", "H"), state(t - 1)
    line = [x, "·", "W1", "+", before, "·", "Wh1", "+", "b1", "=", a, f"{activation} →", h]
    return _equation(line, values, {x: "m × n₀", before: "m × n₁", a: "m × n₁", h: "m × n₁"}, theme)


def output_step(values: Mapping[str, np.ndarray], t: int, activation: str, theme: str) -> str:
    """Return H_t W2 + b2 = Z_t → Ŷ_t with its numbers, or nothing where step ``t`` has no output."""
    h, z, answer = at(t, "H", "Z", "Y_hat")
    if z not in values:
        return ""
    line = [h, "·", "W2", "+", "b2", "=", z, f"{activation} →", answer]
    return _equation(line, values, {h: "m × n₁", z: "m × n₂", answer: "m × n₂"}, theme)


def _equation(line: list[str], values: Mapping[str, np.ndarray], shapes: dict[str, str], theme: str) -> str:
    """Draw quantities, which have a shape, and the signs between them."""
    shapes = shapes | _PARAMETERS
    return product([Block(each, values[each], shapes[each]) if each in shapes else each for each in line], theme)
