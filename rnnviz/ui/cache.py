"""From a configuration to its results, kept on the shelf, and errors that leave the page alive."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import streamlit as st

from rnnviz.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.shelf import SHELF, kept
from rnnviz.ui.show import problem

PATIENCE, INTERVAL = 0.5, 0.1
"""Seconds after which a training run shows its progress, and between two signs of it."""

STOP = "Stop here: what is done stays, and can be gone on with."
_STOPPED = "rnnviz.stopped"

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
    """Return ``rnnviz.experiment.train_run(...)``, with a progress bar from half a second on.

    Several readers who ask for the same run wait for one computation.
    """
    key = _key(config)
    box, content = _training_box(key), st.session_state.get(_STOPPED) == key
    known = bool(box.results)
    try:
        return guarded(lambda: box.get(lambda: _train(config, box), content))
    finally:
        if not known:
            SHELF.weigh(_training_box.key(key))


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

    def get(self, compute: Callable[[], Any], content_with_partial: bool) -> Any:
        """The run that was stopped still holds the lock until it has left behind what was done."""
        with self.lock:
            if not self.results and content_with_partial and self.partial is not None:
                return self.partial
            if not self.results:
                self.results.append(compute())
        return self.results[0]


@kept
def _experiment(config: RunConfig) -> Any:
    from rnnviz.experiment import run

    return run(config)


@kept
def _view(module: str, name: str, _of: Callable[..., Any], config: RunConfig, arguments: tuple) -> Any:
    return _of(_experiment(config), *arguments)


@kept
def _training_box(config: RunConfig) -> _Box:
    return _Box()


def _train(config: RunConfig, box: _Box) -> Any:
    """Train with progress; a reader who stops it, or changes the page, leaves behind what was done."""
    from rnnviz.experiment import Recorder

    recorder, progress = Recorder(experiment(config)), _Progress(config)
    try:
        for epoch in recorder.epochs():
            progress.show(epoch)
    except BaseException:
        box.partial = recorder.result() if recorder.history else None
        raise
    progress.clear()
    return recorder.result()


class _Progress:
    """A bar with an estimate and a button to stop, from half a second on."""

    def __init__(self, config: RunConfig) -> None:
        self.config, self.start, self.drawn = config, time.monotonic(), 0.0
        self.place: Any = None

    def show(self, epoch: Any) -> None:
        now = time.monotonic()
        if now - self.start < PATIENCE or now - self.drawn < INTERVAL:
            return
        self.drawn = now
        if self.place is None:
            self._open()
        done = (epoch.epoch + 1) / self.config.epochs
        left = (now - self.start) * (1 - done) / done
        words = f"Epoch {epoch.epoch} of {self.config.epochs}, loss {epoch.loss:.4g}"
        self.bar.progress(min(1.0, done), f"{words}; about {left:.0f} s left")

    def _open(self) -> None:
        self.place = st.empty()
        with self.place.container(horizontal=True, vertical_alignment="bottom"):
            self.bar = st.progress(0.0)
            st.button(
                "Stop",
                key=f"training.stop.{self.config.written()}",
                help=STOP,
                on_click=stop_training,
                args=(self.config,),
            )

    def clear(self) -> None:
        if self.place is not None:
            self.place.empty()


def stop_training(config: RunConfig) -> None:
    """Be content with what is done of a run, from a callback."""
    st.session_state[_STOPPED] = _key(config)
    state.touched()


def go_on() -> None:
    """Train the stopped run to its end, from a callback."""
    st.session_state.pop(_STOPPED, None)
    state.touched()


def guarded(compute: Callable[[], Any]) -> Any:
    """Return ``compute()``; an error of the experiment becomes a message and ends the page."""
    try:
        return compute()
    except (ValueError, MemoryError, ArithmeticError) as error:
        problem(str(error) or type(error).__name__)
