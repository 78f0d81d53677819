"""Bringing one's own data: typed or from a file, shown as understood, changed as one likes, trained on.

A file stays in memory. What cannot be used is said in place, and nothing else on the page is lost.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

import streamlit as st

from rnnviz.notation import prose
from rnnviz.settings.config import RunConfig
from rnnviz.settings.edits import unmarked
from rnnviz.settings.fields import OWN_TASKS
from rnnviz.tasks import own
from rnnviz.tasks.own import OwnData
from rnnviz.tasks.reading import MEGABYTES, DataError
from rnnviz.ui import preview, state
from rnnviz.ui.choose import file_uploader
from rnnviz.ui.show import note

if TYPE_CHECKING:
    from rnnviz.tasks.chosen import Chosen
    from rnnviz.tasks.reading.proposal import Proposal

WAYS = ("type numbers", "type text", "file")
ENDINGS = ("csv", "txt", "tsv", "tab", "dat", "asc", "xlsx", "xls", "ods", "json")
SCALINGS = {"mean 0, spread 1": "standard", "0 to 1": "range", "as it is": "none"}
FILLS = {"a straight line": "line", "the value before": "before", "leave the row out": "leave out"}
MODES = {"a loss at every step": "sequence_to_sequence", "at the last step only": "sequence_to_vector"}
HELP = {
    **prose.help_of("own"),
    "file": f"A table (CSV, TXT, a spreadsheet) or a text, up to {MEGABYTES} MB. It is read in memory and "
    "never written to disk.",
}
DEFAULTS = {"optimiser": "adam", "learning_rate": 0.01, "epochs": 200, "hidden": 8, "clip_norm": 1.0, "lag": 0}
MOST_WINDOWS, USUAL_WINDOWS = 64, 32


def banner(config: RunConfig) -> None:
    """Say what data of the reader's own are on the screen: file, rows, period, how they are read."""
    data = own.find(config.data) if config.task in OWN_TASKS else None
    if data is not None:
        note(unmarked(own.about(data)))


def own_data(config: RunConfig) -> None:
    """Draw the closed fold in which a reader brings data, and say how much of them a training reads."""
    fold = st.expander(
        "Your own data", key="own", icon=":material/upload_file:", on_change=state.touched, expanded=False
    )
    if fold.open:
        with fold:
            _inside(config)
    data = own.find(config.data) if config.task in OWN_TASKS else None
    if data is not None and len(data.X) >= config.steps:
        note(unmarked(own.read_words(data, config.steps, config.batch)))


def _inside(config: RunConfig) -> None:
    way = st.segmented_control(
        "How to enter the data",
        WAYS,
        default=WAYS[2],
        key="own.way",
        help=HELP["way"],
        required=True,
        on_change=preview.forget,
    )
    try:
        if way == WAYS[2]:
            _file(config)
        elif way == WAYS[1]:
            if text := _typed("Text", "own.text", HELP["text"], 120):
                _text(config, "typed text", text)
        elif text := _typed("Numbers", "own.numbers", HELP["numbers"], 90):
            _proposed(config, preview.of_typed(text), "typed numbers")
    except DataError as error:
        st.error(unmarked(str(error)), icon=":material/error:")


def _typed(label: str, key: str, help: str, height: int) -> str:
    """Draw a field for much text; what it holds, unless that is blank."""
    text = st.text_area(label, key=key, help=help, on_change=preview.forget, height=height) or ""
    return text if text.strip() else ""


def _file(config: RunConfig) -> None:
    brought = file_uploader("File", "own.file", ENDINGS, preview.forget, HELP["file"])
    if brought is not None:
        _proposed(config, preview.of_file(brought), brought.name)


def _proposed(config: RunConfig, proposal: "Proposal", name: str) -> None:
    """Show what was understood and, unless there is a problem, what can be trained."""
    if proposal.problem:
        st.error(unmarked(proposal.problem), icon=":material/error:")
    preview.show(proposal)
    if proposal.problem or proposal.target is None:
        return
    if proposal.text is not None:
        _text(config, name, proposal.text)
        return
    chosen = _chosen(proposal, name)
    for words in chosen.notes:
        note(unmarked(words))
    _train_on(config, chosen.data, proposal, chosen)


