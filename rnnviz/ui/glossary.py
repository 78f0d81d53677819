"""What the Words page shows: the glossary, other notations, further reading."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from rnnviz.notation import prose
from rnnviz.notation.counts import counted
from rnnviz.settings.config import RunConfig
from rnnviz.settings.edits import shown, unmarked
from rnnviz.ui import state
from rnnviz.ui.cache import experiment
from rnnviz.ui.choose import choice
from rnnviz.ui.navigation import PAGES, link
from rnnviz.ui.show import note, say, table
from rnnviz.ui.words import written

if TYPE_CHECKING:
    from rnnviz.notation.glossary import Entry

HELP = prose.help_of("glossary")
LONGEST_SEARCH = 60
_PARAMETER_SHAPES = {"W1": "n₀ × n₁", "Wh1": "n₁ × n₁", "b1": "n₁", "W2": "n₁ × n₂", "b2": "n₂"}
_TITLES = {page.path: page.title for page in PAGES}


def asked_word(config: RunConfig) -> None:
    """Show the entry that the link asks for first, marked; an unknown one is told."""
    from rnnviz.notation.glossary import entry

    asked = st.query_params.get("word")
    if asked is None:
        return
    try:
        one = entry(asked)
    except ValueError:
        st.warning(f"The glossary has no word “{unmarked(shown(asked))}”.", icon=":material/info:")
    else:
        with st.container(border=True, key="asked"):
            _card(one, config, marked=True)


def ask(name: str) -> None:
    """Put a word into the link, from a callback: a link from a page to itself would leave the address be."""
    state.touched()
    st.query_params["word"] = name


def glossary(config: RunConfig) -> None:
    """Draw the search, and the entries of a group or those that were found."""
    from rnnviz.notation.glossary import GROUPS

    wanted = _wanted()
    if wanted and _found(wanted, config):
        return
    title = choice("Group", list(GROUPS), key="words.group", help=HELP["group"])
    _cards(GROUPS[title], config)


def _wanted() -> str:
    """Draw the search and return what is looked for; the link holds it as ``find=``."""
    key, name = "words.find", "find"
    linked = st.query_params.get(name, "")
    if state.follows_link():
        state.set_value(key, linked[:LONGEST_SEARCH])
    wanted = st.text_input(
        "Find", key=key, help=HELP["find"], on_change=state.touched, max_chars=LONGEST_SEARCH, persist_state="session"
    )
    wanted = (wanted or "").strip()
    if wanted and wanted != linked:
        st.query_params[name] = wanted
    elif linked and not wanted:
        del st.query_params[name]
    return wanted


def _found(wanted: str, config: RunConfig) -> bool:
    """Draw the entries that were found, or say that there are none and return False."""
    from rnnviz.notation.glossary import search

    found, asked = search(wanted), f"“{unmarked(wanted)}”"
    if not found:
        say(f"No entry for {asked}. Try a part of a word; below are all words, by group.")
        return False
    count = counted(len(found), "entry")
    say(f"{count} for {asked}" + (", the nearest 12 are shown." if found[12:] else "."))
    _cards(found[:12], config)
    return True


def _cards(entries: tuple[Entry, ...], config: RunConfig) -> None:
    """Draw entries two in a row, below each other on a narrow screen."""
    for start in range(0, len(entries), 2):
        pair = entries[start : start + 2]
        for place, one in zip(st.columns(2, gap="small"), pair, strict=False):
            with place.container(border=True, height="stretch"):
                _card(one, config)


def _card(one: Entry, config: RunConfig, marked: bool = False) -> None:
    st.markdown(_text(one, config, marked))
    from rnnviz.notation.glossary import entry

    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        for path in one.see:
            link(path, _TITLES[path], config, icon=":material/visibility:")
        for name in one.related:
            st.button(
                entry(name).term,
                key=f"word.{marked}.{one.id}.{name}",
                help=entry(name).meaning,
                on_click=ask,
                args=(name,),
                type="tertiary",
                icon=":material/arrow_forward:",
            )


def _text(one: Entry, config: RunConfig, marked: bool) -> str:
    """An entry as Markdown: term and symbol, meaning, and what else it is called, sized and coded."""
    symbol = written(one, config)
    head = f"**{one.term}**" + (f" $\\;{symbol}$" if symbol else "")
    more = (f"shape {_shape(one, config)}" if one.shape else "", f"`{one.code}`" if one.code else "")
    tail = " · ".join(part for part in more if part)
    start = ":orange-badge[asked for] " if marked else ""
    return f"{start}{head}  \n{one.meaning}" + (f"  \n:small[{tail}]" if tail else "")


def _shape(one: Entry, config: RunConfig) -> str:
    from rnnviz.notation.glossary import live_shape

    run = experiment(config)
    T, m, n0 = run.task.X.shape
    sizes = {"T": T, "m": m, "n₀": n0, "n₁": config.hidden, "n₂": run.architecture.n_outputs}
    return live_shape(one.shape, sizes, _PARAMETER_SHAPES[config.parameter])


def dialects() -> None:
    """Draw another notation beside the app's, and where the two differ."""
    from rnnviz.notation.dialects import DIALECTS, GRU_DIFFERENCES, compared, grus
    from rnnviz.notation.reading_list import cited, reference

    others = {one.name: one for one in DIALECTS}
    one = others[choice("Beside this app", list(others), key="words.other", help=HELP["other"])]
    table(compared(one), key="words.dialect")
    say("**Where they differ in more than a name**\n" + "\n".join(f"- {line}" for line in one.differences))
    if one.reference:
        note(cited(reference(one.reference)))
    say("**Three ways to write a GRU**")
    table(grus(), key="words.gru")
    say("\n".join(f"- {line}" for line in GRU_DIFFERENCES))


def reading() -> None:
    """Draw the reading list by topic."""
    from rnnviz.notation.reading_list import TOPICS, cited

    for topic, references in TOPICS.items():
        lines = [f"- {cited(one)}  \n  :gray[{one.why}]" for one in references]
        say(f"**{topic}**\n" + "\n".join(lines))
