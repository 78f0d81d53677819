"""What the chain-rule page adds to a parameter's part of the scene: everything that opens a cell further."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rnnviz.notation.ids import HIDDEN_PARAMETERS, immediate_factor
from rnnviz.notation.quantities import shown_steps
from rnnviz.scene.frames import drawn_terms
from rnnviz.scene.immediate import immediate_and_total
from rnnviz.scene.loop import loop_walk
from rnnviz.scene.opened import forms, running, tensor_slices
from rnnviz.scene.scene import Forms, Walk
from rnnviz.scene.shares import largest_entry
from rnnviz.scene.view import View


@dataclass(frozen=True, slots=True)
class Detail:
    """What opens the cells of one parameter further; empty for an overview.

    Attributes
    ----------
    forms, walk, immediate
        As in `Part`.
    running : mapping
        The running product of each term, by (t, k).
    slices : mapping
        Each immediate derivative as the 3-tensor that it is, by id.
    """

    forms: Forms | None = None
    walk: Walk | None = None
    immediate: Mapping | None = None
    running: Mapping[tuple[int, int], dict] = field(default_factory=dict)
    slices: Mapping[str, list[dict]] = field(default_factory=dict)


def detail_of(view: View, parameter: str, offset: int) -> Detail:
    """Return what opens the cells of a parameter, whose frames ``offset`` others go before."""
    found = Detail(forms(view, parameter), loop_walk(view, parameter, offset))
    if parameter not in HIDDEN_PARAMETERS or view.is_batch:
        return found
    return Detail(
        found.forms,
        found.walk,
        immediate_and_total(view, parameter, largest_entry(view.total(parameter))),
        {(t, k): running(view, parameter, t, k) for t, k in drawn_terms(view, parameter)},
        {immediate_factor(k, parameter): tensor_slices(view, parameter, k) for k in shown_steps(view.T)},
    )
