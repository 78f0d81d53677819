"""What the Words page shows: the glossary, other notations, further reading."""

import streamlit as st

from rnnviz.notation import prose
from rnnviz.notation.counts import counted
from rnnviz.notation.dialects import DIALECTS, GRU_DIFFERENCES, compared, grus
from rnnviz.notation.glossary import GROUPS, Entry, entry, live_shape, search
from rnnviz.notation.reading_list import TOPICS, cited, reference
from rnnviz.settings.config import RunConfig
from rnnviz.settings.edits import shown, unmarked
from rnnviz.settings.pages import PAGES
from rnnviz.ui import state
from rnnviz.ui.cache import experiment
from rnnviz.ui.choose import choice, quiet_button
from rnnviz.ui.navigation import link
from rnnviz.ui.show import note, say, table
from rnnviz.ui.words import written

HELP = prose.help_of("glossary")
LONGEST_SEARCH = 60
_PARAMETER_SHAPES = {"W1": "n₀ × n₁", "Wh1": "n₁ × n₁", "b1": "n₁", "W2": "n₁ × n₂", "b2": "n₂"}
_TITLES = {page.path: page.title for page in PAGES}


def asked_word(config: RunConfig) -> None:
    """Show the entry that the link asks for first, marked; an unknown one is told."""
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
    """Draw the search, and the entries that were found or, where there are none, those of a group."""
    wanted = _wanted()
    asked, found = f"“{unmarked(wanted)}”", search(wanted) if wanted else ()
    if found:
        say(f"{counted(len(found), 'entry')} for {asked}" + (", the nearest 12 are shown." if found[12:] else "."))
    elif wanted:
        say(f"No entry for {asked}. Try a part of a word; below are all words, by group.")
    entries = found[:12] or GROUPS[choice("Group", list(GROUPS), key="words.group", help=HELP["group"])]
    for start in range(0, len(entries), 2):
        for place, one in zip(st.columns(2, gap="small"), entries[start : start + 2], strict=False):
            with place.container(border=True, height="stretch"):
                _card(one, config)


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


def _card(one: Entry, config: RunConfig, marked: bool = False) -> None:
    """Draw term and symbol, meaning, what else it is called, sized and coded, and the ways on from it."""
    symbol = written(one, config)
    head = f"{':orange-badge[asked for] ' if marked else ''}**{one.term}**" + (f" $\\;{symbol}$" if symbol else "")
    shape = f"shape {_shape(one, config)}" if one.shape else ""
    tail = " · ".join(part for part in (shape, f"`{one.code}`" if one.code else "") if part)
    st.markdown(f"{head}  \n{one.meaning}" + (f"  \n:small[{tail}]" if tail else ""))
    with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
        for path in one.see:
            link(path, _TITLES[path], config, icon=":material/visibility:")
        for name in one.related:
            key, other = f"word.{marked}.{one.id}.{name}", entry(name)
            quiet_button(other.term, "arrow_forward", key, other.meaning, ask, args=(name,))


def _shape(one: Entry, config: RunConfig) -> str:
    run = experiment(config)
    T, m, n0 = run.task.X.shape
    sizes = {"T": T, "m": m, "n₀": n0, "n₁": config.hidden, "n₂": run.architecture.n_outputs}
    return live_shape(one.shape, sizes, _PARAMETER_SHAPES[config.parameter])


def dialects() -> None:
    """Draw another notation beside the app's, and where the two differ."""
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
    for topic, references in TOPICS.items():
        lines = [f"- {cited(one)}  \n  :gray[{one.why}]" for one in references]
        say(f"**{topic}**\n" + "\n".join(lines))
