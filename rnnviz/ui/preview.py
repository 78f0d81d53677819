"""How a file was understood: its first rows, what was decided, and the choices to read it otherwise."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import streamlit as st

from rnnviz.notation import prose
from rnnviz.notation.counts import counted
from rnnviz.settings.edits import unmarked
from rnnviz.tasks.reading import KINDS, Wish
from rnnviz.ui import state, work
from rnnviz.ui.cache import guarded
from rnnviz.ui.show import note
from rnnviz.ui.streamlit_internals import UploadedFile

if TYPE_CHECKING:
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
    let_go()


def let_go() -> None:
    """Free what was read; it is read again when the fold is opened once more."""
    st.session_state.pop(_READ, None)


def of_file(brought: UploadedFile) -> "Proposal":
    """Return the proposal for a file, read again only when something was said about it."""
    from rnnviz.tasks.reading.proposal import propose

    return _kept(brought.file_id, lambda wish: propose(brought.getvalue(), brought.name, wish))


def of_typed(text: str) -> "Proposal":
    """Return the proposal for numbers that were typed or pasted."""
    from rnnviz.tasks.reading import proposal

    name = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return _kept(name, lambda wish: proposal.of_typed(text, wish))


def _kept(name: str, read: "Callable[[Wish], Proposal]") -> "Proposal":
    if st.session_state.get(_OF) != name:  # what was said of one file says nothing of another
        st.session_state.pop(_WISH, None)
        st.session_state[_OF] = name
    key = (name, repr(_wish()))
    known = st.session_state.get(_READ)
    if known is None or known[0] != key:
        let_go()
        known = (key, guarded(lambda: work.run(("reading", *key), lambda: read(_wish()))))
        st.session_state[_READ] = known
    return known[1]


def _wish() -> Wish:
    return st.session_state.get(_WISH) or Wish()


def _key(name: str) -> str:
    """Return the key of a control of this file: the browser keeps what a key last held, for any file."""
    return f"own.{name}.{hashlib.sha256(st.session_state.get(_OF, '').encode()).hexdigest()[:8]}"


def _say_so(wish: Wish) -> None:
    """Take over what the reader said, from a callback."""
    state.touched()
    st.session_state[_WISH] = wish


def _take(key: str, say: Callable[[Any], Wish]) -> None:
    """Take over what a control holds, from its callback; an empty field says nothing."""
    state.changed(key, lambda value: None if value is None else _say_so(say(value)))


def show(proposal: "Proposal") -> None:
    """Draw the first rows with each column's kind and unit, what was decided, and what can be changed."""
    is_table = bool(proposal.columns) and proposal.text is None
    if is_table:
        first = {_label(one, proposal): one.first(ROWS) for one in proposal.columns}
        cells = {label: ["missing" if one is None else f"{one}" for one in column] for label, column in first.items()}
        st.dataframe(cells, hide_index=True)
        words = f"The first rows of {counted(proposal.rows, 'row')}"
        if proposal.axis is not None and proposal.rows:
            words += f", {proposal.when(0)} to {proposal.when(proposal.rows - 1)}"
        note(unmarked(f"{words}."))
    if proposal.notes:
        st.markdown("\n".join(f"- {unmarked(words)}" for words in proposal.notes))
    if proposal.offers:
        with st.container(horizontal=True):
            for place, offer in enumerate(proposal.offers[:12]):
                st.button(unmarked(offer.label), key=_key(f"offer.{place}"), on_click=_say_so, args=(offer.wish,))
    if is_table:
        _roles(proposal)
        with st.popover("Change how the file is read", icon=":material/tune:"):
            _column(proposal)
            _rows(proposal)
            _file(proposal)


def _label(column: "Column", proposal: "Proposal") -> str:
    unit = f" [{column.unit}]" if column.unit and column.unit not in column.name else ""
    kind = "time axis" if column.name == proposal.time else column.kind
    return f"{column.name}{unit} ({kind}{', target' if column.name == proposal.target else ''})"


def _pick(label: str, options: Sequence[str], now: str, name: str, say: Callable[[str], Wish], help: str = "") -> None:
    """Draw a choice that shows what is proposed, and takes over what the reader picks."""
    key = _key(name)
    state.set_value(key, now if now in options else options[0])
    st.selectbox(label, list(options), key=key, help=help or None, on_change=_take, args=(key, say))


