"""The stage as a Streamlit component: mounted once a page, its scene renewed at each rerun."""

from __future__ import annotations

import json
from collections.abc import Callable

import streamlit as st

from rnnviz.stage import stage_script, stage_style


def mount(scene: bytes, key: str, on_parameter: Callable[[str], None] | None = None, **more: object) -> None:
    """Show a scene; playing, stepping and hovering stay in the browser.

    Parameters
    ----------
    scene : bytes
        From :func:`rnnviz.stage.packed`.
    key : str
        Identity of the stage on its page; a rerun with the same key keeps frame, speed and playing state.
    on_parameter : callable, optional
        Called with the name of a parameter after the reader has chosen another one.
    **more
        Entries of the scene that belong to this mount alone, such as ``first_frame`` and ``autoplay``.
    """

    def chosen() -> None:
        name = st.session_state[key].get("parameter")
        if name and on_parameter:
            on_parameter(name)

    data = b"{%b,%b}" % (scene, b'"more":' + json.dumps(more).encode())
    _renderer()(key=key, data=data, on_parameter_change=chosen)


def _renderer():
    return st.components.v2.component(
        "rnnviz_stage", css=stage_style(), js=stage_script(), isolate_styles=False
    )
