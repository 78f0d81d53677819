"""The training on its page: every parameter moving over the epochs, and a run pinned beside it.

A run is pinned with a button, kept in the link and shown beside whatever the reader tries next.
"""

from collections.abc import Callable

import streamlit as st

from rnnviz.browser import packed
from rnnviz.experiment.training import TrainingRun
from rnnviz.experiment.watch import watch
from rnnviz.notation import prose
from rnnviz.scene.comparing import difference_sentence, outcome_sentence
from rnnviz.scene.training import build_training_scene, played_places
from rnnviz.settings.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import cached, computed, experiment, guarded, training
from rnnviz.ui.choose import quiet_button
from rnnviz.ui.show import note, say
from rnnviz.ui.stage import mount

HELP = prose.help_of("pinning")


def training_studio(config: RunConfig) -> None:
    """Show a training run: every parameter moving, its losses, norms, outputs and states, over the epochs.

    A run that has no finite epoch shows nothing: the page has said why.
    """
    run = training(config)
    scene = guarded(lambda: _scene(config, run.epochs_done, run))
    if scene is not None:
        mount(scene, "training.player", {"pin": lambda _: state.apply(compare=state.current().written())}, "training")


def played(config: RunConfig) -> int:
    """Return how many epochs of a training run are played."""
    return len(played_places(training(config), config))


@cached
def _scene(config: RunConfig, epochs_done: int, _run: TrainingRun) -> bytes | None:
    places = played_places(_run, config)
    if not places:
        return None
    looked_at = experiment(config)
    watched = watch(looked_at, _run, places, config.sample)
    return packed(build_training_scene(_run, watched, looked_at.task, config, pinned_training(config)))


def pinned_training(config: RunConfig) -> TrainingRun | None:
    """Return the training run that the configuration pins; None if it pins none or that cannot be run."""
    other = config.pinned()
    if other is None:
        return None
    try:
        computed(other)
    except (ValueError, MemoryError, ArithmeticError):
        return None
    return training(other)


def pinning(config: RunConfig) -> None:
    """Draw what can be done with a pinned run, and the words on both; the player has the button that pins."""
    other = config.pinned()
    if other is None:
        return
    with st.container(horizontal=True, gap="small"):
        _button("Unpin", "keep_off", HELP["unpin"], lambda: state.apply(compare=""))
        same = other.replace(**config.view()) == config
        _button("Back to the pinned settings", "undo", HELP["back"], _go_back, same)
    run = pinned_training(config)
    if run is None:
        note("The pinned run cannot be computed; unpin it or pin another one.")
    else:
        say(f"{difference_sentence(config, other)} {outcome_sentence(training(config), run)}")


def _button(label: str, icon: str, help: str, take: Callable[[], None], disabled: bool = False) -> None:
    quiet_button(label, icon, f"pin.{label}", help, take, disabled=disabled)


def _go_back() -> None:
    """Take the settings of the pinned run, from a callback; what is looked at stays."""
    config = state.current()
    if other := config.pinned():
        state.adopt(other.replace(**config.view()))
