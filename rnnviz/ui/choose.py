"""Widgets: one for each kind of setting, and the picks a page keeps to itself.

A setting's widget is controlled: before it is drawn its value is set from the configuration, so that a link,
an undo or an adjustment shows at once. It keeps its state for the session: what a run draws that is broken
off the browser may never see, and of such a widget Streamlit sends the value again only if it is kept. The
browser would start it at its lowest value instead, and report that as a change.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import streamlit as st

from rnnviz.settings import typed
from rnnviz.settings.config import FIELDS, LABELS, PRESETS, TASKS, Field, RunConfig
from rnnviz.settings.fields import OWN_TASKS
from rnnviz.ui import picks, state
from rnnviz.ui.words import collect

ROWS = ("parameter", "mistake", "part", "slopes")
LIMITED_BY_TASK = ("steps", "batch")
SLIDER_WIDTH = 420


def knob(
    name: str, config: RunConfig, low: float, high: float, *, value: float = 0.0, step: float | None = None
) -> None:
    """Draw a setting a second time, as a slider beside what it changes; ``value`` stands for none.

    A value that lies between two steps would be moved by the browser and sent back as a change.
    """
    field, key = FIELDS[name], f"knob.{name}"
    set_to: float | None = getattr(config, name)
    now = float(value if set_to is None else set_to)
    low, high = min(low, now), max(high, now)
    state.set_value(key, now)
    st.slider(
        field.label,
        low,
        high,
        step=step or float(field.step or 1),
        key=key,
        help=field.help,
        format="%.4g",
        on_change=lambda: state.changed(key, lambda value: state.apply(**{name: value})),
        persist_state="session",
    )


def setting(field: Field, config: RunConfig, *, keep: bool = False, take: Callable[..., None] = state.apply) -> None:
    """Draw the widget of one setting; ``keep`` leaves a refused text as it was typed, ``take`` changes it."""
    key, value = f"setting.{field.name}", getattr(config, field.name)
    if _kind(field) == "number":
        return _number(field, value, key, keep, take)
    if not keep:
        state.set_value(key, value, _range(field, config) if _kind(field) == "slider" else None)
    common = {
        "label": field.label,
        "key": key,
        "help": field.help,
        "on_change": lambda: state.changed(key, lambda value: take(**{field.name: value})),
        "persist_state": "session",
    }
    return _DRAW[_kind(field)](field, config, common)


def control(name: str, config: RunConfig, take: Callable[..., None] = state.apply) -> None:
    """Draw a setting of the view, such as ``"parameter"`` or ``"sample"``, beside what it changes."""
    if name == "sample" and config.batch == 1:
        return
    collect(FIELDS[name].label, FIELDS[name].help)
    with st.container(width="stretch" if name in ("mistake", "part") else SLIDER_WIDTH):
        setting(FIELDS[name], config, take=take)


def number_field(
    label: str, value: float | None, *, key: str, help: str, take: Callable[[str], None], keep: bool = False
) -> None:
    """Draw a field for a number; ``take`` gets the text, ``keep`` leaves a refused one as it was typed.

    Streamlit's own field of numbers drops a comma, and takes its lowest value for an empty text.
    """
    if not keep:
        state.set_value(key, typed.written(value))
    st.text_input(
        label,
        key=key,
        help=help,
        placeholder="none" if value is None else None,
        max_chars=typed.MOST,
        on_change=lambda: state.changed(key, take),
        persist_state="session",
    )


def choice(label: str, options: Sequence[str], *, key: str, help: str, default: str | None = None) -> str:
    """Draw a row of buttons that is no setting, and return the chosen option."""
    collect(label, help, *options)
    first = default or options[0]
    wanted, before = picks.asked(key, len(options), options.index(first)), st.session_state.get(key)
    kept = before if before in options else first
    state.set_value(key, kept if wanted is None else options[wanted])
    chosen = st.segmented_control(
        label, options, key=key, help=help, required=True, on_change=state.touched, persist_state="session", wrap=True
    )
    picks.keep(key, options.index(chosen or first), options.index(first))
    return chosen or first


def step(label: str, count: int, *, key: str, help: str, default: int = 0) -> int:
    """Draw a slider over the steps 0 … ``count`` − 1 and return the chosen one; a single step needs none."""
    if count == 1:
        return 0
    first, before = min(default, count - 1), st.session_state.get(key, -1)
    wanted = picks.asked(key, count, first)
    if wanted is None:
        wanted = before if 0 <= before < count else first
    state.set_value(key, wanted, (0, count - 1))
    chosen = st.slider(
        label, 0, count - 1, key=key, help=help, on_change=state.touched, persist_state="session", width=SLIDER_WIDTH
    )
    picks.keep(key, chosen, first)
    return chosen


def dial(label: str, low: float, high: float, step: float, *, key: str, help: str, default: float) -> float:
    """Draw a slider that is no setting, and return its value; the link holds its place among the steps."""
    start, count = round((default - low) / step), round((high - low) / step) + 1
    wanted, before = picks.asked(key, count, start), st.session_state.get(key, low - 1)
    kept = before if low <= before <= high else default
    state.set_value(key, kept if wanted is None else round(low + step * wanted, 6))
    value = st.slider(
        label,
        low,
        high,
        step=step,
        key=key,
        help=help,
        on_change=state.touched,
        persist_state="session",
        width=SLIDER_WIDTH,
    )
    picks.keep(key, round((value - low) / step), start)
    return value


def preset_row(names: Sequence[str], config: RunConfig) -> None:
    """Draw some presets in a row that wraps; the one in use is marked."""
    key = "presets"
    state.set_value(key, config.preset if config.preset in names else None)

    def take(name: str | None) -> None:
        if name:
            state.take_preset(name)

    st.pills(
        "Examples",
        names,
        key=key,
        format_func=lambda name: PRESETS[name].title,
        help="Each shows one cause alone; the setting in use is marked.",
        on_change=lambda: state.changed(key, take),
        persist_state="session",
    )


def part_row(config: RunConfig) -> None:
    """Draw the laboratory's parts; who has changed nothing meets the cliff with the unit that has one."""

    def take(part: str) -> None:
        untouched = state.current().replace(**RunConfig().view()) == RunConfig()
        if part == "cliff" and untouched:
            state.apply_preset("cliff", part=part)
        else:
            state.apply(part=part)

    control("part", config, take=take)


