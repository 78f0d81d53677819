"""The lessons on their page: which one, on which network, and its paragraphs above the stage."""

from dataclasses import replace

import streamlit as st

from rnnviz.browser import packed
from rnnviz.scene.build import build_scene
from rnnviz.settings.config import RunConfig
from rnnviz.teaching.lessons import LESSONS, Setting, fits, fitting, lesson, lesson_scene, misfit_sentence
from rnnviz.ui import state
from rnnviz.ui.cache import cached, experiment, guarded
from rnnviz.ui.stage import ACTS, mount

KEY, ASKED = "lessons.which", "lessons.asked"
HELP = "The lecture in its order. Your place in each lesson is kept in this browser."


def show(config: RunConfig) -> None:
    """Show the lesson that the link or the reader has chosen, beside the stage that it speaks of."""
    fitted = [one for one in LESSONS if fits(one, config)]
    name = _chosen(tuple(LESSONS), *fitted)
    if name in fitted:
        scene = guarded(lambda: _scene(config, name))
        mount(scene, "lessons.stage", {**ACTS, "lesson": choose_lesson})
        return
    st.info(misfit_sentence(name, config))
    take = f"Take the network “{fitting(name, config).words}”"
    st.button(take, key="lessons.take", type="primary", on_click=choose_lesson, args=(name,))
    for other in fitted:
        words = f"Read “{LESSONS[other].title}” instead"
        st.button(words, key=f"lessons.{other}", help=HELP, on_click=choose_lesson, args=(other,))


def _chosen(names: tuple[str, ...], *fitted: str) -> str:
    """Return the lesson of a link that is new, else the one that the reader is in, at first one that fits."""
    session, asked = st.session_state, st.query_params.get("lesson", "").split(".")[0]
    if asked in names and (asked != session.get(ASKED) or state.arrives()):
        session[KEY] = asked
    session[ASKED] = asked
    return session.setdefault(KEY, (*fitted, *names)[0])


def choose_lesson(name: str) -> None:
    """Open a lesson, from a callback; the network that it needs is taken with it, and can be undone."""
    state.touched()
    if name not in LESSONS:
        return
    st.session_state[KEY] = name
    config = state.current()
    if not fits(name, config):
        state.adopt(fitting(name, config))


@cached
def _scene(config: RunConfig, name: str) -> bytes:
    of = experiment(config)
    run = replace(of, config=of.config.replace(symbols="lecture" if config.symbols == "page" else config.symbols))
    given = lesson_scene(lesson(name, Setting.of(run), config.parameter))
    given["lessons"] = [{"id": one.id, "title": one.title} for one in LESSONS.values()]
    return packed(build_scene(run) | {"lesson": given})
