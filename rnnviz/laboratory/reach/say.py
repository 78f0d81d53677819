"""How much of an error arrives how far back, what theory says about it, and where the gradient comes from."""

from collections.abc import Sequence

import numpy as np

from rnnviz.experiment.core import Experiment
from rnnviz.experiment.flow import EXPLODED, GROWN, VANISHED
from rnnviz.laboratory.reach.compute import PATH_NAMES, Bands, ByLag, Lags, Left, Paths, by_path, within
from rnnviz.notation.numbers import NO_PART, beyond_rounding, counted, four, high, low, ordinal, percent, steps_back
from rnnviz.notation.rules import of_full_gradient
from rnnviz.settings.fields import LABELS

_ALIKE = 1.001
"""Shares whose factor is smaller are told as equal."""
AGAINST = 0.1
"""From this share on it is said that terms pull against the gradient."""
ROUNDED = 1e-2
"""Shares that miss 1 by more are those of terms that cancel: their sum is what rounding leaves."""


def band_sentence(found: Left) -> str:
    """Say what the band by lag holds, and how wide it is: a narrow one hides behind the line."""
    if not np.isfinite(found.high[found.lag > 0]).any():
        return "There are no shares to draw a band of."
    if (found.high == np.inf).any():
        return "The band holds every loss and every sample, as long as they are finite."
    if ((found.low == 0) & (found.high > 0)).any():
        return "The band holds every loss and every sample, down to the edge where one is exactly 0."
    if found.spread < _ALIKE:
        return "All losses and samples are left with the same share: there is no band."
    factor = (
        f"up to a factor of {four(found.spread)}" if np.isfinite(found.spread) else "by more than a factor of 1e308"
    )
    return f"The band holds every loss and every sample: at one lag they are {factor} apart."


PATHS = {"lstm": "C through the forget gates", "gru": "H through the update gates"}
"""The direct path of each gated cell."""


def flow_sentence(found: Left, cell: str = "plain") -> str:
    """Say how much of an error is left after the longest lag, and what theory allows or the direct path carries."""
    back = found.far
    left, last = float(found.median[back]), len(found.lag) - 1
    if last == 0:
        return "With a single step there is no way back: the gradient is immediate."
    if back < 0:
        return "No loss sends an error to its own state, so there is nothing to follow back."
    if back == 0:
        return "Only the first loss, L₀, sends an error to its own state: there is no way back from it."
    if not np.isfinite(left):
        return _overflow(found)
    text = (
        f"After {counted(back, 'step')} back an error has **{four(left)}** times its length{_middle(found, back)}: it "
    )
    if isinstance(found, Paths):
        alone = f"Along the direct path alone, {PATHS[cell]}, it would have **{four(found.direct[back])}**."
        return f"{text}{_verdict(left)}. {alone}{_apart(found)}{_later(found)}"
    assert isinstance(found, Lags)
    allowed = f"the bound (γ σₘₐₓ){high(back)} allows **{four(found.bound[back])}**"
    text += f"{_verdict(left)}, {_reason(left, found.stretch, found.bound[back])}; {allowed}."
    return text + _apart(found) + _transient(found) + _later(found)


def _later(found: Left) -> str:
    """Say that later losses send nothing back."""
    silent = len(found.lag) - 1 - found.far
    if not silent:
        return ""
    which = (
        f"{counted(silent, 'loss', 'sends', 'send')} no error to {'its own state' if silent == 1 else 'their states'}"
    )
    return f" After L{low(found.far)} {which}."


def _middle(found: Left, lag: int) -> str:
    """Name the median, where losses or samples differ."""
    return "" if found.low[lag] == found.high[lag] else " in the median"


def _overflow(found: Left) -> str:
    """Say up to where the errors are numbers."""
    finite = np.flatnonzero(np.isfinite(found.median))
    if not finite.size:
        return "The errors are not finite here: the network overflows, and there is nothing to compare."
    last = int(finite[-1])
    if last == 0:
        return "The error **explodes**: one step back it is no longer a finite number."
    left = f"{steps_back(last)} it has **{four(found.median[last])}** times its length{_middle(found, last)}"
    return f"The error **explodes**: {left}; further back it is no longer a finite number."


