"""The one call with which every page begins and which makes it complete on its own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from rnnviz.charts.drawing import ICON
from rnnviz.settings.config import RunConfig
from rnnviz.ui import memory, navigation, sidebar, state, work
from rnnviz.ui import streamlit_internals as internals
from rnnviz.ui.run_queue import RUN_QUEUE
from rnnviz.ui.show import SAID, collect

ABOUT = "rnnviz shows how a recurrent network is trained by Backpropagation Through Time."


def page(
    title: str, question: str, *, group: str = "task", first: Callable[[RunConfig], object] | None = None
) -> RunConfig:
    """Start a page: settings, state from the link, navigation, sidebar, title and the question that it answers.

    Under classic pages a cold deep link runs a page without ``app.py``, so nothing may rely on what the home page
    set. ``group``, ``"task"``, ``"network"`` or ``"training"``, is what the sidebar shows unfolded. ``first`` is
    something quick that the page shows, computed before anything is drawn and kept for it: the browser draws what
    has arrived by then from its root on, so a page that arrives at once is drawn once. Its errors are left to the
    page. Returned is the experiment to show, after every change in this run.
    """
    memory.few_heaps()
    internals.keep_messages()
    RUN_QUEUE.wait()
    work.begin()
    memory.settle()
    st.session_state[SAID] = []
    st.set_page_config(
        page_title=f"{title} · rnnviz",
        page_icon=ICON,
        layout="wide",
        menu_items={"About": ABOUT, "Get help": None, "Report a bug": None},
    )
    config = state.synchronise(title)
    if first is not None:
        with suppress(ValueError, IndexError, MemoryError, ArithmeticError, work.StoppedError):
            first(config)
    work.place()
    sidebar.draw(config, group)
    navigation.toolbar(config, title)
    st.title(title, anchor=False)
    collect(question)
    st.markdown(question)
    if state.notes():
        st.warning("  \n".join(state.notes()), icon=":material/info:")
    return config
