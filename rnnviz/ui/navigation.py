"""The pages in their order, and the links to them that carry the experiment along; each page's toolbar.

The toolbar is drawn in the browser and follows them without loading the app anew. One thing of it asks the server: a
page is drawn again when the reader switches the theme, for charts have the theme's colours, and Streamlit tells
Python the theme with the next rerun only (streamlit issue 11920).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from rnnviz.browser import colours, faces, script, style
from rnnviz.notation import prose
from rnnviz.settings.config import RunConfig
from rnnviz.ui import state


@dataclass(frozen=True)
class Page:
    """A page: its file, the short title of its link, the question it answers, what is to be seen there."""

    path: str
    title: str
    question: str
    guide: tuple[str, ...]
    rare: bool = False

    @property
    def name(self) -> str:
        """How the page is called in an address; the home page has no name."""
        return "" if self.path == "app.py" else Path(self.path).stem.split("_", 1)[1]

    def address(self, config: RunConfig) -> str:
        """Return the page's address with an experiment, relative to any other page's."""
        query = _query(config)
        return (self.name or "./") + (f"?{query}" if query else "")


@lru_cache(maxsize=64)
def _query(config: RunConfig) -> str:
    """A page links to all others with the same experiment."""
    return urlencode(config.to_query())


PAGES = tuple(prose.read("pages", Mapping[str, Page]).values())


def page_of(name: str) -> Page:
    """Return the page whose file is called ``name``, without its ending."""
    return next(page for page in PAGES if page.path.endswith(f"{name}.py"))


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
