"""The frames of one training step, in the lecture's order: start values, forward, loss, BPTT, update.

A frame is data: what is lit, what becomes known (``new``), the equation, the matrices and the sentence.
"""

from collections.abc import Sequence

import numpy as np

from rnnviz.notation import equations, line
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
    path,
    readout_factor,
    state,
)
from rnnviz.notation.line import Token
from rnnviz.notation.quantities import frobenius, shown_steps
from rnnviz.notation.quantity import read
from rnnviz.scene import cells, sentences, snippets, strip
from rnnviz.scene.opened import running
from rnnviz.scene.ribbon import Ribbon, ribbon, ribbons
from rnnviz.scene.scene import Frame, Pulse, Running, Sentence, frame_id
from rnnviz.scene.strip import Item
from rnnviz.scene.updates import times, update_equation, update_items
from rnnviz.scene.view import View
from rnnviz.scene.wide import is_wide

PHASES = ("Start values", "Forward", "Loss", "BPTT", "Update")


def frame(
    view: View,
    act: tuple[str | int, ...],
    phase: int,
    sentence: Sentence,
    lit: Sequence[str],
    new: Sequence[str],
    equation: Sequence[Token] = (),
    matrices: Sequence[Item] = (),
    line_of_code: int | None = None,
    code: Sequence[str] = (),
    running: Running | None = None,
    pulses: Sequence[Pulse] = (),
    ribbon: Ribbon | None = None,
    at: int | None = None,
) -> Frame:
    """Return one frame as its conventions turn it; ``phase`` counts from 1 as the lecture does."""
    tokens, items = line.arranged(equation, view.conventions), strip.arranged(matrices, view.conventions)
    return Frame(
        frame_id(*act), phase, sentence, tuple(lit), tuple(new), tokens, items, line_of_code, "\n".join(code), running,
        tuple(pulses), ribbon, at,
    )  # fmt: skip


def common_frames(view: View) -> list[Frame]:
    """Return the frames up to the total loss; they do not depend on the chosen parameter."""
    steps = shown_steps(view.T)
    frames = [_start_frame(view)]
    for t in steps:
        frames += [_act_frame(view, t, act) for act in cells.acts(view, t)] if view.gates else [_forward_frame(view, t)]
        if t in view.loss_steps:
            frames.append(_output_frame(view, t))
    losses = [t for t in steps if t in view.loss_steps]
    return [*frames, *(_loss_frame(view, t) for t in losses), _total_frame(view, losses)]


def parameter_frames(view: View, parameter: str, detail: bool) -> list[Frame]:
    """Return the frames of BPTT for one parameter: a frame a term, then the sum and the update.

    In detail, those of one sample's path back through time have its running product.
    """
    bands = ribbons(view, parameter)
    frames = [_hop_frame(view, j) for j, _ in view.opened_hops] if is_hidden(parameter) else []
    for t, k in view.drawn_terms(parameter):
        frames.append(_term_frame(view, parameter, t, k, bands.get((t, k)), detail))
        if view.gates and k < t:
            frames.append(_roads_frame(view, parameter, t, k, bands.get((t, k))))
    if count := view.hidden_count(parameter):
        sentence = sentences.rest(view, count, frobenius(view.rest(parameter)))
        rest, code = Quantity("rest"), snippets.rest(view, parameter)
        frames.append(
            frame(view, ("term", rest), 4, sentence, [rest, parameter], [rest], matrices=[Item(rest)], code=code)
        )
    return [*frames, *closing_frames(view, parameter)]


def closing_frames(view: View, parameter: str) -> list[Frame]:
    """Return the last two frames: the terms' sum, and the update."""
    equation, matrices = update_equation(view, parameter), update_items(view, parameter)
    drawn = [q for q in (*(one.q for one in equation), *(one.q for one in matrices)) if q]
    lit = dict.fromkeys([*drawn, Quantity("new", parameter=parameter), *cells.wholes(parameter)[1:]])
    new = [name for name in lit if read(name).parameter == parameter and name != parameter]
    sentence, code = sentences.update(view, parameter), snippets.update(view, parameter)
    last = frame(view, ("update",), 5, sentence, [*lit], new, equation, matrices, code=code)
    return [_sum_frame(view, parameter), last]


