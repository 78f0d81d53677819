"""Memory that is no longer used goes back to the system.

Every run of a page has a thread of its own, and the C library gives each thread a heap of its own, which it
keeps when the thread has ended: after a few large computations a server holds gigabytes that are empty. So
all threads share two heaps, and what is free in them is returned after each long computation. Large arrays
stand in no heap, where they would leave holes, but are mapped and returned one by one: by itself the library
does so only until the first large one is freed. Other C libraries than glibc do not have these calls; there
nothing is done.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from functools import cache

_ARENA_MAX, _MMAP_THRESHOLD = -8, -3
"""M_ARENA_MAX and M_MMAP_THRESHOLD of glibc's malloc.h."""
_LARGE = 2**20
"""Bytes from which on an array is mapped."""
_HEAPS, _LATER, _AGAIN = 2, 1.0, 15.0
"""Heaps, and seconds after which what is free is returned: soon, and when the thread of the run has ended."""
_lock, _waiting = threading.Lock(), False


@cache
def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(_ARENA_MAX, _HEAPS)
        library.mallopt(_MMAP_THRESHOLD, _LARGE)
        library.malloc_trim.argtypes = [ctypes.c_size_t]
    except (OSError, AttributeError):
        return None
    return library


def few_heaps() -> None:
    """Let all threads that begin from now on share two heaps, and map what is large; once a process."""
    _library()


def give_back() -> None:
    """Return what is free to the system, a little later: what an exception passes is held."""
    global _waiting
    with _lock:
        if _waiting or _library() is None:
            return
        _waiting = True
    _after(_LATER, _trim)
    _after(_AGAIN, _trim)


def _after(seconds: float, act: Callable[[], None]) -> None:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()


def _trim() -> None:
    global _waiting
    with _lock:
        _waiting = False
    if library := _library():
        library.malloc_trim(0)
