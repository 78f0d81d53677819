"""A chart's legend as text above it: it wraps on any width, and is drawn at once."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape, unescape

from rnnviz.figures.plain import Figure

_LINES = {"solid": "solid", "dash": "dashed", "dot": "dotted", "dashdot": "dashed"}
_WRITTEN = ("sub", "sup")


@dataclass(frozen=True)
class Entry:
    """A name in the legend, its colour, and its line: a CSS border style, or "area" for bars."""

    name: str
    colour: str
    line: str


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
    lines = trace.type == "scatter" and "lines" in (trace.mode or "lines")
    return Entry(
        trace.name,
        trace.line.color if lines else trace.marker.color,
        _LINES[trace.line.dash or "solid"] if lines else "area",
    )


def markup(entries: tuple[Entry, ...]) -> str:
    """Return the legend as HTML; of the names only sub- and superscripts are read as markup."""
    items = "".join(f"<span>{_swatch(each)}{_name(each.name)}</span>" for each in entries)
    return f'<div style="display:flex;flex-wrap:wrap;gap:2px 18px;font-size:.82rem;opacity:.9">{items}</div>'


def _swatch(entry: Entry) -> str:
    shape = (
        f"width:12px;height:12px;background:{entry.colour};border-radius:2px"
        if entry.line == "area"
        else f"width:26px;border-top:3px {entry.line} {entry.colour}"
    )
    return f'<i style="display:inline-block;vertical-align:middle;margin-right:6px;{shape}"></i>'


def _name(name: str) -> str:
    text = escape(unescape(name))  # plotly reads names as HTML, so a reader's text comes escaped
    for tag in _WRITTEN:
        text = text.replace(f"&lt;{tag}&gt;", f"<{tag}>").replace(f"&lt;/{tag}&gt;", f"</{tag}>")
    return text
