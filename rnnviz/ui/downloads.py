"""A chart taken along: its numbers as CSV, its picture as SVG or PNG, all made in the reader's browser."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import streamlit as st

from rnnviz.browser import script, style

if TYPE_CHECKING:
    import numpy as np

    from rnnviz.charts.legends import Entry

    Columns = Mapping[str, Sequence[Any] | np.ndarray]

_MARKUP = """
<span>Download</span>
<button type="button" value="csv">CSV</button>
<button type="button" value="svg">SVG</button>
<button type="button" value="png">PNG</button>
<span role="status"></span>
"""
_TAGS = re.compile("</?su[bp]>")


def as_csv(table: Columns) -> str:
    """Return columns of numbers as CSV with every digit.

    Examples
    --------
    >>> as_csv({"lag": [0, 1], "share": [1.0, 0.1]})
    'lag,share\\r\\n0,1.0\\r\\n1,0.1\\r\\n'
    """
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(table)
    rows.writerows(zip(*(_plain(values) for values in table.values()), strict=True))
    return text.getvalue()


def _plain(values: Sequence[Any] | np.ndarray) -> list[Any]:
    return list(values) if isinstance(values, Sequence) else values.tolist()


def downloads(key: str, table: Columns, legend: Sequence[Entry]) -> None:
    """Draw the buttons that save the chart called ``key``, with its legend, and its numbers."""
    names = [asdict(each) | {"name": _TAGS.sub("", each.name)} for each in legend]
    buttons = st.components.v2.component(
        "rnnviz_downloads", html=_MARKUP, css=style("plot_download"), js=script("plot_download")
    )
    buttons(key=f"{key}.downloads", data={"key": key, "csv": as_csv(table), "legend": names})
