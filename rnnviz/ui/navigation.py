"""The pages in their order, as links that carry the experiment along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from rnnviz.notation import prose
from rnnviz.settings.config import RunConfig
from rnnviz.ui.toolbar import toolbar


@dataclass(frozen=True)
class Page:
    """A page: its file, the short title of its link, the question it answers, what is to be seen there."""

    path: str
    title: str
    question: str
    guide: tuple[str, ...]

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


def bar(config: RunConfig, title: str) -> None:
    """Draw the links to all pages and the toolbar of the page called ``title``; home's own is a sentence."""
    guides = {page.title: page.guide for page in PAGES}
    toolbar(title, guides.get(title, PAGES[0].guide), [(page.address(config), page.title) for page in PAGES])


def link(
    path: str, label: str, config: RunConfig, *, icon: str | None = None, help: str | None = None, **keys: str
) -> None:
    """Draw a link to a page with a configuration, and keys of the page's own such as ``word="gradient"``."""
    st.page_link(path, label=label, icon=icon, help=help, query_params=config.to_query() | keys)