def _start_frame(view: View) -> Frame:
    new = ["H_init", "C_init", *PARAMETERS, *(Quantity(kind, t) for kind in "XY" for t in range(view.T))]
    items = [Item(name, "" if place == 0 else "  ") for place, name in enumerate(PARAMETERS)]
    general = cells.general_equations(view) if view.gates else equations.general_equations(view.conventions)
    equation, code = general, snippets.start(view)
    return frame(view, ("start",), 1, sentences.start(view), PARAMETERS, new, equation, items, code=code)


def _forward_frame(view: View, t: int) -> Frame:
    X, A, H = at(t, *"XAH")
    before = state(t - 1)
    items = [
        Item(X), Item("W1", "·"), Item(before, "+"), Item("Wh1", "·"), Item("b1", "+"), Item(A, "="),
        Item(H, "→", fn=view.architecture.hidden_activation),
    ]  # fmt: skip
    lit, equation = [X, "W1", before, "Wh1", "b1", A, H], equations.state_equation(t, view.conventions)
    code, memory = snippets.forward(view, t), view.trace.H[t - 1] if t else view.trace.H_init
    sent = [_pulse(view, X, view.trace.X[t], "W1", H), _pulse(view, before, memory, "Wh1", H)]
    said = sentences.forward(view, t)
    return frame(view, ("forward", t), 2, said, lit, [A, H], equation, items, code=code, pulses=sent, at=t)


def _act_frame(view: View, t: int, act: cells.Act) -> Frame:
    """One act of a gated cell's step."""
    return frame(
        view, ("forward", t, *act.name), 2, sentences.say(act.sentence), act.lit, act.new, act.equation, act.items,
        code=snippets.gated(view, t, act.name), pulses=[_sent(view, one) for one in act.sent], at=t,
    )  # fmt: skip


def _sent(view: View, one: cells.Sent) -> Pulse:
    """What runs through a block or a gate, named in the order in which it is multiplied."""
    if is_hidden(one.through):
        return Pulse(
            one.through, one.start, one.end, _product_label(view, one.what, one.through), view.numbers(one.values)
        )
    label = (*view.symbol(one.through).label, (" ∘ ", ""), *view.symbol(one.what).label)
    return Pulse(one.through, one.start, one.end, label, view.numbers(one.values))


def _output_frame(view: View, t: int) -> Frame:
    H, Z, Y_hat = at(t, "H", "Z", "Y_hat")
    last = Item(Y_hat, "→", fn=view.architecture.output_activation)
    items = [Item(H), Item("W2", "·"), Item("b2", "+"), Item(Z, "="), last]
    lit, equation, code = (
        [H, "W2", "b2", Z, Y_hat],
        equations.output_equation(t, view.conventions),
        snippets.output(view, t),
    )
    sent, said = [_pulse(view, H, view.trace.H[t], "W2", Y_hat)], sentences.output(view, t)
    return frame(view, ("output", t), 2, said, lit, [Z, Y_hat], equation, items, code=code, pulses=sent, at=t)


def _pulse(view: View, start: Quantity, values: np.ndarray, weight: str, end: Quantity) -> Pulse:
    """What ``start`` sends through a weight to ``end``, named in the order in which it is multiplied."""
    sent = view.numbers(values @ getattr(view.parameters, weight))
    return Pulse(weight, start, end, _product_label(view, start, weight), sent)


def _product_label(view: View, start: Quantity, weight: str) -> tuple[tuple[str, str], ...]:
    turned = ("ᵀ", "") if view.conventions.flips_weights and not view.conventions.is_column else ("", "")
    label, through = view.symbol(start).label, (*view.symbol(weight).label, turned)
    label = (*through, *label) if view.conventions.is_column else (*label, *through)
    return tuple(piece for piece in label if piece[0])


def _loss_frame(view: View, t: int) -> Frame:
    Y, Y_hat, L = at(t, "Y", "Y_hat", "L")
    items = [Item(Y_hat), Item(Y, "against"), Item(L, "→")]
    equation = equations.loss_equation(t, view.architecture.loss, view.trace.A.shape[1], view.conventions)
    code = snippets.loss(view, t)
    return frame(view, ("loss", t), 3, sentences.loss(view, t), [Y_hat, Y, L], [L], equation, items, code=code)


