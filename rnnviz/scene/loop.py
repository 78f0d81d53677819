"""The walk of the backward loop: one pass back through time instead of a frame for each term.

A frame lights the line of code that runs, the quantities it reads and writes, and the column of the grid
that it fills: the loop adds a whole column at once and never knows the single terms.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rnnviz.experiment.plain_loop import LOOP_LINES, Step, run_loop
from rnnviz.notation import equations
from rnnviz.notation.equations import over_losses, sign
from rnnviz.notation.ids import HIDDEN_PARAMETERS, chain_factor, readout_factor, state
from rnnviz.notation.line import Token
from rnnviz.notation.numbers import all_of, counted, four
from rnnviz.notation.quantities import frobenius, shown_steps
from rnnviz.notation.record import Record
from rnnviz.scene.code import loop_lines
from rnnviz.scene.frame import Frame, first_known
from rnnviz.scene.frames import closing_frames, drawn_terms, frame, product_of
from rnnviz.scene.frames import over_losses as over
from rnnviz.scene.scene import Walk
from rnnviz.scene.sentences import say
from rnnviz.scene.strip import Item
from rnnviz.scene.view import View

BPTT = 4


def loop_walk(view: View, parameter: str, offset: int) -> Walk | None:
    """Return the loop's walk, behind ``offset`` frames; None where truncation asks for another loop."""
    if view.cuts("Wh1"):
        return None
    record = _steps(view)
    drawn = list(reversed(shown_steps(view.T)))
    frames = [_start_frame(view)]
    for place, k in enumerate(drawn):
        frames += _step_frames(view, parameter, record, k)
        if place + 1 < len(drawn) and k - drawn[place + 1] > 1:
            frames.append(_folded_frame(view, k, drawn[place + 1]))
    frames += closing_frames(view, parameter)
    return Walk(loop_lines(view.conventions), frames, first_known(frames, offset))


def _steps(view: View) -> dict[int, Step]:
    """What the loop leaves at the drawn steps and at those behind them; the others are not held."""
    drawn = {step for k in shown_steps(view.T) for step in (k, k + 1)}
    walked = run_loop(view.architecture, view.parameters, view.trace, view.Y)
    return {step.k: _scaled(view, step) for step in walked if step.k in drawn}


def _scaled(view: View, step: Step) -> Step:
    """What a step leaves where L is the mean of several losses."""
    return replace(step, dh=view.scale * step.dh, da=view.scale * step.da, dh_next=view.scale * step.dh_next)


def loop_quantities(view: View) -> dict[str, Record]:
    """Return what the loop computes on its way, the same for all parameters; nothing where it is cut."""
    if view.cuts("Wh1"):
        return {}
    record, found = _steps(view), dict[str, Record]()
    for k in shown_steps(view.T):
        carried = _carried(view, record, k)
        found |= {
            f"carry_{k}": view.described(f"carry_{k}", carried),
            f"dL/dH_{k}": view.described(f"dL/dH_{k}", record[k].dh),
            f"dL/dA_{k}": view.described(f"dL/dA_{k}", record[k].da),
        }
        if k in view.loss_steps:
            found[f"dL_{k}/dH_{k}"] = view.described(f"dL_{k}/dH_{k}", (record[k].dh - carried) / view.scale)
            found[f"dL_{k}/dZ_{k}"] = view.described(f"dL_{k}/dZ_{k}", view.delta("b2", k, k))
    return found


def _carried(view: View, record: dict[int, Step], k: int) -> np.ndarray:
    """dh_next as step k finds it: what step k + 1 has left, or zeros at the end."""
    return record[k + 1].dh_next if k + 1 < view.T else np.zeros_like(record[k].dh)


def _loop_frame(
    view: View,
    name: str,
    line: str,
    text: str,
    lit: list[str],
    new: list[str],
    equation: Sequence[Token] = (),
    matrices: Sequence[Item] = (),
) -> Frame:
    return frame(view, name, BPTT, say(text), lit, new, equation, matrices, LOOP_LINES[line])


def _start_frame(view: View) -> Frame:
    last = f"H_{view.T - 1}"
    carry = f"carry_{view.T - 1}"
    text = f"dh_next starts at 0: no later loss speaks through {{{last}}}. Now back through time."
    return _loop_frame(view, "loop-start", "start", text, [last, carry], [carry], matrices=[Item(carry)])


def _step_frames(view: View, parameter: str, record: dict[int, Step], k: int) -> list[Frame]:
    frames = [_adjoint_frame(view, record, k), _slope_frame(view, record, k), _adding_frame(view, parameter, k)]
    return [*frames, _carry_frame(view, record, k)] if k > 0 and k - 1 in shown_steps(view.T) else frames


def _adjoint_frame(view: View, record: dict[int, Step], k: int) -> Frame:
    name, size = f"dL/dH_{k}", frobenius(record[k].dh)
    own = [f"dL_{k}/dH_{k}"] if k in view.loss_steps else []
    edges = [f"L_{k}", f"Y_hat_{k}", readout_factor(k)] if own else []
    count = sum(t > k for t in view.loss_steps)
    later = all_of(count, "later loss") if count else "nothing later, for this is the last step"
    heard = f"its own loss {{L_{k}}} and, through dh_next, from {later}" if own else f"{later}, through dh_next"
    length = f"length {four(size)}{view.rows_of}"
    text = f"{{H_{k}}} hears from {heard}. Together they are the adjoint {{{name}}}: {length}."
    losses = len(view.loss_steps)
    items = [*(over(Item(one), view) for one in own), Item(f"carry_{k}", "+" if own else "")]
    heard_own = [*over_losses(losses, view.conventions), view.token(own[0]), sign("+")] if own else []
    tokens = [view.token(name), sign("="), *heard_own, view.token(f"carry_{k}")]
    items.append(Item(name, "="))
    lit = [f"H_{k}", *edges, *own, f"carry_{k}", name]
    return _loop_frame(view, f"loop-{k}-dh", "dh", text, lit, [*own, *edges[2:], name], equation=tokens, matrices=items)


