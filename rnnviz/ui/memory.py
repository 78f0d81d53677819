"""Memory that is no longer used goes back to the system, and garbage is looked for where it is made.

Every run of a page has a thread of its own, and the C library gives each thread a heap of its own, which it
keeps when the thread has ended: after a few large computations a server holds gigabytes that are empty. So
all threads share two heaps, and what is free in them is returned after each long computation. Large arrays
stand in no heap, where they would leave holes, but are mapped and returned one by one: by itself the library
does so only until the first large one is freed. Other C libraries than glibc do not have these calls; there
nothing is done.

Streamlit collects garbage after every run of a page, with the interpreter's lock held. That walks every
object of every imported library, some 70 ms in which no answer leaves the server. What imports made lives
as long as the process, so it is frozen; what a session makes is collected as ever.
"""

import ctypes
import gc
import sys
import threading
from functools import cache
from time import monotonic

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
"""M_ARENA_MAX and M_MMAP_THRESHOLD of glibc's malloc.h."""
_HEAPS, _LARGE = 2, 2**20
"""Heaps of all threads together, and bytes from which on an array is mapped."""
_DELAYS = (1.0, 15.0)
"""Seconds after which what is free is returned: soon, and when the thread of the run has ended."""
EVERY = 60.0
"""Seconds after which all objects are looked through once."""

_lock, _waiting = threading.Lock(), False
_known, _due = 0, 0.0


@cache
def few_heaps() -> ctypes.CDLL | None:
    """Let all threads that begin from now on share two heaps, and map what is large; once a process."""
    try:
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(_ARENA_MAX, _HEAPS)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.malloc_trim.argtypes = [ctypes.c_size_t]
    except (OSError, AttributeError):
        return None
    return library


def give_back() -> None:
    """Return what is free to the system, a little later: what an exception passes is held."""
    global _waiting
    with _lock:
        if _waiting or few_heaps() is None:
            return
        _waiting = True
    for seconds in _DELAYS:
        timer = threading.Timer(seconds, _trim)
        timer.daemon = True
        timer.start()


def _trim() -> None:
    global _waiting
    with _lock:
        _waiting = False
    _look_through()
    if library := few_heaps():
        library.malloc_trim(0)


def _look_through() -> None:
    """Let go of what holds itself, also of what was frozen while it was still in use."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def settle() -> None:
    """Collect and freeze what is left, whenever modules have been imported, and once a minute.

    Objects of sessions that are alive at that moment are frozen too and, if they form a cycle, would be kept
    for good once the session is gone. So everything is thawed once a minute and looked through.
    """
    global _known, _due
    late = monotonic() >= _due
    if late or len(sys.modules) > _known:
        _known, _due = len(sys.modules), monotonic() + EVERY if late else _due
        if late:
            return _look_through()
        gc.collect()
        gc.freeze()
