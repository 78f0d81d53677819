"""The sidebar: the preset, then every setting of ``config.FIELDS`` in its group, the rare ones folded."""

import streamlit as st

from rnnviz.settings.config import FIELDS, PRESETS, TASKS, Field, RunConfig
from rnnviz.settings.fields import OWN_TASKS
from rnnviz.ui import repeats, state
from rnnviz.ui.choose import quiet_button, setting

GROUPS = {"task": "Task", "network": "Network", "training": "Training", "rare": "More settings", "notation": "Notation"}


def draw(config: RunConfig, unfolded: str) -> None:
    """Draw all settings that the task and the cell read; the group named ``unfolded`` is open.

    A closed group is empty, so that every other change is answered sooner.
    """
    kept = state.rejected()
    fields: dict[str, list[Field]] = {group: [] for group in GROUPS}
    for field in FIELDS.values():
        if field.group in GROUPS and field.name != "preset" and field.is_read(config):
            fields["rare" if field.rare else field.group].append(field)
    with st.sidebar:
        _preset(config)
        state.begin_again()
        for group, title in GROUPS.items():
            place = st.expander(title, expanded=group == unfolded, key=f"group.{title}", on_change=state.touched)
            with place:
                for field in fields[group] if place.open else ():
                    setting(field, config, keep=field.name in kept)
        repeats.mark(repeats.SIDEBAR)


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
    st.caption(TASKS[config.task].help if config.task in OWN_TASKS else PRESETS[config.preset].sentence)
    is_as_it_was = config == PRESETS[config.preset].config.replace(part=config.part)
    undo, reset = "Take back the last change of a setting.", "Back to the preset as it was."
    with st.container(gap=None):
        quiet_button("Undo last change", "undo", "sidebar.Undo", undo, state.undo, not state.can_undo())
        quiet_button("Reset to preset", "restart_alt", "sidebar.Reset", reset, state.take_preset, is_as_it_was)
