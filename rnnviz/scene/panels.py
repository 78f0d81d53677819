"""The small charts of the training studio as data: their series, axes, ticks and words."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from rnnviz.charts.limits import LARGEST, level, powers, round_between
from rnnviz.charts.packed import packed_array, unpacked
from rnnviz.experiment.training import TrainingRun
from rnnviz.experiment.watch import Watched
from rnnviz.notation.conventions import WEIGHTS
from rnnviz.notation.ids import HIDDEN_PARAMETERS, PARAMETERS, symbol
from rnnviz.notation.numbers import counted, four, high, round_step
from rnnviz.settings.fields import LABELS

MOST_COLUMNS = 300
"""How many epochs a curve or a map holds beside those that are played."""
_COLOURS = {
    "W1": "--forward-line", "Wh1": "--parameter-line", "b1": "--forward-line", "W2": "--output-line",
    "b2": "--output-line",
}  # fmt: skip
_HIDDEN = "{}, {} and {}".format(*(LABELS[name] for name in HIDDEN_PARAMETERS))
_DECADES = 50.0
"""A quantity whose largest value is so many times its smallest is drawn on a log scale."""
_SPIKE = 10.0
"""So is one that has a value so many times its median, beside which nothing else would be seen."""
_SATURATED = 0.98
"""Of a map this part of the values is told apart; the few above it share the full colour."""


def sampled(total: int, also: np.ndarray | Sequence[int] = ()) -> np.ndarray:
    """Return the epochs of a curve: all of them, or evenly spaced ones, and always those in ``also``."""
    even = np.linspace(0, total - 1, min(total, MOST_COLUMNS)).round().astype(int)
    return np.union1d(even, np.asarray(also, dtype=int))


def series(name: str, xs: np.ndarray, ys: np.ndarray, colour: str, style: str = "") -> dict:
    """Return one curve: its name, epochs, values, CSS colour variable and ``""``, ``"dash"`` or ``"dot"``."""
    return {"name": name, "xs": packed_array(xs), "ys": packed_array(ys), "colour": colour, "style": style}


def lines(id: str, title: str, curves: list[dict], words: str, limit: float | None = None) -> dict:
    """Return a panel of curves over the epochs; ``words`` are its text equivalent, ``limit`` a level."""
    values = np.concatenate([unpacked(each["ys"]) for each in curves])
    scale = axis(values if limit is None else np.append(values, limit))
    named = {"id": id, "kind": "lines", "title": title, "words": words}
    return named | {"series": curves, "axis": scale, "limit": limit}


def axis(values: np.ndarray) -> dict:
    """Return the scale of a value axis: ``low``, ``high``, ``log``, and ``ticks`` as (place 0 to 1, text)."""
    finite = values[np.isfinite(values)]
    positive = finite[finite > 0]
    if positive.size and (finite >= 0).all():
        smallest, largest = float(positive.min()), float(positive.max())
        wide = positive.size == finite.size and largest / _DECADES > smallest
        if wide or largest / _SPIKE / 2 > np.median(positive / 2):
            return _log_axis(smallest, largest)
    return linear_axis(finite)


def linear_axis(finite: np.ndarray) -> dict:
    """Return a linear scale from 0, or from the smallest value below it, with round ticks."""
    top, bottom = (float(finite.max()), float(finite.min())) if finite.size else (1.0, 0.0)
    bottom, top = max(min(0.0, bottom), -LARGEST), min(top, LARGEST)
    if top <= bottom or level(bottom, top):
        top = bottom + max(1.0, 0.1 * abs(bottom))
    step = round_step((top - bottom) / 3)
    marks = [n * step for n in range(math.ceil(bottom / step - 1e-9), math.floor(top / step + 1e-9) + 1)]
    ticks = [[(mark - bottom) / (top - bottom), four(mark)] for mark in marks]
    return {"low": bottom, "high": top, "log": False, "ticks": ticks}


def signed_axis(values: np.ndarray, usual: float) -> dict:
    """Return a linear scale, or one that is linear up to ``usual`` and logarithmic beyond, half of it each.

    The latter where some value is so large that on a linear scale nothing else would be seen, as when a run
    explodes. It has ``bend``, the value where it turns.
    """
    finite = np.clip(values[np.isfinite(values)], -LARGEST, LARGEST)
    most = float(np.abs(finite).max(initial=0.0))
    if not 0 < usual < most / _DECADES:
        return linear_axis(finite)
    found = {"low": min(0.0, float(finite.min())), "high": max(0.0, float(finite.max())), "bend": usual}
    first, last = math.ceil(math.log10(usual)), math.floor(math.log10(most))
    sizes = [10.0**place for place in {(first + last + 1) // 2, last}]
    marks = sorted({0.0, *sizes, *(-size for size in sizes)})
    ticks = [[_bent(mark, found), four(mark)] for mark in marks if found["low"] <= mark <= found["high"]]
    return found | {"log": False, "ticks": ticks}


def _bent(value: float, axis: Mapping) -> float:
    """Where a value stands on a scale with a bend, from 0 to 1."""
    widest = max(-axis["low"], axis["high"]) / axis["bend"]

    def place(one: float) -> float:
        size = min(abs(one) / axis["bend"], LARGEST)
        return math.copysign(size if size <= 1 else 1 + math.log(size) / math.log(widest), one)

    low, at, high = map(place, (axis["low"], value, axis["high"]))
    return (at - low) / (high - low)


def _log_axis(smallest: float, largest: float) -> dict:
    low, top = math.log10(smallest), math.log10(largest)
    room = 0.03 * (top - low) + 1e-9
    low, top = powers(low - room, top + room)
    every = max(1, math.ceil((top - low) / 4))
    places = [place for place in range(math.ceil(low), math.floor(top) + 1) if place % every == 0]
    marks = [(float(n), f"{10.0**n:g}" if -3 <= n <= 3 else "10" + high(n)) for n in places]
    if len(marks) < 2:
        marks = [(math.log10(value), four(value)) for value in round_between(low, top)] or marks
    ticks = [[(place - low) / (top - low), text] for place, text in marks]
    ends = max(10.0**low, math.ulp(0.0)), 10.0 ** min(top, 308.25)
    return {"low": ends[0], "high": ends[1], "log": True, "ticks": ticks}


def losses(run: TrainingRun, played: np.ndarray, pinned: TrainingRun | None = None, mean: bool = False) -> dict:
    """Return the panel of the total loss and of that on sequences never trained on.

    Where L is written as a ``mean`` over time, the sum that is drawn is called one.
    """
    xs = sampled(len(run.losses), played)
    curves = [series("training", xs, run.losses[xs], "--loss-line")]
    if run.held_out_losses is not None:
        curves.append(series("held out", run.snapshot_epochs, run.held_out_losses, "--muted", "dash"))
    if pinned is not None:
        curves.append(_pinned("pinned", len(run.losses), pinned.losses, "--loss-line"))
    best = int(np.nanargmin(np.where(np.isfinite(run.losses), run.losses, np.inf)))
    lowest = f"The lowest on the training data is {four(run.losses[best])}, at epoch {best}."
    summed = ", summed over the steps," if mean else ""
    title = "Loss, summed over the steps" if mean else "Total loss L"
    return lines("loss", title, curves, f"Total loss{summed} over the epochs. {lowest}")


def step_losses(run: TrainingRun, played: np.ndarray) -> dict | None:
    """Return the map of L_t over epochs and steps; None where only the last step has a loss."""
    if np.count_nonzero(run.step_losses[0]) <= 1:
        return None
    xs = sampled(len(run.losses), played)
    values = run.step_losses[xs]
    last = values[np.isfinite(values).all(axis=1)][-1]
    words = (
        "Loss Lₜ of every step over the epochs; the stronger the larger. At the end step "
        f"{int(last.argmax())} is the hardest, with {four(float(last.max()))}."
    )
    return grid("steps", "Loss of each step", xs, values, "step t", "loss", words)


def grid(id: str, title: str, xs: np.ndarray, values: np.ndarray, side: str, role: str, words: str) -> dict:
    """Return a panel that is a map: values (epochs, rows) at the epochs ``xs``, row 0 at the bottom."""
    positive = values[np.isfinite(values) & (values > 0)]
    low, top = map(float, np.quantile(positive, [0.0, _SATURATED])) if positive.size else (1.0, 1.0)
    return {
        "id": id, "kind": "map", "title": title, "words": words, "xs": packed_array(xs),
        "values": packed_array(values), "side": side, "role": role,
        "axis": {"low": max(low, top * 1e-12), "high": top, "log": top / _DECADES > low},
    }  # fmt: skip


def gradients(
    run: TrainingRun, clip_norm: float | None, played: np.ndarray, pinned: TrainingRun | None = None, cut: bool = False
) -> dict:
    """Return the panel of each parameter's gradient norm, with the length to which all are clipped.

    Where truncation has ``cut`` them, the gradients are called truncated.
    """
    xs = sampled(len(run.losses), played)
    curves = [_of_parameter(name, xs, values[xs]) for name, values in run.gradient_norms.items()]
    if pinned is not None:
        curves.append(_pinned("pinned Wₕ₁", len(run.losses), pinned.gradient_norms["Wh1"], "--parameter-line"))
    which = f", truncated for {_HIDDEN}," if cut else ""
    words = f"Length of each parameter's gradient{which} before clipping, on a log scale."
    if clip_norm is not None:
        count = int(run.clipped.sum())
        words += f" The whole gradient is cut to {four(clip_norm)}; that happened in {counted(count, 'epoch')}."
    title = "Truncated gradient norms" if cut else "Gradient norms"
    found = lines("gradients", title, curves, words, clip_norm)
    return found | {"marks": packed_array(np.flatnonzero(run.clipped)[: 4 * MOST_COLUMNS])}


def ratios(run: TrainingRun, places: np.ndarray) -> dict:
    """Return the panel of ‖update‖ / ‖parameter‖, for each parameter at the epochs that are played."""
    curves = []
    for name in PARAMETERS:
        stacks = (values[name][places] for values in (run.updates, run.parameters))
        step, size = (np.sqrt((stack.reshape(len(stack), -1) ** 2).sum(axis=1)) for stack in stacks)
        part = np.divide(step, size, out=np.full(len(step), np.nan), where=size > 0)
        curves.append(_of_parameter(name, run.snapshot_epochs[places], part))
    words = (
        "How far a parameter moves in one epoch, as a part of its own length. About 0.001 is a usual size: "
        "far above it training is jumpy, far below it hardly moves."
    )
    return lines("ratios", "Relative update ‖Δθ‖ / ‖θ‖", curves, words)


def lags(watched: Watched, run: TrainingRun, cut: bool = False) -> dict | None:
    """Return the map of the gradient of W_h1 by lag over the epochs; None where there is one step only.

    It is of the full gradient, which is said where truncation has ``cut`` the one that trains.
    """
    if watched.by_lag.shape[1] < 2:
        return None
    told = []
    for lengths, when in ((watched.by_lag[0], "At first"), (watched.by_lag[-1], "At the end")):
        top = float(lengths.max())
        if np.isfinite(top) and top > 0:
            reach = int(np.flatnonzero(lengths >= 0.1 * top)[-1])
            told.append(f"{when} a tenth of the longest is reached up to lag {reach}.")
        else:
            told.append(f"{when} there is none.")
    words = f"Length of all terms of {LABELS['Wh1']} that reach t − k steps back. {' '.join(told)}"
    words += " Of the full gradient: with the terms that truncation leaves out." if cut else ""
    epochs, values = run.snapshot_epochs[watched.lag_places], watched.by_lag
    if not run.finite:  # a map paints an epoch up to the next one: beyond the last sound one there is none
        epochs, values = np.append(epochs, epochs[-1] + 1), np.vstack([values, np.full_like(values[-1], np.nan)])
    title = "Full gradient by lag t − k" if cut else "Gradient by lag t − k"
    return grid("lags", title, epochs, values, "lag", "chain", words)


def gates(watched: Watched, run: TrainingRun) -> dict | None:
    """Return the panel of how far each gate of a gated cell is open over the epochs; None of the plain cell."""
    if not watched.gates:
        return None
    epochs = run.snapshot_epochs[watched.lag_places]
    curves = [
        series(name, epochs, means, colour)
        for (name, means), colour in zip(watched.gates.items(), _OF_GATES, strict=False)
    ]
    each = ", ".join(
        f"{name} {four(means[0])} at first, {four(means[-1])} at the end" for name, means in watched.gates.items()
    )
    words = f"How far each gate is open, 0 to 1, the mean over all steps, samples and units: {each}."
    return lines("gates", "Gates, on the mean", curves, words)


_OF_GATES = ("--forward-line", "--chain-line", "--output-line")


def _pinned(name: str, total: int, values: np.ndarray, colour: str) -> dict:
    """A curve of the pinned run over the epochs of the present one."""
    xs = sampled(min(total, len(values)))
    return series(name, xs, values[xs], colour, "pinned")


def nearest(kept: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Return the places of the ascending ``kept`` that lie nearest to each of ``wanted``; the lower of two.

    Examples
    --------
    >>> nearest(np.array([0, 1, 10]), np.array([0, 5, 6, 99])).tolist()
    [0, 1, 2, 2]
    """
    right = np.clip(np.searchsorted(kept, wanted), 1, max(1, len(kept) - 1))
    if len(kept) == 1:
        return np.zeros(len(wanted), dtype=int)
    return np.where(wanted - kept[right - 1] <= kept[right] - wanted, right - 1, right)


def _of_parameter(name: str, xs: np.ndarray, ys: np.ndarray) -> dict:
    style = "" if name in WEIGHTS else "dot"
    return series("", xs, ys, _COLOURS[name], style) | {"label": [list(piece) for piece in symbol(name).label]}
