"""Charts, drawn at once by a small script."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import streamlit as st

from rnnviz.browser import script, style
from rnnviz.ui import state

if TYPE_CHECKING:
    from rnnviz.charts.marks import Chart


def plot(chart: Chart, key: str, alt: str, pick: Callable[[float, float], None] | None = None) -> None:
    """Show a chart; ``pick`` gets x and y of a click on its map."""
    from rnnviz.charts.packed import packed

    data = b'{"alt":%b,"plot":%b}' % (json.dumps(alt, ensure_ascii=False).encode(), packed(chart))
    component = st.components.v2.component("rnnviz_plot", css=style("plot"), js=script("plot"), isolate_styles=False)
    callbacks: dict[str, Any] = {"on_pick_change": lambda: _picked(key, pick)} if pick else {}
    component(key=key, data=data, **callbacks)


def _picked(key: str, pick: Callable[[float, float], None]) -> None:
    """Tell which place was clicked; what is no pair of numbers is passed over."""

    def take(told: Mapping[str, object]) -> None:
        place = told.get("pick")
        if isinstance(place, list) and len(place) == 2 and all(map(_is_number, place)):
            pick(*map(float, place))

    state.changed(key, take)


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
