"""Memory that is no longer used goes back to the system.

Every run of a page has a thread of its own, and the C library gives each thread a heap of its own, which it
keeps when the thread has ended: after a few large computations a server holds gigabytes that are empty. So
all threads share two heaps, and what is free in them is returned after each long computation. Other C
libraries than glibc do not have the two calls; there nothing is done.
"""

from __future__ import annotations

import ctypes
from functools import cache

_ARENA_MAX = -8
"""M_ARENA_MAX of glibc's malloc.h."""
_HEAPS = 2


@cache
def _library() -> ctypes.CDLL | None:
    try:
        library = ctypes.CDLL("libc.so.6")
        library.mallopt(_ARENA_MAX, _HEAPS)
        library.malloc_trim.argtypes = [ctypes.c_size_t]
    except (OSError, AttributeError):
        return None
    return library


def few_heaps() -> None:
    """Let all threads that begin from now on share two heaps; once a process."""
    _library()


def give_back() -> None:
    """Return what is free to the system; some milliseconds."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)
