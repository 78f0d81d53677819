"""One ``RunConfig`` a session, kept equal to the query string in both directions.

The browser sends its query with every rerun, so a quick second change can arrive with the query of before the
first. A rerun that a widget caused therefore never reads the query; any other rerun does (a deep link, a link
with a query, back and forward), also one into which a widget's rerun was folded because the reader went on
before its answer. Every widget of the app reports to ``touched`` or to ``apply``.
"""

import time
from collections.abc import Callable
from typing import Any

import streamlit as st

from rnnviz.settings.config import PAGE_KEYS, PRESETS, RunConfig
from rnnviz.ui import lost_session, picks, repeats
from rnnviz.ui import streamlit_internals as internals

LONGEST_HISTORY = 50
MOVEMENT = 1.0
"""Changes of one setting that follow each other within this many seconds are one change to undo."""

_CONFIG = "rnnviz.config"
_SEEN, _LINKED = "rnnviz.seen", "rnnviz.linked"  # the address bar: its query, and what that query means
_HISTORY, _NOTES, _REJECTED = "rnnviz.history", "rnnviz.notes", "rnnviz.rejected"
_MOVED, _PAGE, _NEW = "rnnviz.moved", "rnnviz.page", "rnnviz.new_page"
_OUTSIDE = "rnnviz.outside"

_run = internals.of_a_run()
"""What belongs to a run, not to its session: a callback runs on the thread of the run that it causes. In a
burst of changes the run that is being broken off would else take what the next one's callback has left."""


def synchronise(page: str) -> RunConfig:
    """Return this run's configuration: from the query if it changed from outside, else from the session."""
    state, in_link = st.session_state, st.query_params
    query = {key: in_link[key] for key in in_link if key not in PAGE_KEYS}  # of a repeated key the last
    state[_NEW], state[_PAGE] = state.get(_PAGE) != page, page
    moved = internals.went_through_history()
    _sort_once()
    was_touched, _run.touched = getattr(_run, "touched", False), False  # a thread may draw a page more than once
    from_widget = was_touched and not (state[_NEW] or moved)
    repeats.begin()
    if state[_NEW]:
        repeats.forget()
    state[_OUTSIDE] = not from_widget
    if not from_widget:
        picks.follow(same_page=not state[_NEW])
    lost_session.arrive(begins=_CONFIG not in state and not moved)
    if _CONFIG not in state or (not from_widget and query != state[_SEEN]):
        config, notes = RunConfig.from_query(query)
        _keep(config, notes)
        state[_SEEN], state[_LINKED] = query, config
    elif (state[_CONFIG], query) != (state[_LINKED], state[_SEEN]):
        _write(state[_CONFIG])
    return state[_CONFIG]


def set_value(key: str, value: object, limits: tuple[float, float] | None = None) -> None:
    """Set the value of a widget before it is drawn, where it shows another one.

    On the first run of a page its widgets are new although the session still knows the last page's values,
    and a slider with other limits is a new one too, which would start at its lowest value.
    An equal value is left alone: setting it would take a slider out of the reader's hand. Where an older one
    may still come to the browser, it is sent again behind it.
    """
    state, kept = st.session_state, f"{key}.limits"
    is_new = state[_NEW] or state.get(kept) != limits or key not in state
    is_late = repeats.is_late(key)
    if not lost_session.leaves(key, value) and (is_new or is_late or state[key] != value):
        repeats.given(key, value, is_new)
        state[key] = value
    if limits is not None:
        state[kept] = limits


def put(key: str, value: object) -> None:
    """Set the value of a widget from a callback."""
    touched()
    if key in st.session_state:
        repeats.given(key, value, is_new=False)
    st.session_state[key] = value


def begin_again() -> None:
    """Draw the page anew from its link if the browser came with the values of another page."""
    if lost_session.is_elsewhere():
        lost_session.forget()
        st.session_state[_PAGE] = None
        st.rerun()


def end() -> None:
    """End a page: every way out of it comes here."""
    lost_session.end()
    repeats.mark(repeats.PAGE)


def follows_link() -> bool:
    """Return whether this run follows the link, and not a change of a widget."""
    return st.session_state[_OUTSIDE]


