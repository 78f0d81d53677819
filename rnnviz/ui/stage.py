"""The stage on a page: the scene is cached by configuration, the choice of a parameter goes to the link."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from rnnviz.settings.config import TASKS, RunConfig
from rnnviz.settings.edits import read as read_edits
from rnnviz.settings.edits import without_last
from rnnviz.ui import state
from rnnviz.ui.cache import CACHE, cached, computed, experiment, guarded
from rnnviz.ui.words import collect

if TYPE_CHECKING:
    from rnnviz.scene.ledger import Ledger
    from rnnviz.scene.view import View

MOST_ENTRIES = 1500
LARGE = "The numbers of so large a network are in the NumPy script of the page Take away."
COMPLETE_STEPS = 3
"""Up to so many steps the overview holds all parameters at once; else choosing one fetches it."""


def stage(
    config: RunConfig, key: str, *, first_frame: str = "start", autoplay: bool = False, detail: bool = False
) -> None:
    """Show one training step of the experiment on the stage.

    Parameters
    ----------
    config : RunConfig
        The experiment; its ``parameter`` and ``sample`` choose what is taken apart.
    key : str
        Identity of the stage on its page.
    first_frame : str
        Id of the frame on which the stage opens.
    autoplay : bool
        Whether it starts to play by itself, once a session.
    detail : bool
        Whether its cells can be opened further, walked as a loop and read in other ways.
    """
    from rnnviz.ui.mount import mount

    started = f"{key}.started"
    first = autoplay and not st.session_state.get(started, False)
    scene = guarded(lambda: _scene(config, detail))
    collect(scene)
    mount(scene, key, ACTS, autoplay=first, first_frame=first_frame)
    st.session_state[started] = True


def ready(config: RunConfig) -> None:
    """Compute the scene that ``stage`` will show of a configuration."""
    _scene(config, False)


def choose_parameter(name: str) -> None:
    """Take a parameter that the reader has chosen in the browser into the link."""
    state.apply(parameter=name)


def choose_mode(name: str) -> None:
    """Put the loss at every step or only at the end, as the reader has chosen beside the grid."""
    if name in TASKS[state.current().task].modes:
        state.apply(mode=name)


def edit(wish: str) -> None:
    """Put a number in the place of another, ``"Wh1.0.1:0.5"``; what cannot be read is refused with a note."""
    from rnnviz.experiment.whatif import with_one_edit

    config = state.current()
    try:
        changed = with_one_edit(computed(config), read_edits(wish)[-1])
        computed(config.replace(edits=changed))
    except (ValueError, IndexError) as error:
        state.refuse(str(error))
    else:
        state.apply(edits=changed)


def take_back(wish: str) -> None:
    """Take back the newest edit, ``"undo"``, or all of them, ``"reset"``."""
    kept = without_last(state.current().edits) if wish == "undo" else ""
    while kept and not _can_run(kept):
        kept = without_last(kept)
    state.apply(edits=kept)


def _can_run(edits: str) -> bool:
    """Return whether these edits stand on their own: half of a changed distribution does not."""
    try:
        computed(state.current().replace(edits=edits))
    except ValueError:
        return False
    return True


ACTS = {"parameter": choose_parameter, "mode": choose_mode, "edit": edit, "edits": take_back}


def ledger(config: RunConfig) -> Ledger:
    """Return the ledger of the parameter and sample that the configuration names."""
    return guarded(lambda: _ledger(config))


@cached
def _ledger(config: RunConfig) -> Ledger:
    from rnnviz.scene.ledger import ledger as account

    with _looking(config) as view:
        return account(view, config.parameter)


def _looked_at(config: RunConfig) -> RunConfig:
    """Return the configuration without what changes nothing of the view: its sample and how it is written stay."""
    kept = {name: getattr(config, name) for name in ("sample", "symbols", "vectors", "over_time", "first_step")}
    return config.replace(**RunConfig().view() | kept)


@cached
def _scene(config: RunConfig, detail: bool) -> bytes:
    from rnnviz.browser import packed
    from rnnviz.notation.conventions import Conventions
    from rnnviz.scene.build import edited, scene_of

    modes = TASKS[config.task].modes
    change = None
    if detail and config.edits:
        change = edited(experiment(config), config.sample, Conventions.of(config))
    complete = not detail and config.steps <= COMPLETE_STEPS
    with _looking(config) as view:
        scene = scene_of(view, config.parameter, detail, modes, change, complete)
    return packed(scene | {"preamble": _preamble(config)} if detail else scene)


def _preamble(config: RunConfig) -> str:
    """Return the numbers on which a frame's code stands; of a large network only where to get them."""
    from rnnviz.export.numpy_parts import preamble

    run = experiment(config)
    entries = run.task.X.size + run.task.Y.size + sum(part.size for part in run.parameters)
    return preamble(run) if entries <= MOST_ENTRIES else f"# {LARGE}"


@contextmanager
def _looking(config: RunConfig) -> Iterator[View]:
    """Give the view of a configuration; it computes what is asked of it and holds it, so it grows."""
    looked_at = _looked_at(config)
    yield _view(looked_at)
    CACHE.weigh(_view.key(looked_at))


@cached
def _view(config: RunConfig) -> View:
    from rnnviz.notation.conventions import Conventions
    from rnnviz.scene.view import look

    return look(experiment(config), config.sample, Conventions.of(config))
