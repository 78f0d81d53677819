"""The part of the Training page that shows what the network has learned, in the form its task has."""

from __future__ import annotations

import streamlit as st

from rnnviz import prose
from rnnviz.config import RunConfig
from rnnviz.ui.cache import experiment, training, view
from rnnviz.ui.choose import choice, dial
from rnnviz.ui.show import chart, columns, heading, lazy_fold, note, say

HELP = prose.help_of("learned")
MOST_CLASSES = 24
FORECASTS = ("one year ahead", "free-running")


def learned(config: RunConfig, theme: str) -> None:
    """Draw the part; a task with nothing to add beside the studio draws nothing."""
    looked_at = experiment(config)
    if looked_at.task.name == "sunspots":
        _forecasts(config, theme)
    elif looked_at.task.kind != "real":
        if looked_at.task.name in ("next_character", "own_text"):
            _text(config)
        _confusion(config, theme)


def course(config: RunConfig, theme: str) -> None:
    """Draw the fold with the path of all parameters over the loss; computed when it is opened."""
    fold = lazy_fold("The path over the loss", key="training.course")
    if fold.open:
        with fold:
            _course(config, theme)


def _course(config: RunConfig, theme: str) -> None:
    from rnnviz.figures import course as figures
    from rnnviz.figures import tables
    from rnnviz.figures.measures.learned import course_sentence

    found = view(_path, config, training(config).epochs_done)
    if found is None:
        note("Fewer than three states are finite and below 1e150: there is no path to draw.")
        return
    words = course_sentence(found)
    say(words)
    chart(figures.over_loss(found, theme), "course", words, tables.course(found))


def _path(looked_at: object, epochs_done: int) -> object:
    from rnnviz.experiment.course import course as lay

    return lay(looked_at, training(looked_at.config))


def _confusion(config: RunConfig, theme: str) -> None:
    from rnnviz.figures.measures.learned import confusion_sentence

    heading("Right and wrong answers", help=HELP["classes"])
    held_out = experiment(config).task.held_out_X is not None
    places = columns(1, 1) if held_out else [st.container()]
    names = ("After training,", "On sequences never trained on,")
    for number, place in enumerate(places):
        found = view(_counts, config, bool(number), training(config).epochs_done)
        with place:
            words = confusion_sentence(found, names[number])
            say(words)
            if len(found.labels) <= MOST_CLASSES:
                _matrix(found, f"confusion{number}", words, theme)


def _matrix(found: object, key: str, words: str, theme: str) -> None:
    from rnnviz.figures import tables
    from rnnviz.figures.grids import counts

    chart(counts(found, theme), key, words, tables.grid(found.counts * 1.0, "target", "answer", "count"))


def _counts(looked_at: object, held_out: bool, epochs_done: int) -> object:
    from rnnviz.experiment.learned import confusion

    return confusion(looked_at, training(looked_at.config).final, held_out)


def _text(config: RunConfig) -> None:
    from rnnviz.experiment.learned import printable, written_text

    heading("What it writes", help=HELP["text"])
    temperature = dial(
        "Temperature", 0.05, 2.0, 0.05, key="training.temperature", help=HELP["temperature"], default=0.5
    )
    looked_at = experiment(config)
    for name, parameters in (("Before", looked_at.parameters), ("After", training(config).final)):
        note(f"{name} training, from the first character on:")
        st.code(printable(written_text(looked_at, parameters, temperature)), language=None, wrap_lines=True)


def _forecasts(config: RunConfig, theme: str) -> None:
    from rnnviz.experiment import sunspot_forecast
    from rnnviz.experiment.learned import free_run
    from rnnviz.figures import forecasts, tables
    from rnnviz.figures.measures.learned import forecast_sentence

    heading("Forecasts of years never trained on", help=HELP["forecast"])
    how = choice("Forecast", FORECASTS, key="training.forecast", help=HELP["forecast"])
    alone = how == FORECASTS[1]
    looked_at, final = experiment(config), training(config).final
    found = (free_run if alone else sunspot_forecast)(looked_at, final)
    opening = "Free-running from 1940 on," if alone else "One year ahead,"
    words = forecast_sentence(found, opening, looked_at.task.unit)
    say(words)
    figure = forecasts.lines(found, theme, looked_at.task.unit)
    chart(figure, "forecasts", words, tables.forecasts(found))
