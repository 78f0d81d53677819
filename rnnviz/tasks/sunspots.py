"""The yearly sunspot numbers 1700–2008: forecast the next year, on years never trained on."""

from functools import cache
from pathlib import Path

import numpy as np

from rnnviz.settings.config import RunConfig

from .task import Task, build, rows_as_tokens, starts

FILE = Path(__file__).parent / "data" / "sunspots.csv"
SCALE = 100.0
FIRST_HELD_OUT = 1940  # forecasts of this year and later are held out; so are these years as inputs of training


@cache
def series() -> tuple[np.ndarray, np.ndarray]:
    """Years (309,) and sunspot numbers (309,), read-only. Their source stands in data/SOURCE.md."""
    import pandas as pd  # only where a file is read: its import takes longer than everything else here

    table = pd.read_csv(FILE)
    years, numbers = table["YEAR"].to_numpy(int), table["SUNACTIVITY"].to_numpy(float)
    for array in (years, numbers):
        array.setflags(write=False)
    return years, numbers


def to_unit(outputs: np.ndarray) -> np.ndarray:
    """Outputs of the network as sunspot numbers."""
    return np.asarray(outputs) * SCALE


def sunspots(config: RunConfig) -> Task:
    """`batch` windows of T years spread over 1700–1939, each year asking for the next.

    Held-out windows forecast 1940–2008 only and read nothing earlier than 1939.
    """
    years, _ = series()
    split = int(np.searchsorted(years, FIRST_HELD_OUT))
    train = starts(0, split - config.steps - 1, config.batch)
    held_out = starts(split - 1, len(years) - config.steps - 1, 64)
    X, Y, time = _windows(train, config.steps)
    X_held, Y_held, _ = _windows(held_out, config.steps)
    return build(
        config,
        X,
        Y,
        held_out=(X_held, Y_held),
        kind="real",
        sentence="Read one year after another and forecast the sunspot number of the next.",
        feature_labels=("sunspots",),
        output_labels=("sunspots next year",),
        tokens=rows_as_tokens(time - 1),
        unit="sunspot number",
        to_unit=to_unit,
        time=time,
    )


def _windows(first: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """X and Y (T, m, 1), and the years (T, m) that Y is of."""
    years, numbers = series()
    at = first + np.arange(steps + 1)[:, None]
    values = (numbers / SCALE)[at][..., None]
    return values[:-1], values[1:], years[at[1:]]


def contexts(steps: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """For each held-out year the `steps` years before it, to forecast it with all the context a window has.

    X (T, 69, 1), whose last output in column i forecasts year i, the truth (69,) in the original unit, and the
    years (69,).
    """
    years, numbers = series()
    split = int(np.searchsorted(years, FIRST_HELD_OUT))
    X, _, time = _windows(np.arange(split, len(years)) - steps, steps)
    return X, numbers[split:].copy(), time[-1]


def baselines(years: np.ndarray) -> dict[str, np.ndarray]:
    """What a forecaster without a network would say for `years`, in the original unit.

    "last value" repeats the year before; "11 years ago" repeats the last solar cycle.
    """
    start, numbers = series()[0][0], series()[1]
    at = np.asarray(years) - start
    return {"last value": numbers[at - 1], "11 years ago": numbers[at - 11]}
