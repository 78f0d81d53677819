"""Bringing one's own data: typed or from a file, looked at before it is used, repaired only when asked.

A file stays in memory. What cannot be used is said in place, and nothing else on the page is lost.
"""

from __future__ import annotations

import streamlit as st

from rnnviz.config import RunConfig
from rnnviz.edits import unmarked
from rnnviz.ui import state
from rnnviz.ui.show import note
from rnnviz.ui.uploads import file_uploader

WAYS = ("type numbers", "type text", "file")
SCALINGS = {
    "mean 0, spread 1": "standard",
    "0 to 1": "range",
    "as it is": "none",
}
HELP = {
    "way": "Numbers become a series to forecast, a text is learned by the character; a file may hold either.",
    "numbers": "At least 8 numbers, separated by blanks, commas or lines; decimals with a point.",
    "text": "At least 8 characters. The network reads one after another and names the next.",
    "file": "CSV or TXT, up to 5 MB. It is read in memory and never written to disk.",
    "use": "One column as a series to forecast, or a target column to be named from other columns.",
    "target": "What the network has to say. Labels become classes, numbers a value.",
    "features": "What it reads at each row.",
    "scaling": "How numbers are scaled for the network, by the first 80 % of the rows. Plots show the "
    "original unit.",
    "steps": "Rows or characters in a window: the T of the network.",
}
PREVIEW = 6
DEFAULTS = {
    "optimiser": "adam",
    "learning_rate": 0.01,
    "epochs": 200,
    "hidden": 8,
    "clip_norm": 1.0,
    "lag": 0,
}
_REPAIRS = "own.repairs"


def own_data(config: RunConfig) -> None:
    """Draw the closed fold in which a reader brings data; its inside is made when it is opened."""
    fold = st.expander(
        "Your own data", key="own", icon=":material/upload_file:", on_change=state.touched, expanded=False
    )
    if fold.open:
        with fold:
            _inside(config)


def _inside(config: RunConfig) -> None:
    from rnnviz.tasks.reading import DataError

    way = st.segmented_control(
        "Bring",
        WAYS,
        default=WAYS[2],
        key="own.way",
        help=HELP["way"],
        required=True,
        on_change=state.touched,
    )
    try:
        {WAYS[0]: _typed_numbers, WAYS[1]: _typed_text, WAYS[2]: _file}[way](config)
    except DataError as error:
        st.error(unmarked(str(error)), icon=":material/error:")
        with st.container(horizontal=True):
            for label, options in error.repairs.items():
                st.button(label, key=f"own.repair.{label}", on_click=_repair, args=(options,))


def _repair(options: dict[str, object]) -> None:
    state.touched()
    st.session_state[_REPAIRS] = st.session_state.get(_REPAIRS, {}) | dict(options)


def _options(*names: str) -> dict[str, object]:
    """Return the repairs among these that the reader has asked for."""
    asked = st.session_state.get(_REPAIRS, {})
    return {name: asked[name] for name in names if name in asked}


def _new_file() -> None:
    state.touched()
    st.session_state[_REPAIRS] = {}


def _typed_numbers(config: RunConfig) -> None:
    from rnnviz.tasks.reading import typed_numbers

    text = st.text_area("Numbers", key="own.numbers", help=HELP["numbers"], on_change=_new_file, height=90)
    if text and text.strip():
        _series(config, typed_numbers(text), "typed")


def _typed_text(config: RunConfig) -> None:
    text = st.text_area("Text", key="own.text", help=HELP["text"], on_change=_new_file, height=120)
    if text and text.strip():
        _text(config, "typed text", text)


def _file(config: RunConfig) -> None:
    from rnnviz.tasks.reading import decoded

    brought = file_uploader("File", "own.file", ("csv", "txt", "tsv"), 5, _new_file, HELP["file"])
    if brought is None:
        return
    text, notes = decoded(brought.getvalue())
    _say(notes)
    if brought.name.lower().endswith(".txt") and not _looks_like_numbers(text):
        _text(config, brought.name, text)
    else:
        _table(config, text)


def _looks_like_numbers(text: str) -> bool:
    from rnnviz.tasks.reading import is_number

    entries = text[:4000].replace(",", " ").replace(";", " ").split()
    return bool(entries) and sum(map(is_number, entries)) > 0.5 * len(entries)


