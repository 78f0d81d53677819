"""The scene: everything that the stage draws, as data that JSON can carry.

The stage adds no meaning: nodes, edges, frames, sentences, equations and numbers all come from here.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from rnnviz.experiment.core import Experiment
from rnnviz.experiment.whatif import WhatIf, what_if
from rnnviz.notation.conventions import Conventions
from rnnviz.notation.equations import mathml
from rnnviz.notation.ids import (
    PARAMETERS,
    Quantity,
    at,
    chain_factor,
    hops,
    immediate_factor,
    is_hidden,
    output_factor,
    readout_factor,
    state,
)
from rnnviz.notation.quantities import shown_steps
from rnnviz.notation.record import Json, Record, frozen
from rnnviz.scene import cells
from rnnviz.scene.frames import PHASES, common_frames, parameter_frames
from rnnviz.scene.loop import loop_quantities, loop_walk
from rnnviz.scene.nodes import scales
from rnnviz.scene.opened import forms, immediate_and_total, opened_quantities, openings
from rnnviz.scene.records import edits, part_records, records
from rnnviz.scene.scene import Part, Records, Scene
from rnnviz.scene.strip import ONES
from rnnviz.scene.term_grid import lags, largest_entry, term_grid
from rnnviz.scene.updates import update_helpers
from rnnviz.scene.view import View, look, looked_at
from rnnviz.scene.whatif import what_if_scene
from rnnviz.scene.wide import columns, is_wide, strips
from rnnviz.settings.fields import TASKS

LONGEST_COMPLETE = 6
"""Up to so many steps a complete scene holds all parameters; of a longer network the chosen one."""
LOSS_AT = {"sequence_to_vector": "only at the end", "sequence_to_sequence": "at every step"}


@dataclass(frozen=True, eq=False)
class Edited:
    """The newest edit: what it did, and the view of the experiment before it."""

    found: WhatIf
    before: View


def edited(experiment: Experiment, sample: int, conventions: Conventions | None = None) -> Edited | None:
    """Return what the newest edit did, as a view of that sample shows it; None without edits."""
    found = what_if(experiment)
    return None if found is None else Edited(found, look(found.before, sample, conventions))


def build_scene(
    experiment: Experiment,
    parameter: str | None = None,
    sample: int | None = None,
    detail: bool = True,
    offline: bool = False,
) -> dict:
    """Return the scene of one training step of an experiment.

    Parameters
    ----------
    parameter : str, optional
        Whose gradient is taken apart first; the configuration's if None.
    sample : int, optional
        Which sample is looked at, −1 for the mean over the batch; the configuration's if None.
    detail : bool
        Whether the cells can be opened further: forms of the factors, running products, the loop's walk,
        immediate against total; how the cells close. The overview does without.
    offline : bool
        Whether to do without the choices that only a server can serve.

    Returns
    -------
    dict
        JSON-ready: ``frames`` (common to all parameters), ``parameters`` (frames, grid, numbers of each),
        ``nodes``, ``edges``, ``quantities``, ``known_from`` (the frame from which each is known).
    """
    config = experiment.config
    view = look(experiment, config.sample if sample is None else sample)
    modes = TASKS[config.task].modes
    change = edited(experiment, view.sample) if detail else None
    parameter = parameter or cells.chosen(view.architecture, config.parameter, config.block)
    return scene_of(view, parameter, detail, modes, change, offline=offline)


def scene_of(
    view: View,
    parameter: str,
    detail: bool = True,
    modes: tuple[str, ...] = (),
    edited: Edited | None = None,
    complete: bool = True,
    offline: bool = False,
    editable: bool = False,
) -> dict:
    """Return the scene of a view that is at hand, as :func:`build_scene` does.

    With what the newest edit did it remembers how everything looked before. It is ``complete`` with all
    parameters, so that choosing one asks nobody; else it has the chosen one alone. Its numbers can be changed
    with details, and where it is ``editable``.
    """
    with np.errstate(all="ignore"):
        modes = () if offline else modes
        can_edit = (detail or editable) and not offline
        return _scene(view, parameter, detail, modes, complete, edited, offline, can_edit).drawn(mathml)


def plain_scene(experiment: Experiment) -> Scene:
    """Return the scene of an experiment's parameter, without what opens its cells further."""
    config = experiment.config
    view = look(experiment, config.sample)
    with np.errstate(all="ignore"):
        parameter = cells.chosen(view.architecture, config.parameter, config.block)
        return _scene(view, parameter, False, (), False, None)


def exported_scene(experiment: Experiment) -> dict:
    """Return the scene of an experiment's parameter for any program: with every entry, and its products."""
    with np.errstate(all="ignore"):
        return plain_scene(experiment).exported()


