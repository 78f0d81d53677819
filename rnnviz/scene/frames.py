"""The frames of one training step, in the lecture's order: start values, forward, loss, BPTT, update.

A frame is data: what is lit, what becomes known (``new``), the equation, the matrices and the sentence.
"""

from __future__ import annotations

from collections.abc import Sequence

from rnnviz.notation import equations, line
from rnnviz.notation.ids import (
    HIDDEN_PARAMETERS,
    PARAMETERS,
    chain_factor,
    hops,
    immediate_factor,
    output_factor,
    path,
    readout_factor,
    state,
)
from rnnviz.notation.line import Token
from rnnviz.notation.quantities import frobenius, shown_steps
from rnnviz.notation.quantity import read
from rnnviz.scene import sentences, strip
from rnnviz.scene.frame import Frame
from rnnviz.scene.strip import Item
from rnnviz.scene.updates import times, update_equation, update_items
from rnnviz.scene.view import View

PHASES = ("Start values", "Forward", "Loss", "BPTT", "Update")


def frame(
    view: View,
    name: str,
    phase: int,
    sentence: list,
    lit: list[str],
    new: list[str],
    equation: Sequence[Token] = (),
    matrices: Sequence[Item] = (),
    line_of_code: int | None = None,
) -> Frame:
    """Return one frame as its conventions turn it; ``phase`` counts from 1 as the lecture does."""
    tokens, items = line.arranged(equation, view.conventions), strip.arranged(matrices, view.conventions)
    return Frame(name, phase, sentence, lit, new, tokens, items, line_of_code)


def common_frames(view: View) -> list[Frame]:
    """Return the frames up to the total loss; they do not depend on the chosen parameter."""
    steps = shown_steps(view.T)
    frames = [_start_frame(view)]
    for t in steps:
        frames.append(_forward_frame(view, t))
        if t in view.loss_steps:
            frames.append(_output_frame(view, t))
    frames += [_loss_frame(view, t) for t in steps if t in view.loss_steps]
    return [*frames, _total_frame(view, [t for t in steps if t in view.loss_steps])]


def parameter_frames(view: View, parameter: str) -> list[Frame]:
    """Return the frames of BPTT for one parameter: a frame a term, then the sum and the update."""
    frames = [_term_frame(view, parameter, t, k) for t, k in drawn_terms(view, parameter)]
    if hidden_count(view, parameter):
        frames.append(_rest_frame(view, parameter))
    return [*frames, *closing_frames(view, parameter)]


def closing_frames(view: View, parameter: str) -> list[Frame]:
    """Return the last two frames: the terms' sum, and the update."""
    return [_sum_frame(view, parameter), _update_frame(view, parameter)]


def drawn_terms(view: View, parameter: str) -> list[tuple[int, int]]:
    """Return (t, k) of the terms that have a frame: loss steps forward, and each one's path backward."""
    steps = shown_steps(view.T)
    rows = [t for t in steps if t in view.loss_steps]
    if parameter not in HIDDEN_PARAMETERS:
        return [(t, t) for t in rows]
    return [(t, k) for t in rows for k in reversed(steps) if k <= t]


def kept_count(view: View, parameter: str) -> int:
    """Return how many terms truncation keeps, drawn or not."""
    return sum(len(view.column_steps(parameter, t)) for t in view.loss_steps)


def hidden_count(view: View, parameter: str) -> int:
    """Return how many kept terms of a long network are not drawn."""
    if parameter not in HIDDEN_PARAMETERS:
        return kept_count(view, parameter) - len(drawn_terms(view, parameter))
    return kept_count(view, parameter) - sum(view.kept(t, k) for t, k in drawn_terms(view, parameter))


def _start_frame(view: View) -> Frame:
    new = ["H_init", *PARAMETERS, *(f"X_{t}" for t in range(view.T)), *(f"Y_{t}" for t in range(view.T))]
    items = [Item(name, "" if place == 0 else "  ") for place, name in enumerate(PARAMETERS)]
    equation = equations.general_equations(view.conventions)
    return frame(view, "start", 1, sentences.start(view), [*PARAMETERS], new, equation=equation, matrices=items)


def _forward_frame(view: View, t: int) -> Frame:
    before = state(t - 1)
    items = [
        Item(f"X_{t}"), Item("W1", "·"), Item(before, "+"), Item("Wh1", "·"), Item("b1", "+"),
        Item(f"A_{t}", "="), Item(f"H_{t}", "→", fn=view.architecture.hidden_activation),
    ]  # fmt: skip
    lit = [f"X_{t}", "W1", before, "Wh1", "b1", f"A_{t}", f"H_{t}"]
    equation = equations.state_equation(t, view.conventions)
    new = [f"A_{t}", f"H_{t}"]
    return frame(view, f"forward-{t}", 2, sentences.forward(view, t), lit, new, equation=equation, matrices=items)


