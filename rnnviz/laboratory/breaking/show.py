"""What a page says and offers when a training run broke."""

from functools import partial

import streamlit as st

from rnnviz.experiment.core import Experiment
from rnnviz.laboratory.breaking import compute
from rnnviz.laboratory.breaking import say as said
from rnnviz.notation.counts import capital
from rnnviz.settings.config import RunConfig
from rnnviz.ui import state
from rnnviz.ui.cache import experiment, training, view
from rnnviz.ui.show import note, say, stopped
from rnnviz.ui.work import go_on


def show(config: RunConfig) -> None:
    """Tell that a run broke or was stopped; nothing of one that went to its end."""
    run = training(config)
    if not run.finite:
        _broken(config, run.message)
    elif run.message:
        st.info(run.message, icon=":material/pause_circle:")
        st.button("Train to the end", key="training.go_on", icon=":material/play_arrow:", on_click=go_on)


def _broken(config: RunConfig, message: str) -> None:
    """Tell that the run broke; where, and remedies with what each would have done, are one press away."""
    found, offers = view(_found, config), compute.remedies(experiment(config))
    with st.container(key="broke", horizontal=True, vertical_alignment="center"):
        stopped(message)
        cures = st.popover("What cures it", icon=":material/healing:")
    with cures:
        if found is not None:
            say(said.breakdown_sentence(found))
        note("What one change alone would have done; the buttons make it.")
        for remedy in offers:
            st.button(
                remedy.label,
                key=f"remedy.{next(iter(remedy.changes))}",
                help="Change this setting; undo takes it back.",
                icon=":material/healing:",
                on_click=partial(state.apply, **remedy.changes),
            )
            words = said.remedy_sentence(training(config.replace(**remedy.changes)))
            st.markdown(f"{capital(words)}.")


def _found(looked_at: Experiment) -> compute.Breakdown | None:
    return compute.breakdown(looked_at, training(looked_at.config))
