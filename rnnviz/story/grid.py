"""The (t, k) grid of one parameter as data: its cells, its margins, and how its numbers close."""

from __future__ import annotations

from rnnviz.story.notation import HIDDEN_PARAMETERS, named, step_number
from rnnviz.story.quantities import shown_steps
from rnnviz.story.shares import largest_entry, modes, whole_name
from rnnviz.story.view import View


def term_grid(view: View, parameter: str) -> dict:
    """Return the grid: a row for each loss step, a column for each source step, sums in the margins."""
    steps = shown_steps(view.T)
    hidden = parameter in HIDDEN_PARAMETERS
    total = f"dL/d{parameter}"
    rows = steps if hidden else [t for t in steps if t in view.loss_steps]
    columns = steps if hidden else ["k = t"]
    return {
        "title": [list(piece) for piece in view.written(parameter).label],
        "whose": view.whose,
        "whole": whole_name(view, parameter),
        "factor": f"1/{len(view.loss_steps)}" if view.scale != 1 else "",
        "across": "columns: source step k" if hidden else "one column: no path through time",
        "rows": rows,
        "columns": columns,
        "row_names": [step_number(t) for t in rows],
        "column_names": [step_number(k) for k in columns] if hidden else columns,
        "cells": [[_cell(view, parameter, t, k if hidden else t) for k in columns] for t in rows],
        "row_sums": [f"dL_{t}/d{parameter}" if t in view.loss_steps else None for t in rows],
        "column_sums": [f"column_{k}" for k in columns] if hidden else [total],
        "corner": total,
        "modes": [list(mode) for mode in modes(view, parameter)],
        "closings": {"entry": {}},
        "entry": largest_entry(view.total(parameter)),
        "note": _only_the_last_row(view),
    }


def _only_the_last_row(view: View) -> str:
    if len(view.loss_steps) > 1 or view.T == 1:
        return ""
    last = view.T - 1
    return (
        f"Only row {step_number(last)} has terms: {named(f'L_{last}')} is the only loss. "
        "With a loss at every step each row fills."
    )


def _cell(view: View, parameter: str, t: int, k: int) -> dict:
    if k > t:
        return {"state": "future"}
    if t not in view.loss_steps:
        return {"state": "none"}
    kept = "live" if parameter not in HIDDEN_PARAMETERS or view.kept(t, k) else "cut"
    return {"state": kept, "q": f"term_{t}_{k}", "frame": f"term-{t}-{k}"}
