"""The words of a page: what it says is remembered while it is drawn, and explained in one closed fold."""

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import streamlit as st

from rnnviz.notation.conventions import Conventions
from rnnviz.notation.glossary import Entry
from rnnviz.settings.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.navigation import link
from rnnviz.ui.show import fold, said

PAGE = "pages/7_Words.py"
_LONGEST = 600
"""A text of a scene that is longer is no sentence but packed numbers."""


def words() -> None:
    """Draw the closed fold with the words that the page speaks of; the end of every page.

    Closed it is one element: what was said is read when it is opened.
    """
    place = fold("Words on this page", "words", compact=True, icon=":material/menu_book:")
    if place.open:
        config, entries = state.current(), spoken_of(*said())
        half = (len(entries) + 1) // 2
        with place:
            for column, part in zip(st.columns(2, gap="medium"), (entries[:half], entries[half:]), strict=True):
                with column:
                    for one in part:
                        _line(one, config)
    state.end()


def _line(one: Entry, config: RunConfig) -> None:
    symbol = written(one, config).split(" = ")[0]
    with st.container(gap=None):
        link(PAGE, f"**{one.term}**", config, word=one.id)
        st.markdown((f"${symbol}$ " if symbol else "") + one.meaning)


def spoken_of(*things: str | bytes) -> tuple[Entry, ...]:
    """Return the entries of the glossary that texts and scenes speak of, in its order."""
    from rnnviz.notation.glossary import GLOSSARY, mentions

    found = {one.id for one in mentions("\n".join(thing for thing in things if isinstance(thing, str)))}
    found = found.union(*(_in_scene(thing) for thing in things if isinstance(thing, bytes)))
    return tuple(one for one in GLOSSARY if one.id in found)


@lru_cache(maxsize=8)
def _in_scene(scene: bytes) -> frozenset[str]:
    """The entries of the quantities that a scene draws and of the sentences in it."""
    from rnnviz.notation.glossary import mentions, of_quantity

    texts = set(_texts(json.loads(b"{%b}" % scene)))
    drawn = {one.id for one in map(of_quantity, texts) if one is not None}
    sentences = (text for text in texts if " " in text and text[0] != "<" and len(text) < _LONGEST)
    return frozenset(drawn | {one.id for one in mentions("\n".join(sentences))})


def _texts(thing: Any) -> Iterator[str]:
    """Every text in a value of JSON, names of fields too."""
    if isinstance(thing, str):
        yield thing
    elif isinstance(thing, (dict, list)):
        for each in thing:
            yield from _texts(each)
        for value in thing.values() if isinstance(thing, dict) else ():
            yield from _texts(value)


def written(one: Entry, config: RunConfig) -> str:
    """Return the entry's symbol as LaTeX, in the conventions that the configuration asks for."""
    from rnnviz.notation.glossary import latex

    return latex(one, Conventions.of(config))
