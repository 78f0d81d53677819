"""The sidebar: the preset, then every setting of ``config.FIELDS`` in its group, the rare ones folded."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from rnnviz.settings.config import FIELDS, PRESETS, Field, RunConfig
from rnnviz.ui import repeats, state
from rnnviz.ui.choose import setting

GROUPS = {"task": "Task", "network": "Network", "training": "Training"}
NOTATION = "Notation"


def draw(config: RunConfig, unfolded: str) -> None:
    """Draw all settings of ``config``; the group named ``unfolded`` is open."""
    kept = state.rejected()
    with st.sidebar:
        _preset(config)
        state.begin_again()
        for group, title in GROUPS.items():
            _group(title, _fields(config, group, rare=False), config, kept, group == unfolded)
        rare = [field for group in GROUPS for field in _fields(config, group, rare=True)]
        _group("Rarely needed", rare, config, kept, False)
        _group(NOTATION, _fields(config, "notation", rare=False), config, kept, False)
        repeats.mark(repeats.SIDEBAR)


def _group(title: str, fields: list[Field], config: RunConfig, kept: tuple[str, ...], unfolded: bool) -> None:
    """Draw a group of settings; a closed one is empty, so that every other change is answered sooner."""
    place = st.expander(title, expanded=unfolded, key=f"group.{title}", on_change=state.touched)
    if place.open:
        with place:
            for field in fields:
                setting(field, config, keep=field.name in kept)


def _fields(config: RunConfig, group: str, *, rare: bool) -> list[Field]:
    """Return the settings of a group that the task reads."""
    return [
        field
        for field in FIELDS.values()
        if field.group == group
        and field.name != "preset"
        and field.rare == rare
        and (not field.tasks or config.task in field.tasks)
    ]


def _preset(config: RunConfig) -> None:
    key, field = "setting.preset", FIELDS["preset"]
    state.set_value(key, config.preset)
    st.selectbox(
        field.label,
        field.choices,
        key=key,
        format_func=lambda name: PRESETS[name].title,
        help=field.help,
        on_change=lambda: state.changed(key, state.take_preset),
        persist_state="session",
    )
    st.caption(PRESETS[config.preset].sentence)
    with st.container(gap=None):
        _button("Undo", "Take back the last change of a setting.", state.undo, state.can_undo())
        changed = config != PRESETS[config.preset].config.replace(part=config.part)
        _button("Reset", "Back to the preset as it was.", state.take_preset, changed)


def _button(label: str, help: str, action: Callable[[], None], enabled: bool) -> None:
    icon = {"Undo": ":material/undo:", "Reset": ":material/restart_alt:"}[label]
    st.button(
        {"Undo": "Undo last change", "Reset": "Reset to preset"}[label],
        key=f"sidebar.{label}",
        icon=icon,
        help=help,
        on_click=action,
        disabled=not enabled,
        type="tertiary",
    )
