"""The stage on a page: its scene is cached by configuration, mounted once and renewed at each rerun.

Playing, stepping and hovering stay in the browser; what changes the experiment comes from it as a wish.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Literal

import streamlit as st

from rnnviz.browser import packed, script, stage_style
from rnnviz.notation.conventions import Conventions
from rnnviz.notation.quantity import BLOCKS
from rnnviz.scene.ledger import Ledger
from rnnviz.scene.view import View
from rnnviz.settings import edits
from rnnviz.settings.config import TASKS, RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import CACHE, cached, computed, experiment, guarded
from rnnviz.ui.show import collect

COMPLETE_STEPS = 3
"""Up to so many steps the overview holds all parameters at once; else choosing one fetches it."""
_SHEETS = {"stage": "lesson", "training": "studio"}


def mount(
    scene: bytes,
    key: str,
    acts: Mapping[str, Callable[[str], None]] | None = None,
    kind: Literal["stage", "training"] = "stage",
    **more: object,
) -> None:
    """Show a scene, packed; a rerun with the same key keeps frame, speed and playing state.

    ``acts`` says what to do with the text of each wish that changes the experiment, such as ``"parameter"``; what
    is no text is passed over. ``more`` are entries of the scene for this mount alone, such as ``first_frame``.
    """

    def callback(name: str, act: Callable[[str], None]) -> Callable[[], None]:
        def take() -> None:
            wish = st.session_state[key].get(name)
            if isinstance(wish, str):
                act(wish)

        return take

    collect(scene)
    component = st.components.v2.component(
        f"rnnviz_{kind}", css=stage_style(_SHEETS[kind]), js=script(f"mount_{kind}"), isolate_styles=False
    )
    data = b"{%b,%b}" % (scene, b'"more":' + json.dumps(more).encode())
    callbacks: dict[str, Any] = {f"on_{name}_change": callback(name, act) for name, act in (acts or {}).items()}
    component(key=key, data=data, **callbacks)


def stage(
    config: RunConfig,
    key: str,
    *,
    first_frame: str = "start",
    autoplay: bool = False,
    detail: bool = False,
    forward: bool = False,
) -> None:
    """Show one training step of the experiment on the stage.

    Its ``parameter`` and ``sample`` choose what is taken apart. The stage opens on ``first_frame``; ``autoplay``
    lets it start by itself, once a session; with ``detail`` its cells can be opened further, walked as a loop and
    read in other ways; ``forward`` ends with the loss.
    """
    started = f"{key}.started"
    first = autoplay and not st.session_state.get(started, False)
    scene, samples = guarded(lambda: _scene(config, detail)), _samples(config)
    for note in experiment(config).notes:
        st.warning(note, icon=":material/info:")
    mount(scene, key, ACTS, autoplay=first, first_frame=first_frame, forward=forward, samples=samples)
    st.session_state[started] = True


def _samples(config: RunConfig) -> list[tuple[str, str]]:
    """What can be looked at, as the stage tells it and as it is said; nothing where there is no choice."""
    from rnnviz.scene.view import looked_at

    places = (*range(config.batch), -1) if config.batch > 1 else ()
    return [(str(place), looked_at(place, config.batch)) for place in places]


def ready(config: RunConfig) -> None:
    """Compute the scene that ``stage`` will show of a configuration."""
    _scene(config, False)


def choose_mode(name: str) -> None:
    """Put the loss at every step or only at the end, as the reader has chosen beside the grid."""
    if name in TASKS[state.current().task].modes:
        state.apply(mode=name)


def choose_parameter(name: str) -> None:
    """Take a parameter's gradient apart, or that of a block of one."""
    whole, block = BLOCKS.get(name, (name, "all"))
    state.apply(parameter=whole, block=block)


def choose_sample(place: str) -> None:
    """Look at another sequence of the batch, ``"3"``, or at the mean over all, ``"-1"``."""
    if place in dict(_samples(state.current())):
        state.apply(sample=int(place))


def edit(wish: str) -> None:
    """Put a number in the place of another, ``"Wh1.0.1:0.5"``; what cannot be read is refused with a note."""
    from rnnviz.experiment.whatif import with_one_edit

    config = state.current()
    try:
        changed = with_one_edit(computed(config), edits.read(wish)[-1])
        computed(config.replace(edits=changed))
    except (ValueError, IndexError) as error:
        state.refuse(str(error))
    else:
        state.apply(edits=changed)


def take_back(wish: str) -> None:
    """Take back the newest edit, ``"undo"``, or all of them, ``"reset"``."""
    kept = edits.without_last(state.current().edits) if wish == "undo" else ""
    while kept and not _can_run(kept):
        kept = edits.without_last(kept)
    state.apply(edits=kept)


def _can_run(kept: str) -> bool:
    """Return whether these edits stand on their own: half of a changed distribution does not."""
    try:
        computed(state.current().replace(edits=kept))
    except ValueError:
        return False
    return True


ACTS: dict[str, Callable[[str], None]] = {
    "parameter": choose_parameter,
    "sample": choose_sample,
    "mode": choose_mode,
    "edit": edit,
    "edits": take_back,
}


def ledger(config: RunConfig) -> Ledger:
    """Return the ledger of the parameter and sample that the configuration names."""
    return guarded(lambda: _ledger(config))


@cached
def _ledger(config: RunConfig) -> Ledger:
    from rnnviz.scene.ledger import ledger as account

    with _looking(config) as view:
        return account(view, config.parameter)


@cached
def _scene(config: RunConfig, detail: bool) -> bytes:
    from rnnviz.scene.build import edited, scene_of
    from rnnviz.scene.cells import chosen

    modes = TASKS[config.task].modes
    change = None
    if config.edits:
        change = edited(experiment(config), config.sample, Conventions.of(config))
    complete = not detail and config.steps <= COMPLETE_STEPS
    with _looking(config) as view:
        parameter = chosen(view.architecture, config.parameter, config.block)
        scene = scene_of(view, parameter, detail, modes, change, complete, editable=True)
    if detail:
        from rnnviz.export.numpy_script import preamble

        scene |= {"preamble": preamble(experiment(config))}
    return packed(scene)


@contextmanager
def _looking(config: RunConfig) -> Iterator[View]:
    """Give the view of a configuration, of which the sample and how it is written count; it holds what it computes."""
    kept = {name: getattr(config, name) for name in ("sample", "symbols", "vectors", "over_time", "first_step")}
    looked_at = config.replace(**RunConfig().view() | kept)
    yield _view(looked_at)
    CACHE.weigh(_view.key(looked_at))


@cached
def _view(config: RunConfig) -> View:
    from rnnviz.scene.view import look

    return look(experiment(config), config.sample, Conventions.of(config))
