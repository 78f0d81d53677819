"""How much of an error arrives how far back, and what theory says about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rnnviz.settings import LABELS
from rnnviz.story.numbers import all_of, counted, four, high, ordinal, part_of, steps_back

VANISHED, EXPLODED, GROWN = 1e-2, 1e1, 1.5
"""Shares beyond which the words "vanishes", "explodes" and "grows" are used."""


_ALIKE = 1.001
"""Shares whose factor is smaller are told as equal."""


@dataclass(frozen=True, eq=False)
class Lags:
    """‖∂L_t/∂H_k‖ / ‖∂L_t/∂H_t‖ by lag t − k, and what theory says about it.

    Attributes
    ----------
    lag : ndarray of int, shape (T,)
    median, low, high : ndarray, shape (T,)
        Over all samples and all steps with a loss; NaN where there is none.
    bound : ndarray, shape (T,)
        (γ σₘₐₓ)^lag, never exceeded (Pascanu et al. 2013), with room for the rounding of the products.
    trend : ndarray, shape (T,)
        ρ^lag, ρ the rate of the powers of Wh1: ‖Wh1^p‖^(1/p) tends to it (Gelfand 1941). No bound.
    stretch : float
        γ σₘₐₓ: no step can stretch an error by more.
    silent : bool
        Whether no loss sends an error to its own state.
    """

    lag: np.ndarray
    median: np.ndarray
    low: np.ndarray
    high: np.ndarray
    bound: np.ndarray
    trend: np.ndarray
    stretch: float
    silent: bool = False

    @property
    def spread(self) -> float:
        """The largest factor between two losses or samples at one lag; infinite beside 0 and infinity."""
        with np.errstate(all="ignore"):
            ratios = self.high / self.low
        return float(np.nanmax(ratios, initial=1.0))


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


def lags(flow: np.ndarray, gamma: float, spectral_norm: float, spectral_radius: float) -> Lags:
    """Return the shares that are left after each lag, with the bound and the long-run rate.

    Parameters
    ----------
    flow : ndarray, shape (T, T) or (T, T, m)
        ‖∂L_t/∂H_k‖ at ``[t, k]``, of every sample; NaN above the diagonal and where there is no loss.
    gamma : float
        The largest slope of the activation.
    spectral_norm, spectral_radius : float
        Largest singular value and largest |eigenvalue| of Wh1.
    """
    flow = flow.reshape(*flow.shape[:2], -1)
    lag = np.arange(len(flow))
    with np.errstate(over="ignore", under="ignore"):
        trend = spectral_radius**lag
    median, low, high = np.array([_middle_and_ends(each) for each in _shares(flow)]).T
    stretch = gamma * spectral_norm
    silent = bool(np.isfinite(flow[-1]).all() and not np.nan_to_num(np.diagonal(flow)).any())
    return Lags(lag, median, low, high, bound(stretch, lag), trend, stretch, silent)


_ROUNDING = 200 * np.finfo(float).eps
"""What a step of a product may lose or win by rounding, with up to 64 units."""


def bound(stretch: float, lag: np.ndarray) -> np.ndarray:
    """Return stretch^lag, the bound of what is left, with room for rounding and for underflow."""
    with np.errstate(over="ignore", under="ignore"):
        powers = (stretch * (1 + _ROUNDING)) ** lag
    return powers if stretch == 0 else np.maximum(powers, np.finfo(float).tiny)


def _shares(flow: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the shares of each lag over all losses and samples whose own step has an error.

    An error that overflows on its way counts as infinite; where that cannot be told the share is NaN.
    """
    own = np.diagonal(flow).T
    with np.errstate(all="ignore"):
        for lag in range(len(flow)):
            share = np.diagonal(flow, -lag).T / own[lag:]
            yield share[own[lag:] > 0]


def _middle_and_ends(values: np.ndarray) -> tuple[float, float, float]:
    """Return median, smallest and largest; NaN of no values, and where one is NaN, which is sorted last."""
    ordered, middle = np.sort(values), values.size // 2
    if not values.size or np.isnan(ordered[-1]):
        return np.nan, np.nan, np.nan
    median = ordered[middle] if values.size % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    return float(median), float(ordered[0]), float(ordered[-1])


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
