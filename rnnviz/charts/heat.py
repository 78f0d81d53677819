"""Heat maps: signed values around zero; norms on a log scale, exact zeros in a colour of their own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import numpy as np

from rnnviz.charts import figure as plain
from rnnviz.charts.limits import powers, reach
from rnnviz.charts.template import colour_bar, layout, log_ticks
from rnnviz.charts.theme import EXACT_ZERO, diverging, ground, role, sequential

MOST_LINES = 60
"""Cells across up to which they are kept apart by lines."""


def signed(
    values: np.ndarray,
    *,
    x: str,
    y: str,
    theme: str,
    columns: tuple[str, ...] = (),
    rows: tuple[str, ...] = (),
    limit: float | None = None,
    height: int = 300,
) -> plain.Figure:
    """Draw signed values, zero in the colour of the page.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
    x, y : str
        Titles of the axes.
    theme : {"light", "dark"}
    columns, rows : tuple of str
        Labels; positions are used where none are given.
    limit : float, optional
        The scale runs from −limit to +limit; the largest absolute value when left out.
    height : int
        In pixels.
    """
    bound = reach(values) if limit is None else limit
    trace = plain.heatmap(
        z=values,
        zmin=-bound,
        zmax=bound,
        colorscale=diverging(theme),
        xgap=1,
        ygap=1,
        hovertemplate=f"{x} %{{x}}, {y} %{{y}}: <b>%{{z:.6g}}</b><extra></extra>",
        colorbar=colour_bar(theme),
    )
    axes = {
        "xaxis": _ticks(values.shape[1], columns),
        "yaxis": _ticks(values.shape[0], rows) | {"autorange": "reversed"},
    }
    bottom = 62 if any("\n" in label for label in columns) else 46
    return plain.Figure(
        [trace], layout(theme, x=x, y=y, height=height, right=_room(trace), bottom=bottom, **axes)
    )


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
) -> plain.Figure:
    """Draw the norms of (t, k) on a log scale.

    Parameters
    ----------
    values : ndarray, shape (T, T)
        Non-negative, ``[t, k]``. Above the diagonal (k > t) nothing is drawn: no path leads there; nor where
        there is no number (NaN), as in the rows of steps without a loss.
        An entry that is exactly 0 is drawn in its own quiet colour, since log 0 is no number.
    theme : {"light", "dark"}
    role : str
        The role whose colour is used.
    x, y : str
        Titles of the axes.
    steps : sequence of int, optional
        The steps t and k of rows and columns, evenly spaced; all from 0 by default.
    cut : ndarray of bool, shape (T, T), optional
        Cells that are left out by a truncation: grey, whatever their norm.
    height : int
        In pixels.
    """
    exponents, zeros = _log_parts(values)
    span, left_out = _span(exponents), _left_out(values, cut)
    exponents, zeros = (np.where(np.isnan(left_out), part, np.nan) for part in (exponents, zeros))
    steps = range(len(values)) if steps is None else steps
    rows, places = _rows_in_use(exponents, np.fmax(zeros, left_out)), {"x": list(steps), "y": list(steps)}
    words = f"{y} = %{{y}}, {x} = %{{x}}: <b>VALUE</b><extra></extra>"
    coloured = np.isfinite(exponents).any()
    traces = [_log_trace(exponents, values, theme, role, words, span)] if coloured else []
    traces += [_zero_trace(zeros, theme, words)] if np.isfinite(zeros).any() else []
    traces += [_cut_trace(left_out, values, theme, words)] if np.isfinite(left_out).any() else []
    for trace in traces:
        trace.update(places | _gaps(len(values)))
    return plain.Figure(
        traces,
        layout(
            theme,
            x=x,
            y=y,
            height=height if len(rows) > 1 else 150,
            right=max((_room(trace) for trace in traces), default=16),
            xaxis=_step_axis(steps, range(len(steps))),
            yaxis=_step_axis(steps, rows, turned=True) | _only(rows),
        ),
    )


def counts(values: np.ndarray, labels: tuple[str, ...], theme: str) -> plain.Figure:
    """Draw how often each answer (columns) was given for each target (rows)."""
    trace = plain.heatmap(
        z=values,
        zmin=0,
        colorscale=[(0.0, ground(theme).page), (1.0, role("output", theme).line)],
        xgap=1,
        ygap=1,
        hovertemplate="target %{y}, answer %{x}: <b>%{z}</b><extra></extra>",
        colorbar=colour_bar(theme),
    )
    ticks = {
        "tickmode": "array",
        "tickvals": list(range(len(labels))),
        "ticktext": [_lines(label) for label in labels],
        "showgrid": False,
    }
    axes = {"xaxis": ticks, "yaxis": ticks | {"autorange": "reversed"}}
    height = 120 + 18 * len(labels)
    return plain.Figure([trace], layout(theme, x="answer", y="target", height=height, right=66, **axes))


def _span(exponents: np.ndarray) -> tuple[float, float]:
    present = exponents[np.isfinite(exponents)]
    low, high = (float(present.min()), float(present.max())) if present.size else (-1.0, 1.0)
    return powers(low, high)


def _ticks(count: int, labels: tuple[str, ...] = ()) -> dict:
    places = list(range(0, count, max(1, -(-count // 12))))
    texts = [_lines(labels[place]) if labels else str(place) for place in places]
    return {"tickmode": "array", "tickvals": places, "ticktext": texts, "showgrid": False, "ticks": ""}


def _gaps(count: int) -> dict:
    """Return the lines between cells; many cells are too small for them."""
    gap = 1 if count <= MOST_LINES else 0
    return {"xgap": gap, "ygap": gap}


def _step_axis(steps: Sequence[int], shown: Sequence[int], turned: bool = False) -> dict:
    """Return ticks at the steps, and the range of those at the places ``shown``."""
    half = (steps[1] - steps[0]) / 2 if len(steps) > 1 else 0.5
    ends = [steps[shown[0]] - half, steps[shown[-1]] + half]
    places = list(steps)[:: max(1, -(-len(steps) // 12))]
    ticks = {"tickvals": places, "ticktext": [str(place) for place in places]}
    return _ticks(len(steps)) | ticks | {"range": ends[::-1] if turned else ends}


def _rows_in_use(exponents: np.ndarray, zeros: np.ndarray) -> list[int]:
    """Return all rows, or the last one alone where no other holds anything (a single loss at the end)."""
    used = np.flatnonzero(np.isfinite(exponents).any(axis=1) | np.isfinite(zeros).any(axis=1))
    last = len(exponents) - 1
    return [last] if used.tolist() == [last] else list(range(last + 1))


def _only(rows: list[int]) -> dict:
    return {"tickvals": rows, "ticktext": [str(row) for row in rows]} if len(rows) == 1 else {}


def _lines(label: str) -> str:
    """Return a label for plotly, which reads HTML: text from outside stays text."""
    return escape(label).replace("\n", "<br>")


def _log_parts(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    reachable = np.tri(*values.shape, dtype=bool)
    exponents, zeros = np.full(values.shape, np.nan), np.full(values.shape, np.nan)
    positive_part = reachable & (values > 0) & np.isfinite(values)
    exponents[positive_part] = np.log10(values[positive_part])
    zeros[reachable & (values == 0)] = 0.0
    return exponents, zeros


def _log_trace(
    exponents: np.ndarray, values: np.ndarray, theme: str, role: str, words: str, span: tuple
) -> plain.Part:
    low, high = span
    return plain.heatmap(
        z=exponents,
        customdata=values,
        zmin=low,
        zmax=high,
        colorscale=sequential(role, theme),
        hoverongaps=False,
        hovertemplate=words.replace("VALUE", "%{customdata:.6g}"),
        **_log_bar(theme, low, high),
    )


def _log_bar(theme: str, low: float, high: float) -> dict:
    return {"colorbar": colour_bar(theme, **log_ticks(low, high))}


def _room(trace: plain.Part) -> int:
    """Return the right margin in pixels: a colour bar needs more."""
    return 16 if trace.showscale is False else 66


def _zero_trace(zeros: np.ndarray, theme: str, words: str) -> plain.Part:
    colour = EXACT_ZERO[theme]
    return plain.heatmap(
        z=zeros,
        colorscale=[(0, colour), (1, colour)],
        hoverongaps=False,
        hovertemplate=words.replace("VALUE", "exactly 0"),
        showscale=False,
    )


def _left_out(values: np.ndarray, cut: np.ndarray | None) -> np.ndarray:
    """0 where a cell is cut, NaN elsewhere."""
    there = ~np.isnan(values) & np.tri(*values.shape, dtype=bool)
    return np.where(there & cut, 0.0, np.nan) if cut is not None else np.full(values.shape, np.nan)


def _cut_trace(left_out: np.ndarray, values: np.ndarray, theme: str, words: str) -> plain.Part:
    colour = ground(theme).quiet
    return plain.heatmap(
        z=left_out,
        customdata=values,
        colorscale=[(0, colour), (1, colour)],
        opacity=0.6,
        hoverongaps=False,
        hovertemplate=words.replace("VALUE", "%{customdata:.6g}, cut"),
        showscale=False,
    )
