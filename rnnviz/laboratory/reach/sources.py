"""Where the gradient comes from: by the lag of its terms, and by the losses whose errors reach a state."""

from __future__ import annotations

import numpy as np

from rnnviz.experiment.flow import VANISHED
from rnnviz.laboratory.reach.compute import Bands, ByLag, within
from rnnviz.notation.numbers import NO_PART, beyond_rounding, four, low, percent, steps_back
from rnnviz.notation.rules import of_full_gradient
from rnnviz.settings.fields import LABELS

AGAINST = 0.1
"""From this share on it is said that terms pull against the gradient."""


ROUNDED = 1e-2
"""Shares that miss 1 by more are those of terms that cancel: their sum is what rounding leaves."""


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


def shares_table(found: ByLag) -> dict[str, np.ndarray]:
    """Return the shares of the gradient by lag."""
    return {
        "lag t − k": np.arange(len(found.along)),
        "along the gradient": found.along,
        "against it": found.against,
        "all up to this lag": found.reached,
    }


def bands_table(found: Bands) -> dict[str, np.ndarray]:
    """Return what each state receives, a column for each band of losses."""
    steps = {"step k": np.arange(found.values.shape[1]), "‖∂L/∂Hₖ‖": found.values.sum(axis=0)}
    return steps | dict(zip(found.names, found.values, strict=True))
