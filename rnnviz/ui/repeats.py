"""What a browser repeats before it has seen an answer is no wish of its reader.

Every message of a browser holds the values of all its widgets. One that leaves before the last answer has
come holds old values of what the server has meanwhile set, and Streamlit takes each of them for a change. So
every answer has its number in two fields that are not shown, behind the sidebar and behind the page: a
message brings the number of the last answer that was drawn as far as there. A value is the reader's wish if
it is neither the one that was there then nor one that the server has set since.
"""

from dataclasses import dataclass, field
from time import time_ns

import streamlit as st

from rnnviz.ui import streamlit_internals as internals

SIDEBAR, PAGE = "answer.sidebar", "answer.page"
_HELD, _NUMBER, _DRAWN, _NEXT = "rnnviz.held", "rnnviz.answer", "rnnviz.drawn", "rnnviz.next_mark"


@dataclass
class _Held:
    """What the browser may hold in a widget, each with the number of the answer, and what it is to hold."""

    mark: str
    values: list[tuple[int, object]] = field(default_factory=list)
    newest: object = None

    def repeats(self, value: object, drawn: int) -> bool:
        """Return whether a value that came is not the reader's, who has seen the answer ``drawn``."""
        last = max((number for number, _ in self.values if number <= drawn), default=0)
        self.values = [one for one in self.values if one[0] >= last]
        if any(held == value for _, held in self.values):
            return True
        later = [one for one in self.values if one[0] > drawn]
        self.values = [*later, (later[-1][0] if later else drawn, value)]  # these may yet be drawn over it
        self.newest = value
        return False


def number() -> int:
    """Return the number of the answer that is being made; it grows from one session to the next."""
    return st.session_state.get(_NUMBER, 0)


def has_drawn(answer: int) -> bool:
    """Return whether the browser has drawn an answer to its end."""
    return _drawn(PAGE) >= answer


def is_late(key: str) -> bool:
    """Return whether the browser may not have drawn what a widget was given, or draw it over a wish."""
    one = st.session_state.get(_HELD, {}).get(key)
    return one is not None and one.values[-1][0] > _drawn(one.mark)


def given(key: str, value: object, is_new: bool) -> None:
    """Tell that a widget is given a value; a new widget has held none before."""
    state = st.session_state
    held = state.setdefault(_HELD, {})
    if is_new or key not in held:
        held[key] = _Held(state.get(_NEXT, PAGE), [] if is_new else [(0, state[key])])
    held[key].values.append((number(), value))
    held[key].newest = value


def begin() -> None:
    """Begin to draw an answer."""
    st.session_state[_NEXT] = SIDEBAR


def mark(name: str) -> None:
    """Draw the number of the answer behind all that it is the number of."""
    st.session_state[name], st.session_state[_NEXT] = str(number()), PAGE
    help = "For the server alone; nobody sees it."
    st.text_input("Number of this answer", key=name, help=help, label_visibility="collapsed")


def forget() -> None:
    """Begin with another page, whose widgets are others."""
    st.session_state.pop(_HELD, None)


def sort() -> frozenset[str]:
    """Give each widget whose value is only repeated its newest one again, and return the keys of these widgets."""
    if not internals.is_in_a_page():
        return frozenset()
    state = st.session_state
    message = {internals.key_of(name): one for name, one in internals.browser_values().items()}
    for name in (SIDEBAR, PAGE):
        drawn = message[name].string_value if name in message else ""
        if drawn.isascii() and drawn.isdigit() and len(drawn) < 20 and _drawn(name) < int(drawn) <= number():
            state.setdefault(_DRAWN, {})[name] = int(drawn)
    state[_NUMBER] = max(number() + 1, time_ns() // 1000)
    held = state.get(_HELD, {})
    known = message.keys() & held.keys()
    repeated = frozenset(key for key in known if held[key].repeats(state[key], _drawn(held[key].mark)))
    for key in repeated:
        if state[key] != held[key].newest:
            state[key] = held[key].newest
    return repeated


def _drawn(name: str) -> int:
    return st.session_state.get(_DRAWN, {}).get(name, 0)
