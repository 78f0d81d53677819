"""What a browser repeats before it has seen an answer is no wish of its reader.

Every message of a browser holds the values of all its widgets. One that leaves before the last answer has
come holds old values of what the server has meanwhile set, and Streamlit takes each of them for a change. So
it is remembered what a widget has held until the browser shows the newest value. An older one is the reader's
wish only if nothing else in the message can be what the reader did.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.common import user_key_from_element_id

_HELD, _SAID = "rnnviz.held", "rnnviz.said"  # by key: ``_Held``; by id: what the last message said
_TRIGGERS = ("trigger_value", "string_trigger_value", "json_trigger_value", "chat_input_value")


@dataclass
class _Held:
    """What a widget has held, the newest last; whether that is the reader's own, and is to be sent again."""

    values: list = field(default_factory=list)
    own: bool = False
    again: bool = False

    def wish(self, value: object) -> None:
        """Take a wish of the reader over; what the server set before may still come to the browser."""
        self.values.append(value)
        self.own, self.again = True, not self.own


def is_late(key: str) -> bool:
    """Return whether the reader changed a widget, about to be drawn, before the browser had what was set."""
    held = st.session_state.get(_HELD, {})
    if key in held:
        held[key] = held.pop(key)
    return key in held and held[key].again


def given(key: str, value: object, is_new: bool) -> None:
    """Tell that a widget is about to be given a value; a new widget has held none before."""
    state = st.session_state
    held = state.setdefault(_HELD, {})
    one = held.get(key)
    if is_new or one is None:
        one = held[key] = _Held([] if is_new else [state[key]])
    one.again = False
    if one.values[-1:] != [value]:
        one.values.append(value)
        one.own = False


def forget() -> None:
    """Begin with another page, whose widgets are others."""
    st.session_state.pop(_HELD, None)


def sort(behind: bool) -> frozenset[str]:
    """Sort the values of a message, and give each that is only repeated its newest one again.

    Parameters
    ----------
    behind : bool
        Whether the message was sent with the address bar of before the last answer.

    Returns
    -------
    frozenset of str
        The keys of these widgets, whose callbacks have nothing to tell.
    """
    context, state = get_script_run_ctx(suppress_warning=True), st.session_state
    if context is None:
        return frozenset()
    message = {one.id: one for one in context.session_state.get_widget_states()}
    held, changed = state.get(_HELD, {}), _changed(message)
    happened = context.is_history_navigation or _is_pressed(message) or not changed <= held.keys()
    seen, old, late = False, [], []
    for key in _told(message, held):
        values, value = held[key].values, state[key]
        if value in values[:-1] and value != values[-1]:
            old.append(key)
        elif value not in values:
            happened = True
            held[key].wish(value)
        elif not behind:
            if len(values) > 1 and not seen:
                seen, old, late = True, [], old  # what was drawn after it may not be there yet
            del held[key]
    wish = None if happened else _only(old or late, changed, behind)
    if wish is not None:
        held[wish].wish(state[wish])
    repeated = frozenset({*old, *late} - {wish})
    for key in repeated:
        state[key] = held[key].values[-1]
    return repeated


def _only(keys: list[str], changed: set[str], behind: bool) -> str | None:
    """Return the one widget that the reader can have set to an older value, if there is one."""
    fresh = [key for key in keys if key in changed]
    able = fresh if fresh or behind else keys
    return able[0] if len(able) == 1 else None


def _told(message: dict, held: dict) -> list[str]:
    """Return the keys of which a message tells and a value was set, the one that was drawn last first."""
    there = set(map(user_key_from_element_id, message))
    return [key for key in reversed(held) if key in there]


def _changed(message: dict) -> set[str]:
    """Return the keys of the widgets of which the last message told something else."""
    before = st.session_state.get(_SAID, {})
    now = st.session_state[_SAID] = {name: one.SerializeToString() for name, one in message.items()}
    return {user_key_from_element_id(name) for name in now if before.get(name, now[name]) != now[name]}


def _is_pressed(message: dict) -> bool:
    """Return whether a button was pressed or a component has told of an event."""
    kinds = [(one, one.WhichOneof("value")) for one in message.values()]
    return any(kind in _TRIGGERS and getattr(one, kind) for one, kind in kinds)
