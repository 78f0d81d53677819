"""The scene: everything that the stage draws, as data that JSON can carry.

The stage adds no meaning: nodes, edges, frames, sentences, equations and numbers all come from here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from rnnviz.experiment.core import Experiment
from rnnviz.experiment.whatif import WhatIf, what_if
from rnnviz.notation.conventions import Conventions
from rnnviz.notation.equations import mathml
from rnnviz.notation.ids import PARAMETERS, chain_factor, hops, output_factor, readout_factor, state
from rnnviz.notation.quantities import shown_steps
from rnnviz.notation.record import Record
from rnnviz.scene.detail import Detail, detail_of
from rnnviz.scene.editable import edits
from rnnviz.scene.frame import Frame, first_known
from rnnviz.scene.frames import PHASES, common_frames, parameter_frames
from rnnviz.scene.loop import loop_quantities
from rnnviz.scene.opened import opened_quantities, openings
from rnnviz.scene.records import immediate_edges, part_records, records
from rnnviz.scene.scene import Part, Scene
from rnnviz.scene.shares import lags
from rnnviz.scene.snippets import snippet
from rnnviz.scene.strip import ONES
from rnnviz.scene.term_grid import term_grid
from rnnviz.scene.updates import update_helpers
from rnnviz.scene.view import View, look
from rnnviz.scene.whatif import what_if_scene
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
    view = look(experiment, experiment.config.sample if sample is None else sample)
    modes = TASKS[experiment.config.task].modes
    change = edited(experiment, view.sample) if detail else None
    wanted = parameter or experiment.config.parameter
    return scene_of(view, wanted, detail, modes, change, offline=offline)


def scene_of(
    view: View,
    parameter: str,
    detail: bool = True,
    modes: tuple[str, ...] = (),
    edited: Edited | None = None,
    complete: bool = True,
    offline: bool = False,
) -> dict:
    """Return the scene of a view that is at hand, as :func:`build_scene` does.

    Parameters
    ----------
    edited : Edited, optional
        What the newest edit did; the scene then remembers how everything looked before it.
    complete : bool
        Whether all parameters are sent, so that choosing one asks nobody; else the chosen one alone.
    offline : bool
        Whether to do without the choices that only a server can serve.
    """
    with np.errstate(all="ignore"):
        modes = () if offline else modes
        return _scene(view, parameter, detail, modes, complete, edited, offline).drawn(mathml)


def exported_scene(experiment: Experiment) -> dict:
    """Return the scene of an experiment's parameter for any program: with every entry, and its products."""
    config = experiment.config
    view = look(experiment, config.sample)
    with np.errstate(all="ignore"):
        return _scene(view, config.parameter, False, (), False, None).exported()


def _opened(view: View) -> dict[str, Record]:
    """Quantities of the opened views that belong to no parameter; the loop's own go first."""
    return loop_quantities(view) | opened_quantities(view)


def _scene(
    view: View,
    parameter: str,
    detail: bool,
    modes: tuple[str, ...],
    complete: bool,
    edited: Edited | None,
    offline: bool = False,
) -> Scene:
    """The scene; with details for its cells, or the frames alone."""
    sent = _sent(view, parameter, complete)
    common = common_frames(view)
    parts = {name: _part(view, name, len(common), detail) for name in sent}
    facts = {
        "mode": view.architecture.mode,
        "view": _view_text(view),
        "first_frame": "start",
        "autoplay": False,
        **_network(view),
        "choices": list(sent if offline else PARAMETERS),
        "detail": detail,
        "openings": openings(view) if detail else [],
        "modes": [[mode, words] for mode, words in LOSS_AT.items() if mode in modes and view.T > 1],
    }
    if edited is not None:
        facts["whatif"] = what_if_scene(edited.found, view.scale, view.conventions) | (
            {"fixed": True} if offline else {}
        )
    return Scene(
        view.T,
        "plain",
        parameter,
        view.conventions,
        PHASES,
        facts,
        _coded(view, sent[0], common) if detail else common,
        records(view, edits(view) if detail and not offline else {}) | (_opened(view) if detail else {}),
        first_known(common, 0),
        parts,
        _before(edited.before, sent) if edited else ({}, {}),
    )


