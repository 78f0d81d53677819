"""How things are shown: charts with their text equivalent and their files, folds, sentences, messages."""

import json
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from html import escape
from typing import TYPE_CHECKING, Any, NoReturn

import streamlit as st

from rnnviz.browser import script, style
from rnnviz.notation import prose
from rnnviz.settings.edits import unmarked
from rnnviz.ui import picks, state
from rnnviz.ui import streamlit_internals as internals
from rnnviz.ui.work import go_on

if TYPE_CHECKING:
    import numpy as np

    from rnnviz.charts.legends import Entry
    from rnnviz.charts.marks import Chart, Space
    from rnnviz.charts.still import Still
    from rnnviz.ui.streamlit_internals import DeltaGenerator, ExpanderContainer

    Columns = Mapping[str, Sequence[Any] | np.ndarray]

_MOST_SAID = 400
_run = internals.of_a_run()
"""What a page has said stays with its run: a scene of megabytes would stay with a session whose reader has left."""
_PLAIN = {"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": False}
_MARKS = re.compile(r"\*\*|\\(?=[^a-zA-Z0-9\s])")  # what makes a sentence bold, and what keeps a reader's text as it is
_BUTTONS = " ".join(f'<button type="button" value="{kind}">{kind.upper()}</button>' for kind in ("csv", "svg", "png"))


def begin() -> None:
    """Nothing is said yet; the begin of every page."""
    _run.said = []


def said() -> list[str | bytes]:
    """Return what this run of the page has said so far."""
    things: list[str | bytes] = _run.__dict__.setdefault("said", [])
    return things


def collect(*things: str | bytes) -> None:
    """Remember what the page says: sentences, or a scene as it was sent to the browser."""
    if len(said()) < _MOST_SAID:
        _run.said += things


def say(sentence: str) -> None:
    """Show the sentence that tells what is seen, with its live numbers."""
    collect(sentence)
    st.markdown(sentence)


def title(text: str) -> None:
    """Show the title of a page that has one in sight."""
    st.title(text, anchor=False)


def heading(text: str, help: str | None = None) -> None:
    """Start a part of a page."""
    collect(text, help or "")
    st.header(text, anchor=False, help=help)


def note(text: str) -> None:
    """Show a remark that can be skipped."""
    collect(text)
    st.caption(text)


def formula(*lines: str) -> None:
    """Show an equation, or several below each other."""
    for latex in lines:
        st.latex(latex)


def code(text: str, language: str) -> None:
    """Show a few lines of code."""
    st.code(text, language=language)


def columns(*widths: float) -> "list[DeltaGenerator]":
    """Return columns side by side, which stand below each other on a narrow screen."""
    return st.columns(widths, gap="large")


def beside(key: str) -> "tuple[DeltaGenerator, DeltaGenerator]":
    """Return a column of words and the place of a picture beside it; on a narrow screen it stands above."""
    with st.container(key=f"beside-{key}", gap=None):
        return st.container(key=f"words-{key}"), st.container(key=f"picture-{key}")


def fold(label: str, key: str, *, compact: bool = False, icon: str | None = None) -> "ExpanderContainer":
    """Draw a fold that is closed unless the link or the reader has opened it; its ``open`` says which."""
    wanted = picks.asked(key, 2, 0)
    if wanted is not None:
        state.set_value(key, bool(wanted))
    place = st.expander(label, key=key, on_change=state.touched, type="compact" if compact else "default", icon=icon)
    picks.keep(key, int(bool(place.open)), 0)
    return place


def lazy_fold(label: str, key: str) -> "ExpanderContainer":
    """Return a closed fold; its ``open`` says whether the reader opened it, so what costs can wait."""
    collect(label)
    return fold(label, key)


def bench() -> "tuple[DeltaGenerator, DeltaGenerator]":
    """Return the two sides of a screen that needs no scrolling: what is set, and the one picture of it."""
    left, right = st.columns([1, 4], gap="medium")
    _run.sides = left.container(key="part-controls", gap="small"), right.container(key="part-chart", gap="small")
    _run.below = st.container()
    st.components.v2.component("rnnviz_parts", js=script("parts"), isolate_styles=False)(key="parts")
    return _run.sides


def controls() -> "DeltaGenerator":
    """Return the side of the bench on which things are set."""
    return _run.sides[0]


def below() -> "DeltaGenerator":
    """Return the place below the bench, for what is not needed to see cause and effect."""
    return _run.below


def verdict(sentences: str) -> None:
    """Show the first of some sentences as the title of the picture, and the others below the bench."""
    first, rest = prose.first_sentence(sentences)
    collect(sentences)
    st.header(first, anchor=False)
    if rest:
        below().markdown(rest)


def picture(
    drawn: "Chart | str",
    key: str,
    alt: str,
    table: "Columns | None" = None,
    pick: Callable[[float, float], None] | None = None,
) -> None:
    """Show the one figure of the bench, as tall as the window lets it be, and its numbers below; see `chart`."""
    collect(alt)
    legend = _drawn(drawn, key, _MARKS.sub("", alt), pick)
    if table is not None:
        with below():
            numbers(key, table, legend)


def still(one: "Still", theme: str) -> None:
    """Show a picture as the one of the bench, and what is said of it below."""
    picture(one.draw(theme), one.key, one.alt, one.table)
    if one.note:
        below().caption(one.note)


def still_chart(one: "Still", theme: str) -> None:
    """Show a picture among others; see `chart`."""
    chart(one.draw(theme), one.key, one.alt, one.table)


