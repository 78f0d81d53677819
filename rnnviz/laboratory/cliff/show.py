"""The cliff: the loss over two entries, the step that a gradient takes there, and the walk of training."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import streamlit as st

from rnnviz.experiment.core import Experiment
from rnnviz.laboratory.cliff import compute, steps
from rnnviz.laboratory.cliff import say as said
from rnnviz.notation import prose
from rnnviz.settings import typed
from rnnviz.settings.config import FIELDS, PRESETS, RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import experiment, guarded, training, view
from rnnviz.ui.choose import SLIDER_WIDTH, choice, number_field, picked
from rnnviz.ui.show import below, chart, columns, controls, heading, lazy_fold, note, picture, say, verdict

HELP = prose.help_of("cliff")
LIMITS = tuple(float(f"{digit}e{power}") for power in range(-2, 3) for digit in (1, 2, 5))
_WALKS = "cliff.walks"
VIEWS = ("map", "in space")
WALKS = ("none", "plain and clipped", "as set")


def show(config: RunConfig, theme: str) -> None:
    """Draw the part: the map first, below it what moves on it; what is drawn depends on what is set below."""
    if config.preset != "cliff":
        example, act = PRESETS["cliff"].sentence, partial(state.apply_preset, "cliff", part="cliff")
        icon = ":material/landscape:"
        controls().button("Show the one unit with a cliff", key="cliff.example", icon=icon, help=example, on_click=act)
    run, wanted = experiment(config), (config.first_entry, config.second_entry)
    entries = compute.chosen_entries(run, wanted)
    for asked, taken in zip(wanted, entries, strict=True):
        if asked != taken:
            note(said.missing_note(asked, taken))
    with controls():
        _entry("first_entry", run, entries)
        _entry("second_entry", run, entries[::-1])
        reach = choice("Map", tuple(compute.REACHES), key="cliff.reach", help=HELP["reach"], default="near")
        seen = choice("View", VIEWS, key="cliff.view", help=HELP["view"])
    if blocks := compute.columns_of_blocks(run):
        below().caption(said.columns_note(blocks))
    start = compute.without_point(config, entries)
    trained, place, one = (below().container() for _ in range(3))
    with one:
        heading("One step from here")
        limit = _limit(config)
    with trained:
        walks = {kind: _walk(each, entries) for kind, each in _trainings(config, limit).items()}
    middle = compute.values_at(experiment(start).parameters, entries)
    # The map does not depend on where the reader stands.
    bounds = compute.window(middle, reach, _walk(start, entries) if walks else None)
    found = view(compute.surface, start, *entries, bounds)
    step = guarded(lambda: steps.gradient_step(run, *entries, limit))
    _picture(found, step, walks, seen, theme)
    with place:
        _place(config, start, entries)
    with one:
        say(said.step_sentence(step))
        note(said.step_note(step, found, config))
        with lazy_fold("The steps in numbers", key="cliff.steps") as fold:
            if fold.open:
                st.dataframe(said.step_table(step, found.entries), hide_index=True)
    with below():
        _walks(walks, found, step, config)


def _entry(name: str, run: Experiment, entries: tuple[str, str]) -> None:
    """Draw the choice of an entry, the first of the pair; the other one cannot be taken twice."""
    here, other = entries
    key = f"cliff.{name}"
    state.set_value(key, here)
    st.selectbox(
        FIELDS[name].label,
        [each for each in compute.all_entries(run) if each != other],
        key=key,
        format_func=said.label,
        help=FIELDS[name].help,
        on_change=lambda: state.changed(key, lambda value: state.apply(**{name: value})),
        persist_state="session",
    )


def _limit(config: RunConfig) -> float:
    """Return the length that gradients are clipped to: the experiment's own, or one to compare with."""
    if config.clip_norm is not None:
        return config.clip_norm
    look: dict[str, Any] = {"help": HELP["limit"], "format_func": "{:g}".format, "width": SLIDER_WIDTH}
    limit = picked(st.select_slider, "Clip to length", LIMITS, 1.0, key="cliff.limit", **look)
    note(said.limit_note(limit))
    return limit


