"""Questions on the double sum against the one loop (3) and on W or Wᵀ in the step Jacobian (4)."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import chain_factor, step_number
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.questions.asking import (
    Draft,
    apart,
    one_of,
    option,
    settled,
    significant,
    strong_place,
    template,
)
from rnnviz.teaching.questions.words import entry, latex, listed, term, tex


def per(upper: str, lower: str) -> str:
    return rf"\frac{{\partial {upper}}}{{\partial {latex(lower)}}}"


@template("dh-next-sum", 3, "What the loop carries", whole=True, least=2)
def dh_next_sum(scope, draw):
    """Ask which sum the carried adjoint is."""
    k = one_of(draw, [k for k in scope.steps if k + 1 in scope.steps and k < scope.errors[-1]])
    if k is None:
        return None
    carried, after = scope.scale * scope.loop[k + 1].dh_next, scope.scale * scope.loop[k + 1].dh
    here, next_loss = scope.scale * scope.loop[k].dh, scope.scale * _one_back(scope, k)
    size, at = frobenius(carried), step_number(k)
    mean = rf"\frac{{1}}{{{scope.count_losses}}}" if scope.scale != 1 else ""
    one = max(k + 1, scope.first_loss) == scope.T - 1
    who = f"The one loss after step {at} speaks" if one else f"All losses after step {at} speak"
    if size == 0:
        return None
    choices = settled(
        option(carried, f"{who} through {tex(f'H_{k}')}, and one vector holds "
               f"{'it' if one else 'their sum'}: length {four(size)}.", f"carry_{k}",
               text=rf"${mean}\sum_{{t>{at}}} {per('L_t', f'H_{k}')}$"),
        [
            option(here, f"That is after the loss of step {at} itself has been added"
                   f"{_length_of(here, size)}.", f"dL/dH_{k}",
                   text=rf"${mean}\sum_{{t\ge {at}}} {per('L_t', f'H_{k}')}$"),
            option(next_loss, f"That is what the next loss alone says{_length_of(next_loss, size)}. "
                   "The losses after it are in the sum too.", f"carry_{k}", f"dL/dH_{k + 1}",
                   text=rf"${mean}{per(latex(f'L_{k + 1}'), f'H_{k}')}$")
            if k + 1 in scope.losses else None,
            option(after, "That is one step later, before the way through the slopes and "
                   f"{tex('Wh1')}{_length_of(after, size)}.", f"dL/dH_{k + 1}", chain_factor(k + 1),
                   text=rf"${mean}\sum_{{t>{at}}} {per('L_t', f'H_{k + 1}')}$"),
        ],
    )  # fmt: skip
    prompt = f"The backward loop comes to step {at}, and `dh_next` has length {four(size)}. Which sum is it?"
    says = "the later loss says" if one else "all later losses say"
    answer = f"`dh_next` holds what {says} about {tex(f'H_{k}')}: length {four(size)}."
    return choices and Draft(prompt, choices, "sum", "b1", answer, {"k": k})


def _length_of(vector: np.ndarray, size: float) -> str:
    """The length of a vector that is not ``dh_next``, which has length ``size``; another one may share it."""
    told = four(frobenius(vector))
    return f": another vector, of the same length {told}" if told == four(size) else f": length {told}"


def _one_back(scope, k):
    """∂L_{k+1}/∂H_k of every sample, averaged as the loss is."""
    delta = scope.dZ[k + 1] / scope.m @ scope.parameters.W2.T * scope.slope[k + 1]
    return delta @ scope.parameters.Wh1.T


@template("column-entry", 3, "What the loop adds at one step", whole=True, least=2)
def column_entry(scope, draw):
    """Ask what one step of the loop adds to one entry."""
    k = one_of(draw, [k for k in scope.steps if k <= scope.errors[-1]])
    parameter = scope.a_parameter(draw)
    added = {j: scope.scale * getattr(scope.loop[j].increments, parameter) for j in range(k, scope.T)}
    place = strong_place(added[k], draw)
    if place is None or not scope.outweighs_rounding[parameter]:
        return None
    column, so_far = float(added[k][place]), float(sum(part[place] for part in added.values()))
    is_loss, at = k in scope.losses, step_number(k)
    row = scope.scale * float(scope.row(parameter, k).sum(axis=0)[place]) if is_loss else 0.0
    own = scope.scale * float(scope.term(parameter, k, k)[place]) if is_loss else 0.0
    sums, later = f"column_{k}", so_far - column
    beside = (f", those of row t = {at} to {four(row)}" if is_loss else "") + (
        f", those of all later columns to {four(later)}" if k + 1 < scope.T else ""
    )
    shared = f" Each counts 1/{scope.count_losses} in them, for L is a mean." if scope.scale != 1 else ""
    choices = settled(
        option(column, f"One product adds the whole column k = {at}: the terms of all losses from step {at} "
               "on.", sums, f"d+H_{k}/d{parameter}"),
        [
            option(row, f"That is row t = {at}, what {tex(f'L_{k}')} alone gives. The loop goes by columns.",
                   f"dL_{k}/d{parameter}") if is_loss else None,
            option(own, f"That is {term(k, k)} alone. What `dh_next` carries adds the later losses: "
                   f"{four(column - own)}.", f"term_{k}_{k}") if is_loss else None,
            option(so_far, f"That is the sum so far, with the columns that were added before step {at}.",
                   sums, f"dL/d{parameter}"),
            option(column / (scope.T - k), f"That divides by the {scope.T - k} steps so far. The loop adds "
                   "each column as it is, for the effects of all uses add.", sums),
        ],
    )  # fmt: skip
    prompt = (
        f"For the entry {entry(parameter, place)} the terms of column k = {at} sum to {four(column)}{beside}."
        f"{shared} What does the backward loop add to it at step {at}?"
    )
    answer = f"Step {at} adds {four(column)}, the sum of column k = {at}."
    facts = {"k": k, "parameter": parameter, "entry": place}
    scale = max(abs(own), abs(row), abs(column))
    return choices and significant(column, scale) and Draft(prompt, choices, "sum", parameter, answer, facts)


@template("which-cells", 3, "Rows and columns of the grid", numbers=False, whole=True, losses=3)
def which_cells(scope, draw):
    """Ask which cells of the grid make what the loop adds, or the gradient of one loss."""
    step = one_of(draw, [t for t in scope.steps if 0 < t < scope.T - 1])
    asked, parameter = one_of(draw, ("column", "row")), scope.a_parameter(draw)
    s, first, last = (step_number(t) for t in (step, 0, scope.T - 1))
    row, column = f"dL_{step}/d{parameter}", f"column_{step}"
    cells = {
        "column": (f"term(t, {s}) for t from {s} to {last}", column,
                   f"That is what the loop adds at step {s}: one source step, all losses that see it.",
                   f"Column k = {s}: one product takes in all losses from step {s} on."),
        "row": (f"term({s}, k) for k from {first} to {s}", row,
                f"That is the gradient of {tex(f'L_{step}')}: one loss, all its source steps.",
                f"Row t = {s}: one loss, and every use of the parameter that it sees."),
        "own": (f"term({s}, {s}) alone", f"term_{step}_{step}",
                "That is the one cell without a step through time.", ""),
        "lag": (f"term(t, t) for t from {first} to {last}", "lag_0",
                "That is the diagonal: every loss with its own step, the terms with t − k = 0.", ""),
    }  # fmt: skip
    places = {name: number for number, name in enumerate(cells)}
    made = {
        name: option(places[name], right if name == asked else wrong, light, text=text)
        for name, (text, light, wrong, right) in cells.items()
    }
    choices = settled(made.pop(asked), made.values())
    what = (
        f"does the backward loop add to the gradient of {tex(parameter)} at step {s}"
        if asked == "column"
        else f"make up {tex(row)}"
    )
    prompt = "The terms stand in a grid, one row for each loss t, one column for each source step k. Which "
    prompt += f"cells {what}?"
    answer = f"It is {'column k' if asked == 'column' else 'row t'} = {s} of the grid."
    facts = {"step": step, "asked": asked, "parameter": parameter}
    return choices and Draft(prompt, choices, "sum", parameter, answer, facts)


@template("products", 3, "What the loop saves", numbers=False, whole=True, least=3)
def products(scope, draw):
    """Count the products of a double sum against those of the loop."""
    t = scope.a_loss(draw, 2)
    if t is None:
        return None
    losses = range(scope.first_loss, t + 1)
    count, several = sum(losses), len(losses) > 1
    whose = f"each of the losses up to {tex(f'L_{t}')}" if several else f"the loss {tex(f'L_{t}')}"
    terms = sum(s + 1 for s in losses)
    why = (
        f"Loss by loss: {count} hops in all. The loop needs {t}, for it adds the losses before it goes on."
        if several
        else f"One loss, {t} hops. The loop needs as many: with one loss there is nothing to save."
    )
    square = "A loss reaches only the steps before it" if several else "Only the last step has a loss"
    choices = settled(
        option(count, why, "Wh1",
               *(f"H_{j}" for j in scope.steps if j <= t), text=str(count)),
        [
            option(t, f"That is what the loop needs. Walked back one by one, the losses take {count}: each "
                   "goes its own way.", "Wh1", text=str(t)),
            option(terms, "That is the number of terms. A term with k = t needs no hop.",
                   f"term_{t}_{t}", text=str(terms)),
            option((t + 1) ** 2, f"That is the whole square of {t + 1} by {t + 1} steps. {square}.",
                   f"L_{t}", text=str((t + 1) ** 2)),
            option(t * (t + 1) // 2, "That would need a loss at every step. Here only the last one has one.",
                   f"L_{t}", text=str(t * (t + 1) // 2)),
        ],
    )  # fmt: skip
    prompt = (
        f"A hop from {tex(f'H_{t}')} to the state before it is one product with {tex('Wh1')}. Send "
        f"{whose} back to {tex('H_0')} on its own, without adding on the way. How many hops?"
    )
    answer = f"{count} hops apart, {t} in the loop."
    return choices and Draft(prompt, choices, "sum", "Wh1", answer, {"t": t})


def _two_units(scope, draw) -> tuple[int, int]:
    """Units i and j, different ones where there are two."""
    i = int(draw.integers(scope.n1))
    return i, int((i + 1 + draw.integers(max(scope.n1 - 1, 1))) % scope.n1)


@template("jacobian-entry", 4, "An entry of the step Jacobian", single=True, rows=True, least=2)
def jacobian_entry(scope, draw):
    """Ask for one number of ∂H_t/∂H_{t−1}."""
    t, (i, j) = scope.a_hop(draw), _two_units(scope, draw)
    W, slope, before = scope.parameters.Wh1, scope.slope[t, 0], scope.slope[t - 1, 0]
    value, name = float(slope[i] * W[j, i]), chain_factor(t)
    if value == 0:
        return None
    a, b = f"unit {i} of {tex(f'H_{t}')}", f"unit {j} of {tex(f'H_{t - 1}')}"
    units = list(dict.fromkeys((i, j)))
    of = f"of units {i} and {j}" if i != j else f"of unit {i}"
    verb = "are" if i != j else "is"
    slopes = "slopes f₁′" if i != j else "slope f₁′"
    choices = settled(
        option(value, f"The slope of {a}, {four(slope[i])}, times the weight from {j} to {i}, "
               f"{four(W[j, i])}.", name, f"f1'_{t}"),
        [
            option(slope[i] * W[i, j], f"That takes the weight from {i} to {j}: the transpose is missing.",
                   "Wh1", name) if i != j else None,
            option(W[j, i], f"The slope of {a} is missing: {four(slope[i])}.", f"f1'_{t}"),
            option(before[i] * W[j, i], f"That is the slope of step {step_number(t - 1)}. The activation of "
                   f"step {step_number(t)} lies between the two states.", f"f1'_{t - 1}", f"f1'_{t}"),
            option(slope[j] * W[j, i], f"That is the slope of unit {j}. The one that moves is unit {i}.",
                   f"f1'_{t}") if i != j else None,
        ],
    )  # fmt: skip
    prompt = (
        f"What is entry $[{i}, {j}]$ of {tex(name)}, the derivative of {a} by {b}? {_weights(scope, i, j)} "
        f"The {slopes} {of} {verb} {listed(slope[units])} at step {step_number(t)} and "
        f"{listed(before[units])} at step {step_number(t - 1)}."
    )
    answer = rf"It is $f_1'$ of unit {i} times ${latex('Wh1')}[{j}, {i}]$: {four(value)}."
    return choices and Draft(prompt, choices, *hop_frame(scope, t), answer, {"t": t, "i": i, "j": j})


def _weights(scope, i: int, j: int) -> str:
    """The two weights between units i and j."""
    pairs = dict.fromkeys(((i, j), (j, i)))
    named = [f"{entry('Wh1', pair)} = {four(scope.parameters.Wh1[pair] + 0.0)}" for pair in pairs]
    return f"{' and '.join(named)}."


def hop_frame(scope, t) -> tuple[str, str]:
    """A frame whose path crosses from step t to t − 1, and the parameter."""
    return f"term-{min(s for s in scope.losses if s >= t)}-{t - 1}", "Wh1"


@template("jacobian-product", 4, "The step Jacobian as a product", single=True, rows=True, least=2)
def jacobian_product(scope, draw):
    """Ask for the product that is ∂H_t/∂H_{t−1}."""
    t = scope.a_hop(draw)
    W, D, before = scope.parameters.Wh1, np.diag(scope.slope[t, 0]), np.diag(scope.slope[t - 1, 0])
    right, name = D @ W.T, chain_factor(t)
    place = strong_place(right, draw)
    if place is None:
        return None
    weights = latex("Wh1")
    here, earlier = (rf"\mathrm{{diag}}({latex(slope)})" for slope in (f"f1'_{t}", f"f1'_{t - 1}"))

    def wrong(matrix, text, why, *lights):
        i, j = np.unravel_index(np.abs(matrix - right).argmax(), right.shape)
        told = f"entry [{i}, {j}] would be {four(matrix[i, j] + 0.0)}, not {four(right[i, j] + 0.0)}"
        return option(matrix, f"{why}: {told}.", *lights, text=f"${text}$")

    choices = settled(
        option(right, f"Row [i] belongs to unit i of {tex(f'H_{t}')}: its slope times its incoming weights. "
               f"Entry [{place[0]}, {place[1]}] is {four(right[place])}.", name,
               text=rf"${here}\,{weights}^{{\top}}$"),
        [
            wrong(D @ W, rf"{here}\,{weights}", "Without the transpose row i holds the weights that leave "
                  "unit i, not those that come in", "Wh1"),
            wrong(W.T @ D, rf"{weights}^{{\top}}\,{here}", "Here slope j scales column j. It belongs to the "
                  "unit that moves, to the row", f"f1'_{t}"),
            wrong(before @ W.T, rf"{earlier}\,{weights}^{{\top}}", "The slope is one step off. The one "
                  f"between the two states is that of step {step_number(t)}", f"f1'_{t - 1}"),
            wrong(W.T, rf"{weights}^{{\top}}", "The slope is missing, though the way from one state to the "
                  "other goes through the activation", f"f1'_{t}"),
        ],
    )  # fmt: skip
    prompt = (
        rf"${latex(f'H_{t}')} = f_1({latex(f'X_{t}')} {latex('W1')} + {latex(f'H_{t - 1}')} {weights} + "
        rf"{latex('b1')})$, states are rows. Which product is {tex(name)}, with entry [i, j] the change of "
        "unit i by unit j of the state before?"
    )
    answer = rf"It is ${here}\,{weights}^{{\top}}$."
    facts = {"t": t}
    return choices and Draft(prompt, choices, *hop_frame(scope, t), answer, facts)


@template("one-step-back", 4, "An error goes one step back", single=True, rows=True, least=2)
def one_step_back(scope, draw):
    """Ask for one number of the error after a hop."""
    t = one_of(draw, [t for t in scope.errors if t - 1 in scope.steps])
    if t is None:
        return None
    W, slope = scope.parameters.Wh1, scope.slope[t, 0]
    dh = scope.dZ[t, 0] @ scope.parameters.W2.T
    da = dh * slope
    place = strong_place(da @ W.T, draw)
    if place is None:
        return None
    (i,) = place
    value, wrong_way = float((da @ W.T)[i]), float((da @ W)[i])
    if not significant(value, float(np.abs(da).max() * np.abs(W[i]).max())):
        return None
    late = float((dh * scope.slope[t - 1, 0]) @ W[i])
    name = chain_factor(t)
    choices = settled(
        option(value, rf"The row vector times ${latex('Wh1')}^{{\top}}$: its entry {i} uses the weights that "
               f"leave unit {i}, row {i}.", name, "Wh1"),
        [
            option(wrong_way, f"That multiplies with {tex('Wh1')} as it is: column {i}, the weights into "
                   f"unit {i}. Backward the weights run the other way.", "Wh1"),
            option(dh @ W[i], rf"That starts from ${per(latex(f'L_{t}'), f'H_{t}')}$: the slope of step "
                   f"{step_number(t)} is missing.", f"f1'_{t}"),
            option(late, f"That takes the slope of step {step_number(t - 1)}, one step too early.",
                   f"f1'_{t - 1}"),
            option(da[i], f"That does not cross {tex('Wh1')} at all: it is the error at step "
                   f"{step_number(t)}.", "Wh1"),
        ],
    )  # fmt: skip
    known = f" = ({listed(da)})" if scope.n1 <= 4 else ""
    sides = f"Of {tex('Wh1')} row {i} is ({listed(W[i])}), column {i} ({listed(W[:, i])}). "
    prompt = (
        rf"${per(latex(f'L_{t}'), f'A_{t}')}${known} is known. {sides if known else ''}What is entry {i} of "
        rf"${per(latex(f'L_{t}'), f'H_{t - 1}')}$?"
    )
    answer = f"Entry {i} is {four(value)}, row {i} of {tex('Wh1')} times the error."
    return choices and Draft(prompt, choices, *hop_frame(scope, t), answer, {"t": t, "unit": i})


@template("which-weight", 4, "Which weight joins two units", numbers=False, rows=True, least=2)
def which_weight(scope, draw):
    """Ask for the index of the weight between two units."""
    t, (i, j) = scope.a_hop(draw), _two_units(scope, draw)
    W = scope.parameters.Wh1
    if i == j or not apart(W[i, j], W[j, i]):
        return None

    def weight(a, b, reply):
        text = f"{entry('Wh1', (a, b))} = {four(W[a, b] + 0.0)}"
        return option(a * scope.n1 + b, reply, "Wh1", text=text)

    choices = settled(
        weight(j, i, f"States are rows and stand before {tex('Wh1')}: rows are where it comes from, columns "
               "where it goes."),
        [
            weight(i, j, f"That one leads from unit {i} to unit {j}: row and column are exchanged."),
            weight(i, i, f"That one leads from unit {i} to itself: unit {j} is not in it."),
            weight(j, j, f"That one leads from unit {j} to itself: unit {i} is not in it."),
        ],
    )  # fmt: skip
    prompt = (
        f"Through which weight does unit {j} of {tex(f'H_{t - 1}')} act on unit {i} of {tex(f'H_{t}')}, and "
        "the error go back?"
    )
    answer = f"Through {entry('Wh1', (j, i))}, {four(W[j, i])}."
    return choices and Draft(prompt, choices, *hop_frame(scope, t), answer, {"t": t, "i": i, "j": j})