def _table(config: RunConfig, text: str) -> None:
    from rnnviz.tasks.reading import read_table

    table = read_table(text, **_options("skip_bad_rows", "thin"))
    _say(table.notes)
    st.dataframe({name: column[:PREVIEW] for name, column in table.columns.items()}, hide_index=True)
    note(f"The first rows of {table.rows:,}.")
    uses = ("a series", "columns and a target") if len(table.columns) > 1 else ("a series",)
    use = st.segmented_control(
        "Use as", uses, default=uses[0], key=f"own.use.{len(uses)}", help=HELP["use"], required=True,
        on_change=state.touched,
    )  # fmt: skip
    if use == uses[0]:
        names = list(table.columns)
        _series(config, table, _pick("Column", names, "own.column", HELP["target"], _first_numeric(table)))
    else:
        _columns(config, table)


def _first_numeric(table: object) -> int:
    """Return the place of the last column of numbers: the first is often a date or a counter."""
    from rnnviz.tasks.reading import is_numeric

    places = [place for place, column in enumerate(table.columns.values()) if is_numeric(column)]
    return places[-1] if places else 0


def _pick(label: str, names: list[str], key: str, help: str, place: int) -> str:
    if st.session_state.get(key) not in names:
        st.session_state[key] = names[place]
    return st.selectbox(label, names, key=key, help=help, on_change=state.touched)


def _series(config: RunConfig, table: object, name: str) -> None:
    from rnnviz.tasks import own
    from rnnviz.tasks.reading import as_numbers

    values, notes = as_numbers(table, name, **_options("fill"))
    _say(notes)
    data = own.series(name, values, _scaling())
    _train_on(config, data, len(data.X))


def _columns(config: RunConfig, table: object) -> None:
    from rnnviz.tasks import own
    from rnnviz.tasks.reading import as_numbers, is_numeric

    names = list(table.columns)
    target = _pick("Target column", names, "own.target", HELP["target"], len(names) - 1)
    choices = [name for name in names if name != target and is_numeric(table.columns[name])]
    chosen = st.multiselect(
        "Columns to read", choices, default=choices, key=f"own.features.{target}", help=HELP["features"],
        on_change=state.touched,
    )  # fmt: skip
    scaling, features, notes = _scaling(), {}, ()
    for name in chosen:
        features[name], found = as_numbers(table, name, **_options("fill"))
        notes += found
    if is_numeric(table.columns[target]):
        values, found = as_numbers(table, target, **_options("fill"))
        _say(notes + found)
        data = own.columns(features, target, values, scaling)
    else:
        _say(notes)
        data = own.classes(features, target, table.columns[target], scaling)
    _train_on(config, data, len(data.X))


def _text(config: RunConfig, title: str, text: str) -> None:
    from rnnviz.tasks import own

    data, notes = own.text(title, text)
    _say(notes)
    st.code(text[:300], language=None, wrap_lines=True)
    _train_on(config, data, len(data.X))


def _scaling() -> str:
    chosen = st.segmented_control(
        "Scaling", tuple(SCALINGS), default="mean 0, spread 1", key="own.scaling", help=HELP["scaling"],
        required=True, on_change=state.touched,
    )  # fmt: skip
    return SCALINGS[chosen]


def _train_on(config: RunConfig, data: object, rows: int) -> None:
    """Ask for the window and the mode, and take the data over."""
    most = max(1, min(200, int(rows * 0.8)))
    usual = min(most, 12)
    steps = usual
    if most > 1:
        steps = st.slider(
            "Window length T",
            1,
            most,
            usual,
            key=f"own.steps.{most}",
            help=HELP["steps"],
            on_change=state.touched,
        )
    modes = {"a loss at every step": "sequence_to_sequence", "at the last step only": "sequence_to_vector"}
    mode = st.segmented_control(
        "Loss", tuple(modes), default="a loss at every step", key="own.mode", required=True,
        help="Where the network is asked.", on_change=state.touched,
    )  # fmt: skip
    st.button(
        "Train on these data",
        key="own.go",
        type="primary",
        help="Take the data over and train; undo takes it back.",
        on_click=_take_over,
        args=(config, data, steps, modes[mode]),
    )


def _take_over(config: RunConfig, data: object, steps: int, mode: str) -> None:
    from rnnviz.tasks import own

    windows = max(1, round(len(data.X) * (1 - own.HELD_OUT)) - steps + 1)
    st.session_state["own"] = False
    base = RunConfig(part=config.part, seed=config.seed, compare=config.compare)
    state.adopt(
        base.replace(
            task=data.task, data=own.keep(data), steps=steps, mode=mode, batch=min(32, windows), **DEFAULTS
        )
    )


def _say(notes: tuple[str, ...]) -> None:
    for words in notes:
        note(unmarked(words))
