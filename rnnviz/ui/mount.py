"""The stage as a Streamlit component: mounted once a page, its scene renewed at each rerun."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Literal

import streamlit as st

from rnnviz.browser import script, stage_style


def mount(
    scene: bytes,
    key: str,
    acts: Mapping[str, Callable[[str], None]] | None = None,
    kind: Literal["stage", "training"] = "stage",
    **more: object,
) -> None:
    """Show a scene, packed; playing, stepping and hovering stay in the browser.

    A rerun with the same key keeps frame, speed and playing state. ``acts`` says what to do with the text of
    each wish that changes the experiment, such as ``"parameter"``; ``more`` are entries of the scene for this
    mount alone, such as ``first_frame``.
    """
    data = b"{%b,%b}" % (scene, b'"more":' + json.dumps(more).encode())
    callbacks = {f"on_{name}_change": _callback(key, name, act) for name, act in (acts or {}).items()}
    _renderer(kind)(key=key, data=data, **callbacks)


def _callback(key: str, name: str, act: Callable[[str], None]) -> Callable[[], None]:
    """Return the callback of one wish: what comes from a browser is text, or it is passed over."""

    def callback() -> None:
        wish = st.session_state[key].get(name)
        if isinstance(wish, str):
            act(wish)

    return callback


_SHEETS = {"stage": "lesson", "training": "studio"}


def _renderer(kind: str) -> Callable[..., object]:
    return st.components.v2.component(
        f"rnnviz_{kind}", css=stage_style(_SHEETS[kind]), js=script(f"mount_{kind}"), isolate_styles=False
    )