def written(value: str) -> str:
    """Return a choice as the reader sees it."""
    return LABELS.get(value, value)


def _kind(field: Field) -> str:
    if field.name in ROWS:
        return "row"
    if field.name == "sample":
        return "sample"
    if field.kind == "choice":
        return "choice"
    if field.kind == "text":
        return "text"
    slides = field.kind == "int" and not field.optional and field.name not in ("seed", "epochs")
    return "slider" if slides else "number"


def _choice(field: Field, config: RunConfig, common: dict[str, Any]) -> None:
    st.selectbox(options=_options(field, config), format_func=written, **common)


def _options(field: Field, config: RunConfig) -> tuple[str, ...]:
    """What can be chosen, in this task."""
    if field.name == "mode":
        return TASKS[config.task].modes
    if field.name == "output":
        return ("task", *TASKS[config.task].outputs)
    if field.name == "task":
        return tuple(name for name in field.choices if name not in OWN_TASKS or name == config.task)
    return field.choices


def _row(field: Field, config: RunConfig, common: dict[str, Any]) -> None:
    st.segmented_control(options=field.choices, format_func=written, required=True, **common)


def _sample(field: Field, config: RunConfig, common: dict[str, Any]) -> None:
    names = {-1: f"mean of all {config.batch}"}
    options = [*range(config.batch), -1]
    st.selectbox(
        options=options, format_func=lambda one: names.get(one, f"{one + 1} of {config.batch}"), width=240, **common
    )


def _text(field: Field, config: RunConfig, common: dict[str, Any]) -> None:
    st.text_area(max_chars=int(field.high or 0), height=100, **common)


def _slider(field: Field, config: RunConfig, common: dict[str, Any]) -> None:
    low, high = _range(field, config)
    if low < high:
        st.slider(min_value=low, max_value=high, step=int(field.step or 1), **common)


def _range(field: Field, config: RunConfig) -> tuple[int, int]:
    low, high = int(field.low or 0), int(field.high or 0)
    if field.name in LIMITED_BY_TASK:
        return TASKS[config.task].steps if field.name == "steps" else TASKS[config.task].batch
    return (low, min(high, max(config.steps - 1, 0))) if field.name == "lag" else (low, high)


def _number(field: Field, value: float | None, key: str, keep: bool, take: Callable[..., None]) -> None:
    read = typed.whole if field.kind == "int" else typed.number

    def told(text: str) -> None:
        try:
            wanted = read(text)
        except ValueError as error:
            state.refuse(f"{field.label}: {error}; {field.expected} can be set.", field.name)
        else:
            if wanted is not None or field.optional:
                take(**{field.name: wanted})
            else:
                state.touched()  # an empty field keeps its value

    number_field(field.label, value, key=key, help=field.help, take=told, keep=keep)


_DRAW = {"choice": _choice, "row": _row, "sample": _sample, "text": _text, "slider": _slider}
