"""Questions on the reader's own network: asked and answered in the browser, made and solved in Python."""

from __future__ import annotations

import re

import streamlit as st

from rnnviz.settings.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import cached, experiment, guarded
from rnnviz.ui.words import collect

_ROUND = "questions.round"
_LAST = re.compile(r"[a-z0-9-]{1,60}\.([0-9]{1,6})", re.ASCII)


def quiz(config: RunConfig) -> None:
    """Show a round of questions above the stage."""
    from rnnviz.ui.mount import mount
    from rnnviz.ui.stage import ACTS

    scene = guarded(lambda: _scene(config, _round()))
    if scene is None:
        st.info("No question fits this network: a longer one, with finite numbers, gives something to ask.")
        return
    collect(scene)
    mount(scene, "questions.stage", {**ACTS, "round": _turn})


def _round() -> int:
    """Return the number of the round: that of the link at first, then the reader's."""
    if _ROUND not in st.session_state:
        asked = _LAST.fullmatch(st.query_params.get("question", ""))
        st.session_state[_ROUND] = int(asked[1]) if asked else 0
    return st.session_state[_ROUND]


def _turn(wish: str) -> None:
    state.touched()
    if wish.isascii() and wish.isdigit() and len(wish) < 7:
        st.session_state[_ROUND] = int(wish)


@cached
def _scene(config: RunConfig, number: int) -> bytes | None:
    from rnnviz.browser import packed
    from rnnviz.scene.build import build_scene
    from rnnviz.teaching.questions import questions
    from rnnviz.teaching.quiz import quiz_scene

    run = experiment(config)
    asked = questions(run, number)
    return packed(build_scene(run, detail=False) | {"quiz": quiz_scene(asked, number)}) if asked else None
