"""The walk of the backward loop: one pass back through time instead of a frame for each term.

A frame lights the line of code that runs, the quantities it reads and writes, and the column of the grid
that it fills: the loop adds a whole column at once and never knows the single terms.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from rnnviz.engine.backward import checked_losses, direct_adjoints, full_deltas
from rnnviz.experiment.plain_loop import Step, run_loop
from rnnviz.notation import equations
from rnnviz.notation.equations import over_losses, sign
from rnnviz.notation.ids import (
    HIDDEN_PARAMETERS,
    Quantity,
    at,
    chain_factor,
    derivative,
    gradient,
    immediate_factor,
    is_hidden,
    readout_factor,
)
from rnnviz.notation.line import Token
from rnnviz.notation.numbers import all_of, counted, four
from rnnviz.notation.quantities import frobenius, shown_steps
from rnnviz.notation.record import Record
from rnnviz.scene import cells
from rnnviz.scene.frames import closing_frames, frame, product_of
from rnnviz.scene.frames import over_losses as over
from rnnviz.scene.loop_code import line_of, loop_lines
from rnnviz.scene.scene import Frame, Walk
from rnnviz.scene.sentences import say
from rnnviz.scene.strip import Item
from rnnviz.scene.view import View

BPTT = 4


def loop_walk(view: View, parameter: str) -> Walk | None:
    """Return the loop's walk; None where truncation asks for another loop."""
    if view.cuts("Wh1"):
        return None
    record, drawn, end = _steps(view), shown_steps(view.T)[::-1], view.T - 1
    last, carry = Quantity(view.kind, end), _carry(view, end)
    starts = "dh_next and dc_next start" if view.kind == "S" else "dh_next starts"
    text = f"{starts} at 0: no later loss speaks through {{{last}}}. Now back through time."
    frames = [_loop_frame(view, ("start",), "start", text, [last, carry], [carry], matrices=[Item(carry)])]
    for k, before in zip(drawn, [*drawn[1:], None], strict=True):
        slope = (_gates_frame if view.gates else _slope_frame)(view, parameter, record[k])
        frames += [_adjoint_frame(view, record[k]), slope, _adding_frame(view, parameter, k)]
        if before == k - 1:
            frames.append(_carry_frame(view, record[k]))
        elif before is not None:
            start, stop = view.step_number(k - 1), view.step_number(before + 1)
            text = f"The loop goes on in the same way from step {start} to {stop}; they are folded in the picture."
            H, carry = Quantity(view.kind, before), _carry(view, before)
            new = [carry, chain_factor(k, before, view.kind)]
            frames.append(_loop_frame(view, (k, "folded"), "dh_next", text, [H, carry], new, matrices=[Item(carry)]))
    return Walk(loop_lines(view.conventions, *_cell(view)), (*frames, *closing_frames(view, parameter)))


def _cell(view: View) -> tuple[str, str]:
    return view.architecture.cell, view.architecture.reset


def _carry(view: View, k: int) -> Quantity:
    """What the loop carries into step k, of an LSTM for H and C."""
    return Quantity("carryS" if view.kind == "S" else "carry", k=k)


def _run(view: View) -> Iterator[Step]:
    """The steps of the loop; of a gated cell `dh` is by all of its state, and `da` by all that is added to."""
    if not view.gates:
        yield from run_loop(*view.problem)
        return
    parameters, _, dZ = checked_losses(*view.problem)
    adjoints = direct_adjoints(parameters, view.trace, dZ)
    carried = -adjoints
    deltas = full_deltas(adjoints, view.architecture.layer.back(parameters, view.trace), view.T)
    carried += adjoints
    for k in reversed(range(view.T)):
        yield Step(k, adjoints[k], deltas[k], carried[k - 1], parameters)


def _steps(view: View) -> dict[int, Step]:
    """What the loop leaves at the drawn steps and at those behind them; the others are not held.

    Scaled where L is the mean of several losses.
    """
    drawn, scale = {step for k in shown_steps(view.T) for step in (k, k + 1)}, view.scale
    return {
        one.k: replace(one, dh=scale * one.dh, da=scale * one.da, dh_next=scale * one.dh_next)
        for one in _run(view)
        if one.k in drawn
    }


