"""Every touch of what Streamlit does not promise: why each is there, and the test that sees it change.

What Streamlit documents (widgets, ``session_state``, ``query_params``, components v2, classic pages) stands
where it is used. What the browser's share is stands under the same name in ``rnnviz/browser``. README says
with which version all of it is known to work.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache, wraps
from typing import TYPE_CHECKING, Any, NoReturn
from weakref import WeakValueDictionary

import streamlit as st
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from streamlit import runtime
from streamlit.proto.WidgetStates_pb2 import WidgetState as WidgetState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import RerunData, RerunException, get_script_run_ctx
from streamlit.runtime.state.common import user_key_from_element_id
from streamlit.runtime.state.safe_session_state import SafeSessionState
from streamlit.runtime.uploaded_file_manager import UploadedFile as UploadedFile
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

if TYPE_CHECKING:  # what widgets return has no public name
    from streamlit.delta_generator import DeltaGenerator as DeltaGenerator
    from streamlit.elements.lib.mutable_expander_container import ExpanderContainer as ExpanderContainer
    from streamlit.proto.ClientState_pb2 import ClientState


def of_a_run() -> threading.local:
    """Return a holder of what is one run's of a page: each has a thread, on which its callbacks run too."""
    # Test: test_bursts
    return threading.local()


def is_in_a_page() -> bool:
    """Return whether this thread runs a page; tests and downloads call the same code outside of one."""
    # Test: test_work.test_a_page_that_is_done_shows_no_bar
    return get_script_run_ctx(suppress_warning=True) is not None


def is_drawing() -> bool:
    """Return whether a page is being drawn: in a callback there is none yet in which a bar could stand."""
    # Test: test_work.test_a_page_that_is_done_shows_no_bar
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.has_script_started


def end_if_unwanted() -> None:
    """End this run if nobody waits for it: Streamlit looks for that whenever the session state is read."""
    # Test: browser/test_studio.test_a_long_training_shows_how_it_goes_and_can_be_stopped
    st.session_state.get("rnnviz")


def went_through_history() -> bool:
    """Return whether the browser's history moved: back, forward, or a link of the toolbar."""
    # Test: browser/test_stories.test_back_and_forward_in_the_browser
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.is_history_navigation


def browser_values() -> dict[str, WidgetState]:
    """Return what the browser says that its widgets hold, by id, before Streamlit makes changes of it."""
    # Test: test_hands
    context = get_script_run_ctx(suppress_warning=True)
    return {one.id: one for one in context.session_state.get_widget_states()} if context else {}


def key_of(widget: str) -> str | None:
    """Return the key in the id of a widget, for the values of a new session come with ids alone."""
    # Test: test_returning.test_the_first_change_after_a_lost_session_counts
    return user_key_from_element_id(widget)


class Inbox:
    """What a browser has sent and no callback has taken in, and what was taken in last.

    A message starts a run of its page, and that run first calls the callbacks of what has changed. Streamlit
    stops it for the next message even before that, or in the middle of a callback: a button that was pressed is
    then lost, and of a preset and a setting nobody knows which one came first. So every message is kept until it
    has been taken in, in its order, by whichever run is there first, and no run is stopped while it does that, as
    long as its reader is there.
    """

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.waiting: deque[WidgetStates | None] = deque()
        self.taken: deque[WidgetStates | None] = deque(maxlen=64)

    def up_to(self, message: WidgetStates | None) -> list[WidgetStates | None]:
        """Take out what comes before a message, and that one itself if it was not taken in yet."""
        if any(one is message for one in self.taken):
            return []
        found: list[WidgetStates | None] = []
        while any(one is message for one in self.waiting):
            found.append(self.waiting.popleft())
        self.taken.extend(found)
        return found or [message]


_inboxes: WeakValueDictionary[str, Inbox] = WeakValueDictionary()
"""By the name of the session, which holds its own."""
_last = of_a_run()


def last_message() -> WidgetStates | None:
    """Return the message that was taken in last in this thread; None where there was none."""
    # Test: test_hands
    return getattr(_last, "message", None)


