"""The stage on a page: the scene is cached by configuration, the choice of a parameter goes to the link."""

from __future__ import annotations

import streamlit as st

from rnnviz.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import experiment, guarded


def stage(config: RunConfig, key: str, *, first_frame: str = "start", autoplay: bool = False) -> None:
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
    """
    from rnnviz.stage.streamlit_stage import mount

    started = f"{key}.started"
    first = autoplay and not st.session_state.get(started, False)
    scene = guarded(lambda: _scene(config))
    shown = {**scene, "autoplay": first, "first_frame": first_frame}
    mount(shown, key, on_parameter=lambda name: state.apply(parameter=name))
    st.session_state[started] = True


@st.cache_resource(max_entries=16, show_spinner=False)
def _scene(config: RunConfig) -> dict:
    from rnnviz.story import build_scene

    return build_scene(experiment(config), config.parameter, config.sample)
