"""Bringing a network of one's own: from a file or pasted, shown as understood, taken over by the whole app."""

from collections.abc import Mapping
from hashlib import sha256

import streamlit as st

from rnnviz.experiment.published import beside
from rnnviz.notation import prose
from rnnviz.notation.reading_list import cited, reference
from rnnviz.settings.config import RunConfig
from rnnviz.settings.edits import unmarked
from rnnviz.settings.fields import OWN_NETWORK
from rnnviz.tasks.networks import archive, kept
from rnnviz.tasks.networks.brought import Brought, of_entries
from rnnviz.tasks.networks.known import KNOWN, Known, network
from rnnviz.tasks.networks.pasted import MOST_CHARACTERS, entries_of
from rnnviz.ui import state
from rnnviz.ui.cache import cached, view
from rnnviz.ui.choose import choice, file_uploader
from rnnviz.ui.show import code, digits, fold, lazy_fold, note, say

HELP = prose.help_of("network")
SAVING = prose.read("saving", Mapping[str, Mapping[str, str]])
WAYS = ("file", "paste", "known network")
HELD = "Its sizes, its activation and its output with the loss are held; every other setting is free."


def own_network(config: RunConfig) -> None:
    """Draw the closed fold in which a reader brings a network."""
    place = lazy_fold("Your own network", "network")
    if place.open:
        with place:
            bring(config)


def bring(config: RunConfig) -> Brought | None:
    """Draw what a network is brought with, and return the one that came; what is wrong with it is said."""
    way = choice("How to bring it", WAYS, key="network.way", help=HELP["way"])
    try:
        came = _file() if way == WAYS[0] else _pasted() if way == WAYS[1] else _known()
    except ValueError as error:
        came = None
        st.error(unmarked(str(error)), icon=":material/error:")
    if came is not None:
        _offered(config, came)
    if way == WAYS[2]:
        return came
    library = choice("How to save one", list(SAVING), key="network.library", help=HELP["saving"])
    note(SAVING[library]["before"])
    code(SAVING[library]["code"].strip(), language="python")
    return came


def _file() -> Brought | None:
    file = file_uploader("File", "network.file", ("npz", "safetensors"), state.touched, HELP["file"])
    if file is None:
        return None
    content = file.getvalue()
    return _read(file.name, sha256(content).hexdigest(), content)


@cached
def _read(name: str, fingerprint: str, _content: bytes) -> Brought:
    return of_entries(archive.of_bytes(name, _content), name)


def _pasted() -> Brought | None:
    text = st.text_area(
        "Arrays by name", key="network.pasted", max_chars=MOST_CHARACTERS, height=120, help=HELP["pasted"],
        placeholder="W1 = [[0.5, -1.0]]\nWh1 = …\nX = …\nY = …", on_change=state.touched,
    )  # fmt: skip
    return _understood(sha256(text.encode()).hexdigest(), text) if text and text.strip() else None


@cached
def _understood(fingerprint: str, _text: str) -> Brought:
    return of_entries(entries_of(_text))


def _known() -> Brought:
    """Draw the choice of a network whose numbers somebody has printed."""
    titles = {known.title: name for name, known in KNOWN.items()}
    title = choice("Whose numbers", list(titles), key="network.known", help=HELP["known"])
    _told_of(KNOWN[titles[title]])
    return network(titles[title])


def _told_of(known: Known) -> None:
    """Say what a known network is, how its page writes, and where it is."""
    note(f"{known.sentence} {known.conventions} {known.remark}")
    note(cited(reference(known.source)))


def _offered(config: RunConfig, came: Brought) -> None:
    """Say what came and what it became, and offer to take it over; or say why it cannot be shown."""
    note(unmarked(kept.about(came)))
    _listed(came)
    try:
        kept.settings_of(came)
    except ValueError as error:
        note(unmarked(f"It cannot be shown: {error}."))
        return
    st.button(
        "Show this network", key="network.go", type="primary", help=HELP["go"], on_click=_take_over, args=(config, came)
    )


def _listed(came: Brought) -> None:
    """Say what was done to what came, a sentence a line."""
    if came.notes:
        note("\n".join(f"- {unmarked(words)}" for words in came.notes))


def _take_over(config: RunConfig, came: Brought) -> None:
    st.session_state["network"] = False
    state.adopt(config_of(config, came))


def config_of(config: RunConfig, came: Brought) -> RunConfig:
    """Keep a network and return the experiment of it; ValueError for one that cannot be shown."""
    return kept.config_of(came, part=config.part, compare=config.compare)


def on_screen(config: RunConfig) -> Brought | None:
    """Return the reader's own network that a configuration shows, None if it shows none."""
    return kept.find(config.data) if config.task == OWN_NETWORK else None


def banner(config: RunConfig) -> None:
    """Say which network of the reader's own is on the screen and, in a fold, what came and what it became."""
    came = on_screen(config)
    if came is None:
        return
    note(unmarked(f"{kept.about(came)} {HELD}"))
    if came.known:
        _published(config, KNOWN[came.known])
    elif came.notes:
        place = fold("What came and what it became", "network.notes", compact=True)
        with place:
            _listed(came)


def _published(config: RunConfig, known: Known) -> None:
    """Show what a page has printed beside what is computed here, to the digit that is printed."""
    with fold("The numbers of the page beside those computed here", "network.published", compact=True):
        _told_of(known)
        rows = view(beside, config.replace(edits=""), tuple(known.published.values()))
        if not rows:
            return
        wrong = sum(not each for row in rows for each in row.agree)
        count = sum(len(row.agree) for row in rows)
        say(f"All {count} numbers agree to the last digit that is printed." if not wrong else
            f"Of {count} printed numbers {wrong} differ in the digits that are printed.")  # fmt: skip
        columns = {"name": [row.name for row in rows], "printed": [" ".join(row.printed) for row in rows]}
        digits(columns | {"here": [" ".join(row.ours) for row in rows]}, key="network.digits")
