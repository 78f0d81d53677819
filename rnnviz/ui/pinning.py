"""A run that stays: pinned with a button, kept in the link, shown beside whatever the reader tries next."""

from __future__ import annotations

from typing import TYPE_CHECKING

import streamlit as st

from rnnviz.notation import prose
from rnnviz.settings.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import computed, training
from rnnviz.ui.show import note, say

if TYPE_CHECKING:
    from rnnviz.experiment.training import TrainingRun

HELP = prose.help_of("pinning")


def pinned_training(config: RunConfig) -> TrainingRun | None:
    """Return the training run that the configuration pins; None if it pins none or that cannot be run."""
    other = config.pinned()
    if other is None:
        return None
    try:
        computed(other)
    except (ValueError, MemoryError, ArithmeticError):
        return None
    return training(other)


def pinning(config: RunConfig) -> None:
    """Draw the buttons, and if a run is pinned the words on both."""
    other = config.pinned()
    with st.container(horizontal=True, gap="small"):
        if other is None:
            _button("Pin this run", "keep", HELP["pin"], compare=config.written())
            return
        _button("Pin this run instead", "keep", HELP["pin"], compare=config.written())
        _button("Unpin", "keep_off", HELP["unpin"], compare="")
        view = config.view()
        st.button(
            "Back to the pinned settings",
            icon=":material/undo:",
            key="pin.back",
            help=HELP["back"],
            type="tertiary",
            on_click=_go_back,
            disabled=other.replace(**view) == config,
        )
    _words(config, other)


def _go_back() -> None:
    """Take the settings of the pinned run, from a callback; what is looked at stays."""
    config = state.current()
    if other := config.pinned():
        state.adopt(other.replace(**config.view()))


def _words(config: RunConfig, other: RunConfig) -> None:
    from rnnviz.scene.comparing import difference_sentence, outcome_sentence

    run = pinned_training(config)
    if run is None:
        note("The pinned run cannot be computed; unpin it or pin another one.")
        return
    say(f"{difference_sentence(config, other)} {outcome_sentence(training(config), run)}")


def _button(label: str, icon: str, help: str, **changes: object) -> None:
    st.button(
        label,
        icon=f":material/{icon}:",
        key=f"pin.{label}",
        help=help,
        type="tertiary",
        on_click=lambda: state.apply(**changes),
    )
