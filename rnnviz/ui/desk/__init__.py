"""The desk of every page, in the browser alone: links to the pages and the moment, steps, lecture mode."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_SCRIPT = (_FOLDER / "desk.js").read_text(encoding="utf-8")
_STYLE = (_FOLDER / "desk.css").read_text(encoding="utf-8")


def desk(title: str, guide: tuple[str, ...], pages: list[tuple[str, str]]) -> None:
    """Draw the links to the pages and the buttons of the desk; its buttons and keys never ask the server.

    Links and buttons are one element, because each of Streamlit's own costs time with every change.

    Parameters
    ----------
    title : str
        Of the page.
    guide : tuple of str
        What a reader sees here, a paragraph each.
    pages : list of (address, title)
        Of all pages, with the experiment, in their order.
    """
    component = st.components.v2.component("rnnviz_desk", css=_STYLE, js=_SCRIPT, isolate_styles=False)
    component(key="desk", data={"title": title, "guide": guide, "pages": pages})