def loop_quantities(view: View) -> dict[Quantity, Record]:
    """Return what the loop computes on its way, the same for all parameters; nothing where it is cut."""
    if view.cuts("Wh1"):
        return {}
    record, found = _steps(view), dict[Quantity, Record]()
    for k in shown_steps(view.T):
        # dh_next as step k finds it: what step k + 1 has left, or zeros at the end.
        carried = record[k + 1].dh_next if k + 1 < view.T else np.zeros_like(record[k].dh)
        H, Z, L = at(k, view.kind, "Z", "L")
        values = {_carry(view, k): carried, derivative("L", H): record[k].dh}
        values |= {derivative("L", one): part for one, part in _by_added(view, record[k]).items()}
        if k in view.loss_steps:
            values[derivative(L, H)] = (record[k].dh - carried) / view.scale
            values[derivative(L, Z)] = view.delta("b2", k, k)
        if view.gates and not view.is_batch:
            values[cells.slope(view, "W1", k)] = cells.slope_value(view, "W1", k)
        found |= {name: view.described(name, value) for name, value in values.items()}
    return found


def _by_added(view: View, step: Step) -> dict[Quantity, np.ndarray]:
    """`da`, of a gated cell by what each hidden parameter and block is added to."""
    if not view.gates:
        return {Quantity("A", step.k): step.da}
    names = [one for whole in HIDDEN_PARAMETERS for one in (whole, *cells.blocks_of(view.architecture, whole))]
    return {
        one: step.da[:, cells.columns(view, one.kind)] for one in (cells.added_to(view, name, step.k) for name in names)
    }


def _loop_frame(
    view: View,
    act: tuple[str | int, ...],
    line: str,
    text: str,
    lit: Sequence[str],
    new: Sequence[str],
    equation: Sequence[Token] = (),
    matrices: Sequence[Item] = (),
) -> Frame:
    step = act[0] if isinstance(act[0], int) else None
    return frame(
        view, ("loop", *act), BPTT, say(text), lit, new, equation, matrices, line_of(line, *_cell(view)), at=step
    )


def _adjoint_frame(view: View, step: Step) -> Frame:
    k, losses = step.k, len(view.loss_steps)
    (H, L, Y_hat), carry = at(k, view.kind, "L", "Y_hat"), _carry(view, k)
    name = derivative("L", H)
    own = [derivative(L, H)] if k in view.loss_steps else []
    readout = [readout_factor(k, view.kind)] if own else []
    count = sum(t > k for t in view.loss_steps)
    later = all_of(count, "later loss") if count else "nothing later, for this is the last step"
    heard = f"its own loss {{{L}}} and, through dh_next, from {later}" if own else f"{later}, through dh_next"
    length = f"length {four(frobenius(step.dh))}{view.rows_of}"
    text = f"{{{H}}} hears from {heard}. Together they are the adjoint {{{name}}}: {length}."
    items = [*(over(Item(one), view) for one in own), Item(carry, "+" if own else ""), Item(name, "=")]
    first = [*over_losses(losses, view.conventions), view.token(own[0]), sign("+")] if own else []
    tokens = [view.token(name), sign("="), *first, view.token(carry)]
    lit = [H, *([L, Y_hat] if own else []), *readout, *own, carry, name]
    return _loop_frame(view, (k, "dh"), "dh", text, lit, [*own, *readout, name], tokens, items)


def _slope_frame(view: View, parameter: str, step: Step) -> Frame:
    H, A, slope = at(step.k, "H", "A", "f1'")
    before, name = derivative("L", H), derivative("L", A)
    left = frobenius(step.da) / (frobenius(step.dh) or 1.0)
    text = f"The slope {{{slope}}} of each unit lets {four(100 * left)} % of that length through: {{{name}}}."
    tokens = [view.token(name), sign("="), view.token(before), sign(r"\odot"), view.token(slope)]
    items = [Item(before), Item(slope, "⊙"), Item(name, "=")]
    return _loop_frame(view, (step.k, "da"), "da", text, [H, before, slope, name], [name], tokens, items)


def _gates_frame(view: View, parameter: str, step: Step) -> Frame:
    """The slopes of a gated step, all that lie between its state and what the parameter is added to."""
    k, weight = step.k, parameter if is_hidden(parameter) else "W1"
    H, added = Quantity(view.kind, k), cells.added_to(view, weight, k)
    before, name = derivative("L", H), derivative("L", added)
    length = f"length {four(frobenius(_by_added(view, step)[added]))}{view.rows_of}"
    text = f"Slopes of gates and candidate stand between {{{H}}} and the product with {{{weight}}}"
    text = text if weight[0] != "b" else f"Slopes of gates and candidate stand between {{{H}}} and {{{weight}}}"
    written = _chained(view, before, cells.slope(view, weight, k), name)
    said = f"{text}: they leave {{{name}}}, {length}."
    return _loop_frame(view, (k, "da"), "da", said, [H, before, weight, name], [name], *written)


def _chained(view: View, before: Quantity, factor: Quantity, name: Quantity) -> tuple[list[Token], list[Item]]:
    """``before · factor = name``; of a batch, where every sample has a factor of its own, what comes of it alone."""
    if view.is_batch:
        return [], [Item(name)]
    tokens = [view.token(name), sign("="), view.token(before), view.token(factor)]
    return tokens, [Item(before), Item(factor, "·"), Item(name, "=")]