def arrives() -> bool:
    """Return whether the reader comes from another page."""
    return bool(st.session_state[_NEW])


def current() -> RunConfig:
    """Return the session's configuration (after ``ui.page`` has run)."""
    return st.session_state[_CONFIG]


def notes() -> tuple[str, ...]:
    """Return what was ignored or adjusted when the configuration last changed."""
    return st.session_state.get(_NOTES, ())


def touched() -> None:
    """Note that a widget caused this rerun: pass it as ``on_change`` of every widget that is no setting."""
    _run.touched = True
    _sort_once()


def _sort_once() -> None:
    """Sort what a message says, once: in its first callback, where there is none at the start of its run."""
    message = internals.last_message()
    if message is None or getattr(_run, "message", None) is not message:
        _run.message, _run.repeats = message, repeats.sort()


def changed(key: str, take: Callable[[Any], None]) -> None:
    """Take over what a widget holds, from its callback.

    Whoever turns to another page in the middle of a run may leave a change behind whose widget the new page
    has not drawn yet: the session knows its value no more, and there is nothing to take over.
    """
    touched()
    if key in st.session_state and key not in _run.repeats:
        take(st.session_state[key])


def apply(**changes: object) -> None:
    """Change settings, from a callback; what the task cannot serve is adjusted and noted.

    A value that is no valid setting is refused with a note and the session stays as it was.
    """
    touched()
    try:
        config, adjusted = current().changed(**changes)
    except ValueError as error:
        refuse(str(error), *changes)
    else:
        _keep(config, adjusted, tuple(changes))


def adopt(config: RunConfig) -> None:
    """Make a whole configuration the session's, from a callback; it can be undone."""
    touched()
    _keep(config, ())


def refuse(reason: str, *names: str) -> None:
    """Keep the session as it is, from a callback, and say why; ``names`` are settings that were refused."""
    touched()
    st.session_state[_NOTES] = (f"Not taken over. {reason}",)
    st.session_state[_REJECTED] = names


def apply_preset(name: str, **view: object) -> None:
    """Make a preset the session's configuration, from a callback; ``view`` names what stays as it is."""
    touched()
    _keep(PRESETS[name].config.replace(**view), ())


def take_preset(name: str | None = None) -> None:
    """Take a preset, from a callback: the one in use if none is named; the part of the page stays open."""
    apply_preset(name or current().preset, part=current().part)


def undo() -> None:
    """Take back the last change, from a callback."""
    touched()
    history = st.session_state.get(_HISTORY, [])
    if history:
        st.session_state[_CONFIG] = history.pop()
        st.session_state[_NOTES], st.session_state[_MOVED] = (), ((), 0.0)


def can_undo() -> bool:
    """Return whether there is a change to take back."""
    return bool(st.session_state.get(_HISTORY))


def rejected() -> tuple[str, ...]:
    """Return the settings whose typed value was refused in this run: their widgets keep what was typed."""
    return st.session_state.pop(_REJECTED, ())


def _keep(config: RunConfig, notes: tuple[str, ...], names: tuple[str, ...] = ()) -> None:
    """Make ``config`` the session's; a movement of the settings ``names`` is taken back as a whole.

    It goes on while the same settings, and no others, changed a moment ago, as when a slider is dragged.
    """
    state, now = st.session_state, time.monotonic()
    last, moment = state.get(_MOVED, ((), 0.0))
    state[_MOVED] = (names, now)
    goes_on = bool(names) and names == last and now - moment < MOVEMENT
    before = state.get(_CONFIG)
    if before is not None and before != config and not goes_on:
        history = state.setdefault(_HISTORY, [])
        history.append(before)
        del history[:-LONGEST_HISTORY]
    state[_CONFIG], state[_NOTES] = config, notes


def _write(config: RunConfig) -> None:
    """Put the configuration into the address bar as a new entry of the browser's history."""
    query = config.to_query()
    kept = {picks.NAME: st.query_params[picks.NAME]} if picks.NAME in st.query_params else {}
    st.query_params.from_dict(query | kept)
    st.session_state[_SEEN], st.session_state[_LINKED] = query, config