@cache
def keep_messages() -> None:
    """Let all sessions keep their messages until they have been taken in; once a process."""
    # Test: test_hands
    request, take_in = AppSession.request_rerun, SafeSessionState.on_script_will_rerun

    @wraps(request)
    def keep(self: AppSession, client_state: "ClientState | None") -> None:
        if client_state is not None and not client_state.fragment_id:
            if self.id not in _inboxes:
                self.__dict__["rnnviz_inbox"] = _inboxes[self.id] = Inbox()
            _inboxes[self.id].waiting.append(client_state.widget_states)
        request(self, client_state)

    @wraps(take_in)
    def take_in_whole(self: SafeSessionState, message: WidgetStates | None, *more: Any, **named: Any) -> None:
        context, ask = get_script_run_ctx(suppress_warning=True), self._yield_callback
        inbox, is_reader_there = _inboxes.get(context.session_id if context else "") or Inbox(), reader_of_this_run()
        with inbox.lock:
            object.__setattr__(self, "_yield_callback", lambda: None if is_reader_there() else ask())
            try:
                for _last.message in inbox.up_to(message):
                    _enable(self, _last.message)
                    take_in(self, _last.message, *more, **named)
            finally:
                object.__setattr__(self, "_yield_callback", ask)

    setattr(AppSession, "request_rerun", keep)  # noqa: B010, mypy knows no other way
    setattr(SafeSessionState, "on_script_will_rerun", take_in_whole)  # noqa: B010


def _enable(state: SafeSessionState, message: WidgetStates | None) -> None:
    """Let a button that was pressed count, though an answer that its reader has not seen has disabled it."""
    known = state._state._new_widget_state.widget_metadata
    for one in message.widgets if message is not None else ():
        if one.trigger_value and one.id in known:
            known[one.id] = replace(known[one.id], disabled=False)


def is_drawn(widgets: Iterable[str]) -> bool:
    """Return whether this run has drawn one of some widgets, by their ids."""
    # Test: test_returning.test_a_link_to_another_page_is_not_mixed_with_what_the_page_before_held
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and any(one in context.shared.widget_ids_this_run for one in widgets)


def draw_again(brought: Iterable[WidgetState], held: Mapping[str, object]) -> NoReturn:
    """End this run with another in which what the browser brought is a change of what widgets held."""
    # Test: test_returning.test_the_first_change_after_a_lost_session_counts
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("draw_again: there is no run of a page to be drawn again")
    for key, value in held.items():
        context.session_state.reset_state_value(key, value)
    raise RerunException(
        RerunData(
            query_string=context.query_string,
            page_script_hash=context.page_script_hash,
            widget_states=WidgetStates(widgets=brought),
            cached_message_hashes=context.cached_message_hashes,
            context_info=context.context_info,
        )
    )


def reader_of_this_run() -> Callable[[], bool]:
    """Return what tells whether this run's reader is there: a download is made in a thread of no run."""
    # Test: test_work.test_a_download_ends_when_its_session_is_gone
    context = get_script_run_ctx(suppress_warning=True)
    session = context.session_id if context else None
    return lambda: session is None or is_there(session)


def is_there(session: str) -> bool:
    """Return whether a session has a reader; without a server everybody is there. Test: as below."""
    return not runtime.exists() or runtime.get_instance().is_active_session(session)


MOST_OF_ALL = 256 * 2**20
"""Bytes of files that all sessions hold together."""
FULL = "The server holds as many files as it can. Please try again in some minutes."

_adding = threading.Lock()
_add_file = MemoryUploadedFileManager.add_file


def keep_upload(manager: MemoryUploadedFileManager, session_id: str, file: UploadedFileRec) -> None:
    """Keep a file that has arrived; the session's oldest ones and those of readers who left make room for it.

    Streamlit keeps all files of a session, and those of one that has left for minutes. Where others hold all
    that may be held, the browser is told 507.
    Test: ``test_uploads.test_all_sessions_together_hold_a_bounded_number_of_bytes``.
    """
    with _adding:
        manager.remove_file(session_id, file.file_id)
        own = manager.file_storage.get(session_id, {})
        while own and _size(own) + len(file.data) > most_of_a_session():
            manager.remove_file(session_id, next(iter(own)))
        if held(manager) + len(file.data) > MOST_OF_ALL:
            for other in [*manager.file_storage]:
                if not is_there(other):
                    manager.remove_session_files(other)
        if held(manager) + len(file.data) > MOST_OF_ALL:
            raise HTTPException(status_code=507, detail=FULL)
        _add_file(manager, session_id, file)


def most_of_a_session() -> int:
    """Return the bytes of files that a session holds: no more than its largest file takes."""
    return st.get_option("server.maxUploadSize") * 2**20


def held(manager: MemoryUploadedFileManager) -> int:
    """Return the bytes of all files."""
    return sum(map(_size, [*manager.file_storage.values()]))


def _size(files: Mapping[str, UploadedFileRec]) -> int:
    return sum(len(file.data) for file in [*files.values()])


setattr(MemoryUploadedFileManager, "add_file", keep_upload)  # noqa: B010, mypy knows no other way

# The parser of the upload route would put more than 1 MB into a temporary file; 0 stands for "never". What a
# file may take of the memory is bounded while it arrives.
# Test: test_uploads.test_a_file_of_some_megabytes_stays_in_memory
MultiPartParser.spool_max_size = 0
