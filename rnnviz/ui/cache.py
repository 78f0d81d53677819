"""From a configuration to its results: computed once for all readers, kept up to a number of bytes.

Results are frozen and never changed, so readers share them instead of getting copies. What was used last
stays, up to ``MOST_BYTES`` together; a number of entries would say nothing, for a training run may take a
kilobyte or thirty megabytes. Threads that ask for the same result wait for one computation. An error becomes
a message and leaves the page alive.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Concatenate, Generic, ParamSpec, TypeVar

from rnnviz.engine.progress import listening
from rnnviz.experiment import costs
from rnnviz.experiment.core import Experiment, run
from rnnviz.experiment.training import Recorder, TrainingRun
from rnnviz.settings.config import RunConfig
from rnnviz.ui import streamlit_internals as internals
from rnnviz.ui import work
from rnnviz.ui.show import not_done, problem

R = TypeVar("R")
P = ParamSpec("P")

MOST_BYTES = 32 * 2**20
"""What all results together may take."""

MOST_IN_A_RUN = 32
"""So many results, of ``MOST_BYTES`` together, stay at hand for the run of a page that has used them."""

_SMALL, _ENTRY = 64, 4096
"""Bytes of a small object, and of an entry with its key."""

_VIEW = RunConfig().view()


@dataclass(eq=False)
class _Cached:
    """A result that is there, or is being computed."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    done: bool = False
    result: Any = None
    size: int = _ENTRY


class ResultCache:
    """Results by their key, the ones used last, up to a number of bytes."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self.most_bytes, self.size = most_bytes, 0
        self._lock, self._run = threading.Lock(), internals.of_a_run()
        self._entries: OrderedDict[Hashable, _Cached] = OrderedDict()

    def get(self, key: Hashable, compute: Callable[[], R]) -> R:
        """Return the result of a key; the first who asks computes it, and an error is nobody else's."""
        entry = self._entry(key)
        if not entry.done:
            with work.held(entry.lock):
                mine = not entry.done
                if mine:
                    entry.result, entry.done = compute(), True
            if mine:
                self._measure(key, entry)
        result: R = entry.result
        return result

    def weigh(self, key: Hashable) -> None:
        """Measure a result, when it is made or has grown, and let go of what was not used for longest."""
        entry = self._entries.get(key)
        if entry is not None:
            self._measure(key, entry)

    def _measure(self, key: Hashable, entry: _Cached) -> None:
        """Note the size of a result, also where it has had to go while it was computed: its run may bring it back."""
        with self._lock:
            before, entry.size = entry.size, _ENTRY + size_of(entry.result)
            if self._entries.get(key) is entry:
                self._grow(entry.size - before)

    def _grow(self, size: int) -> None:
        self.size += size
        while self.size > self.most_bytes and len(self._entries) > 1:
            self.size -= self._entries.popitem(last=False)[1].size

    def put(self, key: Hashable, result: Any) -> None:
        """Keep a result in the place of the one that is there."""
        entry = self._entry(key)
        entry.result, entry.done = result, True
        self._measure(key, entry)

    def known(self, key: Hashable) -> Any:
        """Return the result of a key if it is there, else None."""
        return self._entry(key).result if key in self._entries else None

    def clear(self) -> None:
        """Let go of everything."""
        with self._lock:
            self._entries.clear()
            self.size = 0

    def _entry(self, key: Hashable) -> _Cached:
        """Return the entry of a key, as the one used last.

        A run of a page has a thread of its own. It keeps hold of what it has used: where many readers compute
        at once, a result could otherwise be gone when the same run asks for it again.
        """
        own: OrderedDict[Hashable, _Cached] = self._run.__dict__.setdefault("entries", OrderedDict())
        with self._lock:
            entry = self._entries.get(key)
            if entry is None:
                entry = self._entries[key] = own.get(key) or _Cached()
                self._grow(entry.size)
            self._entries.move_to_end(key)
        own[key] = entry
        own.move_to_end(key)
        while len(own) > MOST_IN_A_RUN or (len(own) > 1 and sum(one.size for one in own.values()) > self.most_bytes):
            own.popitem(last=False)
        return entry


CACHE = ResultCache()


