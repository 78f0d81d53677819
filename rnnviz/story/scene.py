"""The scene: everything that the stage draws, as data that JSON can carry.

The stage adds no meaning: nodes, edges, frames, sentences, equations and numbers all come from here.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rnnviz import engine
from rnnviz.experiment import what_if
from rnnviz.settings import TASKS
from rnnviz.story.conventions import LECTURE, Conventions, speaking
from rnnviz.story.detail import detailed
from rnnviz.story.editable import mark_editable, remember
from rnnviz.story.equations import mathml
from rnnviz.story.frames import (
    PHASES,
    born,
    common_frames,
    drawn_terms,
    hidden_count,
    parameter_frames,
)
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
from rnnviz.story.orientation import oriented
from rnnviz.story.quantities import described, shown_steps
from rnnviz.story.shares import (
    closings,
    entry_closings,
    lags,
    with_share,
)
from rnnviz.story.snippets import snippet
from rnnviz.story.updates import update_quantities
from rnnviz.story.view import View, look
from rnnviz.story.whatif import what_if_scene

VERSION = 1
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
        immediate against total; how the cells close. The overview does without.

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
        scene = oriented(_scene(view, parameter, detail, modes, complete), conventions)
        if edited is not None:
            remember(scene, oriented(_numbers_of(edited.before, list(scene["parameters"])), conventions))
            scene["whatif"] = what_if_scene(edited.found, view.scale)
    scene["math"] = _shared_mathml(scene)
    return scene


def _opened(view: View) -> dict[str, dict]:
    """Quantities of the opened views that belong to no parameter; the loop's own go first."""
    return loop_quantities(view) | opened_quantities(view)


def _numbers_of(view: View, names: list[str]) -> dict:
    """The numbers of a view without frames: what is remembered of before an edit."""
    grid = {"entry": [], "closings": {"entry": {}}}
    parts = {
        name: {
            "quantities": _part_quantities(view, name) | lags(view, name),
            "frames": [],
            "grid": copy.deepcopy(grid),
        }
        for name in names
    }
    return {"quantities": _quantities(view) | _opened(view), "frames": [], "parameters": parts}


def _scene(view: View, parameter: str, detail: bool, modes: tuple[str, ...], complete: bool) -> dict:
    common = common_frames(view)
    scene = {
        "version": VERSION,
        "T": view.T,
        "mode": view.architecture.mode,
        "phases": list(PHASES),
        "view": _view_text(view),
        "parameter": parameter,
        "first_frame": "start",
        "autoplay": False,
        **_network(view),
        "quantities": _quantities(view) | (_opened(view) if detail else {}),
        "frames": common,
        "born": born(common, 0),
        "choices": list(PARAMETERS),
        "parameters": {
            name: _part(view, name, len(common), detail) for name in _sent(view, parameter, complete)
        },
        "detail": detail,
        "openings": openings(view) if detail else [],
        "modes": [[mode, words] for mode, words in LOSS_AT.items() if mode in modes and view.T > 1],
    }
    if detail:
        for name, part in scene["parameters"].items():
            part |= detailed(view, name, part, len(common))
            _write_code(view, name, [*common, *part["frames"]])
        mark_editable(view, scene["quantities"])
    return scene


def _write_code(view: View, parameter: str, frames: list[dict]) -> None:
    """Put the lines of NumPy that compute it beside each frame."""
    for one in frames:
        one.setdefault("code", snippet(view, parameter, one["id"]))


def _sent(view: View, chosen: str, complete: bool) -> tuple[str, ...]:
    """A short network sends all parameters, so that choosing one asks nobody; a long one the chosen only."""
    return PARAMETERS if complete and view.T <= LONGEST_COMPLETE else (chosen,)


def _shared_mathml(scene: dict) -> list[str]:
    """Replace each token's LaTeX by the place of its MathML in one list: the same symbol is sent once."""
    places: dict[str, int] = {}
    for piece in _tokens(scene):
        if "latex" in piece:
            piece["math"] = places.setdefault(piece.pop("latex"), len(places))
    return [mathml(latex) for latex in places]


def _tokens(scene: dict) -> Iterator[dict]:
    """Yield every token of every equation and of every form of a factor."""
    for one in scene["frames"]:
        yield from one["equation"]
    for part in scene["parameters"].values():
        for one in [*part["frames"], *part.get("loop", {}).get("frames", [])]:
            yield from one["equation"]
        for choices in part.get("forms", {}).values():
            for replaced in choices.values():
                yield from (piece for form in replaced.values() for piece in form["tokens"])


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


def _quantities(view: View) -> dict[str, dict]:
    trace, steps = view.trace, shown_steps(view.T)
    found = {name: described(name, getattr(view.parameters, name)) for name in PARAMETERS}
    found |= {f"{name}_new": described(f"{name}_new", _after(view, name)) for name in PARAMETERS}
    found["H_init"] = described("H_init", trace.H_init)
    found |= {state(t - 1): described(state(t - 1), trace.H[t - 1]) for t in steps if t > 0}
    found["L"] = described("L", view.scale * view.step_losses.sum())
    for t in steps:
        found |= {f"{kind}_{t}": described(f"{kind}_{t}", getattr(trace, kind)[t]) for kind in "XAH"}
        found[f"f1'_{t}"] = described(f"f1'_{t}", _slope(view, t))
    found |= {chain_factor(*hop): _jacobian(view, *hop) for hop in hops(view.T, 0, steps)}
    for t in (t for t in steps if t in view.loss_steps):
        found |= _loss_quantities(view, t)
    return found


def _after(view: View, name: str) -> np.ndarray:
    return getattr(view.first_epoch.parameters, name) + getattr(view.first_epoch.updates, name)


