"""A reader's own network and gradient on the page of the gradient check: brought as a file, judged, told."""

from collections.abc import Mapping
from hashlib import sha256

import streamlit as st

from rnnviz.checks.diagnosis.diagnose import Diagnosis, diagnose
from rnnviz.engine import Parameters
from rnnviz.experiment.core import Experiment
from rnnviz.notation import prose
from rnnviz.notation.numbers import four
from rnnviz.settings.config import RunConfig
from rnnviz.settings.edits import unmarked
from rnnviz.settings.fields import LABELS
from rnnviz.tasks.networks import archive
from rnnviz.tasks.networks.brought import of_entries
from rnnviz.tasks.networks.pasted import MOST_CHARACTERS, array_of
from rnnviz.ui import state
from rnnviz.ui.cache import cached, view
from rnnviz.ui.choose import choice, file_uploader
from rnnviz.ui.show import code, lazy_fold, note, say, table

HELP = prose.help_of("diagnosis")
SAVING = prose.read("saving", Mapping[str, Mapping[str, str]])


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
        brought = file_uploader("File", "diagnosis.file", ("npz", "safetensors"), state.touched, HELP["file"])
        if brought is not None:
            content = brought.getvalue()
            _told(*_judged(brought.name, sha256(content).hexdigest(), content))
        library = choice("How to save one", list(SAVING), key="diagnosis.library", help=HELP["saving"])
        note(SAVING[library]["before"])
        code(SAVING[library]["code"].strip(), language="python")


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
def _judged(name: str, fingerprint: str, _content: bytes) -> Judged:
    try:
        came = of_entries(archive.of_bytes(name, _content))
        return diagnose(*came.problem, came.gradients, came.H_init, came.mask, came.C_init), came.notes
    except ValueError as error:
        return None, (str(error),)