def _adding_frame(view: View, parameter: str, k: int) -> Frame:
    """What step k adds to the gradient: a whole column, or for the output layer the one term of its loss."""
    hidden, losses, entry = is_hidden(parameter), len(view.loss_steps), cells.entering(view, parameter, k)
    H, Z, Y_hat, L = at(k, view.kind, "Z", "Y_hat", "L")
    part = f"1/{losses} of " if view.scale != 1 else ""
    if not hidden and k not in view.loss_steps:
        text = f"Step {view.step_number(k)} has no output and no loss: nothing is added to {{{parameter}}}."
        return _loop_frame(view, (k, "add"), parameter, text, [H, parameter], [])
    immediate = immediate_factor(k, parameter, view.kind)
    if hidden:
        delta, added = derivative("L", cells.added_to(view, parameter, k)), Quantity("column", k=k)
        terms = [Quantity("term", *place) for place in view.drawn_terms(parameter) if place[1] == k]
        size = four(view.scale * frobenius(view.column(parameter, k)))
        text = (
            f"One product adds {part}the whole column k = {view.step_number(k)} to the gradient of {{{parameter}}}: "
            f"{counted(sum(t >= k for t in view.loss_steps), 'term')} at once, length {size}{view.whose}. "
            "The loop never sees them apart."
        )
        lit = [H, parameter, *([entry] if entry else []), immediate, delta, added, *terms]
        new, before = [immediate, added, *terms], over_losses(losses, view.conventions)
    else:
        delta, added = derivative(L, Z), Quantity("term", k, k)
        text = (
            f"The loss {{{L}}} reaches {{{parameter}}} without a step through time: "
            f"{part}length {four(frobenius(view.term(parameter, k, k)))}{view.whose} is added."
        )
        lit = [L, Y_hat, H, parameter, immediate, delta, added]
        new, before = [delta, immediate, added, gradient(parameter, k)], []
    sign_of, factors, start = _entered(view, entry)
    tokens = [*before, equations.product_of(added, parameter, view.conventions), sign("="), *factors, view.token(delta)]
    product = product_of(added, parameter, view)
    items = [*start, Item(delta, sign_of, summed=not start and (hidden or view.is_batch))]
    items.append(over(product, view) if hidden else product)
    if entry and entry.kind == "in":  # what the batch hands on stands below one another: the column alone is drawn
        tokens, items = [], [product._replace(op="")]
    return _loop_frame(view, (k, "add"), cells.wholes(parameter)[-1], text, lit, new, tokens, items)


def _entered(view: View, entry: Quantity | None) -> tuple[str, list[Token], list[Item]]:
    """What enters the parameter, before the error by what it is added to, and the sign between: nothing of a bias."""
    if entry is None:
        return "", [], []
    if entry.kind == "E":
        return "⊙", [view.token(entry), sign(r"\odot")], [Item(entry, role="parameter")]
    token = view.token(entry, rf"{view.symbol(entry).latex}^{{\top}}")
    return "·", [token], [Item(entry, transpose=True, role="parameter")]


def _carry_frame(view: View, step: Step) -> Frame:
    k = step.k
    (H, A), before, edge = at(k, view.kind, "A"), Quantity(view.kind, k - 1), chain_factor(k, kind=view.kind)
    delta, name = derivative("L", A), _carry(view, k - 1)
    if view.gates:
        adjoint, both = derivative("L", H), view.kind == "S"
        carried = f"{'dh_next and dc_next' if both else 'dh_next'} for {{{before}}} {'have' if both else 'has'}"
        length = f"length {four(frobenius(step.dh_next))}{view.rows_of}"
        text = f"Straight and through the gates the adjoint goes one step back: {carried} {length}."
        written = _chained(view, adjoint, edge, name)
        return _loop_frame(view, (k, "next"), "dh_next", text, [H, before, edge, adjoint, name], [edge, name], *written)
    text = (
        f"Through {{Wh1}}, transposed, the adjoint goes one step back: dh_next for {{{before}}} has length "
        f"{four(frobenius(step.dh_next))}{view.rows_of}."
    )
    tokens = [
        view.token(name),
        sign("="),
        view.token(delta),
        view.token("Wh1", rf"{view.symbol('Wh1').latex}^{{\top}}"),
    ]
    items = [Item(delta), Item("Wh1", "·", transpose=True), Item(name, "=")]
    return _loop_frame(
        view, (k, "next"), "dh_next", text, [H, before, edge, delta, "Wh1", name], [edge, name], tokens, items
    )
