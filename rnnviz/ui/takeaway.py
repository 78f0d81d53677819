"""What a reader takes along: the session as a file, scripts, a notebook, a page that plays offline."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from rnnviz.browser import script, style
from rnnviz.experiment import costs
from rnnviz.export.command import maker
from rnnviz.export.reading import MOST_BYTES
from rnnviz.export.session import Session, expected_size, fresh_session, keep_data, read_session, session_text
from rnnviz.export.spreadsheet import misfit
from rnnviz.notation import prose
from rnnviz.notation.counts import counted
from rnnviz.notation.numbers import capital
from rnnviz.settings.config import PAGE_KEYS, RunConfig
from rnnviz.settings.pages import PAGES
from rnnviz.ui import state
from rnnviz.ui.cache import cached, computed, experiment, guarded
from rnnviz.ui.choose import file_uploader
from rnnviz.ui.show import collect
from rnnviz.ui.work import ROOM, as_long_as_wanted, go_on, is_stopped

_STORED, _RESTORE, _COUNT = "takeaway.stored", "takeaway.restore", "takeaway.count"
_ASKED = "rnnviz.takeaway.asked"
_KINDS = {"moment": dict, "steps": list, "lessons": dict, "answers": list}
"""What the browser stores, and of which kind each is."""
MADE_FIRST = "This network is large: its file is made first, with a bar and Stop, and then downloaded."
SAVED = "**Save** where you are: settings, edits, start values of all parameters, your data, steps, progress."


@dataclass(frozen=True)
class File:
    """A kind of file: the title, name and words with which it is offered."""

    kind: str
    title: str
    name: str
    words: str


FILES = prose.read("files", Mapping[str, File])
_PATHS = {page.name or "Home": page.path for page in PAGES}
_MIME = {".py": "text/x-python", ".ipynb": "application/x-ipynb+json", ".html": "text/html"}
_MIME |= {".tex": "application/x-tex", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
Made = str | bytes
"""The content of a file."""


def session_file(config: RunConfig) -> None:
    """Offer the present moment as a file, and open one."""
    stored = _stored()
    moment = _moment(stored, config)
    left, right = st.columns(2, gap="large")
    with left:
        collect(SAVED)
        st.markdown(SAVED)
        frame = moment["link"].get("frame") or moment["link"].get("lesson") or ""
        at = f" at {frame}" if frame.replace("-", "").replace(".", "").isalnum() else ""
        st.markdown(f"Page “{moment['page'].replace('_', ' ')}”{at}, {_counted(stored['steps'], stored['answers'])}.")
        size, words = expected_size(config) if config.data else (0.0, "")
        if words:
            st.caption(words)
        st.download_button(
            "Save session",
            lambda: _session_text(config, stored),
            file_name="rnnviz_session.json",
            mime="application/json",
            key="takeaway.save",
            icon=":material/save:",
            on_click="ignore",
            disabled=size * 2**20 > MOST_BYTES,
        )
    with right:
        st.markdown("**Open** a session file. Nothing changes until you say so.")
        _open()


def _counted(steps: Sequence[object], answers: Sequence[object]) -> str:
    return f"{counted(len(steps), 'prepared step')} and {counted(len(answers), 'answer')}"


def _stored() -> dict[str, Any]:
    """Return what the browser reports of itself; nothing of it is believed before it is checked."""
    component = st.components.v2.component(
        "rnnviz_stored", html='<p role="status"></p>', css=style("stored"), js=script("stored")
    )
    known = st.session_state.get(_STORED, {}).get("stored", "")
    data = {"known": known, "restore": st.session_state.pop(_RESTORE, None)}
    component(key=_STORED, data=data, on_stored_change=state.touched)
    return _checked(known)


def _checked(text: str) -> dict[str, Any]:
    try:
        given = json.loads(text) if len(text) < 500_000 else {}
    except (ValueError, RecursionError):
        given = {}
    found = given if isinstance(given, dict) else {}
    return {name: found[name] if isinstance(found.get(name), kind) else kind() for name, kind in _KINDS.items()}


def _moment(stored: dict[str, Any], config: RunConfig) -> dict[str, Any]:
    """Return the moment that was left for this page, with the settings as they are now."""
    page, link = stored["moment"].get("page"), stored["moment"].get("link")
    own = link.items() if isinstance(link, dict) else ()
    kept = {key: text for key, text in own if key in PAGE_KEYS and isinstance(text, str) and len(text) <= 400}
    return {"page": page if isinstance(page, str) and page in _PATHS else "Home", "link": config.to_query() | kept}


def _session_text(config: RunConfig, stored: dict[str, Any]) -> str:
    """Return the session file; what the browser reported goes through the file's own checks."""
    base = json.loads(fresh_session(computed(config))) | _moment(stored, config)
    try:
        session, _ = read_session(json.dumps(base | {name: stored[name] for name in ("lessons", "answers", "steps")}))
    except ValueError:
        session, _ = read_session(json.dumps(base))
    return session_text(session)