def _slope(view: View, t: int) -> np.ndarray:
    return engine.hidden_slope(view.architecture, view.trace)[t]


def _jacobian(view: View, t: int, k: int) -> dict:
    if view.is_batch:
        return described(chain_factor(t, k), note="one matrix for each sample: choose a sample to see it")
    return described(chain_factor(t, k), view.jacobians[t, k])


def _loss_quantities(view: View, t: int) -> dict[str, dict]:
    row = view.output_row(t)
    slope = f"dY_hat_{t}/dZ_{t}"
    found = {
        f"Y_hat_{t}": described(f"Y_hat_{t}", view.trace.Y_hat[row]),
        f"Z_{t}": described(f"Z_{t}", view.trace.Z[row]),
        f"Y_{t}": described(f"Y_{t}", view.target(t)),
        f"L_{t}": described(f"L_{t}", view.step_losses[t]),
    }
    if view.is_batch:
        note = "one for each sample: choose a sample to see it"
        found |= {name: described(name, note=note) for name in (output_factor(t), readout_factor(t), slope)}
        return found | {f"dL_{t}/dZ_{t}": described(f"dL_{t}/dZ_{t}", view.delta("b2", t, t))}
    hidden, output = _factors(view, "b1", t), _factors(view, "b2", t)
    pairs = ((output_factor(t), hidden[0]), (readout_factor(t), hidden[1]), (slope, output[-1]))
    return found | {name: _factor_record(name, factor) for name, factor in pairs}


def _factor_record(name: str, factor) -> dict:
    """Where ŷ underflows the engine goes through Z instead of Ŷ: the drawn factor then says so itself."""
    through_z = "Z_" in factor.id and "Y_hat" not in factor.id
    if not through_z:
        return described(name, factor.value)
    note = "the prediction underflows to 0 here, so the path goes through Z"
    return described(factor.id, factor.value, role=symbol(name).role, note=note)


def _factors(view: View, parameter: str, t: int) -> list:
    return engine.chain_factors(view.architecture, view.parameters, view.trace, view.Y, parameter, t, t)


def _part(view: View, parameter: str, offset: int, detail: bool) -> dict:
    frames = parameter_frames(view, parameter)
    by_lag = lags(view, parameter)
    grid = term_grid(view, parameter) | {"lags": list(by_lag)}
    if detail:
        grid["closings"] = closings(view, parameter) | {"entry": entry_closings(view, parameter)}
    quantities = _part_quantities(view, parameter) | by_lag
    drawn = [quantities[cell["q"]] for row in grid["cells"] for cell in row if "q" in cell]
    grid["largest"] = max(
        (abs(v) for one in drawn for r in one["values"] for v in r if isinstance(v, float)), default=0
    )
    return {
        "frames": frames,
        "quantities": quantities,
        "born": born(frames, offset),
        "grid": grid,
        "edges": _immediate_edges(view, parameter),
        "tallest": 3,
    }


def _immediate_edges(view: View, parameter: str) -> list[dict]:
    hidden = parameter in HIDDEN_PARAMETERS
    steps = [t for t in shown_steps(view.T) if hidden or t in view.loss_steps]
    node = "H" if hidden else "Y_hat"
    return [
        {"q": immediate_factor(k, parameter), "from": f"{node}_{k}", "parameter": parameter} for k in steps
    ]


def _part_quantities(view: View, parameter: str) -> dict[str, dict]:
    steps, whole = shown_steps(view.T), view.summed(parameter)
    found = update_quantities(view, parameter) | _gradients(view, parameter)
    parts = {f"term_{t}_{k}": view.term(parameter, t, k) for t, k in drawn_terms(view, parameter)}
    if parameter in HIDDEN_PARAMETERS:
        parts |= {f"column_{k}": view.column(parameter, k) for k in steps}
    if hidden_count(view, parameter):
        parts["rest"] = _rest(view, parameter)
    cut = {f"term_{t}_{k}" for t, k in drawn_terms(view, parameter) if not view.kept(t, k)}
    for name, part in parts.items():
        record = described(name, part)
        found[name] = record if name in cut else with_share(record, part, whole)
    if view.is_batch and parameter in HIDDEN_PARAMETERS:
        names = {f"delta_{t}_{k}": (t, k) for t, k in drawn_terms(view, parameter)}
        found |= {name: described(name, view.delta(parameter, *place)) for name, place in names.items()}
    for edge in _immediate_edges(view, parameter):
        found[edge["q"]] = described(edge["q"], note=_immediate_note(parameter))
    return found


def _gradients(view: View, parameter: str) -> dict[str, dict]:
    """The gradient and that of each drawn loss, with their shares in it, as truncation has them written."""
    rows = {t: view.row(parameter, t) for t in shown_steps(view.T) if t in view.loss_steps}
    parts = {f"dL_{t}/d{parameter}": (row, view.written(parameter, t)) for t, row in rows.items()}
    found = {name: (row, view.summed(parameter), written) for name, (row, written) in parts.items()}
    whole = view.total(parameter)
    found[f"dL/d{parameter}"] = whole, whole, view.written(parameter)
    return {
        name: with_share(described(name, part, written), part, total)
        for name, (part, total, written) in found.items()
    }


def _rest(view: View, parameter: str) -> np.ndarray:
    drawn = [view.term(parameter, t, k) for t, k in drawn_terms(view, parameter) if view.kept(t, k)]
    return view.summed(parameter) - sum(drawn)


def _immediate_note(parameter: str) -> str:
    if parameter in ("b1", "b2"):
        return "each unit has its own bias, so only the slope remains"
    return "a 3-tensor: entry [h, i, j] is 0 unless h = j; drawn as the outer product that it amounts to"
