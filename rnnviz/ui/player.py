"""The parameters moving over the epochs, played in the browser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rnnviz.settings.config import RunConfig
from rnnviz.ui.cache import cached, experiment, guarded, training
from rnnviz.ui.pinning import pinned_training
from rnnviz.ui.words import collect

if TYPE_CHECKING:
    from rnnviz.experiment.training import TrainingRun


def training_studio(config: RunConfig) -> None:
    """Show a training run: every parameter moving, its losses, norms, outputs and states, over the epochs.

    A run that has no finite epoch shows nothing: the page has said why.
    """
    from rnnviz.ui.mount import mount

    run = training(config)
    scene = guarded(lambda: _scene(config, run.epochs_done, run))
    if scene is not None:
        collect(scene)
        mount(scene, "training.player", kind="training")


def played(config: RunConfig) -> int:
    """Return how many epochs of a training run are played."""
    from rnnviz.scene.training import played_places

    return len(played_places(training(config), config))


@cached
def _scene(config: RunConfig, epochs_done: int, _run: TrainingRun) -> bytes | None:
    from rnnviz.browser import packed
    from rnnviz.experiment.watch import watch
    from rnnviz.scene.training import build_training_scene, played_places

    places = played_places(_run, config)
    if not places:
        return None
    looked_at = experiment(config)
    watched = watch(looked_at, _run, places, config.sample)
    pinned = pinned_training(config)
    return packed(build_training_scene(_run, watched, looked_at.task, config, pinned))
