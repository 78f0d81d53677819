"""A reader's own network and gradient on the page of the gradient check: brought as a file, judged, told."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import streamlit as st

from rnnviz.checks.diagnosis import draw
from rnnviz.checks.diagnosis import say as said
from rnnviz.checks.diagnosis.diagnose import Diagnosis, diagnose
from rnnviz.checks.diagnosis.differences import Beside, Course, Place, Problem, beside, courses, place_of
from rnnviz.engine import Parameters, forward
from rnnviz.engine.forward import with_mask
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
from rnnviz.ui.navigation import link
from rnnviz.ui.show import chart, columns, heading, lazy_fold, note, numbers, say, table

if TYPE_CHECKING:
    import numpy as np

HELP = prose.help_of("diagnosis")


@dataclass(frozen=True, eq=False)
class Judged:
    """A diagnosis with the numbers beside the right ones, or `problem`: why there is none."""

    diagnosis: Diagnosis | None = None
    problem: str = ""
    beside: tuple[Beside, ...] = ()
    courses: tuple[Course, ...] = ()
    place: Place | None = None


def own_gradient(config: RunConfig, theme: str) -> None:
    """Draw a reader's own gradient beside the right one, and the closed fold in which one is brought.

    It is pasted, of the network on the screen, or comes in a file with a network of its own.
    """
    shown = network.on_screen(config)
    if shown is not None and (shown.gradients or shown.by_step):
        heading("Your gradient beside the right one")
        _told(config, _judged(shown.fingerprint(), shown), theme, "shown")
    place = lazy_fold("Your own network and gradient", "diagnosis")
    if not place.open:
        return
    with place:
        _pasted(config, theme)
        came = network.bring(config)
        if came is not None and came.fingerprint() != config.data:
            _told(_shown(config, came), _judged(came.fingerprint(), came), theme, "brought")


def _shown(config: RunConfig, came: Brought) -> RunConfig | None:
    """The experiment of a network that came; None where the stage cannot show it."""
    try:
        return network.config_of(config, came)
    except ValueError:
        return None


def _pasted(config: RunConfig, theme: str) -> None:
    """Draw the field for what a program prints of one parameter's gradient, and the verdict."""
    labels = {LABELS[name]: name for name in Parameters._fields}
    parameter = labels[choice("Parameter", list(labels), key="diagnosis.parameter", help=HELP["parameter"])]
    label, key = f"Your gradient of {LABELS[parameter]}", f"diagnosis.pasted.{parameter}"
    text = st.text_area(
        label, key=key, max_chars=MOST_CHARACTERS, height=90, help=HELP["pasted"], on_change=state.touched
    )
    if text and text.strip():
        _told(config, view(_of_the_screen, config, parameter, text), theme, "pasted")


def _told(config: RunConfig | None, found: Judged, theme: str, key: str) -> None:
    """Say the verdict, draw both gradients and lead to the frame of the stage; or say why there is no verdict."""
    if found.problem:
        note(unmarked(found.problem))
    if (judged := found.diagnosis) is not None:
        names = f": {', '.join(judged.mistakes)}" if judged.mistakes else ""
        say(f"**{judged.verdict.capitalize()}{names}.** {judged.sentence}")
        errors = {LABELS[name]: four(error) for name, error in judged.errors.items()}
        table({"gradient": [*errors], "relative error": [*errors.values()]}, key=f"diagnosis.{key}.errors")
    for course in found.courses:
        say(said.course_words(course))
    if config is not None and found.place is not None:
        _link(config, found.place)
    if found.beside:
        _maps(found.beside, theme, key)


def _link(config: RunConfig, place: Place) -> None:
    of = LABELS[place.parameter]
    if place.at is None:
        label = f"See on the stage what adds up to the gradient of {of}"
    else:
        label = f"See term({place.at[0]}, {place.at[1]}) of {of} on the stage, where it first differs"
    shown = config.replace(parameter=place.parameter)
    link("pages/2_Chain_rule.py", label, shown, icon=":material/arrow_forward:", frame=place.frame)


def _maps(beside: tuple[Beside, ...], theme: str, key: str) -> None:
    labels = {LABELS[each.name]: each for each in beside}
    worst = LABELS[max(beside, key=lambda each: each.error).name]
    name = f"diagnosis.{key}_map"
    found = labels[choice("Entry by entry", list(labels), key=name, help=HELP["maps"], default=worst)]
    words = said.beside_words(found, LABELS[found.name])
    say(words)
    drawn = draw.maps(found, theme)
    for column, (title, picture) in zip(columns(1, 1, 1), drawn.items(), strict=True):
        with column:
            note(title)
            chart(picture, f"{name}.{title.replace(' ', '')}", f"{title}: {words}")
    numbers(name, said.beside_table(found))


def _of_the_screen(experiment: Experiment, parameter: str, text: str) -> Judged:
    """The full gradient of the whole batch, whatever of it is looked at, is the right one."""
    network = experiment.architecture, experiment.parameters, experiment.task.X, experiment.task.Y
    try:
        given = {parameter: array_of(text)}
        found = diagnose(*network, given, experiment.H_init, C_init=experiment.C_init)
    except ValueError as error:
        return Judged(problem=str(error))
    return _with_place(found, experiment.problem, given)


@cached
def _judged(fingerprint: str, _came: Brought) -> Judged:
    try:
        trace = forward(*_came.problem[:3], _came.H_init, _came.C_init)
        problem = (*_came.problem[:2], with_mask(_came.architecture, trace, _came.mask), _came.Y)
        steps = tuple(courses(problem, _came.by_step))
        if _came.gradients is None and steps:
            return Judged(courses=steps)
        found = diagnose(*_came.problem, _came.gradients, _came.H_init, _came.mask, _came.C_init)
        if _came.gradients is None:
            return Judged(found)
        return replace(_with_place(found, problem, _came.gradients), courses=steps)
    except ValueError as error:
        return Judged(problem=str(error))


def _with_place(found: Diagnosis, problem: Problem, given: "Parameters | Mapping[str, np.ndarray]") -> Judged:
    pairs = tuple(beside(problem, given))
    worst = max(pairs, key=lambda each: each.error).name
    place = place_of(found.mistakes, problem) if found.verdict == "mistake" else None
    return Judged(found, beside=pairs, place=Place(worst) if found.verdict == "unknown" else place)
