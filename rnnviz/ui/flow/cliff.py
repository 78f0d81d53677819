"""The cliff: the loss over two entries, the next step from where one stands, and the walk of a training."""

from __future__ import annotations

from functools import partial

import streamlit as st

from rnnviz.config import FIELDS, PRESETS, RunConfig
from rnnviz.edits import entry_of
from rnnviz.experiment import Experiment
from rnnviz.experiment.surface import (
    REACHES,
    all_entries,
    at_point,
    chosen_entries,
    gradient_step,
    surface,
    value_of,
    walk,
    without_point,
)
from rnnviz.figures import cliff as drawn
from rnnviz.figures import tables
from rnnviz.figures.measures import cliff as measured
from rnnviz.ui import state
from rnnviz.ui.cache import experiment, training, view
from rnnviz.ui.choose import choice
from rnnviz.ui.show import chart, columns, heading, note, say

HELP = {
    "reach": "How far the map reaches to each side of the start values: 1, 3 or 10.",
    "view": "The map can be clicked; the mountain can be turned.",
    "limit": "The length to which clipping by norm shortens the gradient of all parameters together.",
    "place": "The value of this entry. It moves the whole experiment, as a click on the map does.",
    "back": "Takes the two entries back to their start values.",
    "map": "All other numbers are held. Colour: the loss, on a log scale; click to stand somewhere else.",
    "example": "One linear unit: its last state is the first input times w^(T−1), a wall for w above 1.",
}
LIMIT = 1.0
OFFERED = 8
"""Entries with indices below this are offered; others can stand in the link."""


def show(config: RunConfig, theme: str) -> None:
    """Draw the part."""
    _example(config)
    run = experiment(config)
    entries = chosen_entries(run, (config.first_entry, config.second_entry))
    _choose_entries(run, entries, config)
    left, right = columns(1, 1)
    with left:
        reach = choice("Map", tuple(REACHES), key="cliff.reach", help=HELP["reach"], default="near")
    with right:
        seen_as = choice("Seen as", ("map", "mountain"), key="cliff.view", help=HELP["view"])
    found = view(surface, without_point(config, entries), *entries, reach)
    place = tuple(value_of(run.parameters, name) for name in entries)
    step = view(gradient_step, config, *entries, config.clip_norm or LIMIT)
    result = training(config)
    way = walk(result, *entries)
    words = measured.surface_sentence(found, place, step.before)
    say(words)
    say(measured.step_sentence(step, config.learning_rate))
    draw = drawn.contour if seen_as == "map" else drawn.mountain
    heading("The loss over two entries", help=HELP["map"])
    pick = partial(_pick, config, entries) if seen_as == "map" else None
    chart(draw(found, place, step, way, theme), "cliff", words, tables.surface(found), pick)
    note(measured.walk_sentence(way, result, config.clip_norm is not None or config.clip_value is not None))
    _stand(config, entries, place, found.start)


def _example(config: RunConfig) -> None:
    if config.preset != "cliff":
        st.button(
            f"Show {PRESETS['cliff'].title.lower()}",
            key="cliff.example",
            help=HELP["example"],
            on_click=partial(state.apply_preset, "cliff", part="cliff"),
        )


def _choose_entries(run: Experiment, entries: tuple[str, str], config: RunConfig) -> None:
    """Draw the two boxes that choose what runs to the right and upwards."""
    offered = [name for name in all_entries(run) if max(entry_of(name)[1]) < OFFERED]
    for place, field, name in zip(columns(1, 1), ("first_entry", "second_entry"), entries, strict=True):
        key = f"cliff.{field}"
        state.hold(key, name)
        with place:
            st.selectbox(
                FIELDS[field].label,
                list(dict.fromkeys([*offered, *entries])),
                key=key,
                format_func=measured.label,
                help=FIELDS[field].help,
                on_change=partial(_take_entry, field, key, config),
            )
    missing = [each for each in (config.first_entry, config.second_entry) if each not in entries]
    if missing:
        names = " and ".join(map(measured.label, missing))
        note(f"{names} cannot be drawn in this network; another entry is shown.")


def _take_entry(field: str, key: str, config: RunConfig) -> None:
    """Choose an entry; if it is the other one already, the two change places."""
    other = {"first_entry": "second_entry", "second_entry": "first_entry"}[field]
    chosen, changes = st.session_state[key], {field: st.session_state[key]}
    if getattr(config, other) == chosen:
        changes[other] = getattr(config, field)
    state.apply(**changes)


def _pick(config: RunConfig, entries: tuple[str, str], x: float, y: float) -> None:
    state.apply(edits=at_point(config, entries, (round(x, 6), round(y, 6))))


def _stand(config: RunConfig, entries: tuple, place: tuple, start: tuple) -> None:
    """Draw the numbers of where one stands, for keys instead of a click, and the way back."""
    *boxes, back = columns(1, 1, 1)
    for i, box in enumerate(boxes):
        key = f"cliff.place.{i}"
        state.hold(key, place[i])
        with box:
            st.number_input(
                measured.label(entries[i]),
                key=key,
                step=0.1,
                format="%.6g",
                help=HELP["place"],
                on_change=partial(_move, config, entries, place, i, key),
            )
    with back:
        st.button(
            "Back to the start values",
            key="cliff.back",
            icon=":material/undo:",
            help=HELP["back"],
            disabled=place == start,
            on_click=partial(state.apply, edits=without_point(config, entries).edits),
        )


def _move(config: RunConfig, entries: tuple, place: tuple, i: int, key: str) -> None:
    target = list(place)
    target[i] = st.session_state[key]
    try:
        edits = at_point(config, entries, target)
    except ValueError as error:
        state.refuse(str(error))
    else:
        state.apply(edits=edits)
