"""Where the gradient comes from: by the lag of its terms, and by the losses whose errors reach a state."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rnnviz.figures.measures.flow import VANISHED
from rnnviz.settings import LABELS
from rnnviz.story.numbers import NO_PART, beyond_rounding, four, low, percent, steps_back
from rnnviz.story.rules import of_full_gradient

MOST_BANDS = 8
"""More bands of one colour can no longer be told apart."""
AGAINST = 0.1
"""From this share on it is said that terms pull against the gradient."""


ROUNDED = 1e-2
"""Shares that miss 1 by more are those of terms that cancel: their sum is what rounding leaves."""


@dataclass(frozen=True, eq=False)
class ByLag:
    """Shares of the gradient of one parameter by lag t − k; all of them sum to 1.

    Attributes
    ----------
    along, against : ndarray, shape (T,)
        Sum of the positive and of the negative shares of the terms of a lag.
    reached : ndarray, shape (T,)
        Share of all terms up to and with a lag: what a window of lag + 1 steps keeps.
    """

    along: np.ndarray
    against: np.ndarray
    reached: np.ndarray


def by_lag(shares: np.ndarray) -> ByLag:
    """Gather the shares (T, T) of the terms (t, k) by their lag."""
    along, against = (
        np.array([side(np.diagonal(shares, -lag), 0).sum() for lag in range(len(shares))])
        for side in (np.maximum, np.minimum)
    )
    return ByLag(along, against, np.cumsum(along + against))


def within(found: ByLag, share: float) -> int:
    """Return the smallest lag from which on less than 1 − ``share`` is missing, and stays so."""
    missing = np.abs(1 - found.reached) > 1 - share
    return int(np.flatnonzero(missing)[-1]) + 1 if missing.any() else 0


def share_sentence(found: ByLag, parameter: str, length: float, left: np.ndarray) -> str:
    """Say from how far back the gradient comes, and how long it is where the error of its far terms vanishes.

    Parameters
    ----------
    found : ByLag
    parameter : str
    length : float
        Of the gradient.
    left : ndarray, shape (T,)
        Median share of an error that is left after each lag: what tells whether it vanishes, as a small
        share of the gradient alone does not.
    """
    name = LABELS[parameter]
    if not (found.along.any() or found.against.any()):
        return f"The gradient of {name} is exactly 0: there is nothing to share out."
    if not np.isfinite(length):
        return f"The gradient of {name} is not finite: it cannot be shared out."
    if not abs(1 - found.reached[-1]) < ROUNDED:
        return (
            f"The gradient of {name}, **{four(length)}** long, is no more than rounding leaves of its terms: "
            "it cannot be shared out."
        )
    half, nearly = within(found, 0.5), within(found, 0.99)
    furthest = int(np.flatnonzero((found.along != 0) | (found.against != 0))[-1])
    last = float(found.along[furthest] + found.against[furthest])
    if furthest == 0:
        return f"All of the gradient of {name} comes from terms at the same step.{_pulling(found, [])}"
    text = (
        f"{_reached(found, half)} of the gradient of {name} comes from terms {_up_to(half)}"
        f"{_and_more(found, half, nearly)}; "
        f"the longest way, {steps_back(furthest)}, {_adds(last)}."
    )
    if abs(last) < 1e-2 and left[furthest] < VANISHED:
        text += " So far back the error vanishes; "
        text += f"the gradient, the sum of all terms, is **{four(length)}** long."
    told = [float(found.reached[half]), float(found.reached[nearly]), last]
    return text + _pulling(found, told)


def whose_sentence(experiment: object) -> str:
    """Say that the gradient is a mean over samples, and the full one where training truncates it."""
    batch = experiment.trace.X.shape[1]
    mean = f" The gradient is the mean over the {batch} samples." if batch > 1 else ""
    return mean + of_full_gradient(experiment.config)


def _reached(found: ByLag, lag: int) -> str:
    return f"**{percent(float(found.reached[lag]), 1)}**"


def _adds(share: float) -> str:
    if share < -NO_PART:
        return f"takes **{percent(-share, 1)}** away"
    return f"adds **{percent(share, 1)}**"


def _and_more(found: ByLag, half: int, nearly: int) -> str:
    return "" if nearly == half else f", {_reached(found, nearly)} from those {_up_to(nearly)}"


def _pulling(found: ByLag, told: list[float]) -> str:
    """Say why a share can be negative or above 100 %, where one that is told is, or where much pulls back."""
    along, against = float(found.along.sum()), float(-found.against.sum())
    if against < AGAINST and all(-1e-12 <= share < 1.005 for share in told):
        return ""
    return (
        f" Terms pull against each other: those along the gradient make **{percent(along, 1)}** of it, those "
        f"against it take **{percent(against, 1)}** away."
    )


def _up_to(lag: int) -> str:
    return "at the same step" if lag == 0 else f"up to **{steps_back(lag)}**"


@dataclass(frozen=True, eq=False)
class Bands:
    """The errors that reach each state, in bands of the losses that they came from.

    Attributes
    ----------
    names : tuple of str
        The loss steps of each band.
    values : ndarray, shape (bands, T)
        What each band adds to ‖∂L/∂H_k‖; negative where it pulls against the others.
    """

    names: tuple[str, ...]
    values: np.ndarray


def bands(received: np.ndarray) -> Bands:
    """Gather rows (t) of ``received`` (T, T) into at most `MOST_BANDS` bands of neighbouring losses."""
    present = np.flatnonzero(received.any(axis=1))
    if not present.size:
        return Bands((), np.zeros((0, len(received))))
    groups = np.array_split(present, min(MOST_BANDS, len(present)))
    return Bands(tuple(map(_steps, groups)), np.array([received[group].sum(axis=0) for group in groups]))


def _steps(group: np.ndarray) -> str:
    ends = dict.fromkeys((int(group[0]), int(group[-1])))
    return " to ".join(f"L{low(step)}" for step in ends)


def received_sentence(received: np.ndarray) -> str:
    """Say which state receives most, and how much of what reaches the first comes from the last loss."""
    lengths = received.sum(axis=0)
    if not np.isfinite(lengths).all():
        return "The errors are not finite here: they cannot be drawn."
    if not lengths.any():
        return "No error reaches any state: every bar is exactly 0."
    most, last = int(lengths.argmax()), len(lengths) - 1
    if last == 0:
        return f"The only state receives an error of length **{four(lengths[0])}**, from the only loss, L₀."
    if np.ptp(lengths) <= 1e-9 * lengths[most]:
        text = f"Every state receives an error of the same length, **{four(lengths[0])}**"
    else:
        text = f"The state of step {most} receives the longest error, **{four(lengths[most])}**"
        text += f"; that of step 0 receives **{four(lengths[0])}**" if most > 0 else ""
    senders = np.flatnonzero(received.any(axis=1))
    if len(senders) == 1:
        return text + f", all from L{low(int(senders[0]))} alone."
    if lengths[0] == 0:
        return text + "."
    parts = [beyond_rounding(received[t, 0] / lengths[0]) for t in (0, last)]
    own, far = (percent(part, 1) for part in parts)
    against = " Losses pull against each other there." if min(parts) < 0 or max(parts) > 1.005 else ""
    return text + (
        f". Of what reaches the state of step 0 the loss L₀ gives **{own}** and the last one, L{low(last)}, "
        f"**{far}**.{against}"
    )
