"""Closed folds, whose content is made when they are opened; the link says which ones are open."""

from __future__ import annotations

import streamlit as st

from rnnviz.ui import picks, state


def fold(label: str, key: str, **look: str) -> object:
    """Draw a fold that is closed unless the link or the reader has opened it.

    Parameters
    ----------
    label, key : str
    **look : str
        What ``st.expander`` takes, such as ``type="compact"``.

    Returns
    -------
    streamlit container
        Its ``open`` says whether there is something to draw.
    """
    wanted = picks.asked(key, 2, 0)
    if wanted is not None:
        state.hold(key, bool(wanted))
    place = st.expander(label, key=key, on_change=state.touched, **look)
    picks.keep(key, int(bool(place.open)), 0)
    return place
