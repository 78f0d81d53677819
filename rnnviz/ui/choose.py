"""Widgets: one for each kind of setting, and the picks a page keeps to itself.

A setting's widget is controlled: before it is drawn its value is set from the configuration, so that a link,
an undo or an adjustment shows at once. It keeps its state for the session: what a run draws that is broken
off the browser may never see, and of such a widget Streamlit sends the value again only if it is kept. The
browser would start it at its lowest value instead, and report that as a change.
"""

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import streamlit as st

from rnnviz.settings import typed
from rnnviz.settings.config import FIELDS, LABELS, PRESETS, TASKS, Field, RunConfig
from rnnviz.settings.fields import OWN_TASKS, cell_form, held, makes_mistakes
from rnnviz.tasks.reading import MEGABYTES
from rnnviz.ui import picks, state
from rnnviz.ui.show import collect
from rnnviz.ui.streamlit_internals import UploadedFile  # with it comes what keeps files off the disk

Number = TypeVar("Number", int, float)
Option = TypeVar("Option")

ROWS = ("parameter", "part", "slopes")
SLIDER_WIDTH = 420


def quiet_button(
    label: str, icon: str, key: str, help: str, take: Callable[..., None], disabled: bool = False, args: tuple = ()
) -> None:
    """Draw a button that looks like text."""
    sign = f":material/{icon}:"
    st.button(label, key=key, help=help, on_click=take, args=args, disabled=disabled, type="tertiary", icon=sign)


def file_uploader(
    label: str, key: str, types: Sequence[str], on_change: Callable[[], None], help: str | None = None
) -> UploadedFile | None:
    """Draw the place to which a reader brings a file with one of some endings; return that file or None."""
    return st.file_uploader(label, type=list(types), key=key, help=help, on_change=on_change, max_upload_size=MEGABYTES)


def knob(
    name: str, config: RunConfig, low: float, high: float, *, value: float = 0.0, step: float | None = None
) -> None:
    """Draw a setting a second time, as a slider beside what it changes; ``value`` stands for none.

    A value that lies between two steps would be moved by the browser and sent back as a change.
    """
    field, key = FIELDS[name], f"knob.{name}"
    set_to: float | None = getattr(config, name)
    now = float(value if set_to is None else set_to)
    state.set_value(key, now)
    st.slider(
        field.label,
        min(low, now),
        max(high, now),
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
    is_slider = field.kind == "int" and not field.optional and field.name not in ("sample", "seed", "epochs")
    if field.kind not in ("choice", "text") and field.name != "sample" and not is_slider:
        return _number(field, value, key, keep, take)
    low, high = _range(field, config) if is_slider else (0, 0)
    if not keep:
        state.set_value(key, value, (low, high) if is_slider else None)
    common: dict[str, Any] = {
        "label": field.label,
        "key": key,
        "help": field.help,
        "on_change": lambda: state.changed(key, lambda value: take(**{field.name: value})),
        "persist_state": "session",
        "disabled": field.name in held(config),
    }
    if field.name in ROWS:
        st.segmented_control(options=field.choices, format_func=written, required=True, **common)
    elif field.name == "sample":
        names = {-1: f"mean of all {config.batch}"} | {n: f"{n + 1} of {config.batch}" for n in range(config.batch)}
        st.selectbox(options=[*range(config.batch), -1], format_func=names.__getitem__, width=240, **common)
    elif field.kind == "choice":
        st.selectbox(options=_options(field, config), format_func=written, **common)
    elif field.kind == "text":
        st.text_area(max_chars=int(field.high or 0), height=100, **common)
    elif low < high:
        st.slider(min_value=low, max_value=high, step=int(field.step or 1), **common)
    return None


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
    return picked(
        st.segmented_control, label, options, default or options[0], key=key, help=help, required=True, wrap=True
    )


def picked(
    draw: Callable[..., Option | None], label: str, options: Sequence[Option], first: Option, *, key: str, **more: Any
) -> Option:
    """Draw a widget of some options that is no setting, and return the chosen one; the link holds its place."""
    wanted, before = picks.asked(key, len(options), options.index(first)), st.session_state.get(key)
    kept = before if before in options else first
    state.set_value(key, kept if wanted is None else options[wanted])
    chosen = draw(label, options, key=key, on_change=state.touched, persist_state="session", **more) or first
    picks.keep(key, options.index(chosen), options.index(first))
    return chosen


def step(label: str, count: int, *, key: str, help: str, default: int = 0) -> int:
    """Draw a slider over the steps 0 … ``count`` − 1 and return the chosen one; a single step needs none."""
    return dial(label, 0, count - 1, 1, key=key, help=help, default=min(default, count - 1)) if count > 1 else 0


def dial(label: str, low: Number, high: Number, step: Number, *, key: str, help: str, default: Number) -> Number:
    """Draw a slider that is no setting, and return its value; the link holds its place among the steps."""
    start, count = round((default - low) / step), round((high - low) / step) + 1
    wanted, before = picks.asked(key, count, start), st.session_state.get(key, low - 1)
    kept = before if low <= before <= high else default
    state.set_value(key, kept if wanted is None else round(low + step * wanted, 6), (low, high))
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
    """Draw the choice of some presets; the one in use is chosen."""
    key = "presets"
    state.set_value(key, config.preset if config.preset in names else None)
    st.selectbox(
        "Example",
        names,
        key=key,
        index=None,
        format_func=lambda name: PRESETS[name].title,
        placeholder="none of these",
        help="Each shows one cause alone.",
        on_change=lambda: state.changed(key, lambda name: state.take_preset(name) if name else None),
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


def _options(field: Field, config: RunConfig) -> tuple[str, ...]:
    if field.name == "mode":
        return TASKS[config.task].modes
    if field.name == "output":
        return ("task", *TASKS[config.task].outputs)
    if field.name == "mistake":
        return makes_mistakes(cell_form(config.cell, config.reset))
    if field.name == "task":
        return tuple(name for name in field.choices if name not in OWN_TASKS or name == config.task)
    return field.choices


def _range(field: Field, config: RunConfig) -> tuple[int, int]:
    low, high = int(field.low or 0), int(field.high or 0)
    if field.name in ("steps", "batch"):
        return TASKS[config.task].steps if field.name == "steps" else TASKS[config.task].batch
    return (low, min(high, max(config.steps - 1, 0))) if field.name == "lag" else (low, high)


def _number(field: Field, value: float | None, key: str, keep: bool, take: Callable[..., None]) -> None:
    def read(text: str) -> None:
        try:
            wanted = typed.whole(text) if field.kind == "int" else typed.number(text)
        except ValueError as error:
            state.refuse(f"{field.label}: {error}; {field.expected} can be set.", field.name)
        else:
            if wanted is not None or field.optional:
                take(**{field.name: wanted})
            else:
                state.touched()  # an empty field keeps its value

    number_field(field.label, value, key=key, help=field.help, take=read, keep=keep)