def _apart(found: Left) -> str:
    """Say how far the extremes lie, where they tell another story than the median."""
    low, median, high = (float(values[found.far]) for values in (found.low, found.median, found.high))
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
    top, last = int(np.nanargmax(found.median)), found.far
    if not (top > 0 and found.median[top] > GROWN and found.trend[last] < 1):
        return ""
    grows = "It grows" if top == last else f"On its way it grows to **{four(found.median[top])}**, {steps_back(top)},"
    return (
        f" {grows} although ρ = {four(found.trend[1])} is below 1: ρ is the long-run rate of the powers of "
        "Wₕ₁ alone, and bounds neither a step nor a product with slopes in it."
    )


def map_words(T: int) -> str:
    """Say what the map of the losses shows, for one who cannot see it."""
    return f"Heat map of the norms of ∂Lₜ/∂Hₖ over {counted(T, 'step')}, log scale."


def terms_sentence(norms: np.ndarray, parameter: str, path: str = "") -> str:
    """Say where the longest term of a parameter comes from, and how the one from furthest back compares.

    Of what came by one ``path`` where that is named.
    """
    name = LABELS[parameter] + (f", {path}," if path else "")
    there = np.tri(*norms.shape, dtype=np.bool_) & ~np.isnan(norms).all(axis=1)[:, None]
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
    """Say how far a state moves the last one, for one sample; and at which steps the norms are drawn."""
    first, last = steps[0], steps[-1]
    if first == last:
        return "With a single step there is no way from one state to another."
    times = f"**{four(norms[-1, 0])}** times as long at most"
    longer = times if np.isfinite(norms[-1, 0]) else "so much longer that it is no longer a finite number"
    every = steps[1] - steps[0]
    drawn = "" if every == 1 else f" Every {ordinal(every)} step is drawn."
    way = f"a small change of the state of step {first} reaches that of step {last}"
    return f"Sample {sample + 1}: {way} {longer}.{drawn}"


def lags_table(found: Left) -> dict[str, np.ndarray]:
    """Return the measured shares of each lag beside bound and long-run rate, or beside the direct path's."""
    columns = {"lag t − k": found.lag, "median": found.median, "smallest": found.low, "largest": found.high}
    if isinstance(found, Paths):
        return columns | {"along the direct path": found.direct}
    assert isinstance(found, Lags)
    return columns | {"bound (γ σₘₐₓ)^lag": found.bound, "long-run rate ρ^lag": found.trend}


def beside_sentence(cell: str) -> str:
    """Say what the lines beside the measured one are."""
    if cell == "plain":
        return "Nothing can lie above the bound. The long-run rate is that of Wₕ₁ alone: it leaves the slopes f₁′ out."
    text = (
        f"The direct path, {PATHS[cell]}, is no bound: what went through gates and candidates adds to it or takes away."
    )
    return text + state_note(cell)


def state_note(cell: str) -> str:
    """Say what the state is where it is more than H."""
    return " The state is H and C together." if cell == "lstm" else ""


def path_sentence(found: ByLag, direct: ByLag, parameter: str) -> str:
    """Say by which path what the gradient has from earlier steps came; a term at its own loss's step took none."""
    name, last = LABELS[parameter], len(found.along) - 1
    earlier, along = (float(each.reached[-1] - each.reached[0]) for each in (found, direct))
    if last == 0 or not abs(1 - found.reached[-1]) < ROUNDED or not np.isfinite([earlier, along]).all():
        return ""
    rest = earlier - along
    if max(map(abs, (earlier, along, rest))) < NO_PART:
        return f" Next to nothing of the gradient of {name} comes from earlier steps, by either path."
    text = f" Terms from earlier steps make **{percent(earlier, 1)}** of the gradient of {name}: "
    return f"{text}**{percent(along, 1)}** along the direct path, **{percent(rest, 1)}** through gates and candidates."


