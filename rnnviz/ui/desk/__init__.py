"""The desk of every page, in the browser alone: the link to this moment, prepared steps, lecture mode."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

_FOLDER = Path(__file__).parent
_SCRIPT = (_FOLDER / "desk.js").read_text(encoding="utf-8")
_STYLE = (_FOLDER / "desk.css").read_text(encoding="utf-8")


def desk(title: str, guide: tuple[str, ...]) -> None:
    """Draw the buttons of the desk; they and their keys never ask the server.

    Parameters
    ----------
    title : str
        Of the page.
    guide : tuple of str
        What a reader sees here, a paragraph each.
    """
    component = st.components.v2.component("rnnviz_desk", css=_STYLE, js=_SCRIPT, isolate_styles=False)
    component(key="desk", width="content", data={"title": title, "guide": guide})
