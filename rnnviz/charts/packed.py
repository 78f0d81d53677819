"""A chart as JSON for the browser: the fields of its marks under their own names, arrays in base64."""

import base64
import json
from collections.abc import Mapping
from dataclasses import asdict, fields

import numpy as np

from rnnviz.charts.axes import worked_out
from rnnviz.charts.legends import named_at_ends
from rnnviz.charts.marks import Chart, Contour, Map, Mark, Scale
from rnnviz.charts.theme import FONT, ground, text_of

_TOP = 10
_SMALLEST, _LARGEST = 1e-37, 3e38
"""Between these a 32-bit float holds a number with all its seven digits."""


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
        "named": [text_of(getattr(mark, "colour", ""), chart.theme) for mark in chart.marks]
        if named_at_ends(chart)
        else [],
    }
    return json.dumps(found, ensure_ascii=False).encode()


def _sent(mark: Mark | Scale) -> dict:
    found: dict = {"kind": type(mark).__name__.lower()}
    is_told = not isinstance(mark, Contour) and not (isinstance(mark, Map) and "{z}" not in mark.words)
    for name in (each.name for each in fields(mark)):
        value = getattr(mark, name)
        if isinstance(value, Scale):
            value = _sent(value)
        elif isinstance(value, np.ndarray):
            value = packed_array(value, exact=name != "z" or is_told)  # else a number is seen as a colour
        found[name] = value
    return found


def packed_array(values: np.ndarray, exact: bool = False) -> dict:
    """Return an array as its shape and its numbers in base64: 32-bit floats, little-endian, seven digits.

    A number takes five bytes of text, and NaN and infinity travel as what they are. Where one is too large
    or too small for that, or all digits are wanted, 64-bit floats are sent, which ``wide`` says.
    """
    sizes = np.abs(values)
    far = ((sizes > _LARGEST) & np.isfinite(sizes)) | ((sizes < _SMALLEST) & (sizes > 0))
    wide = exact or bool(far.any())
    numbers = np.ascontiguousarray(values, dtype="<f8" if wide else "<f4")
    record = {"shape": list(numbers.shape), "data": base64.b64encode(numbers.tobytes()).decode()}
    return record | {"wide": True} if wide else record


def unpacked(record: Mapping) -> np.ndarray:
    """Return the array of :func:`packed_array`."""
    kind = "<f8" if record.get("wide") else "<f4"
    return np.frombuffer(base64.b64decode(record["data"]), kind).reshape(record["shape"])
