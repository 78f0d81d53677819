"""What cures it: the same task, seed and size learned in several ways, at growing length."""

from __future__ import annotations

from time import monotonic

import streamlit as st

from rnnviz.config import RunConfig
from rnnviz.experiment.cures import CURES, HIDDEN, LEARNED, LENGTHS, TASKS, Outcome, cure_run, plan
from rnnviz.figures import cures as drawn
from rnnviz.figures import tables
from rnnviz.figures.measures import cures as measured
from rnnviz.story.numbers import counted
from rnnviz.ui import state
from rnnviz.ui.choose import choice
from rnnviz.ui.show import chart, columns, heading, note, say

HELP = {
    "task": "Adding: the sum of two marked numbers. Echo: the first symbol. Both are asked for after the "
    "last step.",
    "epochs": "How many updates every run makes.",
    "reached": "The held-out loss as a part of what the best constant answer costs. Framed: less than half, "
    "which counts as learned.",
    "length": "The length T whose runs are drawn below.",
    "learning": "The loss on sequences that training never sees.",
    "flow": "What is left of the error of the last step after it has gone back some steps. A gated cell "
    "hands on its state; of the LSTM that is H and the memory C together.",
}
NAMES = [cure.name for cure in CURES]
LABELS = {cure.name: cure.label for cure in CURES}
EPOCHS = ("100", "300", "1000")
_RUNNING = "rnnviz.sweep"
_INTERVAL = 0.1


@st.cache_resource(max_entries=12, show_spinner=False)
def _outcomes(task: str, seed: int, epochs: int) -> dict[tuple[int, str], Outcome]:
    """Return the runs done so far of one sweep; they are the same for every reader, so all share them."""
    return {}


def show(config: RunConfig, theme: str) -> None:
    """Draw the part."""
    say("The same task, seed and size, learned in eight ways at growing length. What still learns?")
    left, right = columns(1, 1)
    with left:
        task = choice("Task", TASKS, key="cures.task", help=HELP["task"])
    with right:
        epochs = int(choice("Epochs", EPOCHS, key="cures.epochs", help=HELP["epochs"], default="300"))
    sweep = (task, config.seed, epochs)
    done, left_over = _outcomes(*sweep), _missing(*sweep)
    _buttons(sweep, len(left_over))
    place, results = st.empty(), st.container()
    with results:
        _results(list(done.values()), theme, config.seed)
    if st.session_state.get(_RUNNING) == sweep and left_over:
        _go_on(place, sweep, left_over)


def _missing(task: str, seed: int, epochs: int) -> list:
    done = _outcomes(task, seed, epochs)
    return [(steps, cure) for steps, cure in plan() if (steps, cure.name) not in done]


def _buttons(sweep: tuple, missing: int) -> None:
    """Draw start and stop; what is done stays, and the sweep goes on from there."""
    running = st.session_state.get(_RUNNING) == sweep and missing > 0
    total = len(plan())
    label = (
        "Run the sweep"
        if missing == total
        else f"Go on: {counted(missing, 'run')} left"
        if missing
        else "All runs done"
    )
    with st.container(horizontal=True, gap="small"):
        st.button(
            label,
            key="cures.run",
            icon=":material/play_arrow:",
            disabled=running or not missing,
            help=f"Trains {counted(missing, 'network')} of {HIDDEN} units; it can be stopped at any time.",
            on_click=_start,
            args=(sweep,),
        )
        st.button(
            "Stop the sweep",
            key="cures.stop",
            icon=":material/stop:",
            disabled=not running,
            help="What is done stays.",
            on_click=_start,
            args=(None,),
        )


def _start(sweep: tuple | None) -> None:
    state.touched()
    st.session_state[_RUNNING] = sweep


def _go_on(place: object, sweep: tuple, missing: list) -> None:
    """Run what is left, one network after the other; any click of the reader interrupts it."""
    task, seed, epochs = sweep
    done, total, began = _outcomes(*sweep), len(plan()), monotonic()
    shown = [0.0]
    for count, (steps, cure) in enumerate(missing):

        def progress(fraction: float, count=count, steps=steps, cure=cure) -> None:
            if monotonic() - shown[0] > _INTERVAL:
                shown[0] = monotonic()
                part = (total - len(missing) + count + fraction) / total
                place.progress(
                    part, f"{cure.label} at T = {steps}{_left(count + fraction, len(missing), began)}"
                )

        done[steps, cure.name] = cure_run(task, steps, cure, seed, epochs, progress)
        if count + 1 == len(missing) or missing[count + 1][0] != steps:
            st.rerun()


def _left(done: float, planned: int, began: float) -> str:
    passed = monotonic() - began
    return f", about {passed / done * (planned - done):.0f} s to go" if done > 1 and passed > 1 else ""


def _results(outcomes: list[Outcome], theme: str, seed: int) -> None:
    """Draw what is done; runs still to come are seen as such from the start."""
    say(words := _so_far(outcomes, seed))
    heading("What is learned", help=HELP["reached"])
    left, learned = measured.grid(outcomes, NAMES, LENGTHS)
    picture = drawn.reached(left, learned, list(LABELS.values()), LENGTHS, theme)
    chart(picture, "reached", words, tables.cures(outcomes) if outcomes else None)
    note(f"1 is the best constant answer; below {LEARNED:g} counts as learned and is framed.")
    _ways()
    if outcomes:
        _one_length(outcomes, theme)


def _so_far(outcomes: list[Outcome], seed: int) -> str:
    if outcomes:
        return measured.sweep_sentence(outcomes, LABELS, len(plan()))
    return measured.planned_sentence(len(plan()), HIDDEN, LENGTHS, seed)


def _ways() -> None:
    with st.expander("The eight ways", key="cures.ways"):
        for cure in CURES:
            st.markdown(f"**{cure.label}**: {cure.sentence}")


def _one_length(outcomes: list[Outcome], theme: str) -> None:
    lengths = sorted({each.steps for each in outcomes})
    chosen = int(choice("Length", [str(T) for T in lengths], key="cures.length", help=HELP["length"]))
    here = [each for each in outcomes if each.steps == chosen]
    left, right = columns(1, 1)
    with left:
        words = measured.curve_sentence(here)
        heading("Learning curves", help=HELP["learning"])
        chart(drawn.learning(here, NAMES, theme), "curves", words, tables.curves(here))
        note(words)
    with right:
        heading("Gradient by lag", help=HELP["flow"])
        when = choice("When", ("before training", "after training"), key="cures.when", help=HELP["flow"])
        after = when == "after training"
        words = measured.flow_sentence(here, after)
        chart(drawn.by_lag(here, NAMES, after, theme), "lags", words, tables.cure_lags(here))
        note(words)
