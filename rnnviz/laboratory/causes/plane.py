"""Eigenvalues in the complex plane as a small SVG, drawn at once."""

from __future__ import annotations

from html import escape

import numpy as np

from rnnviz.charts.theme import FONT, Ground, ground, role

SIZE, MARGIN = 320, 34


def eigenvalues(values: np.ndarray, radius: float, theme: str) -> str:
    """Draw eigenvalues as dots, the unit circle dashed and the circle of the spectral radius dotted."""
    reach = 1.2 * max(1.0, radius)
    scale, middle = (SIZE / 2 - MARGIN) / reach, SIZE / 2
    colours, shade = ground(theme), role("parameter", theme).line
    parts = [
        *_axes(middle, reach * scale, colours),
        _circle(middle, scale, colours.muted, "6 4"),
        _circle(middle, radius * scale, shade, "2 3"),
        *_ticks(middle, scale, colours),
        *(_dot(value, middle, scale, shade) for value in values),
    ]
    size = f'width="{SIZE}" height="{SIZE}" viewBox="0 0 {SIZE} {SIZE}"'
    font = f'font-family="{escape(FONT, quote=True)}" font-size="11"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} {font}>{"".join(parts)}</svg>'


def _axes(middle: float, half: float, colours: Ground) -> list[str]:
    low, high = middle - half, middle + half
    line = f'stroke="{colours.quiet}"'
    return [
        f'<line x1="{low}" x2="{high}" y1="{middle}" y2="{middle}" {line}/>',
        f'<line x1="{middle}" x2="{middle}" y1="{low}" y2="{high}" {line}/>',
        _text(high, high + 4, "real part →", colours.muted, "end"),
        _text(low, low + 4, "↑ imaginary part", colours.muted, "start"),
    ]


def _ticks(middle: float, scale: float, colours: Ground) -> list[str]:
    return [
        _text(middle + scale + 3, middle + 13, "1", colours.muted, "start"),
        _text(middle - scale - 3, middle + 13, "−1", colours.muted, "end"),
        _text(middle + 4, middle - scale - 4, "i", colours.muted, "start"),
        _text(middle + 4, middle + scale + 13, "−i", colours.muted, "start"),
    ]


def _circle(middle: float, radius: float, colour: str, dashes: str) -> str:
    return (
        f'<circle cx="{middle}" cy="{middle}" r="{radius:.3f}" fill="none" stroke="{colour}" '
        f'stroke-width="1.5" stroke-dasharray="{dashes}"/>'
    )


def _dot(value: complex, middle: float, scale: float, colour: str) -> str:
    x, y = middle + scale * value.real, middle - scale * value.imag
    return f'<circle cx="{x:.3f}" cy="{y:.3f}" r="5" fill="{colour}" fill-opacity="0.75"/>'


def _text(x: float, y: float, words: str, colour: str, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{colour}" text-anchor="{anchor}">{escape(words)}</text>'
