"""The walk of the backward loop: one pass back through time instead of a frame for each term.

A frame lights the line of code that runs, the quantities it reads and writes, and the column of the grid
that it fills: the loop adds a whole column at once and never knows the single terms.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnnviz.experiment.plain_loop import LOOP_LINES, Step, loop_code, run_loop
from rnnviz.notation import equations
from rnnviz.notation.conventions import PARAMETER_NAMES, PLAIN, Conventions
from rnnviz.notation.equations import over_losses, sign
from rnnviz.notation.ids import (
    PARAMETERS,
    Quantity,
    at,
    chain_factor,
    derivative,
    entering,
    gradient,
    immediate_factor,
    is_hidden,
    readout_factor,
)
from rnnviz.notation.line import Token
from rnnviz.notation.numbers import all_of, counted, four
from rnnviz.notation.quantities import frobenius, shown_steps
from rnnviz.notation.record import Record
from rnnviz.scene.frames import closing_frames, frame, product_of
from rnnviz.scene.frames import over_losses as over
from rnnviz.scene.scene import Frame, Walk
from rnnviz.scene.sentences import say
from rnnviz.scene.strip import Item
from rnnviz.scene.view import View

BPTT = 4
_ROW = {
    "dh": "dh = dZ[k] @ {W2}.T + dh_next",
    "da": "da = dh * slope[k]",
    "W1": "d{W1} += {X}[k].T @ da",
    "Wh1": "d{Wh1} += {before}.T @ da",
    "b1": "d{b1} += da.sum(axis=0)",
    "W2": "d{W2} += {H}[k].T @ dZ[k]",
    "b2": "d{b2} += dZ[k].sum(axis=0)",
    "dh_next": "dh_next = da @ {Wh1}.T",
}
_COLUMN = _ROW | {
    "dh": "dh = {W2}.T @ dZ[k] + dh_next",
    "W1": "d{W1} += da @ {X}[k].T",
    "Wh1": "d{Wh1} += da @ {before}.T",
    "b1": "d{b1} += da.sum(axis=1, keepdims=True)",
    "W2": "d{W2} += dZ[k] @ {H}[k].T",
    "b2": "d{b2} += dZ[k].sum(axis=1, keepdims=True)",
    "dh_next": "dh_next = {Wh1}.T @ da",
}
_FLIPPED = _ROW | {
    "dh": "dh = dZ[k] @ {W2} + dh_next",
    "W1": "d{W1} += da.T @ {X}[k]",
    "Wh1": "d{Wh1} += da.T @ {before}",
    "W2": "d{W2} += dZ[k].T @ {H}[k]",
    "dh_next": "dh_next = da @ {Wh1}",
}
_HEAD = (
    "def backward_through_time(parameters, {X}, {H}, {H_init}, slope, dZ_each):",
    "    _, {Wh1}, _, {W2}, _ = parameters",
    "    d{W1}, d{Wh1}, d{b1}, d{W2}, d{b2} = sums = Parameters(*map(np.zeros_like, parameters))",
)


def loop_lines(conventions: Conventions = PLAIN) -> list[str]:
    """Return the lines of the loop in the given conventions; `LOOP_LINES` tells what each does.

    The lecture's own are those of the function that runs. The others are written from them, line by line, so
    that a line keeps its place. Time from 1 keeps the start state as ``H[0]`` and the inputs from ``X[1]`` on.
    """
    lines = loop_code()
    if conventions == PLAIN:
        return lines
    names = {name: name for name in (*PARAMETERS, "X", "H", "H_init")}
    if not conventions.is_ours:
        written = PARAMETER_NAMES[conventions.names]
        names = {name: written.get(name, name.lower()).replace(".", "_") for name in names}
    X, H, H_init = (names[state] for state in ("X", "H", "H_init"))
    names["before"] = f"{H}[k - 1]" if conventions.first else f"({H}[k - 1] if k > 0 else {H_init})"
    batch = f"{H_init}.shape[1]" if conventions.is_column else f"len({H_init})"
    backward = f"range(len({X}) - 1, 0, -1)" if conventions.first else f"reversed(range(len({X})))"
    body = _COLUMN if conventions.is_column else _FLIPPED if conventions.flips_weights else _ROW
    lines[: len(_HEAD)] = [line.format(**names) for line in _HEAD]
    lines[LOOP_LINES["mean"]] = f"    dZ = dZ_each / {batch}{' / losses' if conventions.is_mean else ''}"
    lines[LOOP_LINES["start"]] = f"    dh_next = np.zeros_like({H_init})"
    lines[LOOP_LINES["dh"] - 1] = f"    for k in {backward}:"
    for role, text in body.items():
        lines[LOOP_LINES[role]] = "        " + text.format(**names)
    return lines


def loop_walk(view: View, parameter: str) -> Walk | None:
    """Return the loop's walk; None where truncation asks for another loop."""
    if view.cuts("Wh1"):
        return None
    record, drawn, end = _steps(view), shown_steps(view.T)[::-1], view.T - 1
    last, carry = Quantity("H", end), Quantity("carry", k=end)
    text = f"dh_next starts at 0: no later loss speaks through {{{last}}}. Now back through time."
    frames = [_loop_frame(view, ("start",), "start", text, [last, carry], [carry], matrices=[Item(carry)])]
    for k, before in zip(drawn, [*drawn[1:], None], strict=True):
        frames += [_adjoint_frame(view, record[k]), _slope_frame(view, record[k]), _adding_frame(view, parameter, k)]
        if before == k - 1:
            frames.append(_carry_frame(view, record[k]))
        elif before is not None:
            start, stop = view.step_number(k - 1), view.step_number(before + 1)
            text = f"The loop goes on in the same way from step {start} to {stop}; they are folded in the picture."
            H, carry = Quantity("H", before), Quantity("carry", k=before)
            new = [carry, chain_factor(k, before)]
            frames.append(_loop_frame(view, (k, "folded"), "dh_next", text, [H, carry], new, matrices=[Item(carry)]))
    return Walk(tuple(loop_lines(view.conventions)), (*frames, *closing_frames(view, parameter)))


