"""A broken run in words: where it began, and what each remedy would have done."""

from __future__ import annotations

import numpy as np

from rnnviz.experiment.training import TrainingRun
from rnnviz.laboratory.breaking.compute import Breakdown
from rnnviz.notation.numbers import change, counted, four, high
from rnnviz.settings.fields import LABELS


def breakdown_sentence(found: Breakdown) -> str:
    """Tell how a run broke."""
    return (
        f"At epoch **{found.epoch}** the numbers are no longer finite; the last sound parameters are those "
        f"of epoch {found.healthy}, and the studio plays up to there. "
        f"The gradient of {LABELS[found.parameter]} {_grew(*found.norms)}. {_first_to_grow(found)}"
    )


def _first_to_grow(found: Breakdown) -> str:
    if found.term is None:
        hidden = f"{LABELS['W1']}, {LABELS['Wh1']} and {LABELS['b1']}"
        return f"Before the first update every term of {hidden} was 0."
    name, t, k = found.term
    start, grown = (_power(value) for value in found.lengths)
    return (
        f"The first term to grow was **term({t}, {k})** of {LABELS[name]}, {_reach(t - k)}: at epoch "
        f"{found.grew_at} it was {grown} long, where the longest had been {start} before the first update."
    )


def _grew(first: float, last: float) -> str:
    if not last > first or four(first) == four(last):
        return f"was {four(last)} long, and no other grew more"
    return f"grew most, from {four(first)} to {four(last)}"


def _reach(lag: int) -> str:
    return "at the step of its own loss" if lag == 0 else f"{counted(lag, 'step')} back"


def _power(exponent: float) -> str:
    """Return 10 to a power that may be beyond any float."""
    if -300 < exponent < 300:
        return four(10.0**exponent)
    return f"10{high(round(exponent))}"


def remedy_sentence(run: TrainingRun) -> str:
    """Say what a run with a remedy comes to."""
    finite = run.losses[np.isfinite(run.losses)]
    if not run.finite:
        return f"breaks too, at epoch {run.epochs_done - 1}"
    return f"stays finite: the loss {change(float(finite[0]), float(finite[-1]), bold=True)}"
