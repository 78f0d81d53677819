"""The links to the pages, which carry the experiment along, and each page's toolbar.

The toolbar is drawn in the browser and follows them without loading the app anew. One thing of it asks the server: a
page is drawn again when the reader switches the theme, for charts have the theme's colours, and Streamlit tells
Python the theme with the next rerun only (streamlit issue 11920).
"""

import streamlit as st

from rnnviz.browser import colours, faces, script, style
from rnnviz.settings.config import RunConfig
from rnnviz.settings.pages import PAGES, Page, page_of
from rnnviz.ui import state


def theme() -> str:
    """Return ``"light"`` or ``"dark"``, as the reader sees the app."""
    return st.context.theme.type or "light"


def toolbar(config: RunConfig, here: Page) -> None:
    """Draw the links to all pages, the experiment in words and the buttons of the page where the reader is."""
    sheets = (
        faces(),
        style("toolbar", "streamlit_internals", "beside"),
        colours(":is(.st-key-beside-home, .st-key-beside-forward)"),
    )
    component = st.components.v2.component(
        "rnnviz_toolbar", css="\n".join(sheets), js=script("toolbar"), isolate_styles=False
    )
    data = {
        "title": here.title,
        "guide": [here.question, *here.guide],
        "pages": [(page.address(config), page.title, page.rare) for page in PAGES],
        "files": page_of("10_Take_away").address(config),
        "words": _words(config),
        "drawn": theme(),
    }
    component(key="toolbar", data=data, on_theme_change=state.touched)


def _words(config: RunConfig) -> str:
    """Return the experiment in words: what the reader brought is called by its file's name."""
    if not config.data:
        return config.words
    from rnnviz.tasks import own
    from rnnviz.tasks.networks import kept

    data = own.find(config.data) or kept.find(config.data)
    return config.words if data is None else config.words_on((data.source or data.title)[:40])


def link(
    path: str, label: str, config: RunConfig, *, icon: str | None = None, help: str | None = None, **keys: str
) -> None:
    """Draw a link to a page with a configuration, and keys of the page's own such as ``word="gradient"``."""
    st.page_link(path, label=label, icon=icon, help=help, query_params=config.to_query() | keys)