def _open() -> None:
    file = file_uploader("Session file", "takeaway.file", ("json",), state.touched)
    if file is None:
        return
    try:
        session, notes = read_session(file.getvalue())
    except ValueError as error:
        st.error(f"**This file cannot be opened.** {error}", icon=":material/error:")
        return
    for note in notes:
        st.warning(note, icon=":material/info:")
    counts = _counted(session.steps, session.answers)
    st.markdown(f"A session on page “{session.page.replace('_', ' ')}” with {counts}.")
    with st.container(horizontal=True):
        st.button("Take over steps and progress", key="takeaway.take", on_click=_take_over, args=(session,))
        if session.data is not None:
            st.button("Take over its data", key="takeaway.data", on_click=_take_data, args=(session,))
        go, query = "Go to the saved moment", dict(session.link)
        st.page_link(_PATHS[session.page], label=go, icon=":material/arrow_forward:", query_params=query)


def _take_over(session: Session) -> None:
    state.touched()
    st.session_state[_COUNT] = st.session_state.get(_COUNT, 0) + 1
    st.session_state[_RESTORE] = {"token": f"{id(session)}.{st.session_state[_COUNT]}", **session.progress}


def _take_data(session: Session) -> None:
    state.touched()
    keep_data(session)


def files(config: RunConfig) -> None:
    """Offer the experiment as programs, as a notebook and as a page."""
    run = experiment(config)
    refused = {"xlsx": misfit(run)}
    size = costs.Size.of(run)
    collect(*(file.words for file in FILES.values()))
    places = [place for _ in range(0, len(FILES), 3) for place in st.columns(3)]
    for place, file in zip(places, FILES.values(), strict=False):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**{file.title}**")
            st.caption(file.words)
            if refused.get(file.kind):
                st.caption(f"{capital(refused[file.kind])}.")
                continue
            content = _content(file.kind, config, size)
            if content is not None:
                st.download_button(
                    "Download",
                    content,
                    file_name=file.name,
                    mime=_MIME[Path(file.name).suffix],
                    key=f"takeaway.{file.kind}",
                    on_click="ignore",
                )


def _content(kind: str, config: RunConfig, size: costs.Size) -> Made | Callable[[], Made] | None:
    """Return a file, or what makes it when it is asked for; None while the reader has not asked for it.

    A download is made in a thread that belongs to no run of the page and can show nothing. What takes long
    is made on the page, with the bar and Stop, before it is offered.
    """
    seconds = costs.export(size, kind, config.epochs).seconds
    if seconds <= costs.MOST_UNSEEN:
        wanted = as_long_as_wanted()

        def make() -> Made:
            with wanted():
                return maker(kind)(computed(config))

        return make
    asked = (kind, config)
    if st.session_state.get(_ASKED) == asked and not is_stopped(_made.key(*asked)):
        return guarded(lambda: _made(*asked))
    label = f"Make it: about {max(1, round(seconds))} s"
    st.button(label, key=f"takeaway.make.{kind}", help=MADE_FIRST, on_click=_ask, args=(asked,))
    return None


def _ask(asked: tuple[str, RunConfig]) -> None:
    go_on()
    st.session_state[_ASKED] = asked


@cached
def _made(kind: str, config: RunConfig) -> Made:
    run = computed(config)
    with ROOM.taken(costs.export(costs.Size.of(run), kind, config.epochs).bytes):
        return maker(kind)(run)
