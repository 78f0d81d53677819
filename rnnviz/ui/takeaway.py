"""What a reader takes along: the session as a file, scripts, a notebook, a page that plays offline."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import streamlit as st

from rnnviz.browser import script, style
from rnnviz.notation import prose
from rnnviz.notation.counts import counted
from rnnviz.settings.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import cached, computed, experiment, guarded
from rnnviz.ui.navigation import PAGES
from rnnviz.ui.uploads import file_uploader
from rnnviz.ui.words import collect
from rnnviz.ui.work import ROOM, as_long_as_wanted, go_on, is_stopped

if TYPE_CHECKING:
    from rnnviz.experiment.costs import Size
    from rnnviz.export.session import Session

_STORED, _OPENED, _RESTORE = "takeaway.stored", "takeaway.opened", "takeaway.restore"
_MARKUP = '<p role="status"></p>'
_ASKED = "rnnviz.takeaway.asked"
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
_MIME = {".py": "text/x-python", ".ipynb": "application/x-ipynb+json", ".html": "text/html"}


def session_file(config: RunConfig) -> None:
    """Offer the present moment as a file, and open one."""
    stored = _stored()
    moment = _moment(stored, config)
    left, right = st.columns(2, gap="large")
    with left:
        collect(SAVED)
        st.markdown(SAVED)
        st.markdown(f"Page “{moment['page'].replace('_', ' ')}”{_frame(moment)}, {_counted(stored)}.")
        too_large = _size(config)
        st.download_button(
            "Save session",
            lambda: _session_text(config, stored),
            file_name="rnnviz_session.json",
            mime="application/json",
            key="takeaway.save",
            icon=":material/save:",
            on_click="ignore",
            disabled=too_large,
        )
    with right:
        st.markdown("**Open** a session file. Nothing changes until you say so.")
        _open()


def _size(config: RunConfig) -> bool:
    """Say how large a session with the reader's own data becomes, and return whether it is too large."""
    if not config.data:
        return False
    from rnnviz.export.reading import MOST_BYTES
    from rnnviz.export.session import expected_size

    size, words = expected_size(config)
    if words:
        st.caption(words)
    return size * 2**20 > MOST_BYTES


def _frame(moment: dict[str, Any]) -> str:
    frame = moment["link"].get("frame") or moment["link"].get("lesson")
    return f" at {frame}" if frame and frame.replace("-", "").replace(".", "").isalnum() else ""


def _counted(stored: dict[str, Any]) -> str:
    counts = [(len(stored[name]), word) for name, word in (("steps", "prepared step"), ("answers", "answer"))]
    return " and ".join(counted(*each) for each in counts)


def _stored() -> dict[str, Any]:
    """Return what the browser reports of itself; nothing of it is believed before it is checked."""
    component = st.components.v2.component("rnnviz_stored", html=_MARKUP, css=style("stored"), js=script("stored"))
    known = st.session_state.get(_STORED, {}).get("stored", "")
    data = {"known": known, "restore": st.session_state.pop(_RESTORE, None)}
    component(key=_STORED, data=data, on_stored_change=state.touched)
    return _checked(known)


def _checked(text: str) -> dict[str, Any]:
    found: dict[str, Any] = {"moment": None, "steps": [], "lessons": {}, "answers": []}
    try:
        given = json.loads(text) if len(text) < 500_000 else {}
    except ValueError:
        return found
    if isinstance(given, dict):
        found |= {name: given[name] for name, kind in _KINDS.items() if isinstance(given.get(name), kind)}
    return found


_KINDS = {"moment": dict, "steps": list, "lessons": dict, "answers": list}


def _moment(stored: dict[str, Any], config: RunConfig) -> dict[str, Any]:
    """Return the moment that was left for this page, with the settings as they are now."""
    moment = stored["moment"] or {}
    page, link = moment.get("page"), moment.get("link")
    names = {Path(one.path).stem.split("_", 1)[-1] for one in PAGES[1:]}
    page = page if page in names else "Home"
    keys = {"frame", "q", "open", "see", "epoch", "lesson", "question", "word"}
    own = link.items() if isinstance(link, dict) else ()
    kept = {key: text for key, text in own if key in keys and isinstance(text, str) and len(text) <= 400}
    return {"page": page, "link": config.to_query() | kept}


