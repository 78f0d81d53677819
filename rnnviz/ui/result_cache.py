"""One shelf for everything that is computed: shared by all readers, each computed once, bounded in bytes.

Results are frozen and never changed, so readers share them instead of getting copies. What was used last
stays, up to ``MOST_BYTES`` together; a number of entries would say nothing, for a training run may take a
kilobyte or thirty megabytes. Threads that ask for the same result wait for one computation.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

from rnnviz.ui.work import held, run, working

MOST_BYTES = 64 * 2**20
"""What all results together may take."""

MOST_IN_A_RUN = 32
"""So many results, of ``MOST_BYTES`` together, stay at hand for the run of a page that has used them."""

_SMALL, _ENTRY = 64, 4096
"""Bytes of a small object, and of a place with its key."""


@dataclass(eq=False)
class _Place:
    """Where a result stands, or is being made."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    made: bool = False
    result: Any = None
    size: int = _ENTRY


class Shelf:
    """Results by their key, the ones used last, up to a number of bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes, self.size = most_bytes, 0
        self._lock, self._run = threading.Lock(), threading.local()
        self._places: OrderedDict[Hashable, _Place] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], Any]) -> Any:
        """Return the result of a key; the first who asks computes it, and an error is nobody else's."""
        place = self._place(key)
        if place.made:
            return place.result
        with held(place.lock):
            found = place.made
            if not found:
                place.result, place.made = compute(), True
        if not found:
            self.weigh(key)
        return place.result

    def weigh(self, key: Hashable) -> None:
        """Measure a result, when it is made or has grown, and let go of what was not used for longest."""
        with self._lock:
            place = self._places.get(key)
            if place is None:
                return
            before, place.size = place.size, _ENTRY + size_of(place.result, set())
            self.size += place.size - before
            self._tidy()

    def _tidy(self) -> None:
        while self.size > self.most_bytes and len(self._places) > 1:
            self.size -= self._places.popitem(last=False)[1].size

    def keys(self) -> list[Hashable]:
        """Return the keys, the ones used last at the end."""
        with self._lock:
            return list(self._places)

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._places.clear()
            self.size = 0

    def _place(self, key: Hashable) -> _Place:
        """Return the place of a key, as the one used last.

        A run of a page has a thread of its own. It keeps hold of what it has used: where many readers compute
        at once, a result could otherwise be gone when the same run asks for it again.
        """
        own = self._run.__dict__.setdefault("places", OrderedDict())
        with self._lock:
            place = self._places.get(key)
            if place is None:
                place = self._places[key] = own.get(key) or _Place()
                self.size += place.size
                self._tidy()
            self._places.move_to_end(key)
        own[key] = place
        own.move_to_end(key)
        while len(own) > MOST_IN_A_RUN or (
            len(own) > 1 and sum(one.size for one in own.values()) > self.most_bytes
        ):
            own.popitem(last=False)
        return place


SHELF = Shelf()


def kept(compute: Callable) -> Callable:
    """Keep the results of a function on the shelf, by its positional arguments.

    Arguments whose name starts with an underscore are not part of the key, as with Streamlit's own caches.
    The function that comes back has ``key``, from the same arguments to the key.
    """
    code = compute.__code__
    named = [not name.startswith("_") for name in code.co_varnames[: code.co_argcount]]
    own = f"{compute.__module__}.{compute.__qualname__}"

    def key(*arguments: Any) -> tuple:
        return (own, *(one for one, counts in zip(arguments, named, strict=True) if counts))

    @wraps(compute)
    def looked_up(*arguments: Any) -> Any:
        name = key(*arguments)
        with working(name):
            return SHELF.get(name, lambda: run(name, lambda: compute(*arguments)))

    looked_up.key = key
    return looked_up


def size_of(value: Any, seen: set[int]) -> int:
    """Return the bytes of a result: of its arrays and texts, wherever they stand in it.

    Parameters
    ----------
    value : object
        Arrays, text, numbers, collections of them and plain objects that hold them.
    seen : set of int
        Identities of what is counted already; it grows.
    """
    total, waiting = 0, [value]
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        if isinstance(one, (bytes, str)):
            total += _SMALL + len(one)
        elif isinstance(one, (list, tuple)) and set(map(type, one)) == {str}:
            total += _SMALL * (1 + len(one)) + sum(map(len, one))
        elif hasattr(one, "nbytes"):
            whole = one.base if getattr(one.base, "nbytes", None) is not None else one
            total += 0 if whole is not one and id(whole) in seen else _SMALL + whole.nbytes
            seen.add(id(whole))
        else:
            total += _SMALL
            waiting.extend(_parts(one))
    return total


def _parts(value: Any) -> Iterator[Any]:
    """Give what a collection or a plain object holds."""
    if isinstance(value, dict):
        yield from list(value.values())
    elif isinstance(value, (list, tuple, set, frozenset)):
        yield from list(value)
    elif hasattr(value, "__dict__") and not callable(value):
        yield from list(vars(value).values())
