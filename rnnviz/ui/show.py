"""How things are shown: charts with their text equivalent, drawings, sentences, messages."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import TYPE_CHECKING, Any, NoReturn

import streamlit as st

from rnnviz.settings.edits import unmarked
from rnnviz.ui import state
from rnnviz.ui.downloads import downloads
from rnnviz.ui.folds import fold
from rnnviz.ui.plot import plot
from rnnviz.ui.words import collect
from rnnviz.ui.work import go_on

if TYPE_CHECKING:
    import numpy as np

    from rnnviz.charts.legends import Entry
    from rnnviz.charts.marks import Chart, Space
    from rnnviz.ui.downloads import Columns
    from rnnviz.ui.streamlit_internals import DeltaGenerator, ExpanderContainer

_PLAIN = {"displayModeBar": False, "responsive": True, "scrollZoom": False, "doubleClick": False}

_MARKS = re.compile(r"\*\*|\\(?=[^a-zA-Z0-9\s])")  # what makes a sentence bold, and what keeps a reader's text as it is


def say(sentence: str) -> None:
    """Show the sentence that tells what is seen, with its live numbers."""
    collect(sentence)
    st.markdown(sentence)


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


def columns(*widths: float) -> list[DeltaGenerator]:
    """Return columns side by side, which stand below each other on a narrow screen."""
    return st.columns(widths, gap="large")


def lazy_fold(label: str, key: str) -> ExpanderContainer:
    """Return a closed fold; its ``open`` says whether the reader opened it, so what costs can wait."""
    collect(label)
    return fold(label, key)


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
    picture: Chart | Space | str,
    key: str,
    alt: str,
    table: Columns | None = None,
    pick: Callable[[float, float], None] | None = None,
) -> None:
    """Show a figure or a small grid with its text equivalent.

    Parameters
    ----------
    picture : charts.marks.Chart, charts.marks.Space or str
        HTML for a grid that is small enough to be read, or a drawing as SVG.
    key : str
        Unique on the page.
    alt : str
        What a reader who cannot see the chart needs to know, with its main numbers.
    table : mapping of str to sequence, optional
        Columns by name; shown with every digit when the fold below the chart is opened.
    pick : callable, optional
        Called with x and y of a place that the reader clicked, on a map.
    """
    collect(alt)
    legend = _drawn(picture, key, _MARKS.sub("", alt), pick)
    if table is not None:
        numbers(key, table, legend)


def _drawn(
    picture: Chart | Space | str, key: str, alt: str, pick: Callable[[float, float], None] | None
) -> tuple[Entry, ...]:
    """Draw a chart and return the entries of its legend, which stands above it as text."""
    if isinstance(picture, str):
        _markup(picture, key, alt)
        return ()
    from rnnviz.charts import blank, legends
    from rnnviz.charts.marks import Chart

    flat = picture if isinstance(picture, Chart) else picture.flat
    reason = blank.instead(flat)
    if reason:
        say(reason)
        return ()
    listed = legends.entries(flat)
    if listed:
        st.html(legends.markup(listed))
    if isinstance(picture, Chart):
        plot(picture, key, alt, pick)
    else:
        st.plotly_chart(picture.figure, theme=None, key=key, alt=alt, config=_PLAIN)
    return listed


def _markup(picture: str, key: str, alt: str) -> None:
    with st.container(key=key):
        if picture.startswith("<svg"):
            st.image(picture, alt=alt)
        else:
            st.html(f'<div role="group" aria-label="{escape(alt)}">{picture}</div>')


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
    names = list(columns)
    collect(*names, *(text for column in columns.values() for text in column))
    rows = [dict(zip(names, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    st.table(rows)


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


def numbers(key: str, table: Columns, legend: tuple[Entry, ...] = ()) -> None:
    """Draw the closed fold with the numbers of a chart; table and downloads are made when it is opened."""
    opened = fold("Numbers, download", f"{key}.numbers", compact=True)
    if opened.open:
        with opened:
            downloads(key, table, legend)
            st.dataframe({name: _column(values) for name, values in table.items()}, hide_index=True)


def _column(values: Sequence[Any] | np.ndarray) -> list[Any]:
    return [repr(float(value)) if hasattr(value, "dtype") and value.dtype.kind == "f" else value for value in values]
