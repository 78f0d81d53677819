"""Links with the sentence that says where they lead: as cards, or close together with it on hover.

Each group is one element of the page, and the toolbar follows its links without loading the app anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import streamlit as st

from rnnviz.settings.config import RunConfig
from rnnviz.ui.navigation import Page

Entry = tuple[Page, str, str, RunConfig]


def cards(entries: Sequence[Entry]) -> None:
    """Draw cards in rows, as many across as have room."""
    _links("rnnviz-links rnnviz-cards", [_card(*entry) for entry in entries])


def path(words: str, entries: Sequence[Entry]) -> None:
    """Draw one way through some pages, in its order; the sentence of each is its help text."""
    ways = "<span aria-hidden='true'>→</span>".join(_link(*entry) for entry in entries)
    _links("rnnviz-links rnnviz-path", [f"<span>{escape(words)}</span>", ways])


def links(entries: Sequence[Entry]) -> None:
    """Draw many links in rows that wrap; the sentence of each is its help text."""
    _links("rnnviz-links", [_link(*entry) for entry in entries])


def _links(looks: str, drawn: list[str]) -> None:
    st.html(f'<div class="{looks}">{"".join(drawn)}</div>')


def _card(page: Page, title: str, sentence: str, config: RunConfig) -> str:
    inside = f"<strong>{escape(title)}</strong><span>{escape(sentence)}</span>"
    return f'<a href="{escape(page.address(config))}">{inside}</a>'


def _link(page: Page, title: str, sentence: str, config: RunConfig) -> str:
    return f'<a href="{escape(page.address(config))}" title="{escape(sentence)}">{escape(title)}</a>'
