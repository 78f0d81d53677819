"""What readers have brought: kept in memory under the fingerprint that stands in the link.

Nothing is written to disk. The process keeps what was used last, so that a reload, another page or the same link find
it; after a restart it is gone, and a link that names it says so.
"""

import threading
from collections import OrderedDict
from typing import Protocol

MOST_KEPT, MOST_KEPT_BYTES = 64, 256 * 2**20


class Kept(Protocol):
    """Data or a network of a reader's own."""

    @property
    def source(self) -> str:
        """The name of the file."""

    @property
    def title(self) -> str:
        """What the reader calls it; shown as text only."""

    @property
    def held_bytes(self) -> int:
        """How much memory its numbers take."""

    def fingerprint(self) -> str:
        """Return 32 hexadecimal digits that tell it from all others."""


class Store:
    """The things used last, up to a number and a size."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: OrderedDict[str, Kept] = OrderedDict()

    def put(self, thing: Kept) -> str:
        """Keep a thing and return its fingerprint; what was used longest ago may go for it."""
        name = thing.fingerprint()
        with self.lock:
            self.kept[name] = thing
            self.kept.move_to_end(name)
            size = sum(each.held_bytes for each in self.kept.values())
            while len(self.kept) > MOST_KEPT or size > MOST_KEPT_BYTES:
                _, gone = self.kept.popitem(last=False)
                size -= gone.held_bytes
        return name

    def get(self, name: str) -> Kept | None:
        """Return what has this fingerprint, None if nothing known has."""
        with self.lock:
            if name in self.kept:
                self.kept.move_to_end(name)
            return self.kept.get(name)


_STORE = Store()
keep, find = _STORE.put, _STORE.get
