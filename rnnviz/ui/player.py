"""The parameters moving over the epochs, played in the browser."""

from __future__ import annotations

from typing import Any

import streamlit as st

from rnnviz.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import HASHED


def training_player(run: Any) -> None:
    """Show before − step = after of every parameter at each kept epoch of a training run.

    A run that has no finite epoch shows nothing: the page has said why.
    """
    from rnnviz.stage.streamlit_stage import mount

    scene = _scene(state.current().replace(sample=0), run)
    if scene is not None:
        mount(scene, "training.player")


@st.cache_resource(max_entries=8, show_spinner=False, hash_funcs=HASHED)
def _scene(config: RunConfig, _run: Any) -> bytes | None:
    from rnnviz.stage import packed
    from rnnviz.story import build_training_scene

    scene = build_training_scene(_run, config)
    return None if scene is None else packed(scene)
