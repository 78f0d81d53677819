"""Long loops tell how far they are, to whoever listens: that one can show it, and can end the work.

Nobody listens by default; then a loop runs as if it were not told. A listener belongs to one thread.
"""

from collections.abc import Callable, Iterable, Iterator, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import TypeVar

Item = TypeVar("Item")
Listen = Callable[[float], None]
"""Is called with the part that is done, 0 to 1, in every round of a loop; what it raises ends the work."""


@dataclass(eq=False)
class _Listener:
    """The loops that are being told, the outermost first: rounds done, and all of them."""

    listen: Listen
    loops: list[list[int]] = field(default_factory=list)
    most: float = 0.0

    def part(self) -> float:
        """What is done of the outermost loop, with the part of the one inside as a part of its round.

        A round may hold several loops one after the other: what was told of the first is not taken back.
        """
        part, share = 0.0, 1.0
        for done, total in self.loops:
            share /= max(1, total)
            part += share * done
        self.most = max(self.most, min(part, 1.0))
        return self.most


_listener: ContextVar[_Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(listen: Listen | None) -> Iterator[None]:
    """Let ``listen`` hear of to the loops of this thread while the context lasts; None listens to none."""
    token = _listener.set(None if listen is None else _Listener(listen))
    try:
        yield
    finally:
        _listener.reset(token)


def report() -> None:
    """Tell that work goes on, from a place that is no loop."""
    listener = _listener.get()
    if listener is not None:
        listener.listen(listener.part())


def tracked(items: Iterable[Item], total: int | None = None) -> Iterable[Item]:
    """What a long loop runs over, so that its rounds are told; `total` is needed where `items` has no length.

    Examples
    --------
    >>> heard = []
    >>> with listening(heard.append):
    ...     for _ in tracked("ab"):
    ...         for _ in tracked(range(2)):
    ...             pass
    >>> heard
    [0.0, 0.0, 0.25, 0.5, 0.5, 0.75]
    """
    listener = _listener.get()
    if listener is None:
        return items
    known = total if total is not None else len(items) if isinstance(items, Sized) else 0
    return _tracked(listener, items, known)


def _tracked(listener: _Listener, items: Iterable[Item], total: int) -> Iterator[Item]:
    loop = [0, total]
    listener.loops.append(loop)
    try:
        for item in items:
            listener.listen(listener.part())
            yield item
            loop[0] += 1
    finally:
        listener.loops[:] = [each for each in listener.loops if each is not loop]
        if not listener.loops:
            listener.most = 0.0