def _session_text(config: RunConfig, stored: dict[str, Any]) -> str:
    """Return the session file; what the browser reported goes through the file's own checks."""
    from rnnviz.export.session import fresh_session, read_session, session_text

    base = json.loads(fresh_session(computed(config)))
    parts = {name: stored[name] for name in ("lessons", "answers", "steps")}
    try:
        session, _ = read_session(json.dumps(base | _moment(stored, config) | parts))
    except ValueError:
        session, _ = read_session(json.dumps(base | _moment(stored, config)))
    return session_text(session)


def _open() -> None:
    file = file_uploader("Session file", "takeaway.file", ("json",), state.touched)
    if file is None:
        return
    from rnnviz.export.session import read_session

    try:
        session, notes = read_session(file.getvalue())
    except ValueError as error:
        st.error(f"**This file cannot be opened.** {error}", icon=":material/error:")
        return
    for note in notes:
        st.warning(note, icon=":material/info:")
    counts = _counted({"steps": session.steps, "answers": session.answers})
    st.markdown(f"A session on page “{session.page.replace('_', ' ')}” with {counts}.")
    with st.container(horizontal=True):
        st.button("Take over steps and progress", key="takeaway.take", on_click=_take_over, args=(session,))
        if session.data is not None:
            st.button("Take over its data", key="takeaway.data", on_click=_take_data, args=(session,))
        path = next(one.path for one in PAGES if one.path.endswith(f"_{session.page}.py") or session.page == "Home")
        st.page_link(
            path, label="Go to the saved moment", icon=":material/arrow_forward:", query_params=dict(session.link)
        )


def _take_over(session: Session) -> None:
    state.touched()
    st.session_state["takeaway.count"] = st.session_state.get("takeaway.count", 0) + 1
    st.session_state[_RESTORE] = {
        "token": f"{id(session)}.{st.session_state['takeaway.count']}",
        "steps": [{"title": one.title, "page": one.page, "link": dict(one.link)} for one in session.steps],
        "lessons": dict(session.lessons),
        "answers": [{"question": one.question, "chosen": one.chosen, "right": one.right} for one in session.answers],
    }


def _take_data(session: Session) -> None:
    from rnnviz.export.session import keep_data

    state.touched()
    keep_data(session)


def files(config: RunConfig) -> None:
    """Offer the experiment as programs, as a notebook and as a page."""
    from rnnviz.experiment.costs import Size

    size = Size.of(experiment(config))
    collect(*(file.words for file in FILES.values()))
    for place, file in zip(st.columns(len(FILES)), FILES.values(), strict=True):
        with place.container(border=True, height="stretch"):
            st.markdown(f"**{file.title}**")
            st.caption(file.words)
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


def _content(kind: str, config: RunConfig, size: Size) -> str | Callable[[], str] | None:
    """Return a file, or what makes it when it is asked for; None while the reader has not asked for it.

    A download is made in a thread that belongs to no run of the page and can show nothing. What takes long
    is made on the page, with the bar and Stop, before it is offered.
    """
    from rnnviz.experiment import costs

    seconds = costs.export(size, kind, config.epochs).seconds
    if seconds <= costs.MOST_UNSEEN:
        return _maker(kind, config)
    asked = (kind, config)
    if st.session_state.get(_ASKED) != asked or is_stopped(_made.key(*asked)):
        st.button(
            f"Make it: about {max(1, round(seconds))} s",
            key=f"takeaway.make.{kind}",
            help=MADE_FIRST,
            on_click=_ask,
            args=(asked,),
        )
        return None
    return guarded(lambda: _made(*asked))


def _ask(asked: tuple[str, RunConfig]) -> None:
    state.touched()
    go_on()
    st.session_state[_ASKED] = asked


@cached
def _made(kind: str, config: RunConfig) -> str:
    from rnnviz.experiment import costs
    from rnnviz.export.command import maker

    run = computed(config)
    with ROOM.taken(costs.export(costs.Size.of(run), kind, config.epochs).bytes):
        return maker(kind)(run)


def _maker(kind: str, config: RunConfig) -> Callable[[], str]:
    """Return what makes a file when it is asked for, from the experiment alone."""

    wanted = as_long_as_wanted()

    def make() -> str:
        from rnnviz.export.command import maker

        with wanted():
            return maker(kind)(computed(config))

    return make
