"""Imported code is taken out of the garbage collector's sight.

Streamlit collects garbage after every run of a page, with the interpreter's lock held. That walks every
object of every imported library, some 70 ms in which no answer leaves the server. What imports made lives
as long as the process, so it is frozen; what a session makes is collected as ever.
"""

from __future__ import annotations

import gc
import sys
from time import monotonic

EVERY = 60.0
"""Seconds after which everything is looked through once."""

_known, _due = 0, 0.0


def settle() -> None:
    """Collect and freeze what is left, whenever modules have been imported, and once a minute.

    Notes
    -----
    Objects of sessions that are alive at that moment are frozen too and, if they form a cycle, would be kept
    for good once the session is gone. So everything is thawed once a minute and looked through.
    """
    global _known, _due
    late = monotonic() >= _due
    if late or len(sys.modules) > _known:
        _known, _due = len(sys.modules), monotonic() + EVERY if late else _due
        if late:
            gc.unfreeze()
        gc.collect()
        gc.freeze()
