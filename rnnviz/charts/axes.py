"""Where an axis begins and ends and what is written at it, for whatever numbers the marks hold."""

import math
from collections.abc import Iterable, Iterator

import numpy as np

from rnnviz.charts.limits import END, decimal, powers, round_between, widened
from rnnviz.charts.marks import Axis, Band, Bar, Chart, Line, Mark, Rule, Ticks
from rnnviz.notation.numbers import round_step

_ROOM = 0.055
"""What is left free above and below the values of an axis that has no range of its own."""
_MOST_NAMES = 14


def log_axis(title: str, low: float, high: float) -> Axis:
    """Return a log axis from 10^``low`` to 10^``high``, both kept among the powers that a float holds."""
    return Axis(title, log=True, range=powers(low, high))


def log_span(*series: Iterable[float]) -> tuple[float, float]:
    """Return exponents with a little room around all positive finite values; (−1, 1) where there are none."""
    exponents = [math.log10(value) for values in series for value in values if 0 < value < math.inf]
    low, high = (min(exponents), max(exponents)) if exponents else (-1.0, 1.0)
    room = 0.05 * (high - low) + 0.05
    return powers(low - room, high + room)


def logged(values: np.ndarray) -> np.ndarray:
    """Return the values with NaN where a log scale has no place."""
    return np.where((values > 0) & np.isfinite(values), values, np.nan)


def whole(title: str, count: int) -> Axis:
    """Return an axis of the places 0 to ``count`` − 1, with ticks at whole numbers only."""
    return Axis(title, every=max(1, -(-count // 10)), range=(-0.3, count - 0.7))


def named(title: str, names: tuple[str, ...], downwards: bool = False) -> Axis:
    """Return an axis of cells or points with names, the first one at the top where it runs downwards."""
    ends = (-0.5, len(names) - 0.5)
    return Axis(title, names=names, range=ends[::-1] if downwards else ends, grid=False)


def worked_out(chart: Chart, name: str) -> dict:
    """Work out the axis ``"x"`` or ``"y"``: its range in its own units, its ticks as (place, text)."""
    axis: Axis = getattr(chart, name)
    low, high = axis.range or _span(chart.marks, name, axis)
    ends = min(low, high), max(low, high)
    return {
        "log": axis.log,
        "range": [float(low), float(high)],
        "title": axis.title,
        "grid": axis.grid,
        "names": axis.names,
        "ticks": [[float(place), text] for place, text in _ticks(axis, *ends) if ends[0] <= place <= ends[1]],
    }


def _span(marks: Iterable[Mark], name: str, axis: Axis) -> tuple[float, float]:
    drawn = [mark for mark in marks if not isinstance(mark, Rule)]
    values = np.concatenate([[], *(np.ravel(each) for mark in drawn for each in _places(mark, name))])
    values = values[np.isfinite(values) & ((values > 0) | (not axis.log))]
    values = np.log10(values) if axis.log else values
    if not values.size:
        return 0.0, 1.0
    low, high = float(values.min()), float(values.max())
    unmarked = isinstance(drawn[0], Band) or (isinstance(drawn[0], Line) and not drawn[0].dots)
    ends = widened(low, high, 0.0 if name == "x" and unmarked else _ROOM)
    if axis.log:
        return powers(*ends)
    return (0.0 if axis.from_zero and low >= 0 else ends[0]), ends[1]


def _places(mark: Mark, name: str) -> Iterator[np.ndarray]:
    """Yield the numbers of a mark that its axis has to have a place for."""
    if isinstance(mark, Band) and name == "y":
        yield from (mark.low, mark.high)
    elif isinstance(mark, Bar) and name == "y":
        with np.errstate(over="ignore", invalid="ignore"):
            yield from (np.clip(each, -END, END) for each in (mark.base, mark.base + mark.y))
    else:
        yield np.asarray(getattr(mark, name), dtype=float)


def _ticks(axis: Axis, low: float, high: float) -> Ticks:
    if axis.names:
        every = max(1, -(-len(axis.names) // _MOST_NAMES))
        return tuple(enumerate(axis.names))[::every]
    if axis.ticks is not None:
        return axis.ticks
    if axis.log:
        return log_ticks(low, high, axis.about)
    return even_ticks(low, high, axis.about, axis.every)


def even_ticks(low: float, high: float, about: int = 6, every: float | None = None) -> Ticks:
    """Return ticks at the multiples of ``every``, or of a round number that gives ``about`` so many."""
    step = every or round_step((high / 2 - low / 2) / about * 2)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return tuple((n * step, short(n * step)) for n in range(first, last + 1))


def log_ticks(low: float, high: float, about: int = 5) -> Ticks:
    """Return the ticks of a scale of exponents: whole powers, else round numbers, else the two ends."""
    every = max(1, round((high - low) / about))
    whole = [place for place in range(math.ceil(low), math.floor(high) + 1) if place % every == 0]
    if len(whole) > 1:
        return tuple((place, power(place)) for place in whole)
    between = round_between(low, high)
    if len(between) > 1:
        return tuple((math.log10(value), short(value)) for value in between)
    return tuple((end, decimal(end, 4).replace("e+", "e").replace("-", "−")) for end in (low, high))


def power(exponent: float) -> str:
    """Return a power of ten as it is printed on a log axis."""
    return "1" if exponent == 0 else f"10<sup>{exponent:g}</sup>".replace("-", "−")


def short(value: float) -> str:
    """Return a number at a tick, of at most six digits."""
    return f"{float(value):.6g}".replace("e-0", "e-").replace("-", "−")
