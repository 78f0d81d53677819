"""A chart as JSON for the browser: the fields of its marks under their own names, arrays in base64."""

from __future__ import annotations

import base64
import json
from dataclasses import asdict, fields

import numpy as np

from rnnviz.charts.axes import worked_out
from rnnviz.charts.marks import Chart, Contour, Map, Mark, Scale
from rnnviz.charts.theme import FONT, ground

_TOP = 10


def packed(chart: Chart) -> bytes:
    """Return what ``browser/marks.js`` draws of a chart: its marks, its worked-out ``axes``, its colours."""
    found = {
        "marks": [_sent(mark) for mark in chart.marks],
        "axes": {name: worked_out(chart, name) for name in "xy"},
        "colours": asdict(ground(chart.theme)),
        "font": FONT,
        "height": chart.height,
        "margin": {"left": chart.left, "right": chart.right, "top": _TOP, "bottom": chart.bottom},
        "ground": chart.ground,
    }
    return json.dumps(found, ensure_ascii=False).encode()


def _sent(mark: Mark | Scale) -> dict:
    found: dict = {"kind": type(mark).__name__.lower()}
    for name in (each.name for each in fields(mark)):
        value = getattr(mark, name)
        if isinstance(value, Scale):
            value = _sent(value)
        elif isinstance(value, np.ndarray):
            value = _numbers(value, _colour_type(value) if name == "z" and _is_seen_only(mark) else "f8")
        found[name] = value
    return found


def _is_seen_only(mark: Mark | Scale) -> bool:
    """Return whether the numbers of a map are seen as colours and not told."""
    return isinstance(mark, Contour) or (isinstance(mark, Map) and "{z}" not in mark.words)


def _colour_type(values: np.ndarray) -> str:
    """Return "f4" where 32 bits hold the numbers."""
    sizes = np.abs(values[np.isfinite(values) & (values != 0)])
    return "f4" if not sizes.size or (sizes.min() > 1e-30 and sizes.max() < 1e30) else "f8"


def _numbers(values: np.ndarray, dtype: str) -> dict:
    bytes_of = np.ascontiguousarray(values, dtype=f"<{dtype}").tobytes()
    return {"dtype": dtype, "bdata": base64.b64encode(bytes_of).decode()}