def _total_frame(view: View, steps: list[int]) -> Frame:
    losses, elided = len(view.loss_steps), len(steps) < len(view.loss_steps)
    each, total = [Quantity("L", t) for t in steps], Quantity("L")
    items = [Item(L, "+" if place else "") for place, L in enumerate(each)]
    rest = [Quantity("L_rest")] if elided else []
    items = averaged([*folded(items), *(Item(one, "+") for one in rest), Item(total, "=")], view)
    equation, new = equations.total_equation(steps, elided, losses, view.conventions), [*rest, total]
    code = snippets.total(view)
    return frame(view, ("loss",), 3, sentences.total(view), [*each, *new], new, equation, items, code=code)


def _term_frame(view: View, parameter: str, t: int, k: int, ribbon: Ribbon | None, detail: bool) -> Frame:
    steps, hidden = shown_steps(view.T), is_hidden(parameter)
    factors, name = path(t, k, parameter, steps, view.kind), Quantity("term", t, k)
    states = _states(view, t, k) if hidden else []
    # A row's sum is known once its last drawn term is; in a long network only when everything is.
    finished = [gradient(parameter, t)] if k == (0 if hidden else t) and len(steps) == view.T else []
    items = (_batch_items if view.is_batch else _factor_items)(view, parameter, t, k)
    return frame(
        view,
        ("term", t, k),
        4,
        sentences.term(view, parameter, t, k),
        [*at(t, "L", "Y_hat"), *states, *factors, *cells.wholes(parameter), name],
        [*factors, name, *finished],
        equations.term_equation(t, k, parameter, steps, view.is_batch, view.conventions, view.kind),
        [*items, product_of(name, parameter, view)],
        code=snippets.term(view, parameter, t, k) if detail else (),
        running=running(view, t, k) if detail and hidden and not view.is_batch else None,
        ribbon=ribbon,
        at=k,
    )


def _states(view: View, t: int, k: int) -> list[Quantity]:
    """The nodes on the way back from step t to k."""
    steps = [j for j in shown_steps(view.T) if k <= j <= t]
    return [Quantity(kind, j) for kind in view.roads for j in steps]


def _factor_items(view: View, parameter: str, t: int, k: int) -> list[Item]:
    """The chain, and ∂⁺ at step k as the outer product that it amounts to: what enters the weight, and the slope."""
    hidden, entry, kind = is_hidden(parameter), cells.entering(view, parameter, k), view.kind
    slope = Item(Quantity("f1'", k), "∘") if hidden else Item(derivative(*at(k, "Y_hat", "Z")), "·")
    if hidden and view.gates:
        slope = Item(cells.slope(view, parameter, k), "·")
    outer = [Item(entry, transpose=True, role="parameter")] if entry else []
    if entry and entry.kind == "E":
        outer = [Item(entry, "∘", said="⊙", role="parameter")]
    last = Item(immediate_factor(k, parameter, kind), "·", outer=(*outer, slope._replace(role="parameter")))
    if not hidden:
        return [Item(output_factor(t)), last]
    chain = [Item(chain_factor(*hop, kind), "·") for hop in hops(t, k, shown_steps(view.T))]
    return [Item(output_factor(t)), Item(readout_factor(t, kind), "·"), *folded(chain, equations.OPEN_CHAIN, 1), last]


def _batch_items(view: View, parameter: str, t: int, k: int) -> list[Item]:
    """For a batch the product of two real matrices, over all samples: what enters, times ∂L_t/∂A_k."""
    entry = cells.entering(view, parameter, k)
    delta = Quantity("delta", t, k) if is_hidden(parameter) else derivative(*at(t, "L", "Z"))
    if is_hidden(parameter) and view.gates:
        delta = derivative(Quantity("L", t), cells.added_to(view, parameter, k))
    if entry is None:
        return [Item(delta, summed=True, role="chain")]
    return [Item(entry, transpose=True, role="parameter"), Item(delta, "·", role="chain")]


def _hop_frame(view: View, j: int) -> Frame:
    """A step Jacobian of a gated cell as the sum of its ways: straight, and through each gate."""
    hop, parts = chain_factor(j, j - 1, view.kind), view.hop_parts(j)
    straight, *through = (frobenius(part) for part in parts.values())
    rest = frobenius(view.jacobians[j, j - 1] - next(iter(parts.values())))
    band = ribbon([hop], [max(straight, rest)], roads={0: ((straight,) * 2, (rest,) * 2)})
    band = band._replace(words="ribbon: length of each part")
    summed = [one for name in parts for one in (equations.sign("+"), view.token(name))][1:]
    gates = [] if is_wide(view) else [Quantity(gate, j) for gate in view.gates]  # of a wide network no step is opened
    items = [Item(name, "+" if place else "") for place, name in enumerate(parts)]
    return frame(
        view, ("hop", j), 4, sentences.hop(view, j, through), [*_states(view, j, j - 1), hop, *gates, *parts],
        [*parts, hop], [view.token(hop), equations.sign("="), *summed], [*items, Item(hop, "=")], ribbon=band, at=j,
    )  # fmt: skip


