"""The one call with which every page begins and which makes it complete on its own."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from rnnviz.charts.drawing import ICON
from rnnviz.settings.config import RunConfig
from rnnviz.settings.pages import Page, page_of
from rnnviz.ui import memory, navigation, repeats, show, sidebar, state, work
from rnnviz.ui import streamlit_internals as internals
from rnnviz.ui.run_queue import RUN_QUEUE

_CONFIGURED = "rnnviz.configured"
ABOUT = "rnnviz shows how a recurrent network is trained by Backpropagation Through Time."


def page(name: str, *, group: str = "task", first: Callable[[RunConfig], object] | None = None) -> RunConfig:
    """Start the page of a file: settings, state from the link, header, sidebar.

    Under classic pages a cold deep link runs a page without ``app.py``, so nothing may rely on what the home page
    set. ``group``, ``"task"``, ``"network"`` or ``"training"``, is what the sidebar shows unfolded. ``first`` is
    something quick that the page shows, computed before anything is drawn and kept for it: the browser draws what
    has arrived by then from its root on, so a page that arrives at once is drawn once. Its errors are left to the
    page. Returned is the experiment to show, after every change in this run.
    """
    here = page_of(name)
    memory.few_heaps()
    internals.keep_messages()
    RUN_QUEUE.wait()
    work.begin()
    memory.settle()
    show.begin()
    _configure(here)
    config = state.synchronise(here.title)
    if first is not None:
        with suppress(ValueError, IndexError, MemoryError, ArithmeticError, work.StoppedError):
            first(config)
    work.place()
    sidebar.draw(config, group)
    navigation.toolbar(config, here)
    if here.name:  # home says more than its name
        with st.container(key="unseen-title"):
            st.title(here.title, anchor=False)
    if state.notes():
        st.warning("  \n".join(state.notes()), icon=":material/info:")
    return config


def _configure(here: Page) -> None:
    """Give the window its title and breadth until the browser has them: it keeps both, and works at each word of it."""
    name, answer = st.session_state.get(_CONFIGURED, (None, 0))
    if name == here.name and repeats.has_drawn(answer):
        return
    st.session_state[_CONFIGURED] = here.name, repeats.number()
    st.set_page_config(
        page_title=f"{here.title} · rnnviz",
        page_icon=ICON,
        layout="wide",
        initial_sidebar_state="collapsed",
        menu_items={"About": ABOUT, "Get help": None, "Report a bug": None},
    )
