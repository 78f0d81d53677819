"""A chart's legend as text above it: it wraps on any width, and is drawn at once."""

import re
from dataclasses import dataclass
from html import escape

from rnnviz.charts.marks import SIGNS, Band, Bar, Chart, Dots, Line, Rule

_LINES = {"solid": "solid", "dash": "dashed", "dot": "dotted", "dashdot": "dashed"}


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


def entries(chart: Chart) -> tuple[Entry, ...]:
    """Return an entry for each mark of a chart that has a name; none where no legend is wanted."""
    listed = (mark for mark in chart.marks if isinstance(mark, (Line, Dots, Bar)) and mark.name)
    return tuple(map(_entry, listed)) if chart.legend else ()


def _entry(mark: Line | Dots | Bar) -> Entry:
    if isinstance(mark, Bar):
        return Entry(mark.name, mark.colour, "area")
    if isinstance(mark, Line):
        return Entry(mark.name, mark.colour, _LINES[mark.dash], mark.width, mark.opacity)
    return Entry(mark.name, mark.colour, SIGNS[mark.sign], opacity=mark.opacity)


def named_at_ends(chart: Chart) -> bool:
    """Whether each curve of a chart can be named where it ends: it holds none but curves, and none is played."""
    lines = [mark for mark in chart.marks if isinstance(mark, Line)]
    others = [mark for mark in chart.marks if not isinstance(mark, (Line, Band, Rule))]
    return chart.legend and bool(lines) and not others and all(line.updates is None for line in lines)


def markup(listed: tuple[Entry, ...], narrow: bool = False) -> str:
    """Return the legend as HTML; of the names only sub- and superscripts are read as markup.

    A ``narrow`` one is for narrow windows alone.
    """
    items = ""
    for each in listed:
        name = re.sub("&lt;(/?su[bp])&gt;", r"<\1>", escape(each.name))
        items += f"<span>{_swatch(each)}{name}</span>"
    kind = ' class="rnnviz-narrow"' if narrow else ""
    return f'<div{kind} style="display:flex;flex-wrap:wrap;gap:2px 18px;font-size:.82rem;opacity:.9">{items}</div>'


def _swatch(entry: Entry) -> str:
    sign = entry.line if entry.line in SIGNS.values() else ""
    shape = f"width:26px;border-top:{entry.width:g}px {entry.line} {entry.colour}"
    if entry.line == "area":
        shape = f"width:12px;height:12px;background:{entry.colour};border-radius:2px"
    if sign:
        shape = f"font-style:normal;line-height:1;color:{entry.colour}"
    style = f"display:inline-block;vertical-align:middle;margin-right:6px;opacity:{entry.opacity:g};{shape}"
    return f'<i aria-hidden="true" style="{style}">{sign}</i>'
