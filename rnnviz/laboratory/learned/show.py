"""The part of the Training page that shows what the network has learned, in the form its task has."""

import streamlit as st

from rnnviz.charts import grids, tables
from rnnviz.experiment.core import Experiment
from rnnviz.laboratory.learned import compute, draw
from rnnviz.laboratory.learned import say as said
from rnnviz.notation import prose
from rnnviz.settings.config import RunConfig
from rnnviz.tasks import own
from rnnviz.ui.cache import experiment, training, view
from rnnviz.ui.choose import choice, dial
from rnnviz.ui.player import played
from rnnviz.ui.show import chart, columns, heading, lazy_fold, note, numbers, say

HELP = prose.help_of("learned")
MOST_CLASSES = 24
FORECASTS = ("one year ahead", "free-running")


def summary(config: RunConfig) -> None:
    """Say what the run reached."""
    run = training(config)
    reached = said.reached(run.losses, run.clipped)
    text = said.training_sentence(reached, said.largest_gradient(run.gradient_norms), config)
    say(f"{text} {said.turn_sentence(compute.turn(run))}".strip())


def losses(config: RunConfig) -> None:
    """Say what of the run is recorded, and draw the fold with losses and gradient norms of every epoch."""
    run = training(config)
    if recorded := said.recorded_sentence(run.epochs_done, len(run.snapshot_epochs), played(config)):
        note(recorded)
    numbers("epochs", said.training_table(run))


def learned(config: RunConfig, theme: str) -> None:
    """Draw the part; a task with nothing to add beside the studio draws nothing."""
    looked_at = experiment(config)
    if looked_at.task.name == "sunspots":
        _forecasts(config, theme)
    elif looked_at.task.kind == "real":
        _own_forecast(config, theme)
    else:
        if looked_at.task.name in compute.TEXT_TASKS:
            _text(config)
        _confusion(config, theme)


def course(config: RunConfig, theme: str) -> None:
    """Draw the fold with the path of all parameters over the loss; computed when it is opened."""
    fold = lazy_fold("The path over the loss", key="training.course")
    if not fold.open:
        return
    with fold:
        found = view(_path, config, training(config).epochs_done)
        if found is None:
            note("Fewer than three states are finite and below 1e150: there is no path to draw.")
            return
        words = said.course_sentence(found)
        say(words)
        table = {"epoch": found.epochs, "first direction": found.path[:, 0], "second": found.path[:, 1]}
        chart(draw.over_loss(found, theme), "course", words, table)


def _path(looked_at: Experiment, epochs_done: int) -> compute.Course | None:
    return compute.course(looked_at, training(looked_at.config))


def _confusion(config: RunConfig, theme: str) -> None:
    heading("Right and wrong answers", help=HELP["classes"])
    held_out = experiment(config).task.held_out_X is not None
    names = ("After training,", "On sequences never trained on,")
    for number, place in enumerate(columns(1, 1) if held_out else [st.container()]):
        found = view(_counts, config, bool(number), training(config).epochs_done)
        if found is None:
            continue
        with place:
            words = said.confusion_sentence(found, names[number])
            say(words)
            if len(found.labels) <= MOST_CLASSES:
                table = tables.grid(found.counts * 1.0, "target", "answer", "count")
                chart(grids.counts(found.counts, found.labels, theme), f"confusion{number}", words, table)


def _counts(looked_at: Experiment, held_out: bool, epochs_done: int) -> compute.Confusion | None:
    return compute.confusion(looked_at, training(looked_at.config).final, held_out)


def _text(config: RunConfig) -> None:
    heading("What it writes", help=HELP["text"])
    key, help = "training.temperature", HELP["temperature"]
    temperature = dial("Temperature", 0.05, 2.0, 0.05, key=key, help=help, default=0.5)
    looked_at = experiment(config)
    for name, parameters in (("Before", looked_at.parameters), ("After", training(config).final)):
        note(f"{name} training, from the first character on:")
        text = compute.written_text(looked_at, parameters, temperature)
        st.code(compute.printable(text), language=None, wrap_lines=True)


def _forecasts(config: RunConfig, theme: str) -> None:
    heading("Forecasts of years never trained on", help=HELP["forecast"])
    how = choice("Forecast", FORECASTS, key="training.forecast", help=HELP["forecast"])
    looked_at, final = experiment(config), training(config).final
    found, opening = compute.sunspot_forecast(looked_at, final), "One year ahead,"
    if how == FORECASTS[1]:
        found, opening = compute.free_run(looked_at, final), "Free-running from 1940 on,"
    words = said.forecast_sentence(found, opening, looked_at.task.unit)
    say(words)
    table = {"year": found.years, "truth": found.truth} | found.forecasts
    chart(draw.forecast_lines(found, theme, looked_at.task.unit), "forecasts", words, table)


def _own_forecast(config: RunConfig, theme: str) -> None:
    """Draw the forecast of a reader's own numbers; nothing for other tasks."""
    found, data = view(_own, config, training(config).epochs_done), own.find(config.data)
    if found is None or data is None:
        return
    heading("Forecast of rows never trained on", help=HELP["forecast"])
    words = said.own_sentence(found, data.times, data.title)
    say(words)
    chart(draw.own_lines(found, data.times, theme, data.title), "forecasts", words, said.own_table(found, data.times))


def _own(looked_at: Experiment, epochs_done: int) -> compute.OwnForecast | None:
    return compute.own_forecast(looked_at, training(looked_at.config).final)
