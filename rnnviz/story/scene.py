"""The scene: everything that the stage draws, as data that JSON can carry.

The stage adds no meaning: nodes, edges, frames, sentences, equations and numbers all come from here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from rnnviz import engine
from rnnviz.experiment import what_if
from rnnviz.scene.frame import Frame, born
from rnnviz.scene.record import Record
from rnnviz.scene.scene import Part, Scene
from rnnviz.scene.strip import ONES
from rnnviz.settings import TASKS
from rnnviz.story.conventions import LECTURE, Conventions, speaking
from rnnviz.story.detail import Detail, detail_of
from rnnviz.story.editable import edits
from rnnviz.story.equations import mathml
from rnnviz.story.frames import PHASES, common_frames, drawn_terms, hidden_count, parameter_frames
from rnnviz.story.grid import term_grid
from rnnviz.story.loop import loop_quantities
from rnnviz.story.notation import (
    HIDDEN_PARAMETERS,
    PARAMETERS,
    chain_factor,
    hops,
    immediate_factor,
    output_factor,
    readout_factor,
    state,
    symbol,
)
from rnnviz.story.opened import opened_quantities, openings
from rnnviz.story.quantities import described, share, shown_steps, turns
from rnnviz.story.shares import lags
from rnnviz.story.snippets import snippet
from rnnviz.story.updates import update_helpers, update_quantities
from rnnviz.story.view import View, look
from rnnviz.story.whatif import what_if_scene

LONGEST_COMPLETE = 6
"""Up to so many steps a complete scene holds all parameters; of a longer network the chosen one."""
LOSS_AT = {"sequence_to_vector": "only at the end", "sequence_to_sequence": "at every step"}


@dataclass(frozen=True, eq=False)
class Edited:
    """The newest edit: what it did (a ``WhatIf``), and the view of the experiment before it."""

    found: object
    before: View


def edited(experiment, sample: int) -> Edited | None:
    """Return what the newest edit did, as a view of that sample shows it; None without edits."""
    found = what_if(experiment)
    return None if found is None else Edited(found, look(found.before, sample))


def build_scene(
    experiment, parameter: str | None = None, sample: int | None = None, detail: bool = True
) -> dict:
    """Return the scene of one training step of an experiment.

    Parameters
    ----------
    experiment : Experiment
        Network, data and settings.
    parameter : str, optional
        Whose gradient is taken apart first; the configuration's if None.
    sample : int, optional
        Which sample is looked at, −1 for the mean over the batch; the configuration's if None.
    detail : bool
        Whether the cells can be opened further: forms of the factors, running products, the loop's walk,
        immediate against total. The overview does without.

    Returns
    -------
    dict
        JSON-ready: ``frames`` (common to all parameters), ``parameters`` (frames, grid, numbers of each),
        ``nodes``, ``edges``, ``quantities``, ``born`` (index of the frame at which an id becomes known).
    """
    view = look(experiment, experiment.config.sample if sample is None else sample)
    modes = TASKS[experiment.config.task].modes
    conventions = Conventions.of(experiment.config)
    change = edited(experiment, view.sample) if detail else None
    return scene_of(view, parameter or experiment.config.parameter, detail, modes, conventions, change)


def scene_of(
    view: View,
    parameter: str,
    detail: bool = True,
    modes: tuple[str, ...] = (),
    conventions: Conventions = LECTURE,
    edited: Edited | None = None,
    complete: bool = True,
) -> dict:
    """Return the scene of a view that is at hand, as :func:`build_scene` does.

    Parameters
    ----------
    conventions : Conventions
        How it is written.
    edited : Edited, optional
        What the newest edit did; the scene then remembers how everything looked before it.
    complete : bool
        Whether all parameters are sent, so that choosing one asks nobody; else the chosen one alone.
    """
    conventions = conventions.over(len(view.loss_steps))
    with speaking(conventions), np.errstate(all="ignore"):
        scene = _scene(view, parameter, detail, modes, complete, conventions, edited)
        return scene.drawn(mathml)


def exported_scene(experiment) -> dict:
    """Return the scene of an experiment's parameter for any program: with every entry, and its products."""
    config = experiment.config
    view = look(experiment, config.sample)
    conventions = Conventions.of(config).over(len(view.loss_steps))
    with speaking(conventions), np.errstate(all="ignore"):
        return _scene(view, config.parameter, False, (), False, conventions, None).exported()


def _opened(view: View) -> dict[str, Record]:
    """Quantities of the opened views that belong to no parameter; the loop's own go first."""
    return loop_quantities(view) | opened_quantities(view)


