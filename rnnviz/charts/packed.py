"""Charts of lines and maps, prepared for the small script that draws them at once.

Plotly needs some 50 ms to draw two curves, and its script most of a second to load. A figure that holds
nothing but lines, dots and maps on one pair of axes is therefore drawn by ``browser/plot.js``, others by
plotly.
"""

from __future__ import annotations

import base64
import json
import math
from html import unescape

import numpy as np

from rnnviz.charts.figure import Figure, Part
from rnnviz.charts.limits import decimal, powers, round_between, widened
from rnnviz.notation.numbers import round_step

_MODES = {"lines", "markers", "lines+markers", "markers+text"}
_SYMBOLS = {None, "circle", "circle-open", "diamond", "square", "triangle-up", "x"}
_ARROW = "arrow"
"""The symbol of a line whose last point is the head of an arrow."""
MOST_MARKS = 4_000
_ROOM = 0.055
"""What is left free above and below the values of an axis that has no range of its own."""


def fits(figure: Figure) -> bool:
    """Return whether a figure holds lines, dots and maps on one pair of axes, upright lines and a ground."""
    drawn = all(_is_plain(trace) for trace in figure.data)
    marks = all(_is_upright(shape) or _is_ground(shape) for shape in figure.layout.shapes)
    points = [trace for trace in figure.data if trace.type == "scatter" and "markers" in (trace.mode or "")]
    few = sum(np.size(trace.x) for trace in points) <= MOST_MARKS
    return drawn and marks and few and not figure.layout.annotations and not figure.layout.showlegend


def _is_upright(shape: object) -> bool:
    return shape.type == "line" and shape.yref == "paper"


def _is_ground(shape: object) -> bool:
    return shape.type == "rect" and shape.layer == "below"


def _is_plain(trace: object) -> bool:
    if trace.type in ("heatmap", "contour"):
        return trace.x is not None and trace.y is not None
    return (
        trace.type == "scatter"
        and (trace.mode or "lines") in _MODES
        and _has_plain_marks(trace.marker)
        and trace.yaxis in (None, "y")
        and trace.fill in (None, "none", "tonexty")
    )


def _has_plain_marks(marker: object) -> bool:
    if marker.symbol == _ARROW:
        return True
    return np.size(marker.symbol) == np.size(marker.size) == 1 and marker.symbol in _SYMBOLS


def packed(figure: Figure) -> bytes:
    """Return as JSON what the script needs of a figure: its ``data``, ``layout`` and worked-out ``axes``.

    An axis is its range in its own units (exponents of ten on a log axis), whether it is ``log``, its title,
    and its ticks as (place, text).
    """
    found = {
        "data": [_KINDS[trace.type](trace) for trace in figure.data],
        "layout": _layout(figure.layout),
        "axes": {name: axis(figure, name) for name in "xy"},
    }
    return json.dumps(found, ensure_ascii=False).encode()


def _trace(trace: Part) -> dict:
    found = {name: trace[name] for name in ("mode", "fill", "fillcolor", "opacity", "hoverinfo")}
    found["name"] = unescape(trace.name or "")
    found |= {"type": "scatter", "x": _numbers(trace.x), "y": _numbers(trace.y)}
    found["line"] = {name: trace.line[name] for name in ("color", "width", "dash")}
    found["marker"] = _marker(trace.marker)
    labelled = "text" in (trace.mode or "")
    for name, words in (("labels", trace.text if labelled else None), ("text", _hover(trace, labelled))):
        if words is not None:
            found[name] = list(map(str, words))
    if (trace.meta or {}).get("played"):
        found["updates"] = _numbers(np.asarray(trace.customdata)[:, 0], "f4")
    return found


def _hover(trace: Part, labelled: bool) -> object:
    """Return the words of each point under the pointer; a text that is written beside it is none of them."""
    return trace.hovertext if trace.hovertext is not None or labelled else trace.text


def _marker(marker: Part) -> dict:
    if marker.symbol == _ARROW:
        return {"color": marker.color, "arrow": marker.size[-1], "edge": _edge(marker)}
    found = {name: marker[name] for name in ("color", "size", "symbol", "opacity")}
    return found | {"edge": _edge(marker)} if marker.line.width else found


def _edge(marker: Part) -> dict:
    return {"color": marker.line.color, "width": marker.line.width}


def _map(trace: Part) -> dict:
    """Return a heat map: its cells row by row, its colours, and the scale beside it where it has one."""
    picked = bool((trace.meta or {}).get("picked"))
    return _coloured(trace, "f8" if picked else _colour_type(trace.z)) | {
        "customdata": None if trace.customdata is None else _numbers(trace.customdata),
        "opacity": trace.opacity,
        "words": trace.hovertemplate,
        "picked": picked,
    }


def _contour(trace: Part) -> dict:
    """Return contours: the numbers at the corners of their cells, the colours, and the drawn levels."""
    start, end, size = (float(trace.contours[name]) for name in ("start", "end", "size"))
    levels = [start + place * size for place in range(round((end - start) / size) + 1)]
    return _coloured(trace, _colour_type(trace.z)) | {
        "levels": levels,
        "line": {name: trace.line[name] for name in ("color", "width")},
    }


