"""What the chain-rule page adds to a parameter's part of the scene: everything that opens a cell further."""

from __future__ import annotations

from rnnviz.story.frames import born
from rnnviz.story.immediate import immediate_and_total
from rnnviz.story.loop import loop_walk
from rnnviz.story.notation import HIDDEN_PARAMETERS, immediate_factor
from rnnviz.story.opened import forms, running, tensor_slices
from rnnviz.story.quantities import shown_steps
from rnnviz.story.view import View


def detailed(view: View, parameter: str, part: dict, offset: int) -> dict:
    """Return the additions to ``part``; its term frames get a running product.

    Parameters
    ----------
    view : View
    parameter : str
    part : dict
        Of the scene; its term frames and immediate factors are filled in place.
    offset : int
        Number of frames before the parameter's own.
    """
    found = {"forms": forms(view, parameter)}
    walk = loop_walk(view, parameter)
    if walk is not None:
        found["loop"] = walk | {"born": born(walk["frames"], offset)}
    if parameter in HIDDEN_PARAMETERS and not view.is_batch:
        _open_cells(view, parameter, part)
        found["immediate"] = immediate_and_total(view, parameter, part["grid"]["entry"])
    return found


def _open_cells(view: View, parameter: str, part: dict) -> None:
    for one in part["frames"]:
        if one["id"].startswith("term-") and one["id"] != "term-rest":
            t, k = map(int, one["id"][5:].split("-"))
            one["running"] = running(view, parameter, t, k)
    for k in shown_steps(view.T):
        part["quantities"][immediate_factor(k, parameter)]["slices"] = tensor_slices(view, parameter, k)
