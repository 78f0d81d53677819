"""Charts of lines, drawn by a small script instead of plotly's: at once, and with nothing to load."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import streamlit as st

if TYPE_CHECKING:
    from rnnviz.figures.plain import Figure

_SCRIPT = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")
_STYLE = """
.rnnviz-plot-holder { position: relative; width: 100% }
.rnnviz-plot { display: block; touch-action: pan-y }
.rnnviz-plot-tip { position: absolute; z-index: 5; padding: 6px 10px; border: 1px solid; border-radius: 6px;
  font-size: 12.5px; line-height: 1.5; pointer-events: none; white-space: nowrap }
.rnnviz-plot-tip i { display: inline-block; width: 9px; height: 9px; border-radius: 2px; margin-right: 6px }
"""


def plot(figure: Figure, key: str, alt: str) -> None:
    """Show a figure for which ``figures.light.fits`` holds.

    Parameters
    ----------
    figure : figures.plain.Figure, or one of plotly's
    key : str
        Unique on the page.
    alt : str
        The text equivalent.
    """
    from rnnviz.figures.light import packed

    data = b'{"alt":%b,"plot":%b}' % (json.dumps(alt, ensure_ascii=False).encode(), packed(figure))
    component = st.components.v2.component("rnnviz_plot", css=_STYLE, js=_SCRIPT, isolate_styles=False)
    component(key=key, data=data)
