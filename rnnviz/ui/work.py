"""Everything long: it shows how far it is, one button stops it, and it ends when its reader has left.

The engine's loops tell how far they are (`rnnviz.engine.pulse`). Whatever a page computes runs inside
``working``, which listens: ten times a second it asks Streamlit whether the reader still wants this run of
the page, and from half a second on it shows a bar with the button. Nothing else on a page shows progress.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from rnnviz.engine.pulse import beat, listening
from rnnviz.ui import state
from rnnviz.ui.memory import give_back

PATIENCE, INTERVAL = 0.5, 0.1
"""Seconds after which work shows its progress, and between two signs of it."""
HELP = "Ends this computation. What is done of a training stays, and everything can be gone on with."
MOST_STOPPED = 20
MOST_AT_ONCE, SMALL = 256 * 2**20, 8 * 2**20
"""Bytes that large computations of all readers hold at once, and up to which one is not large."""
_STOPPED = "rnnviz.stopped"
_run = threading.local()


class StoppedError(Exception):
    """The reader has stopped this work, and not asked for it again."""


def begin() -> None:
    """Begin a run of a page: nothing of the last one's progress is left."""
    _run.place, _run.work, _run.bars = None, None, 0


def place() -> Any:
    """Return where progress is shown: the first element of the page, which stands at the window's edge."""
    if _run.place is None:
        _run.place = st.empty()
    return _run.place


@contextmanager
def working(name: Hashable, words: Callable[[], str] | None = None) -> Iterator[None]:
    """Listen to what is computed while the context lasts; inside another one it is part of that one's work.

    Parameters
    ----------
    name : hashable
        By which the reader's stop is remembered.
    words : callable, optional
        What the bar says, beside the time that is left.
    """
    if getattr(_run, "work", None) is not None or get_script_run_ctx(suppress_warning=True) is None:
        yield
        return
    work = _run.work = _Work(name, words)
    try:
        with listening(work.hear):
            yield
    finally:
        _run.work = None
        work.end()


def is_stopped(name: Hashable) -> bool:
    """Return whether the reader has stopped the work of this name."""
    in_a_page = get_script_run_ctx(suppress_warning=True) is not None
    return in_a_page and name in st.session_state.get(_STOPPED, ())


def run(name: Hashable, compute: Callable[[], Any]) -> Any:
    """Return ``compute()`` as the work of this name.

    Raises
    ------
    StoppedError
        If the reader has stopped it.
    """
    if is_stopped(name):
        raise StoppedError
    with working(name):
        return compute()


def stop(name: Hashable) -> None:
    """Stop the work of this name, from a callback."""
    st.session_state[_STOPPED] = [*st.session_state.get(_STOPPED, ()), name][-MOST_STOPPED:]
    state.touched()


def go_on() -> None:
    """Ask for all that was stopped again, from a callback."""
    st.session_state.pop(_STOPPED, None)
    state.touched()


@contextmanager
def held(lock: threading.Lock) -> Iterator[None]:
    """Hold a lock; the wait for somebody who computes the same can be stopped like a computation."""
    while not lock.acquire(timeout=INTERVAL):
        beat()
    try:
        yield
    finally:
        lock.release()


class Room:
    """What large computations of all readers may hold at once; who finds no room waits and is told so.

    Parameters
    ----------
    most : float
        Bytes.
    """

    def __init__(self, most: float = MOST_AT_ONCE) -> None:
        self.most, self.held = most, 0.0
        self._changed = threading.Condition()

    @contextmanager
    def taken(self, size: float) -> Iterator[None]:
        """Hold so many bytes, once they fit or nobody else holds any; what is small never waits."""
        counts = size if size >= SMALL else 0.0
        while not self._take(counts):
            _say(f"Waiting: others compute with {self.held / 2**20:.0f} of {self.most / 2**20:.0f} MB")
            beat()
        _say(None)
        try:
            yield
        finally:
            with self._changed:
                self.held -= counts
                self._changed.notify_all()

    def _take(self, size: float) -> bool:
        """Take so many bytes if they fit, now or very soon."""
        with self._changed:
            fits = self._changed.wait_for(
                lambda: not size or not self.held or self.held + size <= self.most, INTERVAL
            )
            self.held += size if fits else 0.0
            return fits


def _say(words: str | None) -> None:
    """Let the bar of this thread's work say something else; None lets it say what it does by itself."""
    work = getattr(_run, "work", None)
    if work is not None:
        work.waiting = words


ROOM = Room()


def as_long_as_wanted() -> Callable[[], AbstractContextManager]:
    """Return a context for what this session's reader asks for between two runs of the page: a download.

    Streamlit makes it in a thread that belongs to no run, so there is no bar; it ends when the session does.
    """
    session = get_script_run_ctx(suppress_warning=True)

    def hear(part: float) -> None:
        there = session is None or not runtime.exists()
        if not there and not runtime.get_instance().is_active_session(session.session_id):
            raise StoppedError

    return lambda: listening(hear)


class _Work:
    """One computation of a run of a page, and its bar."""

    def __init__(self, name: Hashable, words: Callable[[], str] | None) -> None:
        self.name, self.words = name, words
        self.start, self.asked, self.bar, self.waiting = monotonic(), monotonic(), None, None

    def hear(self, part: float) -> None:
        now = monotonic()
        if now - self.asked < INTERVAL:
            return
        self.asked = now
        st.session_state.get(_STOPPED)  # where Streamlit ends the run that nobody waits for any more
        if now - self.start >= PATIENCE and _may_draw():
            self._show(part, now - self.start)

    def _show(self, part: float, passed: float) -> None:
        if self.bar is None:
            self._open()
        left = f"about {passed * (1 - part) / part:.0f} s left" if part > 0.02 else f"{passed:.0f} s so far"
        words = self.waiting or f"{self.words() if self.words else 'Computing'}; {left}"
        self.bar.progress(part, words)

    def _open(self) -> None:
        _run.bars += 1
        with place().container(horizontal=True, vertical_alignment="center", key=f"workbar.{_run.bars}"):
            self.bar = st.progress(0.0)
            st.button(
                "Stop",
                key=f"work.stop.{hash(self.name)}.{_run.bars}",
                help=HELP,
                icon=":material/stop:",
                on_click=stop,
                args=(self.name,),
            )

    def end(self) -> None:
        if monotonic() - self.start < PATIENCE:
            return
        give_back()
        if self.bar is not None and _may_draw():
            _run.place.empty()


def _may_draw() -> bool:
    """Return whether a page is being drawn: in a callback there is none yet."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and context.has_script_started and hasattr(_run, "place")
