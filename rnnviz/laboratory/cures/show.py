"""What cures it: the same task, seed and size learned in several ways, at growing length."""

import streamlit as st

from rnnviz.engine.progress import tracked
from rnnviz.laboratory.cures import compute
from rnnviz.laboratory.cures import say as said
from rnnviz.laboratory.cures import still as stills
from rnnviz.notation import prose
from rnnviz.notation.numbers import counted
from rnnviz.settings.config import RunConfig
from rnnviz.ui import work
from rnnviz.ui.choose import choice
from rnnviz.ui.show import below, columns, controls, heading, note, picture, say, still_chart, verdict

HELP = {
    name: text.format(batch=compute.BATCH, training=compute.TRAINING, held_out=compute.HELD_OUT)
    for name, text in prose.help_of("cures").items()
}
_RUNNING = "rnnviz.sweep"

Sweep = tuple[str, int, int]
"""Task, seed and updates."""


@st.cache_resource(max_entries=12, show_spinner=False)
def _outcomes(task: str, seed: int, updates: int) -> dict[tuple[int, str], compute.Outcome]:
    """Return the runs done so far of one sweep; they are the same for every reader, so all share them.

    Those of a newcomer's experiment were done before.
    """
    known, runs = compute.stored()
    return runs if known == (task, seed, updates) else {}


def show(config: RunConfig, theme: str) -> None:
    """Draw the part."""
    with controls():
        task = choice("Task", compute.TASKS, key="cures.task", help=HELP["task"])
        updates = choice("Updates", ("100", "300", "1000"), key="cures.epochs", help=HELP["updates"], default="300")
        sweep = (task, config.seed, int(updates))
        done = _outcomes(*sweep)
        left_over = [(steps, cure) for steps, cure in compute.plan() if (steps, cure.name) not in done]
        running = st.session_state.get(_RUNNING) == sweep and not work.is_stopped(("sweep", *sweep))
        _button(sweep, left_over, running)
    _results(list(done.values()), theme, config.seed)
    if running and left_over:
        _go_on(sweep, left_over)


def _button(sweep: Sweep, missing: list[tuple[int, compute.Cure]], running: bool) -> None:
    """Draw start; what is done stays when it is stopped, and the sweep goes on from there."""
    left = counted(len(missing), "run")
    label = "Run the sweep" if len(missing) == len(compute.plan()) else f"Go on: {left} left"
    st.button(
        label if missing else "All runs done",
        key="cures.run",
        icon=":material/play_arrow:",
        disabled=running or not missing,
        help=f"Trains {counted(len(missing), 'network')} of {compute.HIDDEN} units, in about "
        f"{max(1.0, compute.seconds_of(missing, sweep[-1])):.0f} s here; it can be stopped at any time.",
        on_click=_start,
        args=(sweep,),
    )


def _start(sweep: Sweep) -> None:
    work.go_on()
    st.session_state[_RUNNING] = sweep


def _go_on(sweep: Sweep, missing: list[tuple[int, compute.Cure]]) -> None:
    """Run what is left, one network after the other; the page is drawn anew after each length."""
    done, now = _outcomes(*sweep), [""]
    with work.working(("sweep", *sweep), lambda: now[0]):
        for (steps, cure), following in zip(tracked(missing), [*missing[1:], (0, None)], strict=True):
            now[0] = f"{cure.label} at T = {steps}"
            done[steps, cure.name] = compute.cure_run(sweep[0], steps, cure, *sweep[1:])
            if following[0] != steps:
                break
    st.rerun()


def _results(outcomes: list[compute.Outcome], theme: str, seed: int) -> None:
    """Draw what is done; runs still to come are seen as such from the start."""
    runs = len(compute.plan())
    words = said.planned_sentence(runs, compute.HIDDEN, compute.LENGTHS, seed)
    if outcomes:
        words = said.sweep_sentence(outcomes, stills.LABELS, runs)
    verdict(words)
    note(stills.SCALE)
    one = stills.reached(outcomes, words, training=False)
    picture(one.draw(theme), one.key, one.alt, one.table)
    with below():
        say("The same task, seed and size, learned in eight ways at growing length.")
        heading("Training loss", help=HELP["training"])
        still_chart(stills.reached(outcomes, words, training=True), theme)
        _explained(outcomes, theme)


def _explained(outcomes: list[compute.Outcome], theme: str) -> None:
    note(
        f"1 is the best constant answer. A held-out loss below {compute.LEARNED:g} counts as learned; where "
        "the training loss alone is, the network overfits."
    )
    with st.expander("The eight ways", key="cures.ways"):
        for cure in compute.CURES:
            st.markdown(f"**{cure.label}**: {cure.sentence}")
        rates = ", ".join(f"{compute.RATES[task]:g} for {task}" for task in compute.TASKS)
        st.markdown(
            f"Plain gradient descent has the rate {rates}; Adam has 0.01. None of them was tuned. All ways "
            f"learn from the same {compute.TRAINING} sequences, {compute.BATCH} an update, in the same order."
        )
    if outcomes:
        _one_length(outcomes, theme)


def _one_length(outcomes: list[compute.Outcome], theme: str) -> None:
    lengths = sorted({each.steps for each in outcomes})
    chosen = int(choice("Length", [str(T) for T in lengths], key="cures.length", help=HELP["length"]))
    here = [each for each in outcomes if each.steps == chosen]
    left, right = columns(1, 1)
    with left:
        heading("Learning curves", help=HELP["learning"])
        of = choice("Loss", ("held out", "training"), key="cures.loss", help=HELP["learning"])
        one = stills.curves(here, of == "training")
        still_chart(one, theme)
        note(one.note)
        note(said.limits_sentence(here))
    with right:
        heading("Gradient by lag", help=HELP["flow"])
        when = choice("When", ("before training", "after training"), key="cures.when", help=HELP["flow"])
        one = stills.lags(here, when == "after training")
        still_chart(one, theme)
        note(one.note)
