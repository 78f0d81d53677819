"""A page that outlives its session: the process ended, the browser comes back to another one with a change.

The new session's first run knows no widget yet, so Streamlit tells nobody what the reader has changed. That
run leaves the values that the browser brings alone and remembers what the link wishes; at its end it asks for
another run with the same values, and what differs from the link is then a change like any other.
"""

import streamlit as st

from rnnviz.ui import streamlit_internals as internals

_BROUGHT, _WISHED = "rnnviz.brought", "rnnviz.wished"
"""What the browser brought by the id of the widget, and what the link wishes by the widget's key."""


def arrive(begins: bool) -> None:
    """Remember what the browser brings, at the start of a run with which the session begins, or of the next.

    A run that is cut short by another one ends no return.
    """
    state = st.session_state
    brought = internals.browser_values() if begins or _BROUGHT in state else {}
    if brought or _BROUGHT in state:
        state[_BROUGHT], state[_WISHED] = state.get(_BROUGHT, {}) | brought, {}


def leaves(key: str, value: object) -> bool:
    """Return whether the browser brings a value for a widget; ``value`` is then remembered, not set."""
    found = key in map(internals.key_of, st.session_state.get(_BROUGHT, ()))
    if found:
        st.session_state[_WISHED][key] = value
    return found


def is_elsewhere() -> bool:
    """Return whether the browser brings values of another page than the one whose widgets have been drawn."""
    return _BROUGHT in st.session_state and not internals.is_drawn(st.session_state[_BROUGHT])


def forget() -> None:
    """Begin with what the link says alone."""
    st.session_state.pop(_BROUGHT, None)


def end() -> None:
    """Draw the page once more with what the browser brought as a change, at the end of a page."""
    brought = st.session_state.pop(_BROUGHT, None)
    if brought is not None:
        internals.draw_again(brought.values(), st.session_state[_WISHED])
