"""The records of a scene: every quantity that is drawn, with its numbers; which can be edited, and how in the link."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType

import numpy as np

from rnnviz import engine
from rnnviz.notation.conventions import WEIGHTS
from rnnviz.notation.ids import (
    PARAMETERS,
    Quantity,
    at,
    chain_factor,
    derivative,
    gradient,
    hops,
    immediate_factor,
    is_hidden,
    output_factor,
    readout_factor,
    state,
)
from rnnviz.notation.quantities import share, shown_steps
from rnnviz.notation.quantity import read
from rnnviz.notation.record import Json, Record, frozen
from rnnviz.scene import cells
from rnnviz.scene.nodes import words
from rnnviz.scene.opened import tensor_slices
from rnnviz.scene.updates import update_quantities
from rnnviz.scene.view import View
from rnnviz.scene.wide import is_wide, nodes

_TURNED = {"rc": "cr", "c": "r"}


def edits(view: View) -> dict[str, Json]:
    """Return, of each weight, block, input, target and start state, how a drawn entry is named in the link.

    The entries of a block are named as those of its parameter, in which it begins at a later column.
    """

    def named(variable: str, prefix: list[int], axes: str, like: str = "", begins: int = 0) -> Json:
        axes = _TURNED[axes] if view.conventions.transposes(like) else axes
        return {"variable": variable, "prefix": prefix, "axes": axes, "begins": begins}

    found: dict[str, Json] = {}
    for name in PARAMETERS:
        axes = "rc" if name in WEIGHTS else "c"
        found[name] = named(name, [], axes, name)
        for block in cells.blocks_of(view.architecture, name):
            found[block] = named(name, [], axes, block, cells.columns_of(view.architecture, block).start)
    sample, axes = ([], "rc") if view.is_batch else ([max(view.sample, 0)], "c")
    found["H_init"] = named("H_init", sample, axes)
    found |= {Quantity("X", t): named("X", [t, *sample], axes) for t in range(view.T)}
    step = 0 if view.architecture.is_sequence_to_vector else 1
    return found | {Quantity("Y", t): named("Y", [t][:step] + sample, axes) for t in view.loss_steps}


def records(view: View, edits: Mapping[str, Json] = MappingProxyType({})) -> dict[str, Record]:
    """The records that are common to all parameters; ``edits`` names those that can be edited in the link."""
    trace, steps, first = view.trace, shown_steps(view.T), view.first_epoch
    found: dict[str, Record] = {}
    for name in (*PARAMETERS, *(block for whole in PARAMETERS for block in cells.blocks_of(view.architecture, whole))):
        new, (before, step) = (
            Quantity("new", parameter=name),
            (view.of(each, name) for each in (first.parameters, first.updates)),
        )
        found[name] = view.described(name, view.of(view.parameters, name), like=name)
        found[new] = view.described(new, before + step, like=name)
    values = {"H_init": trace.H_init} | {state(t - 1): trace.H[t - 1] for t in steps if t > 0}
    values |= {} if trace.C is None else {state(t - 1, "C"): trace.C[t - 1] if t else trace.C_init for t in steps}
    values["L"] = view.scale * view.step_losses.sum()
    if len(steps) < len(view.loss_steps):
        values["L_rest"] = view.step_losses[[t for t in view.loss_steps if t not in steps]].sum()
    for t in steps:
        X, A, H, slope = at(t, *"XAH", "f1'")
        values |= {X: trace.X[t], A: trace.A[t], H: trace.H[t]} | view.made[t]
        values |= {} if view.gates else {slope: view.slopes[t]}
    found |= {name: view.described(name, value) for name, value in values.items()}
    for hop in hops(view.T, 0, steps):
        name, shape = chain_factor(*hop, view.kind), (view.architecture.layer.state_size,) * 2
        note = "one matrix for each sample: choose a sample to see it"
        found[name] = (
            view.described(name, note=note, shape=shape) if view.is_batch else view.described(name, view.jacobians[hop])
        )
    for j, _ in view.opened_hops:
        found |= {name: view.described(name, part) for name, part in view.hop_parts(j).items()}
    for t in (t for t in steps if t in view.loss_steps):
        Y = Quantity("Y", t)
        found |= _loss_quantities(view, t) | {Y: view.described(Y, view.target(t))}
    more = words(view)
    for name, each in (nodes(view) if is_wide(view) else {}).items():
        more[name] = more.get(name, {}) | each
    for name in edits.keys() & found.keys():
        more[name] = more.get(name, {}) | {"edit": edits[name]}
    kept = {name: MappingProxyType({key: frozen(each) for key, each in more[name].items()}) for name in more}
    return found | {name: replace(found[name], more=each) for name, each in kept.items()}


def _loss_quantities(view: View, t: int) -> dict[str, Record]:
    row, (Y_hat, Z, L) = view.output_row(t), at(t, "Y_hat", "Z", "L")
    slope, error = derivative(Y_hat, Z), derivative(L, Z)
    values = {Y_hat: view.trace.Y_hat[row], Z: view.trace.Z[row], L: view.step_losses[t]}
    found: dict[str, Record] = {name: view.described(name, value) for name, value in values.items()}
    if view.is_batch:
        size, n2 = view.architecture.layer.state_size, view.architecture.n_outputs
        shapes = {output_factor(t): (1, n2), readout_factor(t, view.kind): (n2, size), slope: (n2, n2)}
        note = "one for each sample: choose a sample to see it"
        found |= {name: view.described(name, note=note, shape=shape) for name, shape in shapes.items()}
        return found | {error: view.described(error, view.delta("b2", t, t))}
    hidden, output = (engine.chain_factors(*view.problem, parameter, t, t) for parameter in ("b1", "b2"))
    factors = {output_factor(t): hidden[0], readout_factor(t, view.kind): hidden[1], slope: output[-1]}
    for name, factor in factors.items():
        of = read(factor.id)
        kinds = {one.kind for one in (of.of, of.by) if one is not None}
        if "Z" not in kinds or "Y_hat" in kinds:
            found[name] = view.described(name, factor.value)
        else:  # where ŷ underflows the engine goes through Z instead of Ŷ: the drawn factor then says so itself
            note = "the prediction underflows to 0 here, so the path goes through Z"
            written = replace(view.symbol(of), role=view.symbol(name).role)
            found[name] = view.described(of, factor.value, written=written, note=note)
    return found


def _delta(view: View, parameter: str, t: int, k: int) -> Quantity:
    if not view.gates:
        return Quantity("delta", t, k)
    return derivative(Quantity("L", t), cells.added_to(view, parameter, k))


def _roads(view: View, parameter: str, drawn: Sequence[tuple[int, int]]) -> dict[str, Record]:
    """Both parts of the terms that go back through time, and ∂⁺ of the state by what the parameter is added to."""
    found: dict[str, Record] = {}
    for t, k in ((t, k) for t, k in drawn if k < t):
        parts = cells.roads(view, parameter, t, k)
        whole = view.summed(parameter) if view.kept(t, k) else None
        for kind, part in zip(("direct", "gates"), parts, strict=True):
            name = Quantity(kind, t, k)
            found[name] = view.described(
                name, part, like=parameter, share=None if whole is None else share(part, whole)
            )
    for k in () if view.is_batch else shown_steps(view.T):
        name = cells.slope(view, parameter, k)
        found[name] = view.described(name, cells.slope_value(view, parameter, k))
    return found


def part_records(view: View, parameter: str, sliced: bool = False) -> dict[str, Record]:
    """The records of one parameter; ``sliced`` opens its immediate derivatives as the 3-tensors that they are."""
    steps, hidden, whole = shown_steps(view.T), is_hidden(parameter), view.summed(parameter)
    # The gradient is that of the loop, which the update takes: the sum of the terms may round an entry otherwise.
    drawn, total = view.drawn_terms(parameter), view.of(view.backward, parameter)
    found: dict[str, Record] = {**update_quantities(view, parameter)}

    def share_of(name: Quantity, part: np.ndarray, of: np.ndarray, t: int | None = None) -> Record:
        """A row, or the gradient itself, is written as truncation has it written."""
        written = view.written(parameter, t) if name.kind == "derivative" else None
        return view.described(name, part, like=parameter, written=written, share=share(part, of))

    for t in (t for t in steps if t in view.loss_steps):
        name = gradient(parameter, t)
        found[name] = share_of(name, view.row(parameter, t), whole, t)
    found[gradient(parameter)] = share_of(gradient(parameter), total, total)
    for t, k in drawn:
        name, term = Quantity("term", t, k), view.term(parameter, t, k)
        kept = not hidden or view.kept(t, k)
        found[name] = share_of(name, term, whole) if kept else view.described(name, term, like=parameter)
    parts = {Quantity("column", k=k): view.column(parameter, k) for k in steps} if hidden else {}
    parts |= {Quantity("rest"): view.rest(parameter)} if view.hidden_count(parameter) else {}
    found |= {name: share_of(name, part, whole) for name, part in parts.items()}
    if view.gates and hidden:
        found |= _roads(view, parameter, drawn)
    if view.is_batch and hidden:
        deltas = {_delta(view, parameter, *place): view.delta(parameter, *place) for place in drawn}
        found |= {name: view.described(name, delta) for name, delta in deltas.items()}
    # Of ∂⁺ the shape is the units of the layer, then the parameter as it is written.
    own = view.of(view.parameters, parameter).shape
    units = view.architecture.layer.state_size if hidden else own[-1]
    shape = units, *(own[::-1] if view.conventions.transposes(parameter) else own)
    note = "a 3-tensor: entry [h, i, j] is 0 unless h = j; drawn as the outer product that it amounts to"
    if parameter not in WEIGHTS:
        note = "each unit has its own bias, so only the slope remains"
    if view.gates and hidden:
        note = "a 3-tensor; drawn as the product that it amounts to, of what enters and of a matrix"
        note = note if parameter in WEIGHTS else "a bias is added as it is, so only the matrix remains"
    for k in (k for k in steps if hidden or k in view.loss_steps):
        name = immediate_factor(k, parameter, view.kind)
        one = view.described(name, note=note, shape=shape)
        more = MappingProxyType({"slices": frozen(tensor_slices(view, parameter, k))}) if sliced else one.more
        found[name] = replace(one, more=more)
    return found
