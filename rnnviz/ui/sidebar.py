"""The sidebar: the preset, then every setting of ``config.FIELDS`` in its group, the rare ones folded."""

from __future__ import annotations

import streamlit as st

from rnnviz.config import FIELDS, PRESETS, Field, RunConfig
from rnnviz.ui import state
from rnnviz.ui.choose import setting

GROUPS = {"task": "Task", "network": "Network", "training": "Training"}


def draw(config: RunConfig, unfolded: str) -> None:
    """Draw all settings of ``config``; the group named ``unfolded`` is open."""
    kept = state.rejected()
    with st.sidebar:
        _preset(config)
        for group, title in GROUPS.items():
            with st.expander(title, expanded=group == unfolded):
                for field in _fields(config, group, rare=False):
                    setting(field, config, keep=field.name in kept)
        with st.expander("Rarely needed"):
            for group in GROUPS:
                for field in _fields(config, group, rare=True):
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
    if st.session_state.get(key) != config.preset:
        st.session_state[key] = config.preset
    st.selectbox(
        field.label,
        field.choices,
        key=key,
        format_func=lambda name: PRESETS[name].title,
        help=field.help,
        on_change=lambda: state.apply_preset(st.session_state[key]),
    )
    st.caption(PRESETS[config.preset].sentence)
    with st.container(gap=None):
        _button("Undo", "Take back the last change of a setting.", state.undo, state.can_undo())
        changed = config != PRESETS[config.preset].config
        _button("Reset", "Back to the preset as it was.", lambda: state.apply_preset(config.preset), changed)


def _button(label: str, help: str, action: object, enabled: bool) -> None:
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
