"""The parameters moving over the epochs, played in the browser."""

from __future__ import annotations

from typing import Any

from rnnviz.ui import state


def training_player(run: Any) -> None:
    """Show before − step = after of every parameter at each kept epoch of a training run.

    A run that has no finite epoch shows nothing: the page has said why.
    """
    from rnnviz.stage.streamlit_stage import mount
    from rnnviz.story import build_training_scene

    scene = build_training_scene(run, state.current())
    if scene is not None:
        mount(scene, "training.player", on_parameter=lambda name: state.apply(parameter=name))
