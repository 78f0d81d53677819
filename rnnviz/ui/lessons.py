"""The lessons on their page: which one, on which network, and its paragraphs above the stage."""

from __future__ import annotations

import streamlit as st

from rnnviz.browser import packed
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import PRESETS, RunConfig
from rnnviz.teaching.lessons import LESSONS, Setting, fits, lesson, lesson_scene, misfit_sentence
from rnnviz.ui import state
from rnnviz.ui.cache import cached, experiment, guarded
from rnnviz.ui.stage import ACTS, mount

KEY, LINKED = "lessons.which", "lessons.linked"
HELP = "The lecture in its order. Your place in each lesson is kept in this browser."


def show(config: RunConfig) -> None:
    """Show the lesson that the link or the reader has chosen, with the stage that it speaks of."""
    name = _chosen(tuple(LESSONS))
    if fits(name, config.mode, config.steps):
        scene = guarded(lambda: _scene(config, name))
        mount(scene, "lessons.stage", {**ACTS, "lesson": choose_lesson})
        return
    preset = LESSONS[name].preset
    st.info(misfit_sentence(name, config.mode, config.steps))
    take = f"Take the network “{PRESETS[preset].title}”"
    st.button(take, key="lessons.take", type="primary", on_click=state.apply_preset, args=(preset,))


def _chosen(names: tuple[str, ...]) -> str:
    asked, before = st.query_params.get("lesson", "").split(".")[0], st.session_state.get(KEY)
    follows = state.arrives() or (state.follows_link() and asked != st.session_state.get(LINKED))
    st.session_state[LINKED] = asked
    wanted = (asked, before) if follows else (before, asked)
    state.set_value(KEY, next((name for name in wanted if name in names), names[0]))
    st.segmented_control(
        "Lesson",
        names,
        key=KEY,
        format_func=lambda name: LESSONS[name].title,
        help=HELP,
        required=True,
        on_change=lambda: state.changed(KEY, choose_lesson),
        persist_state="session",
        wrap=True,
        label_visibility="collapsed",
    )
    return st.session_state[KEY]


def choose_lesson(name: str) -> None:
    """Open a lesson, from a callback; the network that it needs is taken with it, and can be undone."""
    state.touched()
    if name not in LESSONS:
        return
    state.put(KEY, name)
    config = state.current()
    if not fits(name, config.mode, config.steps):
        state.apply_preset(LESSONS[name].preset)


@cached
def _scene(config: RunConfig, name: str) -> bytes:
    run = experiment(config)
    given = lesson_scene(lesson(name, Setting.of(run), config.parameter))
    given["lessons"] = [{"id": one.id, "title": one.title} for one in LESSONS.values()]
    return packed(build_scene(run, detail=False) | {"lesson": given})
