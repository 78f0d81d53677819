"""A chart's legend as text above it: it wraps on any width, and is drawn at once."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape, unescape

from rnnviz.charts.figure import Figure

_LINES = {"solid": "solid", "dash": "dashed", "dot": "dotted", "dashdot": "dashed"}
_SIGNS = {
    "circle": "●", "circle-open": "○", "diamond": "◆", "square": "■", "square-open": "□", "triangle-up": "▲",
    "x": "✖",
}  # fmt: skip
_WRITTEN = ("sub", "sup")


@dataclass(frozen=True)
class Entry:
    """A name in the legend and what it looks like in the chart.

    ``line`` is a CSS border style, "area" for bars, or the sign of a mark.
    """

    name: str
    colour: str
    line: str
    width: float = 3
    opacity: float = 1


def take_out(figure: Figure) -> tuple[Entry, ...]:
    """Switch plotly's own legend off, free its room, and return its entries.

    A figure with several legends, one for each panel, keeps them: nothing is returned.
    """
    listed = [trace for trace in figure.data if trace.name and trace.showlegend is not False]
    if not figure.layout.showlegend or len({trace.legend or "legend" for trace in listed}) > 1:
        return ()
    found = tuple(map(_entry, listed))
    figure.layout.showlegend = False
    figure.layout.margin.t = 10
    return found


def _entry(trace: object) -> Entry:
    if trace.type == "bar":
        return Entry(trace.name, trace.marker.color, "area")
    opacity = 1 if trace.opacity is None else trace.opacity
    if trace.type == "scatter" and "lines" in (trace.mode or "lines"):
        line = trace.line
        width = 2 if line.width is None else line.width
        return Entry(trace.name, line.color, _LINES[line.dash or "solid"], width, opacity)
    mark = trace.marker
    opacity *= 1 if mark.opacity is None else mark.opacity
    return Entry(trace.name, mark.color, _SIGNS.get(mark.symbol, "●"), opacity=opacity)


def markup(entries: tuple[Entry, ...]) -> str:
    """Return the legend as HTML; of the names only sub- and superscripts are read as markup."""
    items = "".join(f"<span>{_swatch(each)}{_name(each.name)}</span>" for each in entries)
    return f'<div style="display:flex;flex-wrap:wrap;gap:2px 18px;font-size:.82rem;opacity:.9">{items}</div>'


def _swatch(entry: Entry) -> str:
    sign = entry.line if entry.line in _SIGNS.values() else ""
    shape = f"width:26px;border-top:{entry.width:g}px {entry.line} {entry.colour}"
    if entry.line == "area":
        shape = f"width:12px;height:12px;background:{entry.colour};border-radius:2px"
    if sign:
        shape = f"font-style:normal;line-height:1;color:{entry.colour}"
    style = f"display:inline-block;vertical-align:middle;margin-right:6px;opacity:{entry.opacity:g};{shape}"
    return f'<i aria-hidden="true" style="{style}">{sign}</i>'


def _name(name: str) -> str:
    text = escape(unescape(name))  # plotly reads names as HTML, so a reader's text comes escaped
    for tag in _WRITTEN:
        text = text.replace(f"&lt;{tag}&gt;", f"<{tag}>").replace(f"&lt;/{tag}&gt;", f"</{tag}>")
    return text
