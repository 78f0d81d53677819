"""Thin caches around "configuration → result", and errors that leave the page alive.

Results are frozen and never changed, so they are shared between sessions instead of pickled and copied:
``cache_resource``, with few entries because a long training run holds up to some 30 MB.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from rnnviz.config import RunConfig
from rnnviz.ui.show import problem

PATIENCE = 0.5
"""Seconds after which a training run shows its progress."""

HASHED = {RunConfig: repr}
"""A frozen value of plain fields is told apart by its text: quicker than hashing field by field."""

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
    box = _training_box(_key(config))
    return guarded(lambda: box.get(lambda: _train(config)))


def _key(config: RunConfig) -> RunConfig:
    """Return the configuration without the settings of the view, which change no number."""
    return config.replace(**_VIEW)


@dataclass
class _Box:
    """Holds one result; the first who asks computes it, the others wait."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    results: list = field(default_factory=list)

    def get(self, compute: Callable[[], Any]) -> Any:
        with self.lock:
            if not self.results:
                self.results.append(compute())
        return self.results[0]


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs=HASHED)
def _experiment(config: RunConfig) -> Any:
    from rnnviz.experiment import run

    return run(config)


@st.cache_resource(max_entries=24, show_spinner=False, hash_funcs=HASHED)
def _view(module: str, name: str, _of: Callable[..., Any], config: RunConfig, arguments: tuple) -> Any:
    return _of(_experiment(config), *arguments)


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=HASHED)
def _training_box(config: RunConfig) -> _Box:
    return _Box()


def _train(config: RunConfig) -> Any:
    from rnnviz.experiment import train_run

    start, bar = time.monotonic(), []

    def progress(fraction: float, epoch: int, loss: float) -> None:
        if time.monotonic() - start > PATIENCE:
            if not bar:
                bar.append(st.empty())
            bar[0].progress(
                min(1.0, fraction), f"Training: epoch {epoch} of {config.epochs}, loss {loss:.4g}"
            )

    result = train_run(experiment(config), progress)
    for place in bar:
        place.empty()
    return result


def guarded(compute: Callable[[], Any]) -> Any:
    """Return ``compute()``; an error of the experiment becomes a message and ends the page."""
    try:
        return compute()
    except (ValueError, MemoryError, ArithmeticError) as error:
        problem(str(error) or type(error).__name__)
