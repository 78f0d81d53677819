"""What a reader picks on a page beside the settings, in the link: ``see=unrolled.t:2,check.view:1``.

A pick is the place of an option of a widget. Only picks that differ from the widget's own start are written.
"""

import re
from collections.abc import Mapping

import streamlit as st

NAME = "see"
MOST = 12
_LINKED, _TAKEN, _BACK = "rnnviz.see", "rnnviz.see_taken", "rnnviz.see_back"
_PART = "[a-z0-9_]{1,20}"
_ONE = re.compile(rf"({_PART}(?:\.{_PART}){{0,2}}):([0-9]{{1,3}})", re.ASCII)


def read(text: object) -> dict[str, int]:
    """Return the picks that a text means; whatever is no pick is passed over.

    Examples
    --------
    >>> read("unrolled.t:2,<b>,check.view:1")
    {'unrolled.t': 2, 'check.view': 1}
    """
    if not isinstance(text, str) or len(text) > 400:
        return {}
    found = [match for part in text.split(",") if (match := _ONE.fullmatch(part))]
    return {match[1]: int(match[2]) for match in found[:MOST]}


def written(picks: Mapping[str, int]) -> str:
    """Return picks as text; ``read`` gives them back."""
    return ",".join(f"{name}:{place}" for name, place in sorted(picks.items())[:MOST])


def follow(same_page: bool) -> None:
    """Take up the picks of a link that came from outside: a cold one, another page, back and forward.

    Where the reader was on the page before, what the link does not name is back at its start.
    """
    text, state = st.query_params.get(NAME, ""), st.session_state
    if state.get(_LINKED) != text:
        state[_LINKED], state[_TAKEN], state[_BACK] = text, set(), same_page


def asked(key: str, count: int, start: int) -> int | None:
    """Return the place among ``count`` that the link asks for in this widget, once; None if it asks for none.

    A link counts when it is new: what the reader picks afterwards stays.
    """
    state = st.session_state
    if key in state.setdefault(_TAKEN, set()):
        return None
    state[_TAKEN].add(key)
    place = read(state.get(_LINKED)).get(key, start if state.get(_BACK) else None)
    return place if place is not None and place < count else None


def keep(key: str, place: int, start: int) -> None:
    """Put a pick into the link; one that is the widget's own start is taken out."""
    before = read(st.query_params.get(NAME, ""))
    picks = {name: value for name, value in before.items() if name != key}
    if place != start:
        picks[key] = place
    if picks == before:
        return
    text = st.session_state[_LINKED] = written(picks)
    if text:
        st.query_params[NAME] = text
    else:
        del st.query_params[NAME]
