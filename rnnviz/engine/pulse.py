"""Long loops tell how far they are, to whoever listens: that one can show it, and can end the work.

Nobody listens by default; then a loop runs as if it were not told. A listener belongs to one thread.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

Hear = Callable[[float], None]
"""Is called with the part that is done, 0 to 1, at every turn of a loop; what it raises ends the work."""


@dataclass(eq=False)
class _Turns:
    """A loop that is being told: turns done, and all of them."""

    total: int
    done: int = 0


@dataclass(eq=False)
class _Listener:
    hear: Hear
    loops: list[_Turns] = field(default_factory=list)
    most: float = 0.0

    def part(self) -> float:
        """What is done of the outermost loop, with the part of the one inside as a part of its turn.

        A turn may hold several loops one after the other: what was told of the first is not taken back.
        """
        part, share = 0.0, 1.0
        for loop in self.loops:
            share /= max(1, loop.total)
            part += share * loop.done
        self.most = max(self.most, min(part, 1.0))
        return self.most


_listener: ContextVar[_Listener | None] = ContextVar("listener", default=None)


@contextmanager
def listening(hear: Hear | None) -> Iterator[None]:
    """Let ``hear`` listen to the loops of this thread while the context lasts; None listens to none."""
    token = _listener.set(None if hear is None else _Listener(hear))
    try:
        yield
    finally:
        _listener.reset(token)


def beat() -> None:
    """Tell that work goes on, from a place that is no loop."""
    listener = _listener.get()
    if listener is not None:
        listener.hear(listener.part())


def told(turns: Sequence | Iterable, total: int | None = None) -> Iterable:
    """Return what a long loop runs over, so that its turns are told.

    Parameters
    ----------
    turns : iterable
    total : int, optional
        How many turns there are, where ``turns`` has no length.

    Examples
    --------
    >>> heard = []
    >>> with listening(heard.append):
    ...     for _ in told("ab"):
    ...         for _ in told(range(2)):
    ...             pass
    >>> heard
    [0.0, 0.0, 0.25, 0.5, 0.5, 0.75]
    """
    listener = _listener.get()
    if listener is None:
        return turns
    return _told(listener, turns, len(turns) if total is None else total)


def _told(listener: _Listener, turns: Iterable, total: int) -> Iterator:
    loop = _Turns(total)
    listener.loops.append(loop)
    try:
        for turn in turns:
            listener.hear(listener.part())
            yield turn
            loop.done += 1
    finally:
        listener.loops.remove(loop)
        if not listener.loops:
            listener.most = 0.0
