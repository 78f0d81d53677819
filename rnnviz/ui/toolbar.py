"""The toolbar of every page, in the browser: links to the pages and the moment, steps, lecture mode.

One thing of it asks the server: a page is drawn again when the reader switches the theme, for charts have the
theme's colours, and Streamlit tells Python the theme with the next rerun only (streamlit issue 11920).
"""

from __future__ import annotations

import streamlit as st

from rnnviz.browser import script, style
from rnnviz.ui import state


def theme() -> str:
    """Return ``"light"`` or ``"dark"``, as the reader sees the app."""
    return st.context.theme.type or "light"


def toolbar(title: str, guide: tuple[str, ...], pages: list[tuple[str, str]]) -> None:
    """Draw the links to the pages and the buttons beside them; its buttons and keys never ask the server.

    Links and buttons are one element, because each of Streamlit's own costs time with every change. The guide
    has a paragraph each, the pages an address and a title.
    """
    component = st.components.v2.component(
        "rnnviz_toolbar", css=style("toolbar", "streamlit_internals"), js=script("toolbar"), isolate_styles=False
    )
    data = {"title": title, "guide": guide, "pages": pages, "drawn": theme()}
    component(key="toolbar", data=data, on_theme_change=state.touched)
