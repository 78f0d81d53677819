"""Whose turn it is when many ask at once.

All sessions share the interpreter's lock. The engine's loops hand it over at every product and get it back
behind everybody else who wants it: with 25 people asking without a pause, a training of 0.3 s took 40 s while
shorter answers overtook it, and all together took twice the processor's time. So pages run one after the
other, in the order in which they were asked for.
"""

import threading
from collections import deque
from time import monotonic

LONG = 2.0
"""Seconds after which a page goes on beside the next one, so that nobody waits for a long training."""
_LOOK = 0.004
"""Seconds between two looks of the first in the row; nobody tells when a page has ended."""


class RunQueue:
    """Lets one thread run at a time; a turn ends with its thread, or after so many seconds."""

    def __init__(self, long: float = LONG) -> None:
        self._long = long
        self._changed = threading.Condition()
        self._waiting: deque[threading.Thread] = deque()
        self._running: threading.Thread | None = None
        self._began = 0.0

    def wait(self) -> None:
        """Wait until it is this thread's turn; go on at once while it still has one."""
        me = threading.current_thread()
        with self._changed:
            if self._running is me and not self._is_free():
                return
            self._waiting.append(me)
            try:
                while self._waiting[0] is not me or not self._is_free():
                    self._changed.wait(_LOOK if self._waiting[0] is me else None)
                self._running, self._began = me, monotonic()
            finally:
                self._waiting.remove(me)
                self._changed.notify_all()

    def _is_free(self) -> bool:
        running = self._running
        return running is None or not running.is_alive() or monotonic() - self._began > self._long


RUN_QUEUE = RunQueue()
"""Of all sessions."""
