"""Imported code is taken out of the garbage collector's sight.

Streamlit collects garbage after every run of a page, with the interpreter's lock held. That walks every
object of every imported library, some 70 ms in which no answer leaves the server. What imports made lives
as long as the process, so it is frozen; what a session makes is collected as ever.
"""

from __future__ import annotations

import gc
import sys

_known = 0


def settle() -> None:
    """Collect, then freeze what is left, whenever modules have been imported since the last time.

    Notes
    -----
    Objects of sessions that are alive at that moment are frozen too and, if they form a cycle, kept. It
    happens a few times in the life of a process, at the first visit of a page, so the amount is bounded.
    """
    global _known
    if len(sys.modules) > _known:
        _known = len(sys.modules)
        gc.collect()
        gc.freeze()