def _chosen(proposal: "Proposal", name: str) -> "Chosen":
    from rnnviz.tasks.chosen import columns_of, series_of

    target = proposal.column(proposal.target)
    choices = [one.name for one in proposal.columns if one.kind == "number" and one.name != target.name]
    uses = (*(("a series",) if target.kind == "number" else ()), *(("columns and a target",) if choices else ()))
    use = st.segmented_control(
        "Use as", uses, default=uses[0] if uses else None, key=f"own.use.{len(uses)}.{target.kind}",
        help=HELP["use"], required=bool(uses), on_change=state.touched,
    )  # fmt: skip
    features: list[str] = []
    if use != "a series":
        features = st.multiselect(
            "Columns to read", choices, default=choices, key=f"own.features.{hash((target.name, *choices))}",
            help=HELP["features"], on_change=state.touched,
        )  # fmt: skip
    read = [target, *(proposal.column(name) for name in features)]
    has_gaps = any(one.kind == "number" and one.known.size < one.size for one in read)
    fill = _control("Missing entries", FILLS, "own.fill", HELP["fill"]) if has_gaps else "line"
    scaling = _control("Scaling", SCALINGS, "own.scaling", HELP["scaling"])
    if use == "a series":
        found = series_of(proposal, target.name, scaling, fill)
    else:
        found = columns_of(proposal, features, target.name, scaling, fill)
    how = f"scaling: {next(label for label, kind in SCALINGS.items() if kind == scaling)}"
    how += f"; missing entries: {next(label for label, kind in FILLS.items() if kind == fill)}" if has_gaps else ""
    return replace(found, data=own.named(found.data, name, how))


def _text(config: RunConfig, title: str, text: str) -> None:
    data, notes = own.text(title, text)
    for words in notes:
        note(unmarked(words))
    st.code(text[:300], language=None, wrap_lines=True)
    _train_on(config, data)


def _control(label: str, options: dict[str, str], key: str, help: str) -> str:
    """Draw a row of buttons and return what the chosen one stands for."""
    names = tuple(options)
    name = st.segmented_control(
        label, names, default=names[0], key=key, help=help, required=True, on_change=state.touched
    )
    return options[name]


def _train_on(
    config: RunConfig, data: OwnData, proposal: "Proposal | None" = None, chosen: "Chosen | None" = None
) -> None:
    """Ask for the windows and the mode, say what a training reads, and take the data over."""
    rows = len(data.X)
    known = max(1, int(rows * (1 - own.HELD_OUT)))
    steps = _slider("Window length T", min(200, known), 12, "own.steps", HELP["steps"])
    most = min(MOST_WINDOWS, max(1, known - steps + 1))
    windows = _slider("Windows m", most, USUAL_WINDOWS, "own.windows", HELP["windows"])
    mode = _control("Loss", MODES, "own.mode", "Where the network is asked.")
    if proposal is not None and chosen is not None:
        from rnnviz.tasks.chosen import usage_words

        st.markdown(unmarked(usage_words(proposal, chosen, steps, windows)))
    else:
        st.markdown(unmarked(own.read_words(data, steps, windows)))
    words, args = "Take the data over and train; undo takes it back.", (config, data, steps, windows, mode)
    st.button("Train on these data", key="own.go", type="primary", help=words, on_click=_take_over, args=args)


def _slider(label: str, most: int, usual: int, key: str, help: str) -> int:
    if most <= 1:
        return 1
    return st.slider(label, 1, most, min(most, usual), key=f"{key}.{most}", help=help, on_change=state.touched)


def _take_over(config: RunConfig, data: OwnData, steps: int, windows: int, mode: str) -> None:
    st.session_state["own"] = False
    preview.let_go()
    base = RunConfig(part=config.part, seed=config.seed, compare=config.compare)
    state.adopt(base.replace(task=data.task, data=own.keep(data), steps=steps, mode=mode, batch=windows, **DEFAULTS))