def _roles(proposal: "Proposal") -> None:
    wish, target, time = _wish(), proposal.target or NONE, proposal.time or NONE
    targets = [c.name for c in proposal.columns if c.kind in ("number", "class") and c.name != proposal.time]
    times = [NONE, *(c.name for c in proposal.columns if c.kind in ("number", "time"))]
    left, right = st.columns(2)
    if targets:
        with left:
            names = targets if proposal.target else [NONE, *targets]
            _pick("Target", names, target, "column",
                  lambda name: replace(wish, target=None if name == NONE else name), HELP["target"])  # fmt: skip
    if proposal.members:
        _pick("Series", proposal.members, proposal.member, "series",
              lambda name: replace(wish, group=proposal.group, member=name), HELP["series"])  # fmt: skip
    with right:
        _pick("Time axis", times, time, "time",
              lambda name: replace(wish, time="" if name == NONE else name), HELP["time"])  # fmt: skip


def _column(proposal: "Proposal") -> None:
    names = [column.name for column in proposal.columns]
    which = _key("which")
    before, first = st.session_state.get(which), proposal.target if proposal.target in names else names[0]
    state.set_value(which, before if before in names else first)
    name = st.selectbox("Column", names, key=which, help=HELP["column"], on_change=state.touched)
    column, wish = proposal.column(name), _wish()
    left, right = st.columns(2)
    with left:
        _pick("It holds", KINDS, column.kind, "kind", lambda kind: wish.about(name, kind=kind))
    with right:
        _typed("Unit", column.unit, "unit", lambda text: wish.about(name, unit=text.strip()[:16]))
    if column.kind != "number":
        return
    with left:
        now = next(label for label, sign in DECIMALS.items() if sign == wish.of(name).decimal)
        _pick("Decimals after a", tuple(DECIMALS), now, "decimal",
              lambda label: wish.about(name, decimal=DECIMALS[label]))  # fmt: skip
    with right:
        marks = " ".join(f"{mark:g}" for mark in column.marks)
        _typed("Missing marks", marks, "marks", lambda text: wish.about(name, marks=_numbers(text)), HELP["marks"])


def _numbers(text: str) -> tuple[float, ...]:
    from rnnviz.tasks.reading.numbers import as_numbers

    values = as_numbers(text.replace(";", " ").split()[:8]).values
    return tuple(float(value) for value in values if value == value)


def _typed(label: str, now: str, name: str, say: Callable[[str], Wish], help: str = "") -> None:
    key = _key(name)
    state.set_value(key, now)
    st.text_input(label, key=key, on_change=_take, args=(key, say), help=help or None)


def _rows(proposal: "Proposal") -> None:
    wish, total = _wish(), max(1, proposal.total)
    asked: tuple[tuple[str, int, str, Callable[[int], Wish], str], ...] = (
        ("From row", wish.first, "first", lambda n: replace(wish, first=n), "rows"),
        ("To row", wish.last or total, "last", lambda n: replace(wish, last=n), "rows"),
        ("Every n-th row", proposal.every, "every", lambda n: replace(wish, every=n), "every"),
    )
    for place, (label, now, name, say, help) in zip(st.columns(3), asked, strict=True):
        key = _key(name)
        state.set_value(key, min(max(1, now), total))
        place.number_input(label, 1, total, step=1, key=key, help=HELP[help], on_change=_take, args=(key, say))


def _file(proposal: "Proposal") -> None:
    """How the bytes are cut into rows and fields; with other fields the series have to be found again."""
    wish = replace(_wish(), group=None, member="")
    left, right = st.columns(2)
    if proposal.sheets:
        with left:
            _pick("Sheet", proposal.sheets, wish.sheet or proposal.sheets[0], "sheet",
                  lambda name: replace(wish, sheet=name))  # fmt: skip
        return
    with left:
        now = next(label for label, sign in SEPARATORS.items() if sign == wish.separator)
        _pick("Fields are parted by", tuple(SEPARATORS), now, "separator",
              lambda label: replace(wish, separator=SEPARATORS[label]))  # fmt: skip
    if proposal.encoding:
        from rnnviz.tasks.reading.encodings import NAMES

        with right:
            codes = {label: code for code, label in reversed(NAMES.items())}
            now = NAMES.get(proposal.encoding, NAMES["utf-8"])
            _pick("Encoding", tuple(reversed(codes)), now, "encoding",
                  lambda label: replace(wish, encoding=codes[label]))  # fmt: skip