def _coloured(trace: Part, dtype: str) -> dict:
    span = (0.0, 1.0) if trace.zmin is None else (float(trace.zmin), float(trace.zmax))
    bar = trace.colorbar
    ticks = [] if trace.showscale is False else list(zip(bar.tickvals or (), bar.ticktext or (), strict=True))
    return {
        "type": trace.type,
        "name": trace.name,
        "x": _numbers(trace.x),
        "y": _numbers(trace.y),
        "z": _numbers(trace.z, dtype),
        "span": span,
        "stops": [[float(place), colour] for place, colour in trace.colorscale],
        "scale": [[float(place), text] for place, text in ticks],
        "scaled": getattr(bar.title, "text", None) or "",
    }


_KINDS = {"scatter": _trace, "heatmap": _map, "contour": _contour}


def _colour_type(values: object) -> str:
    """Return "f4" where 32 bits hold the numbers: they are seen as colours only."""
    sizes = np.abs(np.asarray(values, dtype=float))
    sizes = sizes[np.isfinite(sizes) & (sizes > 0)]
    return "f4" if not sizes.size or (sizes.min() > 1e-30 and sizes.max() < 1e30) else "f8"


def _numbers(values: object, dtype: str = "f8") -> dict:
    """Return numbers as plotly packs them, floats in base64."""
    packed_values = np.ascontiguousarray(values, dtype=f"<{dtype}").tobytes()
    return {"dtype": dtype, "bdata": base64.b64encode(packed_values).decode()}


def _layout(layout: Part) -> dict:
    return {
        "height": layout.height,
        "margin": {side: layout.margin[side] for side in "lrtb"},
        "font": {"family": layout.font.family, "color": layout.font.color},
        "hover": {"ground": layout.hoverlabel.bgcolor, "edge": layout.hoverlabel.bordercolor},
        "quiet": layout.xaxis.gridcolor,
        "muted": layout.xaxis.tickfont.color,
        "shapes": [
            {"x0": shape.x0, "x1": shape.x1, "line": {"color": shape.line.color, "dash": shape.line.dash}}
            for shape in layout.shapes
            if shape.type == "line"
        ],
        "ground": next((shape.fillcolor for shape in layout.shapes if shape.type == "rect"), None),
    }


def axis(figure: Figure, name: str) -> dict:
    """Work out an axis, ``"x"`` or ``"y"``."""
    spec = figure.layout[f"{name}axis"]
    log = spec.type == "log"
    low, high = map(float, spec.range) if spec.range else _span(figure, name, log, spec.rangemode == "tozero")
    ticks = _ticks(spec, log, low, high)
    return {
        "log": log,
        "range": [low, high],
        "title": unescape(spec.title.text or ""),
        "grid": spec.showgrid is not False,
        "ticks": [[place, text] for place, text in ticks if min(low, high) <= place <= max(low, high)],
    }


def _span(figure: Figure, name: str, log: bool, from_zero: bool) -> tuple[float, float]:
    values = np.concatenate([[], *(np.asarray(trace[name], dtype=float).ravel() for trace in figure.data)])
    values = values[np.isfinite(values) & (values > 0 if log else True)]
    values = np.log10(values) if log else values
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    room = _ROOM if name == "y" or figure.data[0].mode != "lines" else 0.0
    ends = widened(low, high, room)
    return powers(*ends) if log else (0.0 if from_zero and low >= 0 else ends[0], ends[1])


def _ticks(spec: object, log: bool, low: float, high: float) -> list[tuple[float, str]]:
    if spec.tickvals is not None:
        places = [math.log10(value) if log else float(value) for value in spec.tickvals]
        return list(zip(places, map(str, spec.ticktext or map(_short, spec.tickvals)), strict=True))
    if log:
        return _within_decades(low, high)
    step = float(spec.dtick) if spec.dtick else round_step((high / 2 - low / 2) / (spec.nticks or 6) * 2)
    first = math.ceil(low / step - 1e-9)
    return [(n * step, _short(n * step)) for n in range(first, math.floor(high / step + 1e-9) + 1)]


def _within_decades(low: float, high: float) -> list[tuple[float, str]]:
    """Return round numbers: over few decades between the powers of ten too, over many some powers."""
    if high - low < 2:
        between = [(math.log10(value), _short(value)) for value in round_between(low, high)]
        return between if len(between) > 1 else _ends(low, high)
    every = max(1, round((high - low) / 8))
    whole = range(math.floor(low), math.ceil(high) + 1)
    return [(float(place), _power(place)) for place in whole if place % every == 0]


def _ends(low: float, high: float) -> list[tuple[float, str]]:
    """Return both ends, where nothing round lies between them that a float could hold."""
    return [(end, decimal(end, 4).replace("e+", "e").replace("-", "−")) for end in (low, high)]


def _power(place: int) -> str:
    return _short(10.0**place) if abs(place) < 300 else f"1e{place}".replace("-", "−")


def _short(value: float) -> str:
    return f"{float(value):.6g}".replace("e-0", "e-").replace("-", "−")