def _before(view: View, names: tuple[str, ...]) -> tuple[dict, dict]:
    """The numbers of a view without frames: what is remembered of before an edit."""
    own = {name: part_records(view, name) | lags(view, name) for name in names}
    return records(view) | _opened(view), own


def _coded(view: View, parameter: str, frames: list[Frame]) -> list[Frame]:
    """The frames with the lines of NumPy that compute each."""
    return [replace(one, code=snippet(view, parameter, one.id)) for one in frames]


def _sent(view: View, chosen: str, complete: bool) -> tuple[str, ...]:
    """A short network sends all parameters, so that choosing one asks nobody; a long one the chosen only."""
    return PARAMETERS if complete and view.T <= LONGEST_COMPLETE else (chosen,)


def _view_text(view: View) -> str:
    if view.batch == 1:
        return "sample 1 of 1"
    return f"mean of {view.batch} samples" if view.sample < 0 else f"sample {view.sample + 1} of {view.batch}"


def _network(view: View) -> dict:
    steps = shown_steps(view.T)
    column = {t: place + (t >= 5 and len(steps) < view.T) for place, t in enumerate(steps)}
    nodes = [{"q": "H_init", "row": "H", "column": -1}]
    edges = []
    for t in steps:
        kinds = ("X", "H", "Y_hat", "L") if t in view.loss_steps else ("X", "H")
        nodes += [{"q": f"{kind}_{t}", "row": kind, "column": column[t]} for kind in kinds]
        edges += _step_edges(t, t in view.loss_steps, forward=t == 0 or t - 1 in column)
    edges += [_edge(chain_factor(*hop), state(hop[0]), state(hop[1]), "backward") for hop in hops(view.T, 0, steps)]
    gap = [{"column": 5, "text": f"{view.T - len(steps)} steps folded"}] if len(steps) < view.T else []
    return {"nodes": nodes, "edges": edges, "gaps": gap, "columns": len(steps) + len(gap)}


def _step_edges(t: int, has_loss: bool, forward: bool) -> list[dict]:
    edges = [_edge("W1", f"X_{t}", f"H_{t}"), {"q": "b1", "node": f"H_{t}", "kind": "bias"}]
    if forward:
        edges.append(_edge("Wh1", state(t - 1), f"H_{t}"))
    if has_loss:
        edges += [
            _edge("W2", f"H_{t}", f"Y_hat_{t}"),
            {"q": "b2", "node": f"Y_hat_{t}", "kind": "bias"},
            _edge(f"L_{t}", f"Y_hat_{t}", f"L_{t}") | {"label": False},
            _edge(output_factor(t), f"L_{t}", f"Y_hat_{t}", "backward"),
            _edge(readout_factor(t), f"Y_hat_{t}", f"H_{t}", "backward"),
        ]
    return edges


def _edge(quantity: str, start: str, end: str, kind: str = "forward") -> dict:
    return {"q": quantity, "from": start, "to": end, "kind": kind}


def _part(view: View, parameter: str, offset: int, detail: bool) -> Part:
    frames = parameter_frames(view, parameter)
    more = detail_of(view, parameter, offset) if detail else Detail()
    by_lag = lags(view, parameter)
    helpers = update_helpers(view, parameter) | {ONES: view.described(ONES, np.ones(view.trace.X.shape[1]))}
    return Part(
        frames=_coded(view, parameter, _running(frames, more)) if detail else frames,
        quantities=part_records(view, parameter, more.slices) | by_lag,
        helpers=helpers,
        known_from=first_known(frames, offset),
        grid=term_grid(view, parameter, list(by_lag), detail),
        edges=immediate_edges(view, parameter),
        forms=more.forms,
        walk=more.walk,
        immediate=more.immediate,
    )


def _running(frames: list[Frame], more: Detail) -> list[Frame]:
    """The frames with the running product of each term."""
    places = {f"term-{t}-{k}": found for (t, k), found in more.running.items()}
    return [replace(one, running=places.get(one.id)) for one in frames]
