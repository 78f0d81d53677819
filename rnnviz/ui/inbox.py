"""Every message of a browser counts, and in its order.

A message starts a run of its page, and that run first calls the callbacks of what has changed. Streamlit
stops it for the next message even before that, or in the middle of a callback: a button that was pressed is
then lost, and of a preset and a setting nobody knows which one came first. So what has come is kept until the
callbacks have heard it, by whichever run is there first, and no run is stopped while they do, as long as its
reader is there.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import replace
from functools import cache, wraps
from typing import Any
from weakref import WeakValueDictionary

from streamlit import runtime
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.state.session_state import SessionState

_REMEMBERED = 64
_run = threading.local()


class Inbox:
    """What a browser has told and no callback has heard, and what was heard last."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.waiting: deque[Any] = deque()
        self.heard: deque[Any] = deque(maxlen=_REMEMBERED)

    def up_to(self, message: Any) -> list[Any]:
        """Take out what is to be heard before a message, and that one itself if it was not heard yet."""
        if any(one is message for one in self.heard):
            return []
        found = []
        while any(one is message for one in self.waiting):
            found.append(self.waiting.popleft())
        self.heard.extend(found)
        return found or [message]


_inboxes: WeakValueDictionary[str, Inbox] = WeakValueDictionary()
"""By the name of the session, which holds its own."""


def last() -> Any:
    """Return the message that was told last in this thread; None where there was none."""
    return getattr(_run, "message", None)


@cache
def install() -> None:
    """Let all sessions keep their messages; once a process."""
    AppSession.request_rerun = _kept(AppSession.request_rerun)
    SafeSessionState.on_script_will_rerun = _whole(SafeSessionState.on_script_will_rerun)


def _kept(request: Any) -> Any:
    @wraps(request)
    def request_rerun(self: AppSession, client_state: Any) -> None:
        if client_state is not None and not client_state.fragment_id:
            if self.id not in _inboxes:
                self.rnnviz_inbox = _inboxes[self.id] = Inbox()
            _inboxes[self.id].waiting.append(client_state.widget_states)
        request(self, client_state)

    return request_rerun


def _whole(tell: Any) -> Any:
    @wraps(tell)
    def on_script_will_rerun(self: SafeSessionState, message: Any, **more: Any) -> None:
        context, ask = get_script_run_ctx(suppress_warning=True), self._yield_callback
        inbox = _inboxes.get(context.session_id if context else "") or Inbox()

        def stay() -> None:
            there = context is None or not runtime.exists()
            if not there and not runtime.get_instance().is_active_session(context.session_id):
                ask()

        with inbox.lock:
            object.__setattr__(self, "_yield_callback", stay)
            try:
                for _run.message in inbox.up_to(message):
                    _enable(self._state, _run.message)
                    tell(self, _run.message, **more)
            finally:
                object.__setattr__(self, "_yield_callback", ask)

    return on_script_will_rerun


def _enable(state: SessionState, message: WidgetStates) -> None:
    """Let a button that was pressed count, though an answer that its reader has not seen has disabled it."""
    known = state._new_widget_state.widget_metadata
    for one in message.widgets if message is not None else ():
        if one.trigger_value and one.id in known:
            known[one.id] = replace(known[one.id], disabled=False)
