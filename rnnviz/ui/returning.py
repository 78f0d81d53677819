"""A page that outlives its session: the process ended, the browser comes back to another one with a change.

The new session's first run knows no widget yet, so Streamlit tells nobody what the reader has changed. That
run leaves the values that the browser brings alone and remembers what the link wishes; at its end it asks for
another run with the same values, and what differs from the link is then a change like any other.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st
from streamlit.proto.WidgetStates_pb2 import WidgetState, WidgetStates
from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx
from streamlit.runtime.state.common import user_key_from_element_id

_RETURN = "rnnviz.return"


@dataclass
class _Return:
    """What the browser brought by the id of the widget, and what the link wishes by the widget's key."""

    brought: dict[str, WidgetState] = field(default_factory=dict)
    wished: dict[str, object] = field(default_factory=dict)


def arrive(begins: bool) -> None:
    """Remember what the browser brings, at the start of a run.

    Parameters
    ----------
    begins : bool
        Whether the session begins with this run. A run that is cut short by another one ends no return.
    """
    context, state = get_script_run_ctx(), st.session_state
    if context is None or not (begins or _RETURN in state):
        return
    brought = {one.id: one for one in context.session_state.get_widget_states()}
    if brought or _RETURN in state:
        state[_RETURN] = _Return(state.get(_RETURN, _Return()).brought | brought)


def leaves(key: str, value: object) -> bool:
    """Return whether the browser brings a value for a widget; ``value`` is then remembered, not set."""
    found = st.session_state.get(_RETURN)
    if found is None or key not in map(user_key_from_element_id, found.brought):
        return False
    found.wished[key] = value
    return True


def is_elsewhere() -> bool:
    """Return whether the browser brings values of another page than the one whose widgets have been drawn."""
    found = st.session_state.get(_RETURN)
    drawn = get_script_run_ctx().shared.widget_ids_this_run
    return found is not None and not any(one in drawn for one in found.brought)


def forget() -> None:
    """Begin with what the link says alone."""
    st.session_state.pop(_RETURN, None)


def end() -> None:
    """Draw the page once more with what the browser brought as a change, at the end of a page."""
    found = st.session_state.get(_RETURN)
    if found is None:
        return
    context = get_script_run_ctx()
    for key, value in found.wished.items():
        context.session_state.reset_state_value(key, value)
    forget()
    raise RerunException(
        RerunData(
            query_string=context.query_string,
            page_script_hash=context.page_script_hash,
            widget_states=WidgetStates(widgets=found.brought.values()),
            cached_message_hashes=context.cached_message_hashes,
            context_info=context.context_info,
        )
    )