def _scene(
    view: View,
    parameter: str,
    detail: bool,
    modes: tuple[str, ...],
    complete: bool,
    conventions: Conventions,
    edited: Edited | None,
) -> Scene:
    """The scene, in the conventions that hold now; with details for its cells, or the frames alone."""
    sent = _sent(view, parameter, complete)
    common = common_frames(view)
    parts = {name: _part(view, name, len(common), detail) for name in sent}
    facts = {
        "mode": view.architecture.mode,
        "view": _view_text(view),
        "first_frame": "start",
        "autoplay": False,
        **_network(view),
        "choices": list(PARAMETERS),
        "detail": detail,
        "openings": openings(view) if detail else [],
        "modes": [[mode, words] for mode, words in LOSS_AT.items() if mode in modes],
    }
    if edited is not None:
        facts["whatif"] = what_if_scene(edited.found, view.scale)
    return Scene(
        view.T,
        "plain",
        parameter,
        conventions,
        PHASES,
        facts,
        _coded(view, sent[0], common) if detail else common,
        _quantities(view, edits(view) if detail else {}) | (_opened(view) if detail else {}),
        born(common, 0),
        parts,
        _before(edited.before, sent) if edited else ({}, {}),
    )


def _before(view: View, names: tuple[str, ...]) -> tuple[dict, dict]:
    """The numbers of a view without frames: what is remembered of before an edit."""
    return _quantities(view) | _opened(view), {name: _part_quantities(view, name) for name in names}


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
    edges += [
        _edge(chain_factor(*hop), state(hop[0]), state(hop[1]), "backward") for hop in hops(view.T, 0, steps)
    ]
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


def _quantities(view: View, edits: Mapping[str, dict] = MappingProxyType({})) -> dict[str, Record]:
    """The records that are common to all parameters; ``edits`` names those that can be edited in the link."""

    def given(name: str, value: np.ndarray, like: str = "") -> Record:
        more = {"edit": edits[name]} if name in edits else {}
        return described(name, value, like=like, **more)

    trace, steps = view.trace, shown_steps(view.T)
    found = {name: given(name, getattr(view.parameters, name), name) for name in PARAMETERS}
    found |= {f"{name}_new": described(f"{name}_new", _after(view, name), like=name) for name in PARAMETERS}
    found["H_init"] = given("H_init", trace.H_init)
    found |= {state(t - 1): described(state(t - 1), trace.H[t - 1]) for t in steps if t > 0}
    found["L"] = described("L", view.scale * view.step_losses.sum())
    if len(steps) < len(view.loss_steps):
        left = [t for t in view.loss_steps if t not in steps]
        found["L_rest"] = described("L_rest", view.step_losses[left].sum())
    for t in steps:
        found |= {f"{kind}_{t}": given(f"{kind}_{t}", getattr(trace, kind)[t]) for kind in "XAH"}
        found[f"f1'_{t}"] = described(f"f1'_{t}", _slope(view, t))
    found |= {chain_factor(*hop): _jacobian(view, *hop) for hop in hops(view.T, 0, steps)}
    for t in (t for t in steps if t in view.loss_steps):
        found |= _loss_quantities(view, t) | {f"Y_{t}": given(f"Y_{t}", view.target(t))}
    return found


def _after(view: View, name: str) -> np.ndarray:
    return getattr(view.first_epoch.parameters, name) + getattr(view.first_epoch.updates, name)


def _slope(view: View, t: int) -> np.ndarray:
    return engine.hidden_slope(view.architecture, view.trace)[t]


def _jacobian(view: View, t: int, k: int) -> Record:
    name = chain_factor(t, k)
    if view.is_batch:
        shape = view.parameters.Wh1.shape
        return described(name, note="one matrix for each sample: choose a sample to see it", shape=shape)
    return described(name, view.jacobians[t, k])


def _loss_quantities(view: View, t: int) -> dict[str, Record]:
    row = view.output_row(t)
    slope = f"dY_hat_{t}/dZ_{t}"
    found = {
        f"Y_hat_{t}": described(f"Y_hat_{t}", view.trace.Y_hat[row]),
        f"Z_{t}": described(f"Z_{t}", view.trace.Z[row]),
        f"L_{t}": described(f"L_{t}", view.step_losses[t]),
    }
    if view.is_batch:
        n1, n2 = view.parameters.W2.shape
        shapes = {output_factor(t): (1, n2), readout_factor(t): (n2, n1), slope: (n2, n2)}
        note = "one for each sample: choose a sample to see it"
        found |= {name: described(name, note=note, shape=shape) for name, shape in shapes.items()}
        return found | {f"dL_{t}/dZ_{t}": described(f"dL_{t}/dZ_{t}", view.delta("b2", t, t))}
    hidden, output = _factors(view, "b1", t), _factors(view, "b2", t)
    pairs = ((output_factor(t), hidden[0]), (readout_factor(t), hidden[1]), (slope, output[-1]))
    return found | {name: _factor_record(name, factor) for name, factor in pairs}


def _factor_record(name: str, factor) -> Record:
    """Where ŷ underflows the engine goes through Z instead of Ŷ: the drawn factor then says so itself."""
    through_z = "Z_" in factor.id and "Y_hat" not in factor.id
    if not through_z:
        return described(name, factor.value)
    note = "the prediction underflows to 0 here, so the path goes through Z"
    written = replace(symbol(factor.id), role=symbol(name).role)
    return described(factor.id, factor.value, written=written, note=note)


