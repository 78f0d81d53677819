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
from typing import Generic, TypeVar

_REMEMBERED = 64
M = TypeVar("M")


class Inbox(Generic[M]):
    """What a browser has told and no callback has heard, and what was heard last."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.waiting: deque[M] = deque()
        self.heard: deque[M] = deque(maxlen=_REMEMBERED)

    def up_to(self, message: M) -> list[M]:
        """Take out what is to be heard before a message, and that one itself if it was not heard yet."""
        if any(one is message for one in self.heard):
            return []
        found: list[M] = []
        while any(one is message for one in self.waiting):
            found.append(self.waiting.popleft())
        self.heard.extend(found)
        return found or [message]