def _trainings(config: RunConfig, limit: float) -> dict[str, RunConfig]:
    """Return the training runs that the reader wants to see; the compared ones clip by norm alone, or not at all."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.container(width="content"):
            chosen = choice("Walk of training", WALKS, key=_WALKS, help=HELP["walk"])
        if chosen == WALKS[0]:
            st.button(
                "Train from here",
                key="cliff.train",
                icon=":material/play_arrow:",
                type="primary",
                help=said.train_help(config.epochs, limit),
                on_click=partial(state.put, _WALKS, WALKS[1]),
            )
            return {}
    if chosen == WALKS[2]:
        return {"own": config}
    limits = {"plain": None, "clipped": limit}
    return {kind: config.replace(clip_norm=each, clip_value=None) for kind, each in limits.items()}


def _walk(config: RunConfig, entries: tuple[str, str]) -> compute.Walk:
    return steps.walk(experiment(config), training(config), *entries)


def _picture(
    found: compute.Surface, step: steps.Step, walks: Mapping[str, compute.Walk], seen: str, theme: str
) -> None:
    from rnnviz.laboratory.cliff.still import mapped

    one, size = mapped(found, step, walks), said.size_sentence(found)
    verdict(one.alt)
    if seen == VIEWS[1]:
        from rnnviz.laboratory.cliff.space import space

        chart(space(found, step, walks, theme), "cliff.space", one.alt, one.table)
        below().caption(f"Height and colour: L on a log scale. Drag to turn. {size}.")
        return
    picture(
        one.draw(theme),
        one.key,
        one.alt,
        one.table,
        lambda *at: _move(found.entries, [float(f"{value:.6g}") for value in at]),
    )
    below().caption(f"Colour: L on a log scale. Click to move the experiment there. {size}.")


def _place(config: RunConfig, start: RunConfig, entries: tuple[str, str]) -> None:
    """Draw the two values as fields, and the way back to the start."""
    for place, name in zip(columns(1, 1), entries, strict=True):
        value, key = compute.value_of(experiment(config).parameters, name), f"cliff.value.{name}"
        with place:
            number_field(said.label(name), value, key=key, help=HELP["value"], take=partial(_type, name))
    st.button(
        "Back to the start values",
        key="cliff.back",
        icon=":material/undo:",
        disabled=start == config,
        help=HELP["back"],
        on_click=partial(state.apply, edits=start.edits),
    )


def _type(name: str, text: str) -> None:
    try:
        wanted = typed.number(text)
    except ValueError as error:
        state.refuse(f"{said.label(name)}: {error}")
    else:
        if wanted is not None:
            _move((name,), (wanted,))


def _move(entries: Sequence[str], place: Sequence[float]) -> None:
    """Move the experiment; what cannot be (more edits than a link holds) is refused and said."""
    try:
        edits = compute.at_point(state.current(), entries, place)
    except ValueError as error:
        state.refuse(str(error))
    else:
        state.apply(edits=edits)


def _walks(walks: Mapping[str, compute.Walk], found: compute.Surface, step: steps.Step, config: RunConfig) -> None:
    if not walks:
        return
    heading("Training from here", help=HELP["walk"])
    for kind, each in walks.items():
        name = said.walk_name(kind, step.limit)
        say(said.walk_sentence(each, found, name.capitalize()))
        with lazy_fold(f"The walk in numbers: {name}", key=f"cliff.walk.{kind}") as fold:
            if fold.open:
                st.dataframe(said.walk_table(each, found.entries), hide_index=True)
    note("The other entries move too: a walk need not follow the drawn surface.")
    if config.clip_value is not None and "own" not in walks:
        note(said.clip_value_note(config.clip_value))