def metrics(values: Mapping[str, tuple[str, str]]) -> None:
    """Show a row of named values: name → (value, help text)."""
    with st.container(horizontal=True, gap="medium"):
        for name, (value, help) in values.items():
            collect(name, help)
            st.metric(name, value, help=help, width="content")


def drawing(svg: str, alt: str) -> None:
    """Show an SVG drawing in its own size, smaller where the screen is."""
    st.image(svg, alt=alt)


def markup(html: str) -> None:
    """Show HTML that a figure function made; it is sanitised again in the browser."""
    st.html(html)


def chart(
    picture: "Chart | Space | str",
    key: str,
    alt: str,
    table: "Columns | None" = None,
    pick: Callable[[float, float], None] | None = None,
) -> None:
    """Show a figure, a small grid as HTML, or a drawing as SVG, with its text equivalent.

    ``alt`` is what a reader who cannot see it needs to know, with its main numbers. The columns of ``table`` are
    shown with every digit when the fold below is opened. ``pick`` gets x and y of a click on a map.
    """
    collect(alt)
    legend = _drawn(picture, key, _MARKS.sub("", alt), pick)
    if table is not None:
        numbers(key, table, legend)


def _drawn(
    picture: "Chart | Space | str", key: str, alt: str, pick: Callable[[float, float], None] | None
) -> "tuple[Entry, ...]":
    """Draw a chart and return the entries of its legend, which stands above it as text."""
    if isinstance(picture, str):
        with st.container(key=key):
            if picture.startswith("<svg"):
                st.image(picture, alt=alt)
            else:
                st.html(f'<div role="group" aria-label="{escape(alt)}">{picture}</div>')
        return ()
    from rnnviz.charts import blank, legends
    from rnnviz.charts.marks import Chart

    flat = picture if isinstance(picture, Chart) else picture.flat
    if reason := blank.instead(flat):
        say(reason)
        return ()
    if listed := legends.entries(flat):
        st.html(legends.markup(listed, legends.named_at_ends(flat)))
    if isinstance(picture, Chart):
        _plot(picture, key, alt, pick)
    else:
        st.plotly_chart(picture.figure, theme=None, key=key, alt=alt, config=_PLAIN)
    return listed


def _plot(chart: "Chart", key: str, alt: str, pick: Callable[[float, float], None] | None) -> None:
    """Draw a chart by a small script; of a click, what is no pair of numbers is passed over."""
    from rnnviz.charts.packed import packed

    def take(clicked: Mapping[str, object]) -> None:
        place = clicked.get("pick")
        if pick and isinstance(place, list) and len(place) == 2 and all(map(_is_number, place)):
            pick(*map(float, place))

    data = b'{"alt":%b,"plot":%b}' % (json.dumps(alt, ensure_ascii=False).encode(), packed(chart))
    component = st.components.v2.component("rnnviz_plot", css=style("plot"), js=script("plot"), isolate_styles=False)
    callbacks: dict[str, Any] = {"on_pick_change": lambda: state.changed(key, take)} if pick else {}
    component(key=key, data=data, **callbacks)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def stopped(message: str) -> None:
    """Say why a computation ended before its time; what was computed until then is shown below."""
    st.warning(message, icon=":material/warning:")


def digits(columns: Mapping[str, Sequence[str]], key: str) -> None:
    """Show a small table of plain texts, which need not be read as Markdown cell by cell."""
    from rnnviz.charts.tables import markup

    collect(*columns)
    with st.container(key=key):
        st.html(markup(columns))


def table(columns: Mapping[str, Sequence[str]], key: str) -> None:
    """Show a small table of sentences, all of it, with no need of a data frame."""
    collect(*columns, *(text for column in columns.values() for text in column))
    st.table([dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)])


def problem(message: str) -> NoReturn:
    """Say what is wrong and end this run of the page; the sidebar stays usable."""
    st.error(f"**This setting cannot be computed.** {unmarked(message)}", icon=":material/error:")
    st.button("Undo last change", key="problem.undo", on_click=state.undo, disabled=not state.can_undo())
    state.end()
    st.stop()


def not_done() -> NoReturn:
    """Say that the reader has stopped what is to be shown here, and end this run of the page."""
    st.info("Stopped before it was done.", icon=":material/pause_circle:")
    st.button("Compute it", key="work.go_on", icon=":material/play_arrow:", on_click=go_on)
    state.end()
    st.stop()


def numbers(key: str, table: "Columns", legend: "tuple[Entry, ...]" = ()) -> None:
    """Draw the closed fold with the numbers of a chart; table and files are made when it is opened.

    The files, CSV with every digit, SVG and PNG, are made in the reader's browser.
    """
    opened = fold("Numbers, download", f"{key}.numbers", compact=True)
    if not opened.open:
        return
    from rnnviz.charts.tables import as_csv

    names = [asdict(each) | {"name": re.sub("</?su[bp]>", "", each.name)} for each in legend]
    buttons = st.components.v2.component(
        "rnnviz_downloads",
        html=f'<span>Download</span> {_BUTTONS} <span role="status"></span>',
        css=style("plot_download"),
        js=script("plot_download"),
    )
    with opened:
        buttons(key=f"{key}.downloads", data={"key": key, "csv": as_csv(table), "legend": names})
        st.dataframe({name: [_cell(value) for value in values] for name, values in table.items()}, hide_index=True)


def _cell(value: Any) -> Any:
    return repr(float(value)) if getattr(getattr(value, "dtype", None), "kind", None) == "f" else value