def _scene(
    view: View,
    parameter: str,
    detail: bool,
    modes: tuple[str, ...],
    complete: bool,
    edited: Edited | None,
    offline: bool = False,
    can_edit: bool = False,
) -> Scene:
    """The scene; with details for its cells, or the frames alone."""
    blocks, is_complete = cells.choices(view.architecture), complete and view.T <= LONGEST_COMPLETE
    # A short network sends all parameters, so that choosing one asks nobody; a long one the chosen only.
    more = (name for each in blocks.values() for name, _ in each[1:] if offline or name == parameter)
    sent = (*PARAMETERS, *more) if is_complete else (parameter,)
    facts = {
        "mode": view.architecture.mode,
        "view": looked_at(view.sample, view.batch),
        "first_frame": "start",
        "autoplay": False,
        **_network(view),
        "scales": scales(view),
        "choices": PARAMETERS if is_complete or not offline else sent,
        **({"cell": cells.facts(view)} if view.gates else {}),
        "detail": detail,
        **({"blocks": blocks} if blocks and (is_complete or not offline) else {}),
        "openings": openings(view) if detail else (),
        "modes": [(mode, words) for mode, words in LOSS_AT.items() if mode in modes and view.T > 1],
    }
    if edited is not None:
        fixed = {"fixed": True} if offline else {}
        facts["whatif"] = what_if_scene(edited.found, view.scale, view.conventions) | fixed
    common, parts = tuple(common_frames(view)), {name: _part(view, name, detail) for name in sent}
    if is_wide(view):
        facts["strips"] = strips(view, [*common, *(frame for part in parts.values() for frame in part.frames)])
    before, parts_before = dict[str, Record](), dict[str, Records]()
    if edited is not None:  # the numbers of a view without frames
        was = edited.before
        before = records(was) | loop_quantities(was) | opened_quantities(was)
        parts_before = {name: MappingProxyType(part_records(was, name) | lags(was, name)) for name in sent}
    return Scene(
        view.T,
        view.architecture.cell,
        parameter,
        view.conventions,
        PHASES,
        MappingProxyType({name: frozen(each) for name, each in facts.items()}),
        common,
        MappingProxyType(
            records(view, edits(view) if can_edit else {})
            | (loop_quantities(view) | opened_quantities(view) if detail else {})
        ),
        MappingProxyType(parts),
        MappingProxyType(before),
        MappingProxyType(parts_before),
    )


def _network(view: View) -> dict[str, Json]:
    """Nodes and edges of the unrolled network, with the gap of its folded middle."""
    steps = shown_steps(view.T)
    column = columns(view.T)
    nodes: list[Json] = [{"q": f"{kind}_init", "row": kind, "column": -1} for kind in view.roads]
    edges: list[Json] = []
    for t in steps:
        X, H, Y_hat, L = found = at(t, "X", "H", "Y_hat", "L")
        has_loss = t in view.loss_steps
        for one in (*(found if has_loss else (X, H)), *at(t, *view.roads[1:])):
            nodes.append(_node(one, column[t]) | ({"target": Quantity("Y", t)} if one is Y_hat else {}))
        edges += [_edge("W1", X, H) | {"at": t}, {"q": "b1", "node": H, "kind": "bias", "at": t}]
        if t == 0 or t - 1 in column:
            edges += [_edge("Wh1", state(t - 1), H) | {"at": t} | ({"road": "gates"} if view.gates else {})]
            edges += [_direct_edge(view, t)] if view.gates else []
        if has_loss:
            edges += [
                _edge("W2", H, Y_hat) | {"at": t},
                {"q": "b2", "node": Y_hat, "kind": "bias", "at": t},
                _edge(L, Y_hat, L) | {"label": False},
                _edge(output_factor(t), L, Y_hat, "backward"),
                _edge(readout_factor(t, view.kind), Y_hat, H, "backward"),
            ]
    for t, k in hops(view.T, 0, steps):
        hop = chain_factor(t, k, view.kind)
        roads = {"direct": view.roads[-1], "gates": "H"} if view.gates else {"": "H"}
        for road, kind in roads.items():
            more: dict[str, Json] = {"road": road, "label": road == "gates"} if road else {}
            edges.append(_edge(hop, state(t, kind), state(k, kind), "backward") | more)
    gap: list[Json] = [{"column": 5, "text": f"{view.T - len(steps)} steps folded"}] if len(steps) < view.T else []
    return {"nodes": nodes, "edges": edges, "gaps": gap, "columns": len(steps) + len(gap)}


def _node(quantity: Quantity, column: int) -> dict[str, Json]:
    return {"q": quantity, "row": quantity.kind, "column": column}


def _direct_edge(view: View, t: int) -> dict[str, Json]:
    """The direct way of a gated cell from step t − 1: through the forget gate, or the update gate."""
    kind = view.roads[-1]
    return _edge(Quantity("f" if kind == "C" else "z", t), state(t - 1, kind), Quantity(kind, t)) | {"road": "direct"}


def _edge(quantity: str, start: str, end: str, kind: str = "forward") -> dict[str, Json]:
    return {"q": quantity, "from": start, "to": end, "kind": kind}


def _immediate_edges(view: View, parameter: str) -> Iterator[tuple[Quantity, Quantity]]:
    """The immediate derivatives, and the node from which each leads to the parameter."""
    hidden = is_hidden(parameter)
    for k in (k for k in shown_steps(view.T) if hidden or k in view.loss_steps):
        yield immediate_factor(k, parameter, view.kind), Quantity("H" if hidden else "Y_hat", k)


def _part(view: View, parameter: str, detail: bool) -> Part:
    """What belongs to one parameter; in detail with everything that opens its cells further."""
    by_lag, hidden = lags(view, parameter), is_hidden(parameter)
    opened = detail and hidden and not view.is_batch
    helpers = update_helpers(view, parameter) | {ONES: view.described(ONES, np.ones(view.trace.X.shape[1]))}
    entry = largest_entry(view.total(parameter))
    return Part(
        frames=tuple(parameter_frames(view, parameter, detail)),
        quantities=MappingProxyType(part_records(view, parameter, opened) | by_lag),
        helpers=MappingProxyType(helpers),
        grid=term_grid(view, parameter, list(by_lag), detail),
        edges=tuple(_immediate_edges(view, parameter)),
        forms=forms(view, parameter) if detail else None,
        walk=loop_walk(view, parameter) if detail else None,
        immediate=immediate_and_total(view, parameter, entry) if opened and not view.gates else None,
    )
