"""A reader's own network and gradient on the page of the gradient check: brought as a file, judged, told."""

import streamlit as st

from rnnviz.checks.diagnosis.diagnose import Diagnosis, diagnose
from rnnviz.engine import Parameters
from rnnviz.experiment.core import Experiment
from rnnviz.notation import prose
from rnnviz.notation.numbers import four
from rnnviz.settings.config import RunConfig
from rnnviz.settings.edits import unmarked
from rnnviz.settings.fields import LABELS
from rnnviz.tasks.networks.brought import Brought
from rnnviz.tasks.networks.pasted import MOST_CHARACTERS, array_of
from rnnviz.ui import network, state
from rnnviz.ui.cache import cached, view
from rnnviz.ui.choose import choice
from rnnviz.ui.show import lazy_fold, note, say, table

HELP = prose.help_of("diagnosis")


Judged = tuple[Diagnosis | None, tuple[str, ...]]
"""A diagnosis, and what was assumed; without one, why there is none."""


def own_gradient(config: RunConfig) -> None:
    """Draw the closed fold in which a reader brings a gradient, and say what is wrong with it.

    It is pasted, of the network on the screen, or comes in a file with a network of its own.
    """
    place = lazy_fold("Your own network and gradient", "diagnosis")
    if not place.open:
        return
    with place:
        _pasted(config)
        came = network.bring(config)
        if came is not None:
            _told(*_judged(came.fingerprint(), came))


def _pasted(config: RunConfig) -> None:
    """Draw the field for what a program prints of one parameter's gradient, and the verdict."""
    labels = {LABELS[name]: name for name in Parameters._fields}
    parameter = labels[choice("Parameter", list(labels), key="diagnosis.parameter", help=HELP["parameter"])]
    label, key = f"Your gradient of {LABELS[parameter]}", f"diagnosis.pasted.{parameter}"
    text = st.text_area(
        label, key=key, max_chars=MOST_CHARACTERS, height=90, help=HELP["pasted"], on_change=state.touched
    )
    if text and text.strip():
        _told(*view(_of_the_screen, config, parameter, text))


def _told(found: Diagnosis | None, notes: tuple[str, ...]) -> None:
    """Say the verdict; without one the notes say why there is none."""
    if found is not None:
        names = f": {', '.join(found.mistakes)}" if found.mistakes else ""
        say(f"**{found.verdict.capitalize()}{names}.** {found.sentence}")
        errors = {LABELS[name]: four(error) for name, error in found.errors.items()}
        table({"gradient": [*errors], "relative error": [*errors.values()]}, key="diagnosis.errors")
    note(unmarked(" ".join(notes)))


def _of_the_screen(experiment: Experiment, parameter: str, text: str) -> Judged:
    """The full gradient of the whole batch, whatever of it is looked at, is the right one."""
    network = experiment.architecture, experiment.parameters, experiment.task.X, experiment.task.Y
    try:
        return diagnose(*network, {parameter: array_of(text)}, experiment.H_init), ()
    except ValueError as error:
        return None, (str(error),)


@cached
def _judged(fingerprint: str, _came: Brought) -> Judged:
    try:
        return diagnose(*_came.problem, _came.gradients, _came.H_init, _came.mask, _came.C_init), ()
    except ValueError as error:
        return None, (str(error),)