def _output_frame(view: View, t: int) -> Frame:
    activation = view.architecture.output_activation
    items = [
        Item(f"H_{t}"), Item("W2", "·"), Item("b2", "+"), Item(f"Z_{t}", "="),
        Item(f"Y_hat_{t}", "→", fn=activation),
    ]  # fmt: skip
    lit, new = [f"H_{t}", "W2", "b2", f"Z_{t}", f"Y_hat_{t}"], [f"Z_{t}", f"Y_hat_{t}"]
    equation = equations.output_equation(t, view.conventions)
    return frame(view, f"output-{t}", 2, sentences.output(view, t), lit, new, equation=equation, matrices=items)


def _loss_frame(view: View, t: int) -> Frame:
    items = [Item(f"Y_hat_{t}"), Item(f"Y_{t}", "against"), Item(f"L_{t}", "→")]
    lit, new = [f"Y_hat_{t}", f"Y_{t}", f"L_{t}"], [f"L_{t}"]
    equation = equations.loss_equation(t, view.architecture.loss, view.trace.A.shape[1], view.conventions)
    return frame(view, f"loss-{t}", 3, sentences.loss(view, t), lit, new, equation=equation, matrices=items)


def _total_frame(view: View, steps: list[int]) -> Frame:
    items = [Item(f"L_{t}", "+" if place else "") for place, t in enumerate(steps)]
    rest = [Item("L_rest", "+")] if len(steps) < len(view.loss_steps) else []
    items, losses = averaged([*folded(items), *rest, Item("L", "=")], view), len(view.loss_steps)
    equation = equations.total_equation(steps, len(steps) < losses, losses, view.conventions)
    new = [*(one.q for one in rest), "L"]
    lit = [*(f"L_{t}" for t in steps), *new]
    return frame(view, "loss", 3, sentences.total(view), lit, new, equation=equation, matrices=items)


def _term_frame(view: View, parameter: str, t: int, k: int) -> Frame:
    steps = shown_steps(view.T)
    factors = path(t, k, parameter, steps)
    name = f"term_{t}_{k}"
    lit = [f"L_{t}", f"Y_hat_{t}", *(f"H_{j}" for j in steps if k <= j <= t), *factors, parameter, name]
    if parameter not in HIDDEN_PARAMETERS:
        lit.remove(f"H_{t}")
    new = [*factors, name, *_finished_row(view, parameter, t, k)]
    items = _batch_items(parameter, t, k) if view.is_batch else _factor_items(parameter, t, k, steps)
    return frame(
        view, f"term-{t}-{k}", 4, sentences.term(view, parameter, t, k), lit, new,
        equation=equations.term_equation(t, k, parameter, steps, view.is_batch, view.conventions),
        matrices=[*items, product_of(name, parameter, view)],
    )  # fmt: skip


def _finished_row(view: View, parameter: str, t: int, k: int) -> list[str]:
    """A row's sum is known once its last drawn term is; in a long network only when everything is."""
    last = 0 if parameter in HIDDEN_PARAMETERS else t
    return [f"dL_{t}/d{parameter}"] if k == last and len(shown_steps(view.T)) == view.T else []


def _factor_items(parameter: str, t: int, k: int, steps: list[int]) -> list[Item]:
    if parameter not in HIDDEN_PARAMETERS:
        return [Item(output_factor(t)), _immediate_item(parameter, t)]
    chain = [Item(chain_factor(*hop), "·") for hop in hops(t, k, steps)]
    return [
        Item(output_factor(t)),
        Item(readout_factor(t), "·"),
        *folded(chain, equations.OPEN_CHAIN, 1),
        _immediate_item(parameter, k),
    ]


def _immediate_item(parameter: str, k: int) -> Item:
    """∂⁺ at step k as the outer product that it amounts to: what enters the weight, and the slope."""
    hidden = parameter in HIDDEN_PARAMETERS
    slope = Item(f"f1'_{k}", "∘") if hidden else Item(f"dY_hat_{k}/dZ_{k}", "·")
    entering = {"W1": f"X_{k}", "Wh1": state(k - 1), "W2": f"H_{k}"}.get(parameter)
    parts = [Item(entering, transpose=True, role="parameter")] if entering else []
    return Item(immediate_factor(k, parameter), "·", outer=(*parts, slope._replace(role="parameter")))


