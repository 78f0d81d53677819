"""Closed folds, whose content is made when they are opened; the link says which ones are open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from rnnviz.ui import picks, state

if TYPE_CHECKING:
    from rnnviz.ui.streamlit_internals import ExpanderContainer


def fold(label: str, key: str, *, compact: bool = False, icon: str | None = None) -> ExpanderContainer:
    """Draw a fold that is closed unless the link or the reader has opened it; its ``open`` says which."""
    wanted = picks.asked(key, 2, 0)
    if wanted is not None:
        state.set_value(key, bool(wanted))
    place = st.expander(label, key=key, on_change=state.touched, type="compact" if compact else "default", icon=icon)
    picks.keep(key, int(bool(place.open)), 0)
    return place
