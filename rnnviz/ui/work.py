"""Everything long: it shows how far it is, one button stops it, and it ends when its reader has left.

The engine's loops tell how far they are (`rnnviz.engine.progress`). Whatever a page computes runs inside
``working``, which listens: ten times a second it asks Streamlit whether the reader still wants this run of
the page, and from half a second on it shows a bar with the button. Nothing else on a page shows progress.
"""

import threading
from collections.abc import Callable, Hashable, Iterator
from contextlib import AbstractContextManager, contextmanager
from time import monotonic
from typing import TypeVar

import streamlit as st

from rnnviz.engine.progress import listening, report
from rnnviz.ui import state
from rnnviz.ui import streamlit_internals as internals
from rnnviz.ui.memory import give_back

R = TypeVar("R")

PATIENCE, INTERVAL = 0.5, 0.1
"""Seconds after which work shows its progress, and between two signs of it."""
HELP = "Ends this computation. What is done of a training stays, and everything can be gone on with."
MOST_STOPPED = 20
MOST_AT_ONCE, SMALL = 160 * 2**20, 8 * 2**20
"""Bytes that large computations of all readers hold at once, and up to which one is not large."""
_STOPPED = "rnnviz.stopped"
_run = internals.of_a_run()


class StoppedError(Exception):
    """The reader has stopped this work, and not asked for it again."""


def begin() -> None:
    """Begin a run of a page: nothing of the last one's progress is left."""
    _run.place, _run.work, _run.bars = None, None, 0


def place() -> "internals.DeltaGenerator":
    """Return where progress is shown: the first element of the page, which stands at the window's edge."""
    if _run.place is None:
        with st.container(key="workbar", horizontal=True, vertical_alignment="center"):
            _run.place = st.empty()
    where: internals.DeltaGenerator = _run.place
    return where


@contextmanager
def working(name: Hashable, words: Callable[[], str] | None = None) -> Iterator[None]:
    """Listen to what is computed while the context lasts; inside another one it is part of that one's work.

    The reader's stop is remembered by the name; ``words`` gives what the bar says beside the time left.
    """
    if getattr(_run, "work", None) is not None or not internals.is_in_a_page():
        yield
        return
    work = _run.work = _Work(name, words)
    try:
        with listening(work.check):
            yield
    finally:
        _run.work = None
        work.end()


def is_stopped(name: Hashable) -> bool:
    """Return whether the reader has stopped the work of this name."""
    return internals.is_in_a_page() and name in st.session_state.get(_STOPPED, ())


def run(name: Hashable, compute: Callable[[], R]) -> R:
    """Return ``compute()`` as the work of this name; StoppedError if the reader has stopped it."""
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
    """Hold a lock; the wait for somebody who computes the same can be stopped like a computation.

    Who waits gives back what it claims: the other one may be waiting for that room.
    """
    while not lock.acquire(timeout=INTERVAL):
        ROOM.give_back()
        report()
    try:
        yield
    finally:
        lock.release()


class Room:
    """Bytes that large computations of all readers hold at once; who finds no room waits and is told so.

    A thread has one claim at a time and gives it back before it waits for another, so that nobody waits for
    somebody who waits; what a thread that has ended claimed is free.
    """

    def __init__(self, most: float = MOST_AT_ONCE) -> None:
        self.most = most
        self._changed = threading.Condition()
        self._claims: dict[threading.Thread, float] = {}

    @property
    def held(self) -> float:
        """Bytes that living threads claim."""
        return sum(size for thread, size in list(self._claims.items()) if thread.is_alive())

    def claim(self, size: float) -> None:
        """Hold so many bytes to the end of this thread, once they fit or nobody else holds any."""
        self.give_back()
        work = getattr(_run, "work", None) or _Work("", None)
        while not self._take(size):
            work.waiting = f"Waiting: others compute with {self.held / 2**20:.0f} of {self.most / 2**20:.0f} MB"
            report()
        work.waiting = None

    @contextmanager
    def taken(self, size: float) -> Iterator[None]:
        """Hold so many bytes while the context lasts, and after it what was held before."""
        before = self._claims.get(threading.current_thread(), 0.0)
        self.claim(size)
        try:
            yield
        finally:
            self.give_back()
        self.claim(before)

    def give_back(self) -> None:
        """Let others have what this thread holds."""
        with self._changed:
            self._claims.pop(threading.current_thread(), None)
            self._changed.notify_all()

    def _take(self, size: float) -> bool:
        """Take so many bytes if they fit, now or very soon; what is small never waits."""
        if size < SMALL:
            return True
        with self._changed:
            fits = self._changed.wait_for(lambda: not self.held or self.held + size <= self.most, INTERVAL)
            self._claims = {thread: held for thread, held in self._claims.items() if thread.is_alive()}
            if fits:
                self._claims[threading.current_thread()] = size
            return fits


ROOM = Room()


def as_long_as_wanted() -> Callable[[], AbstractContextManager[None]]:
    """Return a context for what this session's reader asks for between two runs of the page: a download.

    Streamlit makes it in a thread that belongs to no run, so there is no bar; it ends when the session does.
    """
    is_there = internals.reader_of_this_run()

    def check(part: float) -> None:
        if not is_there():
            raise StoppedError

    return lambda: listening(check)


class _Work:
    """One computation of a run of a page, and its bar."""

    def __init__(self, name: Hashable, words: Callable[[], str] | None) -> None:
        self.name, self.words = name, words
        self.start = self.asked = monotonic()
        self.bar: internals.DeltaGenerator | None = None
        self.waiting: str | None = None

    def check(self, part: float) -> None:
        now = monotonic()
        if now - self.asked < INTERVAL:
            return
        self.asked = now
        internals.end_if_unwanted()
        passed = now - self.start
        if passed >= PATIENCE and _may_draw():
            left = f"about {passed * (1 - part) / part:.0f} s left" if part > 0.02 else f"{passed:.0f} s so far"
            words = self.waiting or f"{self.words() if self.words else 'Computing'}; {left}"
            self.bar = self.bar or self._opened()
            self.bar.progress(part, words)

    def _opened(self) -> "internals.DeltaGenerator":
        _run.bars += 1
        key, sign, args = f"work.stop.{hash(self.name)}.{_run.bars}", ":material/stop:", (self.name,)
        with place().container(horizontal=True, vertical_alignment="center"):
            bar = st.progress(0.0)
            st.button("Stop", key=key, help=HELP, icon=sign, on_click=stop, args=args)
        return bar

    def end(self) -> None:
        if monotonic() - self.start >= PATIENCE:
            give_back()
            if self.bar is not None and _may_draw():
                _run.place.empty()


def _may_draw() -> bool:
    """Return whether a page is being drawn: in a callback there is none yet."""
    return internals.is_drawing() and hasattr(_run, "place")