def _slope_frame(view: View, record: dict[int, Step], k: int) -> Frame:
    before, name, slope = f"dL/dH_{k}", f"dL/dA_{k}", f"f1'_{k}"
    left = frobenius(record[k].da) / (frobenius(record[k].dh) or 1.0)
    text = f"The slope {{{slope}}} of each unit lets {four(100 * left)} % of that length through: {{{name}}}."
    tokens = [view.token(name), sign("="), view.token(before), sign(r"\odot"), view.token(slope)]
    items = [Item(before), Item(slope, "⊙"), Item(name, "=")]
    return _loop_frame(
        view, f"loop-{k}-da", "da", text, [f"H_{k}", before, slope, name], [name], equation=tokens, matrices=items
    )


def _adding_frame(view: View, parameter: str, k: int) -> Frame:
    if parameter not in HIDDEN_PARAMETERS:
        return _output_frame(view, parameter, k)
    entering = {"W1": f"X_{k}", "Wh1": state(k - 1)}.get(parameter)
    column, delta = f"column_{k}", f"dL/dA_{k}"
    cells = [f"term_{t}_{j}" for t, j in drawn_terms(view, parameter) if j == k]
    sums = len([t for t in view.loss_steps if t >= k])
    losses = len(view.loss_steps)
    text = (
        f"One product adds {_part(view)}the whole column k = {view.step_number(k)} to the gradient of "
        f"{{{parameter}}}: {counted(sums, 'term')} at once, length "
        f"{four(view.scale * frobenius(view.column(parameter, k)))}{view.whose}. "
        "The loop never sees them apart."
    )
    start = [Item(entering, transpose=True, role="parameter")] if entering else []
    factors = [*([_transposed(view, entering)] if entering else []), view.token(delta)]
    tokens = [
        *over_losses(losses, view.conventions),
        equations.product_of(column, parameter, view.conventions),
        sign("="),
        *factors,
    ]
    lit = [f"H_{k}", parameter, *([entering] if entering else []), f"d+H_{k}/d{parameter}", delta, column, *cells]
    items = [
        *start,
        Item(delta, "·" if start else "", summed=not start),
        over(product_of(column, parameter, view), view),
    ]
    new = [f"d+H_{k}/d{parameter}", column, *cells]
    return _loop_frame(view, f"loop-{k}-add", parameter, text, lit, new, equation=tokens, matrices=items)


def _output_frame(view: View, parameter: str, k: int) -> Frame:
    if k not in view.loss_steps:
        text = f"Step {view.step_number(k)} has no output and no loss: nothing is added to {{{parameter}}}."
        return _loop_frame(view, f"loop-{k}-add", parameter, text, [f"H_{k}", parameter], [])
    entering, delta, term = f"H_{k}", f"dL_{k}/dZ_{k}", f"term_{k}_{k}"
    start = [Item(entering, transpose=True, role="parameter")] if parameter == "W2" else []
    factors = [*([_transposed(view, entering)] if start else []), view.token(delta)]
    tokens = [equations.product_of(term, parameter, view.conventions), sign("="), *factors]
    items = [
        *start,
        Item(delta, "·" if start else "", summed=view.is_batch and not start),
        product_of(term, parameter, view),
    ]
    size = four(frobenius(view.term(parameter, k, k)))
    text = (
        f"The loss {{L_{k}}} reaches {{{parameter}}} without a step through time: "
        f"{_part(view)}length {size}{view.whose} is added."
    )
    immediate = f"d+Y_hat_{k}/d{parameter}"
    lit = [f"L_{k}", f"Y_hat_{k}", entering, parameter, immediate, delta, term]
    new = [delta, immediate, term, f"dL_{k}/d{parameter}"]
    return _loop_frame(view, f"loop-{k}-add", parameter, text, lit, new, equation=tokens, matrices=items)


def _part(view: View) -> str:
    return f"1/{len(view.loss_steps)} of " if view.conventions.is_mean else ""


def _transposed(view: View, quantity: str) -> Token:
    return view.token(quantity, rf"{view.symbol(quantity).latex}^{{\top}}")


def _carry_frame(view: View, record: dict[int, Step], k: int) -> Frame:
    delta, name = f"dL/dA_{k}", f"carry_{k - 1}"
    text = (
        f"Through {{Wh1}}, transposed, the adjoint goes one step back: dh_next for {{H_{k - 1}}} has length "
        f"{four(frobenius(record[k].dh_next))}{view.rows_of}."
    )
    tokens = [
        view.token(name),
        sign("="),
        view.token(delta),
        view.token("Wh1", rf"{view.symbol('Wh1').latex}^{{\top}}"),
    ]
    items = [Item(delta), Item("Wh1", "·", transpose=True), Item(name, "=")]
    edge = chain_factor(k)
    lit = [f"H_{k}", f"H_{k - 1}", edge, delta, "Wh1", name]
    return _loop_frame(view, f"loop-{k}-next", "dh_next", text, lit, [edge, name], equation=tokens, matrices=items)


def _folded_frame(view: View, k: int, before: int) -> Frame:
    start, end = view.step_number(k - 1), view.step_number(before + 1)
    text = f"The loop goes on in the same way from step {start} to {end}; they are folded in the picture."
    lit, new = [f"H_{before}", f"carry_{before}"], [f"carry_{before}", chain_factor(k, before)]
    return _loop_frame(view, f"loop-{k}-folded", "dh_next", text, lit, new, matrices=[Item(f"carry_{before}")])
