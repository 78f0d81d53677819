"""The pages in their order, as links that carry the experiment along."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st

from rnnviz import prose
from rnnviz.config import RunConfig
from rnnviz.ui.desk import desk


@dataclass(frozen=True)
class Page:
    """A page of the app: its file, the short title of its link, and the question it answers."""

    path: str
    title: str
    question: str

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


PAGES: tuple[Page, ...] = (
    Page("app.py", "Home", "How does a recurrent network learn from its past?"),
    Page("pages/5_Lessons.py", "Lessons", "How does the lecture explain it, step by step?"),
    Page("pages/1_Unrolled_network.py", "Unrolled network", "What does the network compute at each step?"),
    Page("pages/2_Chain_rule.py", "Chain rule", "Which paths does the gradient take back through time?"),
    Page("pages/3_Gradient_flow.py", "Gradient flow", "How far back does the error reach?"),
    Page("pages/4_Training.py", "Training", "What happens to the loss and the weights as it learns?"),
    Page(
        "pages/6_Gradient_check.py",
        "Gradient check",
        "Is the gradient right, and how would one notice if not?",
    ),
    Page("pages/9_Questions.py", "Questions", "What would you predict, and what does the network say?"),
    Page("pages/7_Words.py", "Words", "What does each word and symbol mean, and who calls it what?"),
    Page(
        "pages/8_Is_this_true.py",
        "Is this true?",
        "Which numbers here can I trust, and what does this app leave out?",
    ),
    Page(
        "pages/10_Take_away.py", "Take away", "How do I keep this, show it elsewhere, run it without the app?"
    ),
)


def page_of(name: str) -> Page:
    """Return the page whose file is called ``name``, without its ending."""
    return next(page for page in PAGES if page.path.endswith(f"{name}.py"))


def bar(config: RunConfig, title: str) -> None:
    """Draw the links to all pages and the desk of the page called ``title``."""
    desk(title, _guide(title), [(page.address(config), page.title) for page in PAGES])


def _guide(title: str) -> tuple[str, ...]:
    """Return what a reader sees on a page; the home page's own title is a sentence."""
    guides = prose.read("guides", Mapping[str, tuple[str, ...]])
    return guides.get(title.replace(" ", "_"), guides["Home"])


def link(
    path: str,
    label: str,
    config: RunConfig,
    *,
    icon: str | None = None,
    help: str | None = None,
    **keys: str,
) -> None:
    """Draw a link to a page that opens it with this configuration.

    Parameters
    ----------
    path : str
        The page's file relative to ``app.py``, as in ``PAGES``.
    label : str
    config : RunConfig
        For example ``PRESETS["vanishing"].config``.
    icon, help : str, optional
    **keys : str
        Keys of the page's own in the link, such as ``word="gradient"``.
    """
    st.page_link(path, label=label, icon=icon, help=help, query_params=config.to_query() | keys)
