"""Questions on the reader's own network: asked and answered in the browser, made and solved in Python."""

import re

import streamlit as st

from rnnviz.browser import packed
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import RunConfig
from rnnviz.teaching.questions import questions
from rnnviz.teaching.quiz import quiz_scene
from rnnviz.ui import state
from rnnviz.ui.cache import cached, experiment, guarded
from rnnviz.ui.stage import ACTS, mount

_ROUND = "questions.round"
_LAST = re.compile(r"[a-z0-9-]{1,60}\.([0-9]{1,6})", re.ASCII)


def show(config: RunConfig) -> None:
    """Show a round of questions above the stage: that of the link at first, then the reader's."""
    if _ROUND not in st.session_state:
        asked = _LAST.fullmatch(st.query_params.get("question", ""))
        st.session_state[_ROUND] = int(asked[1]) if asked else 0
    scene = guarded(lambda: _scene(config, st.session_state[_ROUND]))
    if scene is None:
        st.info("No question fits this network: a longer one, with finite numbers, gives something to ask.")
    else:
        mount(scene, "questions.stage", {**ACTS, "round": _choose_round})


def _choose_round(wish: str) -> None:
    state.touched()
    if wish.isascii() and wish.isdigit() and len(wish) < 7:
        st.session_state[_ROUND] = int(wish)


@cached
def _scene(config: RunConfig, number: int) -> bytes | None:
    run = experiment(config)
    asked = questions(run, number)
    return packed(build_scene(run, detail=False) | {"quiz": quiz_scene(asked, number)}) if asked else None