def _batch_items(parameter: str, t: int, k: int) -> list[Item]:
    """For a batch the product of two real matrices, over all samples: what enters, times ∂L_t/∂A_k."""
    entering = {"W1": f"X_{k}", "Wh1": state(k - 1), "W2": f"H_{k}"}.get(parameter)
    delta = f"delta_{t}_{k}" if parameter in HIDDEN_PARAMETERS else f"dL_{t}/dZ_{t}"
    if entering is None:
        return [Item(delta, summed=True, role="chain")]
    return [Item(entering, transpose=True, role="parameter"), Item(delta, "·", role="chain")]


def _rest_frame(view: View, parameter: str) -> Frame:
    drawn = sum(view.term(parameter, t, k) for t, k in drawn_terms(view, parameter) if view.kept(t, k))
    size = frobenius(view.summed(parameter) - drawn)
    sentence = sentences.rest(view, parameter, hidden_count(view, parameter), size)
    return frame(view, "term-rest", 4, sentence, ["rest", parameter], ["rest"], matrices=[Item("rest")])


def _sum_frame(view: View, parameter: str) -> Frame:
    total = f"dL/d{parameter}"
    steps = [t for t in shown_steps(view.T) if t in view.loss_steps]
    columns = [f"column_{k}" for k in shown_steps(view.T)] if parameter in HIDDEN_PARAMETERS else []
    parts = [f"dL_{t}/d{parameter}" for t in steps]
    if len(steps) == 1 and parameter in HIDDEN_PARAMETERS:
        parts = [f"term_{t}_{k}" for t, k in drawn_terms(view, parameter) if view.kept(t, k)]
    rest = [Item("rest", "+")] if hidden_count(view, parameter) else []
    parts = [f"term_{t}_{k}" for t, k in drawn_terms(view, parameter) if view.kept(t, k)] if rest else parts
    items = folded([Item(part, "+" if place else "") for place, part in enumerate(parts)]) + rest
    residual = float(abs(view.total(parameter) - getattr(view.backward, parameter)).max())
    sentence = sentences.the_sum(view, parameter, kept_count(view, parameter), residual)
    lit = [total, *parts, *columns, parameter]
    lags = sorted({f"lag_{t - k}" for t, k in drawn_terms(view, parameter)})
    new = [total, "rest", *columns, *lags, *(f"dL_{t}/d{parameter}" for t in steps)]
    losses, kept = len(view.loss_steps), _kept_latex(view, parameter)
    equation = equations.sum_equation(parameter, view.written(parameter).latex, losses, kept, view.conventions)
    matrices = averaged([*items, Item(total, "=")], view)
    return frame(view, "sum", 4, sentence, lit, new, equation=equation, matrices=matrices)


def _kept_latex(view: View, parameter: str) -> str:
    """Which source steps k of a row are added up; "" where a row is one term without a k."""
    if parameter not in HIDDEN_PARAMETERS:
        return ""
    if not view.cuts(parameter):
        return r"k \le t"
    return r"t-\tau < k \le t" if view.truncation_kind == "window" else r"k \le t,\ \text{same block}"


def _update_frame(view: View, parameter: str) -> Frame:
    equation, matrices = update_equation(view, parameter), update_items(view, parameter)
    drawn = [q for q in (*(one.q for one in equation), *(one.q for one in matrices)) if q]
    lit = list(dict.fromkeys([*drawn, f"{parameter}_new"]))
    new = [name for name in lit if read(name).parameter == parameter and name != parameter]
    return frame(view, "update", 5, sentences.update(view, parameter), lit, new, equation=equation, matrices=matrices)


def averaged(items: list[Item], view: View) -> list[Item]:
    """Put 1 over the number of losses before a sum in brackets, where L is their mean."""
    if not view.conventions.is_mean:
        return items
    losses = len(view.loss_steps)
    opening = items[0]._replace(said=f"1/{losses} (", over=losses)
    return [opening, *items[1:-1], items[-1]._replace(said=") =")]


def over_losses(one: Item, view: View) -> Item:
    """Put 1 over the number of losses before one matrix, where L is their mean."""
    return times(one, view.scale, f"1/{len(view.loss_steps)}")


def product_of(quantity: str, parameter: str, view: View) -> Item:
    """Return what a product gives, behind "=": where weights are kept transposed, it is transposed."""
    return Item(quantity, "=", transpose=view.conventions.flips(parameter))


def folded(items: list[Item], opened: int = 4, head: int = 2) -> list[Item]:
    """Mark the middle of a long row of matrices, so that it can be folded and opened.

    A row of up to ``opened`` stays open; of a longer one the first ``head`` and the last are shown.
    """
    if len(items) <= opened:
        return items
    middle = range(head, len(items) - 1)
    return [one._replace(fold=True) if place in middle else one for place, one in enumerate(items)]
