"""How much of an error arrives how far back, and what theory says about it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnviz.experiment.flow import EXPLODED, GROWN, VANISHED
from rnnviz.laboratory.reach.compute import Lags
from rnnviz.notation.numbers import all_of, counted, four, high, ordinal, part_of, steps_back
from rnnviz.settings.fields import LABELS

_ALIKE = 1.001
"""Shares whose factor is smaller are told as equal."""


def band_sentence(found: Lags) -> str:
    """Say what the band by lag holds, and how wide it is: a narrow one hides behind the line."""
    if not np.isfinite(found.high[found.lag > 0]).any():
        return "There are no shares to draw a band of."
    if (found.high == np.inf).any():
        return "The band holds every loss and every sample, as long as they are finite."
    if ((found.low == 0) & (found.high > 0)).any():
        return "The band holds every loss and every sample, down to the edge where one is exactly 0."
    if found.spread < _ALIKE:
        return "All losses and samples are left with the same share: there is no band."
    return f"The band holds every loss and every sample: at one lag they are {_apart_by(found.spread)} apart."


def _apart_by(factor: float) -> str:
    return f"up to a factor of {four(factor)}" if np.isfinite(factor) else "by more than a factor of 1e308"


def flow_sentence(found: Lags) -> str:
    """Say how much of an error is left after the longest lag, and what theory allows."""
    back, left = len(found.lag) - 1, float(found.median[-1])
    if back == 0:
        return "With a single step there is no way back: the gradient is immediate."
    if found.silent:
        return "No loss sends an error to its own state, so there is nothing to follow back."
    if not np.isfinite(left):
        return _overflow(found)
    allowed = f"the bound (γ σₘₐₓ){high(back)} allows **{four(found.bound[-1])}**"
    return (
        f"After {counted(back, 'step')} back, **{four(left)}** of an error is left{_middle(found, back)}: "
        f"it {_verdict(left)}, {_reason(left, found.stretch, found.bound[-1])}; {allowed}."
        + _apart(found)
        + _transient(found)
    )


def _middle(found: Lags, lag: int) -> str:
    """Name the median, where losses or samples differ."""
    return "" if found.low[lag] == found.high[lag] else " in the median"


def _overflow(found: Lags) -> str:
    """Say up to where the errors are numbers."""
    finite = np.flatnonzero(np.isfinite(found.median))
    if not finite.size:
        return "The errors are not finite here: the network overflows, and there is nothing to compare."
    last = int(finite[-1])
    if last == 0:
        return "The error **explodes**: one step back it is no longer a finite number."
    return (
        f"The error **explodes**: {steps_back(last)} **{four(found.median[last])}** of it is left"
        f"{_middle(found, last)}; further back it is no longer a finite number."
    )


def _apart(found: Lags) -> str:
    """Say how far the extremes lie, where they tell another story than the median."""
    low, median, high = (float(values[-1]) for values in (found.low, found.median, found.high))
    if _verdict(low) == _verdict(median) == _verdict(high):
        return ""
    if high == np.inf:
        return f" One by one it is **{four(low)}** or more, up to what is no longer a finite number."
    return f" One by one it is between **{four(low)}** and **{four(high)}**."


def _verdict(left: float) -> str:
    if left == 0:
        return "**is gone**"
    return "**vanishes**" if left < VANISHED else "**explodes**" if left > EXPLODED else "**is carried**"


def _reason(left: float, stretch: float, allowed: float) -> str:
    of_a_step = f"γ σₘₐₓ = {four(stretch)}"
    if left == 0:
        return "exactly, in double precision"
    if left < VANISHED and allowed < VANISHED:
        return f"as it had to with {of_a_step} below 1"
    if left < VANISHED:
        return f"though {of_a_step} " + ("would leave more" if stretch < 1 else "is not below 1")
    return f"and {of_a_step} allows it" if stretch >= 1 else f"within what {of_a_step} allows"


def _transient(found: Lags) -> str:
    """Say that the error grows, where it does although ρ is below 1."""
    top, last = int(np.nanargmax(found.median)), len(found.lag) - 1
    if not (top > 0 and found.median[top] > GROWN and found.trend[-1] < 1):
        return ""
    grows = (
        "It grows"
        if top == last
        else f"On its way it grows to **{four(found.median[top])}**, {steps_back(top)},"
    )
    return (
        f" {grows} although ρ = {four(found.trend[1])} is below 1: ρ is the long-run rate of the powers of "
        "Wₕ₁ alone, and bounds neither a step nor a product with slopes in it."
    )


def map_words(T: int) -> str:
    """Say what the map of the losses shows, for one who cannot see it."""
    return f"Heat map of the norms of ∂Lₜ/∂Hₖ over {counted(T, 'step')}, log scale."


def zero_sentence(norms: np.ndarray) -> str:
    """Say how many of the drawn norms are exactly 0: they have no place on a log scale."""
    reachable = np.tri(*norms.shape, dtype=bool) & np.isfinite(norms)
    zeros, count = int(np.sum(norms[reachable] == 0)), int(reachable.sum())
    if count == 0:
        return "No norm here is a finite number."
    if zeros == 0:
        return (
            "The only norm there is is not 0." if count == 1 else f"None of the {count} norms is exactly 0."
        )
    verb = "norm", "is", "are"
    these = all_of(count, *verb) if zeros == count else part_of(zeros, count, *verb)
    return f"Grey: {these} exactly 0, for which a log scale has no place."


def terms_sentence(norms: np.ndarray, parameter: str) -> str:
    """Say where the longest term of a parameter comes from, and how the one from furthest back compares.

    Parameters
    ----------
    norms : ndarray, shape (T, T)
        NaN in the rows of steps without a loss.
    parameter : str
    """
    name = LABELS[parameter]
    there = np.tri(*norms.shape, dtype=bool) & ~np.isnan(norms).all(axis=1)[:, None]
    if not there[-1].any() or not np.isfinite(norms[there]).all():
        return f"Not every term of {name} is a finite number: some overflow."
    by_lag = np.array([np.nan_to_num(np.diagonal(norms, -lag)).max() for lag in range(len(norms))])
    present = np.flatnonzero(by_lag > 0)
    if present.size == 0:
        return f"Every term of {name} is exactly 0, and so is their sum."
    largest, furthest = int(by_lag.argmax()), int(present[-1])
    if len(norms) == 1:
        return f"The only term of {name} has length **{four(by_lag[0])}**."
    text = f"The longest term of {name} lies {steps_back(largest)}, with length **{four(by_lag[largest])}**"
    if furthest == largest:
        return text + "; none that is not 0 reaches further back."
    return text + f"; from furthest away, {steps_back(furthest)}, comes **{four(by_lag[furthest])}**."


def state_sentence(norms: np.ndarray, steps: Sequence[int], sample: int) -> str:
    """Say how far a state moves the last one, for one sample; and which steps are drawn.

    Parameters
    ----------
    norms : ndarray, shape (S, S)
        ‖∂H_t/∂H_k‖₂ at the ``steps`` t and k.
    steps : sequence of int, length S
    sample : int
    """
    first, last = steps[0], steps[-1]
    if first == last:
        return "With a single step there is no way from one state to another."
    text = f"Sample {sample + 1}: a small change of the state of step {first} reaches that of step {last} "
    text += (
        f"**{four(norms[-1, 0])}** times as long at most."
        if np.isfinite(norms[-1, 0])
        else "so much longer that it is no longer a finite number."
    )
    every = steps[1] - steps[0]
    return text if every == 1 else f"{text} Every {ordinal(every)} step is drawn."


def lags_table(found: Lags) -> dict[str, np.ndarray]:
    """Return the measured shares of each lag beside bound and long-run rate."""
    return {
        "lag t − k": found.lag,
        "median": found.median,
        "smallest": found.low,
        "largest": found.high,
        "bound (γ σₘₐₓ)^lag": found.bound,
        "long-run rate ρ^lag": found.trend,
    }