def share_sentence(found: ByLag, parameter: str, length: float, left: np.ndarray) -> str:
    """Say from how far back the gradient comes, and how long it is where the error of its far terms vanishes.

    What tells whether it vanishes is the share of an error that is ``left`` after each lag, in the median: a
    small share of the gradient alone does not.
    """
    name = LABELS[parameter]
    if not (found.along.any() or found.against.any()):
        return f"The gradient of {name} is exactly 0: there is nothing to share out."
    if not np.isfinite(length):
        return f"The gradient of {name} is not finite: it cannot be shared out."
    if not abs(1 - found.reached[-1]) < ROUNDED:
        what = f"The gradient of {name}, **{four(length)}** long, is no more than rounding leaves of its terms"
        return f"{what}: it cannot be shared out."
    half, nearly = within(found, 0.5), within(found, 0.99)
    furthest = int(np.flatnonzero((found.along != 0) | (found.against != 0))[-1])
    last = float(found.along[furthest] + found.against[furthest])
    if furthest == 0:
        return f"All of the gradient of {name} comes from terms at the same step.{_pulling(found, [])}"
    more = "" if nearly == half else f", {_reached(found, nearly)} from those {_up_to(nearly)}"
    adds = f"takes **{percent(-last, 1)}** away" if last < -NO_PART else f"adds **{percent(last, 1)}**"
    text = f"{_reached(found, half)} of the gradient of {name} comes from terms {_up_to(half)}{more}; "
    text += f"the longest way, {steps_back(furthest)}, {adds}."
    if abs(last) < 1e-2 and left[furthest] < VANISHED:
        text += f" So far back the error vanishes; the gradient, the sum of all terms, is **{four(length)}** long."
    return text + _pulling(found, [float(found.reached[half]), float(found.reached[nearly]), last])


def whose_sentence(experiment: Experiment) -> str:
    """Say that the gradient is a mean over samples, and the full one where training truncates it."""
    batch = experiment.trace.X.shape[1]
    mean = f" The gradient is the mean over the {batch} samples." if batch > 1 else ""
    return mean + of_full_gradient(experiment.config)


def _reached(found: ByLag, lag: int) -> str:
    return f"**{percent(float(found.reached[lag]), 1)}**"


def _pulling(found: ByLag, told: list[float]) -> str:
    """Say why a share can be negative or above 100 %, where one that is told is, or where much pulls back."""
    along, against = float(found.along.sum()), float(-found.against.sum())
    if against < AGAINST and all(-1e-12 <= share < 1.005 for share in told):
        return ""
    makes = f"those along the gradient make **{percent(along, 1)}** of it"
    return f" Terms pull against each other: {makes}, those against it take **{percent(against, 1)}** away."


def _up_to(lag: int) -> str:
    return "at the same step" if lag == 0 else f"up to **{steps_back(lag)}**"


def contributions_sentence(contributions: np.ndarray) -> str:
    """Say which state receives most, and how much of what reaches the first comes from the last loss."""
    lengths = contributions.sum(axis=0)
    if not np.isfinite(lengths).all():
        return "The errors are not finite here: they cannot be drawn."
    if not lengths.any():
        return "No error reaches any state: every bar is exactly 0."
    most, last = int(lengths.argmax()), len(lengths) - 1
    if last == 0:
        return f"The error ∂L/∂H₀ of the only state has length **{four(lengths[0])}**, from the only loss, L₀."
    if np.ptp(lengths) <= 1e-9 * lengths[most]:
        text = f"The error ∂L/∂Hₖ has the same length at every step, **{four(lengths[0])}**"
    else:
        text = f"The error ∂L/∂Hₖ is longest at step {most}, **{four(lengths[most])}**"
        text += f"; at step 0 its length is **{four(lengths[0])}**" if most > 0 else ""
    senders = np.flatnonzero(contributions.any(axis=1))
    if len(senders) == 1:
        return text + f", all from L{low(int(senders[0]))} alone."
    if lengths[0] == 0:
        return text + "."
    parts = [beyond_rounding(contributions[t, 0] / lengths[0]) for t in (0, last)]
    own, far = (percent(part, 1) for part in parts)
    against = " Losses pull against each other there." if min(parts) < 0 or max(parts) > 1.005 else ""
    gives = f"the loss L₀ gives **{own}** and the last one, L{low(last)}, **{far}**"
    return f"{text}. Of what reaches the state of step 0 {gives}.{against}"


def shares_table(found: ByLag, direct: ByLag | None = None) -> dict[str, np.ndarray]:
    """Return the shares of the gradient by lag, and of a gated cell by path."""
    columns = {"lag t − k": np.arange(len(found.along)), "along the gradient": found.along, "against it": found.against}
    if direct is not None:
        columns |= dict(zip(PATH_NAMES, by_path(found, direct), strict=True))
    return columns | {"all up to this lag": found.reached}


def bands_table(found: Bands) -> dict[str, np.ndarray]:
    """Return what each state receives, a column for each band of losses."""
    steps = {"step k": np.arange(found.values.shape[1]), "‖∂L/∂Hₖ‖": found.values.sum(axis=0)}
    return steps | dict(zip(found.names, found.values, strict=True))