def _steps(view: View) -> dict[int, Step]:
    """What the loop leaves at the drawn steps and at those behind them; the others are not held.

    Scaled where L is the mean of several losses.
    """
    drawn, scale = {step for k in shown_steps(view.T) for step in (k, k + 1)}, view.scale
    return {
        one.k: replace(one, dh=scale * one.dh, da=scale * one.da, dh_next=scale * one.dh_next)
        for one in run_loop(*view.problem)
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
        H, A, Z, L = at(k, *"HAZL")
        values = {Quantity("carry", k=k): carried, derivative("L", H): record[k].dh, derivative("L", A): record[k].da}
        if k in view.loss_steps:
            values[derivative(L, H)] = (record[k].dh - carried) / view.scale
            values[derivative(L, Z)] = view.delta("b2", k, k)
        found |= {name: view.described(name, value) for name, value in values.items()}
    return found


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
    return frame(view, ("loop", *act), BPTT, say(text), lit, new, equation, matrices, LOOP_LINES[line], at=step)


def _adjoint_frame(view: View, step: Step) -> Frame:
    k, losses = step.k, len(view.loss_steps)
    (H, L, Y_hat), carry = at(k, "H", "L", "Y_hat"), Quantity("carry", k=k)
    name = derivative("L", H)
    own = [derivative(L, H)] if k in view.loss_steps else []
    readout = [readout_factor(k)] if own else []
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


def _slope_frame(view: View, step: Step) -> Frame:
    H, A, slope = at(step.k, "H", "A", "f1'")
    before, name = derivative("L", H), derivative("L", A)
    left = frobenius(step.da) / (frobenius(step.dh) or 1.0)
    text = f"The slope {{{slope}}} of each unit lets {four(100 * left)} % of that length through: {{{name}}}."
    tokens = [view.token(name), sign("="), view.token(before), sign(r"\odot"), view.token(slope)]
    items = [Item(before), Item(slope, "⊙"), Item(name, "=")]
    return _loop_frame(view, (step.k, "da"), "da", text, [H, before, slope, name], [name], tokens, items)


def _adding_frame(view: View, parameter: str, k: int) -> Frame:
    """What step k adds to the gradient: a whole column, or for the output layer the one term of its loss."""
    hidden, losses, entry = is_hidden(parameter), len(view.loss_steps), entering(parameter, k)
    H, Z, Y_hat, L = at(k, "H", "Z", "Y_hat", "L")
    part = f"1/{losses} of " if view.scale != 1 else ""
    if not hidden and k not in view.loss_steps:
        text = f"Step {view.step_number(k)} has no output and no loss: nothing is added to {{{parameter}}}."
        return _loop_frame(view, (k, "add"), parameter, text, [H, parameter], [])
    immediate = immediate_factor(k, parameter)
    if hidden:
        delta, added = derivative("L", Quantity("A", k)), Quantity("column", k=k)
        cells = [Quantity("term", *place) for place in view.drawn_terms(parameter) if place[1] == k]
        size = four(view.scale * frobenius(view.column(parameter, k)))
        text = (
            f"One product adds {part}the whole column k = {view.step_number(k)} to the gradient of {{{parameter}}}: "
            f"{counted(sum(t >= k for t in view.loss_steps), 'term')} at once, length {size}{view.whose}. "
            "The loop never sees them apart."
        )
        lit = [H, parameter, *([entry] if entry else []), immediate, delta, added, *cells]
        new, before = [immediate, added, *cells], over_losses(losses, view.conventions)
    else:
        delta, added = derivative(L, Z), Quantity("term", k, k)
        text = (
            f"The loss {{{L}}} reaches {{{parameter}}} without a step through time: "
            f"{part}length {four(frobenius(view.term(parameter, k, k)))}{view.whose} is added."
        )
        lit = [L, Y_hat, H, parameter, immediate, delta, added]
        new, before = [delta, immediate, added, gradient(parameter, k)], []
    factors = [view.token(entry, rf"{view.symbol(entry).latex}^{{\top}}")] if entry else []
    tokens = [*before, equations.product_of(added, parameter, view.conventions), sign("="), *factors, view.token(delta)]
    start = [Item(entry, transpose=True, role="parameter")] if entry else []
    summed = not start and (hidden or view.is_batch)
    product = product_of(added, parameter, view)
    items = [*start, Item(delta, "·" if start else "", summed=summed), over(product, view) if hidden else product]
    return _loop_frame(view, (k, "add"), parameter, text, lit, new, tokens, items)


def _carry_frame(view: View, step: Step) -> Frame:
    k = step.k
    (H, A), before, edge = at(k, *"HA"), Quantity("H", k - 1), chain_factor(k)
    delta, name = derivative("L", A), Quantity("carry", k=k - 1)
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
