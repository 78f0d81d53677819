"""A broken run in words: where it began, and what each remedy would have done."""

import numpy as np

from rnnviz.experiment.training import TrainingRun
from rnnviz.laboratory.breaking.compute import Breakdown
from rnnviz.notation.numbers import change, counted, four, high
from rnnviz.settings.fields import LABELS


def breakdown_sentence(found: Breakdown) -> str:
    """Tell how a run broke."""
    first, last = found.norms
    grew = f"grew most, from {four(first)} to {four(last)}"
    if not last > first or four(first) == four(last):
        grew = f"was {four(last)} long, and no other grew more"
    return (
        f"At epoch **{found.epoch}** the numbers are no longer finite; the last sound parameters are those "
        f"of epoch {found.healthy}, and the studio plays up to there. "
        f"The gradient of {LABELS[found.parameter]} {grew}. {_first_to_grow(found)}"
    )


def _first_to_grow(found: Breakdown) -> str:
    if found.term is None:
        hidden = f"{LABELS['W1']}, {LABELS['Wh1']} and {LABELS['b1']}"
        return f"Before the first update every term of {hidden} was 0."
    name, t, k = found.term
    # A power of 10 may be beyond any float.
    start, grown = (four(10.0**n) if -300 < n < 300 else f"10{high(round(n))}" for n in found.lengths)
    reach = "at the step of its own loss" if t == k else f"{counted(t - k, 'step')} back"
    return (
        f"The first term to grow was **term({t}, {k})** of {LABELS[name]}, {reach}: at epoch "
        f"{found.grew_at} it was {grown} long, where the longest had been {start} before the first update."
    )


def remedy_sentence(run: TrainingRun) -> str:
    """Say what a run with a remedy comes to."""
    finite = run.losses[np.isfinite(run.losses)]
    if not run.finite:
        return f"breaks too, at epoch {run.epochs_done - 1}"
    return f"stays finite: the loss {change(float(finite[0]), float(finite[-1]), bold=True)}"
