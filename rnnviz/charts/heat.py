"""Heat maps: signed values around zero; norms on a log scale, exact zeros in a colour of their own."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnnviz.charts.axes import even_ticks, log_ticks, named
from rnnviz.charts.limits import powers, reach
from rnnviz.charts.marks import Axis, Chart, Map, Scale, Stops
from rnnviz.charts.theme import EXACT_ZERO, diverging, ground, role, sequential

SCALE_ROOM = 66
"""The right margin in pixels, where a scale of colours stands."""


def signed(
    values: np.ndarray,
    *,
    x: str,
    y: str,
    theme: str,
    columns: tuple[str, ...] = (),
    height: int = 300,
    limit: float | None = None,
) -> Chart:
    """Draw signed values, shape (rows, columns), zero in the colour of the page.

    ``columns`` are the labels of the columns, on two lines where they hold a line break; ``limit`` is the end of the
    scale where it is shared with another map.
    """
    bound = reach(values) if limit is None else limit
    scale = Scale((-bound, bound), diverging(theme), even_ticks(-bound, bound))
    across = named(x, columns or numbered(values.shape[1]))
    bottom = 62 if any("\n" in label for label in columns) else 46
    cells = placed(values, scale, f"{x} {{x}}, {y} {{y}}: {{z}}")
    down = named(y, numbered(values.shape[0]), downwards=True)
    return Chart([cells], across, down, theme, height, right=SCALE_ROOM, bottom=bottom)


def placed(values: np.ndarray, scale: Scale, words: str) -> Map:
    """Return cells at the places 0, 1, 2 … of both axes."""
    rows, columns = values.shape
    return Map(np.arange(columns), np.arange(rows), values, scale, words)


def numbered(count: int) -> tuple[str, ...]:
    """Return the names of places that have none but their numbers."""
    return tuple(map(str, range(count)))


def room_of(labels: Sequence[str]) -> int:
    """Return the left margin in pixels for labels of rows."""
    return 24 + min(160, 8 * max(map(len, labels)))


def norms(
    values: np.ndarray,
    *,
    theme: str,
    role: str = "chain",
    x: str = "source step k",
    y: str = "loss step t",
    steps: Sequence[int] | None = None,
    cut: np.ndarray | None = None,
    height: int = 360,
) -> Chart:
    """Draw norms, shape (T, T), of (t, k) on a log scale in the colour of a role.

    Above the diagonal nothing is drawn, for no path leads from a state back to a later one; nor where there
    is no number (NaN), as in the rows of steps without a loss. An entry that is exactly 0 has its own quiet
    colour, since log 0 is no number; cells in ``cut`` are grey, whatever their norm. ``steps`` are those of
    rows and columns, evenly spaced; all from 0 by default.
    """
    places = np.arange(len(values)) if steps is None else np.array(steps)
    known = ~np.isnan(values) & np.tri(*values.shape, dtype=np.bool_)
    left_out = known & (False if cut is None else cut)
    whole = Map(places, places, values, Scale((0, 1), ()), f"{y} = {{y}}, {x} = {{x}}: {{value}}", values)
    parts = [_coloured(whole, known, left_out, sequential(role, theme))]
    zeros = known & ~left_out & (values == 0)
    for shown, colour, words, opacity in (
        (zeros, EXACT_ZERO[theme], "exactly 0", 1), (left_out, ground(theme).quiet, "{value}, cut", 0.6),
    ):  # fmt: skip
        plain, text = Scale((0, 1), ((0, colour), (1, colour))), whole.words.replace("{value}", words)
        parts.append(replace(whole, z=np.where(shown, 0.0, np.nan), scale=plain, words=text, opacity=opacity))
    marks = [part for part in parts if np.isfinite(part.z).any()]
    used = np.flatnonzero(np.any([np.isfinite(part.z).any(axis=1) for part in parts], axis=0))
    alone = used.tolist() == [len(values) - 1]  # a single loss, at the end
    return Chart(
        marks,
        _step_axis(x, places),
        _step_axis(y, places[-1:] if alone else places, downwards=True),
        theme,
        150 if alone else height,
        right=max((SCALE_ROOM for part in marks if part.scale.ticks), default=16),
    )


def _coloured(whole: Map, known: np.ndarray, left_out: np.ndarray, stops: Stops) -> Map:
    """Return the exponents of the positive cells that are not left out; the scale is that of all."""
    positive = known & (whole.z > 0) & np.isfinite(whole.z)
    exponents = np.log10(whole.z, where=positive, out=np.full(whole.z.shape, np.nan))
    present = exponents[positive]
    low, high = powers(float(present.min()), float(present.max())) if present.size else (-1.0, 1.0)
    scale = Scale((low, high), stops, log_ticks(low, high))
    return replace(whole, z=np.where(left_out, np.nan, exponents), scale=scale)


def _step_axis(title: str, steps: np.ndarray, downwards: bool = False) -> Axis:
    """Return ticks at some of the steps, and the range of all of them."""
    half = float(steps[1] - steps[0]) / 2 if len(steps) > 1 else 0.5
    ends = float(steps[0]) - half, float(steps[-1]) + half
    ticks = tuple((float(step), str(step)) for step in steps[:: max(1, -(-len(steps) // 12))])
    return Axis(title, range=ends[::-1] if downwards else ends, ticks=ticks, grid=False)


def counts(values: np.ndarray, labels: tuple[str, ...], theme: str) -> Chart:
    """Draw how often each answer (columns) was given for each target (rows)."""
    most = max(1.0, float(values.max()))
    stops = ((0.0, ground(theme).page), (1.0, role("output", theme).line))
    scale = Scale((0.0, most), stops, even_ticks(0.0, most, every=max(1.0, most // 5)))
    return Chart(
        [placed(values, scale, "target {y}, answer {x}: {z}")],
        named("answer", labels),
        named("target", labels, downwards=True),
        theme,
        120 + 18 * len(labels),
        left=max(62, room_of(labels)),
        right=SCALE_ROOM,
    )
