"""The gradient check on its page; each part is computed once for an experiment and a mistake."""

from typing import TYPE_CHECKING

import streamlit as st

from rnnviz.charts import grids, tables
from rnnviz.checks.gradient import compute, differences, draw
from rnnviz.checks.gradient import say as said
from rnnviz.experiment import costs
from rnnviz.experiment.check import Check
from rnnviz.experiment.mistakes import MISTAKES
from rnnviz.notation import prose
from rnnviz.notation.rules import of_full_gradient
from rnnviz.settings.config import RunConfig
from rnnviz.settings.fields import LABELS
from rnnviz.ui import work
from rnnviz.ui.cache import cached, experiment, guarded, view
from rnnviz.ui.choose import choice, control, step
from rnnviz.ui.show import below, chart, code, digits, heading, note, picture, say, table

if TYPE_CHECKING:
    import numpy as np

RIGHT = "none"
HELP = prose.help_of("gradient_check")


def mistake(config: RunConfig) -> None:
    """Say which line is wrong, and show it beside the right one; nothing without a mistake."""
    made = MISTAKES.get(config.mistake)
    if made:
        say(f"{made.title}. {made.sentence}")
        lines = [
            f"{sign} {line}" for sign, text in (("-", made.right), ("+", made.wrong)) for line in text.splitlines()
        ]
        code("\n".join(lines), language="diff")


def verdict(config: RunConfig) -> None:
    """Say whether the gradient is right."""
    say(said.verdict(checks(config)) + of_full_gradient(config))
    with below():
        note(HELP["checks"])


def found(config: RunConfig) -> None:
    """Draw what each check found."""
    with st.container(key="checked"):
        table(said.table(checks(config)), key="check.table")


def grid(config: RunConfig, theme: str) -> None:
    """Draw beside it where in the grid a mistake is seen."""
    where = next((check.where for check in checks(config) if check.where is not None), None)
    if where is not None:
        with st.container(key="checked-where"):
            heading("Where in the grid", help=HELP["where"])
            words = said.where_sentence(where)
            say(words)
            picture(grids.norms(where, theme), "where", words, tables.triangle(where, "relative error"))


def closer(config: RunConfig, theme: str) -> None:
    """Draw one of four closer looks."""
    heading("Look closer", help=HELP["views"])
    chosen = choice("Show", list(_VIEWS), key="check.view", help=HELP["views"])
    note(HELP[chosen])
    _VIEWS[chosen](config, theme)


def _entries(config: RunConfig, theme: str) -> None:
    found = guarded(lambda: _compared(_key(config)))
    words = said.scatter_sentence(found)
    say(words)
    chart(draw.scatter(found, theme), "scatter", words, said.scatter_table(found))


def _term(config: RunConfig, _: str) -> None:
    control("parameter", config)
    about = HELP["One term alone"]
    t = step("Loss step t", config.steps, key="check.t", help=about, default=config.steps - 1)
    k = step("Source step k", t + 1, key="check.k", help=about, default=t)
    # The output layer has terms on the diagonal only.
    at = (t, t) if config.parameter in ("W2", "b2") else (t, k)
    found = view(differences.check_cell, config, config.parameter, *at, _mistake(config))
    say(said.cell_sentence(found, LABELS[config.parameter]))
    digits(said.cell_table(found), key="check.cell")


def _step_size(config: RunConfig, theme: str) -> None:
    compared = guarded(lambda: _compared(_key(config)))
    found = view(differences.error_curve, config, *compared.entries[compared.worst], _mistake(config))
    words = said.curve_sentence(found)
    say(words)
    chart(draw.error_curve(found, theme), "curve", words, said.curve_table(found))


def _descent(config: RunConfig, theme: str) -> None:
    updates = costs.affordable_updates(costs.Size.of(experiment(config)), config.epochs)
    asked = _key(config).replace(epochs=updates)
    broken = None if config.mistake == RIGHT else guarded(lambda: _training(asked))
    right = guarded(lambda: _training(asked.replace(mistake=RIGHT)))
    words = said.training_sentence(right, broken, updates)
    say(words)
    chart(draw.trainings(right, broken, theme), "trainings", words, said.training_table(right, broken))
    if updates < config.epochs:
        note(said.fewer_updates(updates, config.epochs))


_VIEWS = {
    "Every entry": _entries,
    "One term alone": _term,
    "How small a step": _step_size,
    "What training makes of it": _descent,
}


def checks(config: RunConfig) -> list[Check]:
    """Return the checks of the loop with the mistake that the configuration names."""
    return guarded(lambda: _checks(_key(config)))


def _key(config: RunConfig) -> RunConfig:
    """Return the configuration without the settings of the view, but for the mistake."""
    return config.replace(**RunConfig().view() | {"mistake": config.mistake})


def _mistake(config: RunConfig) -> str | None:
    return None if config.mistake == RIGHT else config.mistake


@cached
def _checks(config: RunConfig) -> list[Check]:
    run = experiment(config)
    with work.ROOM.taken(costs.checks(costs.Size.of(run)).bytes):
        return compute.run_checks(_mistake(config), run)


@cached
def _compared(config: RunConfig) -> differences.Comparison:
    run = experiment(config)
    with work.ROOM.taken(costs.checks(costs.Size.of(run)).bytes):
        return differences.compare(run, _mistake(config))


@cached
def _training(config: RunConfig) -> "np.ndarray":
    case = differences.Case.of(experiment(config), _mistake(config))
    return compute.broken_training(case, config.epochs, config.learning_rate)
