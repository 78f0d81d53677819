"""A small grid of numbers as an HTML table of coloured cells, drawn at once and read on any screen."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

import numpy as np

from rnnviz.charts.limits import powers
from rnnviz.charts.theme import EXACT_ZERO, between, ground, readable_on, role, sequential, signed_colour
from rnnviz.notation.numbers import four

MOST_COLUMNS, MOST_ROWS = 6, 10
"""Numbers of more columns cannot be read on a phone; of more rows, not at one glance."""
Colour = Callable[[float], str]


@dataclass(frozen=True)
class Axes:
    """Names and labels of a grid: ``x`` runs to the right over ``columns``, ``y`` down over ``rows``."""

    x: str
    y: str
    columns: Sequence[str]
    rows: Sequence[str]


def fit(values: np.ndarray) -> bool:
    """Return whether a grid is small enough for its numbers to be read; empty rows do not count."""
    rows = np.count_nonzero(~np.isnan(values).all(axis=1))
    return values.shape[1] <= MOST_COLUMNS and int(rows) <= MOST_ROWS


def signed(values: np.ndarray, axes: Axes, theme: str, limit: float | None = None) -> str:
    """Draw signed values, shape (rows, columns), on the signed scale with symmetric limits, their own if None."""
    limit = float(np.nanmax(np.abs(values), initial=0.0)) if limit is None else limit
    return table(values, axes, lambda value: signed_colour(value, limit, theme), theme)


def norms(values: np.ndarray, axes: Axes, theme: str, name: str = "chain", cut: np.ndarray | None = None) -> str:
    """Draw norms, coloured by their logarithm; exact zeros in a colour of their own, NaN empty.

    Cells marked in ``cut`` are grey, their numbers struck through.
    """
    positive = values[np.isfinite(values) & (values > 0)]
    low, high = powers(*(np.log10(end(positive)) for end in (np.min, np.max))) if positive.size else (0.0, 1.0)
    stops = sequential(name, theme)

    def colour(value: float) -> str:
        if not 0 < value < np.inf:
            return EXACT_ZERO[theme]
        return between(stops, (np.log10(value) - low) / (high - low))

    return table(values, axes, colour, theme, cut=cut)


def shares(values: np.ndarray, framed: np.ndarray, axes: Axes, theme: str) -> str:
    """Draw numbers from 0 to 1, such as probabilities, with a frame around those marked in ``framed``."""
    stops = [(0.0, ground(theme).page), (1.0, role("forward", theme).line)]
    return table(values, axes, lambda value: between(stops, value), theme, framed)


def table(
    values: np.ndarray,
    axes: Axes,
    colour: Colour,
    theme: str,
    framed: np.ndarray | None = None,
    cut: np.ndarray | None = None,
    missing: str = "",
) -> str:
    """Return a table with one cell a number, shape (rows, columns), in the colour of its number.

    NaN is an empty cell, and rows that hold nothing are left out, unless there is a text for what is
    ``missing``. Cells in ``framed`` have a frame, those in ``cut`` are grey and struck through.
    """
    marks = np.where(False if framed is None else framed, "framed", "").astype(object)
    marks = np.broadcast_to(np.where(False if cut is None else cut, "cut", marks), values.shape)
    titles = "".join(f'<th scope="col">{escape(label).replace(chr(10), "<br>")}</th>' for label in axes.columns)
    body = ""
    for label, row, mark in zip(axes.rows, values, marks, strict=True):
        if missing or not np.isnan(row).all():
            each = "".join(_cell(float(one), sign, colour, missing) for one, sign in zip(row, mark, strict=True))
            body += f'<tr><th scope="row">{escape(label)}</th>{each}</tr>'
    body = body or f'<tr><td colspan="{len(axes.columns) + 1}">No number here is finite.</td></tr>'
    corner = f"<th><small>{escape(axes.y)} ↓ {escape(axes.x)} →</small></th>"
    head = f"<thead><tr>{corner}{titles}</tr></thead>"
    return f'<style>{_style(theme)}</style><table class="rnnviz-cells">{head}<tbody>{body}</tbody></table>'


def _cell(value: float, mark: str, colour: Colour, missing: str) -> str:
    if np.isnan(value):
        return f'<td class="missing">{escape(missing)}</td>' if missing else "<td></td>"
    if mark == "cut":
        return f'<td class="cut" title="{value!r}, cut">{escape(four(value))}</td>'
    shade, named = colour(value), f' class="{mark}"' if mark else ""
    style = f"background:{shade};color:{readable_on(shade)}"
    return f'<td{named} style="{style}" title="{value!r}">{escape(four(value))}</td>'


def _style(theme: str) -> str:
    colours = ground(theme)
    return f"""
.rnnviz-cells {{ width: 100%; table-layout: fixed; border-collapse: separate; border-spacing: 2px; border: 0;
  margin: 0; font-size: .82rem; font-variant-numeric: tabular-nums }}
.rnnviz-cells tr, .rnnviz-cells th, .rnnviz-cells td {{ border: 0; padding: 2px; text-align: center }}
.rnnviz-cells th {{ color: {colours.muted}; font-weight: 400; overflow-wrap: anywhere; line-height: 1.2 }}
.rnnviz-cells small {{ font-size: .75rem }}
.rnnviz-cells td {{ height: 3rem; border-radius: 4px }}
.rnnviz-cells .cut {{ background: {colours.surface}; color: {colours.muted}; text-decoration: line-through }}
.rnnviz-cells .missing {{ border: 1px dashed {colours.quiet}; color: {colours.muted}; font-size: .75rem }}
.rnnviz-cells .framed {{ outline: 3px solid {colours.ink}; outline-offset: -3px; font-weight: 600 }}
"""
