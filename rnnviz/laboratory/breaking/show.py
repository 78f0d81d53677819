"""What a page says and offers when a training run broke."""

from __future__ import annotations

import streamlit as st

from rnnviz.experiment.core import Experiment
from rnnviz.laboratory.breaking import compute
from rnnviz.laboratory.breaking import say as said
from rnnviz.settings.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import experiment, training, view
from rnnviz.ui.show import note, say, stopped
from rnnviz.ui.work import go_on


def show(config: RunConfig) -> None:
    """Tell that a run broke or was stopped; nothing of one that went to its end."""
    run = training(config)
    if not run.finite:
        broken(config)
    elif run.message:
        stopped_early(run.message)


def broken(config: RunConfig) -> None:
    """Tell where the run broke, and offer remedies with what each would have done."""
    run = training(config)
    stopped(run.message)
    found = view(_found, config)
    if found is not None:
        say(said.breakdown_sentence(found))
    offers = compute.remedies(experiment(config))
    note("What one change alone would have done; the buttons make it.")
    for place, remedy in zip(st.columns(len(offers), gap="medium"), offers, strict=True):
        with place:
            _offer(config, remedy)


def stopped_early(message: str) -> None:
    """Say that the reader stopped the run, and offer to go on."""
    st.info(message, icon=":material/pause_circle:")
    st.button("Train to the end", key="training.go_on", icon=":material/play_arrow:", on_click=go_on)


def _found(looked_at: Experiment) -> compute.Breakdown | None:
    return compute.breakdown(looked_at, training(looked_at.config))


def _offer(config: RunConfig, remedy: compute.Remedy) -> None:
    changed = config.replace(**remedy.changes)
    st.button(
        remedy.label,
        key=f"remedy.{next(iter(remedy.changes))}",
        help="Change this setting; undo takes it back.",
        icon=":material/healing:",
        on_click=lambda: state.apply(**remedy.changes),
    )
    words = said.remedy_sentence(training(changed))
    st.markdown(words[0].upper() + words[1:] + ".")
