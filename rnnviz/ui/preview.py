"""How a file was understood: its first rows, what was decided, and the choices to read it otherwise."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from rnnviz.notation import prose
from rnnviz.notation.counts import counted
from rnnviz.settings.edits import unmarked
from rnnviz.ui import state, work
from rnnviz.ui.cache import guarded
from rnnviz.ui.show import note
from rnnviz.ui.streamlit_internals import UploadedFile

if TYPE_CHECKING:
    from rnnviz.tasks.reading import Wish
    from rnnviz.tasks.reading.columns import Column
    from rnnviz.tasks.reading.proposal import Proposal

_WISH, _READ, _OF, ROWS = "own.wish", "own.read", "own.of", 6
NONE = "none"
SEPARATORS = {"found out": None, "comma": ",", "semicolon": ";", "tab": "\t", "bar": "|", "blanks": " ", "nothing": ""}
DECIMALS = {"found out": "", "point": ".", "comma": ","}
HELP = prose.help_of("preview")


def forget() -> None:
    """Forget what was said about the last file, from the callback of what brings another."""
    state.touched()
    st.session_state.pop(_WISH, None)
    st.session_state.pop(_READ, None)


def let_go() -> None:
    """Free what was read; it is read again when the fold is opened once more."""
    st.session_state.pop(_READ, None)


def of_file(brought: UploadedFile) -> Proposal:
    """Return the proposal for a file, read again only when something was said about it."""
    from rnnviz.tasks.reading.proposal import propose

    return _kept(brought.file_id, lambda wish: propose(brought.getvalue(), brought.name, wish))


def of_typed(text: str) -> Proposal:
    """Return the proposal for numbers that were typed or pasted."""
    from rnnviz.tasks.reading.proposal import of_typed as typed

    name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return _kept(name, lambda wish: typed(text, wish))


def _kept(name: str, read: Callable[[Wish], Proposal]) -> Proposal:
    if st.session_state.get(_OF) != name:  # what was said of one file says nothing of another
        st.session_state.pop(_WISH, None)
        st.session_state[_OF] = name
    key = (name, repr(_wish()))
    known = st.session_state.get(_READ)
    if known is None or known[0] != key:
        st.session_state.pop(_READ, None)
        known = (key, guarded(lambda: work.run(("reading", *key), lambda: read(_wish()))))
        st.session_state[_READ] = known
    return known[1]


def _wish() -> Wish:
    from rnnviz.tasks.reading import Wish

    return st.session_state.get(_WISH) or Wish()


def _key(name: str) -> str:
    """Return the key of a control of this file: the browser keeps what a key last held, for any file."""
    return f"own.{name}.{hashlib.sha256(st.session_state.get(_OF, '').encode()).hexdigest()[:8]}"


def _say_so(wish: Wish) -> None:
    """Take over what the reader said, from a callback."""
    state.touched()
    st.session_state[_WISH] = wish


def show(proposal: Proposal) -> None:
    """Draw the first rows with each column's kind and unit, what was decided, and what can be changed."""
    if proposal.columns and proposal.text is None:
        st.dataframe({_label(c, proposal): _cells(c) for c in proposal.columns}, hide_index=True)
        note(unmarked(_summary(proposal)))
    if proposal.notes:
        st.markdown("\n".join(f"- {unmarked(words)}" for words in proposal.notes))
    _offers(proposal)
    if proposal.columns and proposal.text is None:
        _roles(proposal)
        with st.popover("Change how the file is read", icon=":material/tune:"):
            _column(proposal)
            _rows(proposal)
            _file(proposal)


def _label(column: Column, proposal: Proposal) -> str:
    unit = f" [{column.unit}]" if column.unit and column.unit not in column.name else ""
    kind = "time axis" if column.name == proposal.time else column.kind
    return f"{column.name}{unit} ({kind}{', target' if column.name == proposal.target else ''})"


def _cells(column: Column) -> list[str]:
    return ["missing" if value is None else f"{value}" for value in column.first(ROWS)]


def _summary(proposal: Proposal) -> str:

    words = f"The first rows of {counted(proposal.rows, 'row')}"
    if proposal.axis is not None and proposal.rows:
        words += f", {proposal.when(0)} to {proposal.when(proposal.rows - 1)}"
    return f"{words}."


def _offers(proposal: Proposal) -> None:
    if not proposal.offers:
        return
    with st.container(horizontal=True):
        for place, offer in enumerate(proposal.offers[:12]):
            st.button(unmarked(offer.label), key=_key(f"offer.{place}"), on_click=_say_so, args=(offer.wish,))


def _pick(label: str, options: Sequence[str], now: str, key: str, say: Callable[[str], Wish], help: str = "") -> None:
    """Draw a choice that shows what is proposed, and takes over what the reader picks."""
    state.set_value(key, now if now in options else options[0])
    st.selectbox(label, list(options), key=key, help=help or None, on_change=_told, args=(key, say))