def _roads_frame(view: View, parameter: str, t: int, k: int, ribbon: Ribbon | None) -> Frame:
    """A term as two matrices: what kept to the direct path, and what went through the gates."""
    term, direct, gates = (Quantity(kind, t, k) for kind in ("term", "direct", "gates"))
    steps = shown_steps(view.T)
    way = [*_states(view, t, k), *path(t, k, parameter, steps, view.kind)]
    lit = [*at(t, "L", "Y_hat"), *way, *cells.wholes(parameter), direct, gates, term]
    equation = [view.token(term), equations.sign("="), view.token(direct), equations.sign("+"), view.token(gates)]
    items, said = [Item(direct), Item(gates, "+"), Item(term, "=")], sentences.roads(view, parameter, t, k)
    return frame(view, ("paths", t, k), 4, said, lit, [direct, gates], equation, items, ribbon=ribbon, at=k)


def _sum_frame(view: View, parameter: str) -> Frame:
    total, losses = gradient(parameter), len(view.loss_steps)
    hidden, rest = is_hidden(parameter), view.hidden_count(parameter) > 0
    steps = [t for t in shown_steps(view.T) if t in view.loss_steps]
    columns = [Quantity("column", k=k) for k in shown_steps(view.T)] if hidden else []
    rows = [gradient(parameter, t) for t in steps]
    kept = [Quantity("term", *place) for place in view.kept_terms(parameter)]
    parts = kept if rest or (len(steps) == 1 and hidden) else rows
    items = folded([Item(part, "+" if place else "") for place, part in enumerate(parts)])
    items += [Item("rest", "+")] if rest else []
    lags = sorted({Quantity("lag", k=t - k) for t, k in view.drawn_terms(parameter)})
    residual = float(abs(view.total(parameter) - view.of(view.backward, parameter)).max())
    inner = ""  # which source steps k of a row are added up; none where a row is one term without a k
    if hidden:
        window = r"t-\tau < k \le t" if view.truncation_kind == "window" else r"k \le t,\ \text{same block}"
        inner = window if view.cuts(parameter) else r"k \le t"
    return frame(
        view,
        ("sum",),
        4,
        sentences.the_sum(view, parameter, view.kept_count(parameter), residual),
        [total, *parts, *columns, *cells.wholes(parameter)],
        [total, "rest", *columns, *lags, *rows],
        equations.sum_equation(parameter, view.written(parameter).latex, losses, inner, view.conventions),
        averaged([*items, Item(total, "=")], view),
        code=snippets.the_sum(view, parameter),
    )


def averaged(items: list[Item], view: View) -> list[Item]:
    """Put 1 over the number of losses before a sum in brackets, where L is their mean."""
    if view.scale == 1:
        return items
    losses = len(view.loss_steps)
    opening = items[0]._replace(said=f"1/{losses} (", over=losses)
    return [opening, *items[1:-1], items[-1]._replace(said=") =")]


def over_losses(one: Item, view: View) -> Item:
    """Put 1 over the number of losses before one matrix, where L is their mean."""
    return times(one, view.scale, f"1/{len(view.loss_steps)}") if view.scale != 1 else one


def product_of(quantity: str, parameter: str, view: View) -> Item:
    """Return what a product gives, behind "=": where weights are kept transposed, it is transposed."""
    return Item(quantity, "=", transpose=view.conventions.flips_weights and parameter in WEIGHTS)


def folded(items: list[Item], opened: int = 4, head: int = 2) -> list[Item]:
    """Mark the middle of a long row of matrices, so that it can be folded and opened.

    A row of up to ``opened`` stays open; of a longer one the first ``head`` and the last are shown.
    """
    if len(items) <= opened:
        return items
    middle = range(head, len(items) - 1)
    return [one._replace(fold=True) if place in middle else one for place, one in enumerate(items)]
