"""From a configuration to its results, kept on the shelf, and errors that leave the page alive."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from rnnviz.engine.pulse import listening
from rnnviz.settings.config import RunConfig
from rnnviz.ui import work
from rnnviz.ui.result_cache import SHELF, kept
from rnnviz.ui.show import not_done, problem

_VIEW = RunConfig().view()


def experiment(config: RunConfig) -> Any:
    """Return ``rnnviz.experiment.run(config)``; a ``ValueError`` becomes a message and ends the page."""
    return guarded(lambda: _experiment(_key(config)))


def computed(config: RunConfig) -> Any:
    """Return ``rnnviz.experiment.run(config)``; a ``ValueError`` is the caller's."""
    return _experiment(_key(config))


def view(of: Callable[..., Any], config: RunConfig, *arguments: Any) -> Any:
    """Return a view of the experiment, such as ``view(rnnviz.experiment.gradient_flow, config)``.

    Parameters
    ----------
    of : callable
        A pure function of an ``Experiment``, defined in a module.
    config : RunConfig
    *arguments
        More for ``of``, plain values such as the sample.
    """
    return guarded(lambda: _view(of.__module__, of.__qualname__, of, _key(config), arguments))


def training(config: RunConfig) -> Any:
    """Return ``rnnviz.experiment.train_run(...)``; of a run that the reader stopped what is done of it.

    Several readers who ask for the same run wait for one computation.
    """
    key = _key(config)
    box, name = _training_box(key), _training_box.key(key)
    known = bool(box.results)
    try:
        return guarded(lambda: box.get(lambda: _train(config, box), work.is_stopped(name), name))
    finally:
        if not known:
            SHELF.weigh(name)


@lru_cache(maxsize=64)
def _key(config: RunConfig) -> RunConfig:
    """Return the configuration without the settings of the view, which change no number."""
    return config.replace(**_VIEW)


@dataclass
class _Box:
    """Holds one result; the first who asks computes it, the others wait. ``partial`` is what a stop left."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    results: list = field(default_factory=list)
    partial: Any = None
    recorder: Any = None

    def get(self, compute: Callable[[], Any], content_with_partial: bool, name: Hashable) -> Any:
        """The run that was stopped still holds the lock until it has left behind what was done."""
        if self.results:
            return self.results[0]
        with work.working(name, self._told), work.held(self.lock):
            if not self.results and content_with_partial and self.partial is not None:
                return self.partial
            if not self.results:
                try:
                    self.results.append(compute())
                    self.partial = None
                finally:
                    self.recorder = None
        return self.results[0]

    def _told(self) -> str:
        """How far the run is, for the bar."""
        last = self.recorder.last if self.recorder else None
        if last is None:
            return "Training"
        planned = self.recorder.experiment.config.epochs
        return f"Epoch {last.epoch} of {planned}, loss {last.loss:.4g}"


@kept
def _experiment(config: RunConfig) -> Any:
    from rnnviz.experiment.core import run

    return run(config)


@kept
def _view(module: str, name: str, _of: Callable[..., Any], config: RunConfig, arguments: tuple) -> Any:
    return _of(_experiment(config), *arguments)


@kept
def _training_box(config: RunConfig) -> _Box:
    return _Box()


def _train(config: RunConfig, box: _Box) -> Any:
    """Train; a reader who stops it, or changes the page, leaves behind what was done."""
    from rnnviz.experiment.training import Recorder

    recorder = Recorder(experiment(config))
    with work.ROOM.taken(recorder.cost.bytes):
        box.recorder = recorder
        try:
            for _ in recorder.epochs():
                pass
        except BaseException:
            with listening(None):  # whoever ends the work would end this as well
                box.partial = recorder.result() if recorder.history else None
            raise
        return recorder.result()


def guarded(compute: Callable[[], Any]) -> Any:
    """Return ``compute()``; an error of the experiment becomes a message and ends the page."""
    try:
        return compute()
    except work.StoppedError:
        not_done()
    except (ValueError, MemoryError, ArithmeticError) as error:
        problem(str(error) or type(error).__name__)