def _factors(view: View, parameter: str, t: int) -> list:
    return engine.chain_factors(view.architecture, view.parameters, view.trace, view.Y, parameter, t, t)


def _part(view: View, parameter: str, offset: int, detail: bool) -> Part:
    frames = parameter_frames(view, parameter)
    more = detail_of(view, parameter, offset) if detail else Detail()
    helpers = update_helpers(view, parameter) | {ONES: described(ONES, np.ones(view.trace.X.shape[1]))}
    return Part(
        frames=_coded(view, parameter, _running(frames, more)) if detail else frames,
        quantities=_part_quantities(view, parameter, more.slices),
        helpers=helpers,
        born=born(frames, offset),
        grid=term_grid(view, parameter),
        edges=_immediate_edges(view, parameter),
        forms=more.forms,
        walk=more.walk,
        immediate=more.immediate,
    )


def _running(frames: list[Frame], more: Detail) -> list[Frame]:
    """The frames with the running product of each term."""
    places = {f"term-{t}-{k}": found for (t, k), found in more.running.items()}
    return [replace(one, running=places.get(one.id)) for one in frames]


def _immediate_edges(view: View, parameter: str) -> list[dict]:
    hidden = parameter in HIDDEN_PARAMETERS
    steps = [t for t in shown_steps(view.T) if hidden or t in view.loss_steps]
    node = "H" if hidden else "Y_hat"
    return [
        {"q": immediate_factor(k, parameter), "from": f"{node}_{k}", "parameter": parameter} for k in steps
    ]


def _part_quantities(
    view: View, parameter: str, slices: Mapping[str, list[dict]] = MappingProxyType({})
) -> dict[str, Record]:
    """The records of one parameter; ``slices`` opens its immediate derivatives."""
    steps, whole = shown_steps(view.T), view.summed(parameter)
    found = update_quantities(view, parameter) | lags(view, parameter) | _gradients(view, parameter)
    for t, k in drawn_terms(view, parameter):
        of = whole if parameter not in HIDDEN_PARAMETERS or view.kept(t, k) else None
        found[f"term_{t}_{k}"] = _share_of(f"term_{t}_{k}", view.term(parameter, t, k), of, parameter)
    parts = {f"column_{k}": view.column(parameter, k) for k in steps if parameter in HIDDEN_PARAMETERS}
    parts |= {"rest": _rest(view, parameter)} if hidden_count(view, parameter) else {}
    found |= {name: _share_of(name, part, whole, parameter) for name, part in parts.items()}
    if view.is_batch and parameter in HIDDEN_PARAMETERS:
        names = {f"delta_{t}_{k}": (t, k) for t, k in drawn_terms(view, parameter)}
        found |= {name: described(name, view.delta(parameter, *place)) for name, place in names.items()}
    note, shape = _immediate_note(parameter), _immediate_shape(view, parameter)
    for name in (edge["q"] for edge in _immediate_edges(view, parameter)):
        more = {"slices": slices[name]} if name in slices else {}
        found[name] = described(name, note=note, shape=shape, **more)
    return found


def _share_of(name: str, part: np.ndarray, whole: np.ndarray | None, like: str, written=None) -> Record:
    """The record of a part of the gradient, with its share in the whole."""
    found = None if whole is None else share(part, whole)
    return described(name, part, like=like, written=written, share=found)


def _immediate_shape(view: View, parameter: str) -> tuple[int, ...]:
    """Of ∂⁺: the units of the layer, then the parameter as it is written."""
    own = getattr(view.parameters, parameter).shape
    return own[-1], *(own[::-1] if turns(parameter) else own)


def _gradients(view: View, parameter: str) -> dict[str, Record]:
    """The gradient and that of each drawn loss, with their shares in it, as truncation has them written."""
    whole, summed = view.total(parameter), view.summed(parameter)
    rows = {t: f"dL_{t}/d{parameter}" for t in shown_steps(view.T) if t in view.loss_steps}
    found = {
        name: _share_of(name, view.row(parameter, t), summed, parameter, view.written(parameter, t))
        for t, name in rows.items()
    }
    total = f"dL/d{parameter}"
    return found | {total: _share_of(total, whole, whole, parameter, view.written(parameter))}


def _rest(view: View, parameter: str) -> np.ndarray:
    drawn = [view.term(parameter, t, k) for t, k in drawn_terms(view, parameter) if view.kept(t, k)]
    return view.summed(parameter) - sum(drawn)


def _immediate_note(parameter: str) -> str:
    if parameter in ("b1", "b2"):
        return "each unit has its own bias, so only the slope remains"
    return "a 3-tensor: entry [h, i, j] is 0 unless h = j; drawn as the outer product that it amounts to"
