"""The (t, k) grid of one parameter as data: its cells, its margins, and how its numbers close."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rnnviz.notation.ids import HIDDEN_PARAMETERS
from rnnviz.notation.quantities import shown_steps
from rnnviz.scene.frames import drawn_terms
from rnnviz.scene.grid import Cell, Grid
from rnnviz.scene.shares import as_drawn, closings, entry_closings, largest_entry, modes, whole_name
from rnnviz.scene.view import View


def term_grid(view: View, parameter: str, lags: Sequence[str], detail: bool) -> Grid:
    """Return the grid with its margins, ids of the sums by lag, and, in detail, how its cells close."""
    steps = shown_steps(view.T)
    hidden = parameter in HIDDEN_PARAMETERS
    total = f"dL/d{parameter}"
    rows = steps if hidden else [t for t in steps if t in view.loss_steps]
    columns: list[int | str] = [*steps] if hidden else ["k = t"]
    return Grid(
        title=[list(piece) for piece in view.written(parameter).label],
        whose=view.whose,
        whole=whole_name(view, parameter),
        factor=f"1/{len(view.loss_steps)}" if view.scale != 1 else "",
        across="columns: source step k" if hidden else "one column: no path through time",
        rows=rows,
        columns=columns,
        row_names=[view.step_number(t) for t in rows],
        column_names=[view.step_number(k) for k in steps] if hidden else ["k = t"],
        cells=[[_cell(view, parameter, t, k) for k in (steps if hidden else [t])] for t in rows],
        row_sums=[f"dL_{t}/d{parameter}" if t in view.loss_steps else None for t in rows],
        column_sums=[f"column_{k}" for k in columns] if hidden else [total],
        corner=total,
        modes=[list(mode) for mode in modes(view, parameter)],
        closings=closings(view, parameter) | {"entry": entry_closings(view, parameter)} if detail else {"entry": {}},
        entry=as_drawn(view, largest_entry(view.total(parameter)), parameter),
        largest=_largest(view, parameter),
        lags=list(lags),
        note=_only_the_last_row(view),
    )


def _only_the_last_row(view: View) -> str:
    if len(view.loss_steps) > 1 or view.T == 1:
        return ""
    last = view.T - 1
    return (
        f"Only row {view.step_number(last)} has terms: {view.named(f'L_{last}')} is the only loss. "
        "With a loss at every step each row fills."
    )


def _cell(view: View, parameter: str, t: int, k: int) -> Cell:
    if k > t:
        return Cell("future")
    if t not in view.loss_steps:
        return Cell("none")
    kept = "live" if parameter not in HIDDEN_PARAMETERS or view.kept(t, k) else "cut"
    return Cell(kept, f"term_{t}_{k}", f"term-{t}-{k}")


def _largest(view: View, parameter: str) -> float:
    """The largest size of a drawn entry, for one colour scale of all cells."""
    sizes = (np.abs(view.numbers(view.term(parameter, *place)).visible) for place in drawn_terms(view, parameter))
    return max((float(size[np.isfinite(size)].max(initial=0.0)) for size in sizes), default=0)