class cached(Generic[P, R]):  # noqa: N801, a decorator
    """A function whose results are cached by its positional arguments.

    Arguments whose name starts with an underscore are not part of the key, as with Streamlit's own caches.
    """

    def __init__(self, compute: Callable[P, R]) -> None:
        self._compute, code = compute, compute.__code__
        self._counts = [not name.startswith("_") for name in code.co_varnames[: code.co_argcount]]
        self._name = f"{compute.__module__}.{compute.__qualname__}"

    def key(self, *arguments: P.args, **none: P.kwargs) -> tuple[Hashable, ...]:
        """Return the key of a result, from the arguments that give it."""
        return (self._name, *(one for one, counts in zip(arguments, self._counts, strict=True) if counts))

    def __call__(self, *arguments: P.args, **none: P.kwargs) -> R:
        """Return the result, computed if it is not there."""
        key = self.key(*arguments, **none)
        with work.working(key):
            return CACHE.get(key, lambda: work.run(key, lambda: self._compute(*arguments, **none)))


def size_of(value: Any) -> int:
    """Return the bytes of a result: of its arrays and texts, each once, wherever they stand in it."""
    total, waiting, seen = 0, [value], set[int]()
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
            inside = vars(one) if hasattr(one, "__dict__") and not callable(one) else one
            if isinstance(inside, Mapping):
                waiting += [*inside.values()]
            elif isinstance(inside, (list, tuple, set, frozenset)):
                waiting += [*inside]
    return total


def experiment(config: RunConfig) -> Experiment:
    """Return ``rnnviz.experiment.run(config)``; a ``ValueError`` becomes a message and ends the page."""
    return guarded(lambda: computed(config))


def computed(config: RunConfig) -> Experiment:
    """Return ``rnnviz.experiment.run(config)``; a ``ValueError`` is the caller's."""
    return _experiment(_key(config))


def view(of: Callable[Concatenate[Experiment, P], R], config: RunConfig, *arguments: P.args, **none: P.kwargs) -> R:
    """Return what a pure function of a module makes of the experiment; ``arguments`` are plain values for it."""
    key = _key(config)
    found: R = guarded(lambda: _view(of.__module__, of.__qualname__, of, key, arguments))
    return found


def training(config: RunConfig) -> TrainingRun:
    """Return ``rnnviz.experiment.train_run(...)``; of a run that the reader stopped what is done of it."""
    key = _key(config)
    with work.working(_train.key(key), lambda: _progress(key)):
        return guarded(lambda: _trained(key))


def _trained(config: RunConfig) -> TrainingRun:
    try:
        return _train(config)
    except work.StoppedError:
        if (partial := CACHE.known((_PARTIAL, config))) is None:
            raise
        return partial


_PARTIAL = "a training run that was ended before it was done"
_RECORDERS: dict[RunConfig, Recorder] = {}
"""Of the training runs that are being made."""


def _progress(config: RunConfig) -> str:
    """How far a training run is, for the bar."""
    recorder = _RECORDERS.get(config)
    if recorder is None or recorder.last is None:
        return "Training"
    return f"Epoch {recorder.last.epoch} of {config.epochs}, loss {recorder.last.loss:.4g}"


@lru_cache(maxsize=64)
def _key(config: RunConfig) -> RunConfig:
    """Return the configuration without the settings of the view, which change no number."""
    return config.replace(**_VIEW)


@cached
def _experiment(config: RunConfig) -> Experiment:
    if internals.is_in_a_page():
        work.ROOM.claim(costs.page(config.steps, config.batch, config.hidden, config.cell).bytes)
    return run(config)


@cached
def _view(module: str, name: str, _of: Callable[..., Any], config: RunConfig, arguments: tuple[Any, ...]) -> Any:
    return _of(_experiment(config), *arguments)


@cached
def _train(config: RunConfig) -> TrainingRun:
    """Train; a reader who stops it, or changes the page, leaves behind what was done."""
    recorder = Recorder(_experiment(config))
    _RECORDERS[config] = recorder
    try:
        with work.ROOM.taken(recorder.cost.bytes):
            for _ in recorder.epochs():
                pass
            return recorder.result()
    except BaseException:
        if recorder.history:
            with listening(None):  # whoever ends the work would end this as well
                CACHE.put((_PARTIAL, config), recorder.result())
        raise
    finally:
        _RECORDERS.pop(config, None)


def guarded(compute: Callable[[], R]) -> R:
    """Return ``compute()``; an error of the experiment becomes a message and ends the page."""
    try:
        return compute()
    except work.StoppedError:
        not_done()
    except (ValueError, MemoryError, ArithmeticError) as error:
        problem(str(error) or type(error).__name__)
