"""A page that outlives its session: the process ended, the browser comes back to another one with a change.

The new session's first run knows no widget yet, so Streamlit tells nobody what the reader has changed. That
run leaves the values that the browser brings alone and remembers what the link wishes; at its end it asks for
another run with the same values, and what differs from the link is then a change like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st

from rnnviz.ui import streamlit_internals as internals

_RETURN = "rnnviz.return"


@dataclass
class _Return:
    """What the browser brought by the id of the widget, and what the link wishes by the widget's key."""

    brought: dict[str, internals.WidgetState] = field(default_factory=dict)
    wished: dict[str, object] = field(default_factory=dict)


def arrive(begins: bool) -> None:
    """Remember what the browser brings, at the start of a run with which the session begins, or of the next.

    A run that is cut short by another one ends no return.
    """
    state = st.session_state
    if not (begins or _RETURN in state):
        return
    if (brought := internals.browser_values()) or _RETURN in state:
        state[_RETURN] = _Return(state.get(_RETURN, _Return()).brought | brought)


def leaves(key: str, value: object) -> bool:
    """Return whether the browser brings a value for a widget; ``value`` is then remembered, not set."""
    found = st.session_state.get(_RETURN)
    if found is None or key not in map(internals.key_of, found.brought):
        return False
    found.wished[key] = value
    return True


def is_elsewhere() -> bool:
    """Return whether the browser brings values of another page than the one whose widgets have been drawn."""
    found = st.session_state.get(_RETURN)
    return found is not None and not internals.is_drawn(found.brought)


def forget() -> None:
    """Begin with what the link says alone."""
    st.session_state.pop(_RETURN, None)


def end() -> None:
    """Draw the page once more with what the browser brought as a change, at the end of a page."""
    found = st.session_state.get(_RETURN)
    if found is not None:
        forget()
        internals.draw_again(found.brought.values(), found.wished)
