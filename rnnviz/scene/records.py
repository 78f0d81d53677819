"""The records of a scene: every quantity that is drawn, with its numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from rnnviz import engine
from rnnviz.engine import Factor
from rnnviz.notation.ids import (
    HIDDEN_PARAMETERS,
    PARAMETERS,
    Symbol,
    chain_factor,
    hops,
    immediate_factor,
    output_factor,
    readout_factor,
    state,
)
from rnnviz.notation.quantities import share, shown_steps
from rnnviz.notation.quantity import read
from rnnviz.notation.record import Record
from rnnviz.scene.frames import drawn_terms, hidden_count
from rnnviz.scene.updates import update_quantities
from rnnviz.scene.view import View


def records(view: View, edits: Mapping[str, dict] = MappingProxyType({})) -> dict[str, Record]:
    """The records that are common to all parameters; ``edits`` names those that can be edited in the link."""

    def given(name: str, value: np.ndarray, like: str = "") -> Record:
        found = view.described(name, value, like=like)
        return replace(found, more={"edit": edits[name]}) if name in edits else found

    trace, steps = view.trace, shown_steps(view.T)
    found = {name: given(name, getattr(view.parameters, name), name) for name in PARAMETERS}
    found |= {f"{name}_new": view.described(f"{name}_new", _after(view, name), like=name) for name in PARAMETERS}
    found["H_init"] = given("H_init", trace.H_init)
    found |= {state(t - 1): view.described(state(t - 1), trace.H[t - 1]) for t in steps if t > 0}
    found["L"] = view.described("L", view.scale * view.step_losses.sum())
    if len(steps) < len(view.loss_steps):
        left = [t for t in view.loss_steps if t not in steps]
        found["L_rest"] = view.described("L_rest", view.step_losses[left].sum())
    for t in steps:
        found |= {f"{kind}_{t}": given(f"{kind}_{t}", getattr(trace, kind)[t]) for kind in "XAH"}
        found[f"f1'_{t}"] = view.described(f"f1'_{t}", view.slopes[t])
    found |= {chain_factor(*hop): _jacobian(view, *hop) for hop in hops(view.T, 0, steps)}
    for t in (t for t in steps if t in view.loss_steps):
        found |= _loss_quantities(view, t) | {f"Y_{t}": given(f"Y_{t}", view.target(t))}
    return found


def _after(view: View, name: str) -> np.ndarray:
    return getattr(view.first_epoch.parameters, name) + getattr(view.first_epoch.updates, name)


def _jacobian(view: View, t: int, k: int) -> Record:
    name = chain_factor(t, k)
    if view.is_batch:
        shape = view.parameters.Wh1.shape
        return view.described(name, note="one matrix for each sample: choose a sample to see it", shape=shape)
    return view.described(name, view.jacobians[t, k])


def _loss_quantities(view: View, t: int) -> dict[str, Record]:
    row = view.output_row(t)
    slope = f"dY_hat_{t}/dZ_{t}"
    found = {
        f"Y_hat_{t}": view.described(f"Y_hat_{t}", view.trace.Y_hat[row]),
        f"Z_{t}": view.described(f"Z_{t}", view.trace.Z[row]),
        f"L_{t}": view.described(f"L_{t}", view.step_losses[t]),
    }
    if view.is_batch:
        n1, n2 = view.parameters.W2.shape
        shapes = {output_factor(t): (1, n2), readout_factor(t): (n2, n1), slope: (n2, n2)}
        note = "one for each sample: choose a sample to see it"
        found |= {name: view.described(name, note=note, shape=shape) for name, shape in shapes.items()}
        return found | {f"dL_{t}/dZ_{t}": view.described(f"dL_{t}/dZ_{t}", view.delta("b2", t, t))}
    hidden, output = _factors(view, "b1", t), _factors(view, "b2", t)
    pairs = ((output_factor(t), hidden[0]), (readout_factor(t), hidden[1]), (slope, output[-1]))
    return found | {name: _factor_record(view, name, factor) for name, factor in pairs}


def _factor_record(view: View, name: str, factor: Factor) -> Record:
    """Where ŷ underflows the engine goes through Z instead of Ŷ: the drawn factor then says so itself."""
    found = read(factor.id)
    kinds = {one.kind for one in (found.of, found.by) if one is not None}
    if "Z" not in kinds or "Y_hat" in kinds:
        return view.described(name, factor.value)
    note = "the prediction underflows to 0 here, so the path goes through Z"
    written = replace(view.symbol(factor.id), role=view.symbol(name).role)
    return view.described(factor.id, factor.value, written=written, note=note)


def _factors(view: View, parameter: str, t: int) -> list:
    return engine.chain_factors(view.architecture, view.parameters, view.trace, view.Y, parameter, t, t)


def immediate_edges(view: View, parameter: str) -> list[dict]:
    """Return the edges of the immediate derivatives."""
    hidden = parameter in HIDDEN_PARAMETERS
    steps = [t for t in shown_steps(view.T) if hidden or t in view.loss_steps]
    node = "H" if hidden else "Y_hat"
    return [{"q": immediate_factor(k, parameter), "from": f"{node}_{k}", "parameter": parameter} for k in steps]


def part_records(
    view: View, parameter: str, slices: Mapping[str, list[dict]] = MappingProxyType({})
) -> dict[str, Record]:
    """The records of one parameter; ``slices`` opens its immediate derivatives."""
    steps, whole = shown_steps(view.T), view.summed(parameter)
    found = update_quantities(view, parameter) | _gradients(view, parameter)
    for t, k in drawn_terms(view, parameter):
        of = whole if parameter not in HIDDEN_PARAMETERS or view.kept(t, k) else None
        found[f"term_{t}_{k}"] = _share_of(view, f"term_{t}_{k}", view.term(parameter, t, k), of, parameter)
    parts = {f"column_{k}": view.column(parameter, k) for k in steps if parameter in HIDDEN_PARAMETERS}
    parts |= {"rest": _rest(view, parameter)} if hidden_count(view, parameter) else {}
    found |= {name: _share_of(view, name, part, whole, parameter) for name, part in parts.items()}
    if view.is_batch and parameter in HIDDEN_PARAMETERS:
        names = {f"delta_{t}_{k}": (t, k) for t, k in drawn_terms(view, parameter)}
        found |= {name: view.described(name, view.delta(parameter, *place)) for name, place in names.items()}
    note, shape = _immediate_note(parameter), _immediate_shape(view, parameter)
    for name in (edge["q"] for edge in immediate_edges(view, parameter)):
        one = view.described(name, note=note, shape=shape)
        found[name] = replace(one, more={"slices": slices[name]}) if name in slices else one
    return found


def _share_of(
    view: View, name: str, part: np.ndarray, whole: np.ndarray | None, like: str, written: Symbol | None = None
) -> Record:
    """The record of a part of the gradient, with its share in the whole."""
    found = None if whole is None else share(part, whole)
    return view.described(name, part, like=like, written=written, share=found)


def _immediate_shape(view: View, parameter: str) -> tuple[int, ...]:
    """Of ∂⁺: the units of the layer, then the parameter as it is written."""
    own = getattr(view.parameters, parameter).shape
    return own[-1], *(own[::-1] if view.conventions.transposes(parameter) else own)


def _gradients(view: View, parameter: str) -> dict[str, Record]:
    """The gradient and that of each drawn loss, with their shares in it, as truncation has them written."""
    whole, summed = view.total(parameter), view.summed(parameter)
    rows = {t: f"dL_{t}/d{parameter}" for t in shown_steps(view.T) if t in view.loss_steps}
    found = {
        name: _share_of(view, name, view.row(parameter, t), summed, parameter, view.written(parameter, t))
        for t, name in rows.items()
    }
    total = f"dL/d{parameter}"
    return found | {total: _share_of(view, total, whole, whole, parameter, view.written(parameter))}


def _rest(view: View, parameter: str) -> np.ndarray:
    drawn = [view.term(parameter, t, k) for t, k in drawn_terms(view, parameter) if view.kept(t, k)]
    return view.summed(parameter) - sum(drawn)


def _immediate_note(parameter: str) -> str:
    if parameter in ("b1", "b2"):
        return "each unit has its own bias, so only the slope remains"
    return "a 3-tensor: entry [h, i, j] is 0 unless h = j; drawn as the outer product that it amounts to"