def _told(key: str, say: Callable[[Any], Wish]) -> None:
    """Take over what a control tells; an empty field says nothing."""
    state.changed(key, lambda value: None if value is None else _say_so(say(value)))


def _roles(proposal: Proposal) -> None:
    wish = _wish()
    targets = [c.name for c in proposal.columns if c.kind in ("number", "class") and c.name != proposal.time]
    times = [NONE, *(c.name for c in proposal.columns if c.kind in ("number", "time"))]
    left, right = st.columns(2)
    if targets:
        with left:
            names = targets if proposal.target else [NONE, *targets]
            _pick(
                "Target",
                names,
                proposal.target or NONE,
                _key("column"),
                lambda name: replace(wish, target=None if name == NONE else name),
                HELP["target"],
            )
    if proposal.members:
        _pick("Series", proposal.members, proposal.member, _key("series"),
              lambda name: replace(wish, group=proposal.group, member=name), HELP["series"])  # fmt: skip
    with right:
        _pick("Time axis", times, proposal.time or NONE, _key("time"),
              lambda name: replace(wish, time="" if name == NONE else name), HELP["time"])  # fmt: skip


def _column(proposal: Proposal) -> None:
    """What one column holds."""
    from rnnviz.tasks.reading import KINDS

    names = [column.name for column in proposal.columns]
    which = _key("which")
    before, first = st.session_state.get(which), proposal.target if proposal.target in names else names[0]
    state.set_value(which, before if before in names else first)
    name = st.selectbox("Column", names, key=which, help=HELP["column"], on_change=state.touched)
    column, wish = proposal.column(name), _wish()
    left, right = st.columns(2)
    with left:
        _pick("It holds", KINDS, column.kind, _key("kind"), lambda kind: wish.about(name, kind=kind))
    with right:
        _typed("Unit", column.unit, _key("unit"), lambda text: wish.about(name, unit=text.strip()[:16]))
    if column.kind != "number":
        return
    with left:
        now = next(label for label, sign in DECIMALS.items() if sign == wish.of(name).decimal)
        _pick("Decimals after a", tuple(DECIMALS), now, _key("decimal"),
              lambda label: wish.about(name, decimal=DECIMALS[label]))  # fmt: skip
    with right:
        marks = " ".join(f"{mark:g}" for mark in column.marks)
        _typed(
            "Missing marks", marks, _key("marks"), lambda text: wish.about(name, marks=_numbers(text)), HELP["marks"]
        )


def _numbers(text: str) -> tuple[float, ...]:
    from rnnviz.tasks.reading.numbers import as_numbers

    values = as_numbers(text.replace(";", " ").split()[:8]).values
    return tuple(float(value) for value in values if value == value)


def _typed(label: str, now: str, key: str, say: Callable[[str], Wish], help: str = "") -> None:
    state.set_value(key, now)
    st.text_input(label, key=key, on_change=_told, args=(key, say), help=help or None)


def _rows(proposal: Proposal) -> None:
    """Which rows are used."""
    wish, total = _wish(), max(1, proposal.total)
    asked = (
        ("From row", max(1, wish.first), "first", lambda n: replace(wish, first=n), "rows"),
        ("To row", min(wish.last or total, total), "last", lambda n: replace(wish, last=n), "rows"),
        ("Every n-th row", proposal.every, "every", lambda n: replace(wish, every=n), "every"),
    )
    for place, (label, now, name, say, help) in zip(st.columns(3), asked, strict=True):
        with place:
            _whole(label, now, total, _key(name), say, HELP[help])


def _whole(label: str, now: int, most: int, key: str, say: Callable[[int], Wish], help: str) -> None:
    state.set_value(key, min(max(1, now), most))
    st.number_input(label, 1, most, step=1, key=key, help=help, on_change=_told, args=(key, say))


def _anew(wish: Wish, **changes: Any) -> Wish:
    """Return a wish for other fields, in which the series have to be found again."""
    return replace(wish, group=None, member="", **changes)


def _file(proposal: Proposal) -> None:
    """How the bytes are cut into rows and fields."""
    wish = _wish()
    left, right = st.columns(2)
    if proposal.sheets:
        with left:
            _pick("Sheet", proposal.sheets, wish.sheet or proposal.sheets[0], _key("sheet"),
                  lambda name: _anew(wish, sheet=name))  # fmt: skip
        return
    with left:
        now = next(label for label, sign in SEPARATORS.items() if sign == wish.separator)
        _pick("Fields are parted by", tuple(SEPARATORS), now, _key("separator"),
              lambda label: _anew(wish, separator=SEPARATORS[label]))  # fmt: skip
    if proposal.encoding:
        from rnnviz.tasks.reading.encodings import NAMES

        with right:
            codes = {label: code for code, label in reversed(NAMES.items())}
            now = NAMES.get(proposal.encoding, NAMES["utf-8"])
            _pick("Encoding", tuple(reversed(codes)), now, _key("encoding"),
                  lambda label: _anew(wish, encoding=codes[label]))  # fmt: skip
