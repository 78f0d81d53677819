"""Links with the sentence that says where they lead: as cards, or close together with it on hover."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from rnnviz.config import RunConfig
from rnnviz.ui.navigation import link


def cards(entries: Sequence[tuple[str, str, str, RunConfig]], across: int = 5) -> None:
    """Draw cards in rows; on a narrow screen they stand below each other.

    Parameters
    ----------
    entries : sequence of (path, title, sentence, configuration)
    across : int
        Cards in a full row.
    """
    for start in range(0, len(entries), across):
        row = entries[start : start + across]
        places = st.columns(across, gap="small")
        for place, (path, title, sentence, config) in zip(places, row, strict=False):
            with place.container(border=True, height="stretch"):
                link(path, f"**{title}**", config)
                st.caption(sentence)


def links(entries: Sequence[tuple[str, str, str, RunConfig]]) -> None:
    """Draw many links in rows that wrap; the sentence of each is its help text."""
    with st.container(horizontal=True, gap="small"):
        for path, title, sentence, config in entries:
            link(path, title, config, help=sentence)
