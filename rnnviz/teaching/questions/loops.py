"""Questions on the double sum against the one loop (3) and on W or Wᵀ in the step Jacobian (4)."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import chain_factor
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.questions.asking import Holes, apart, significant, strong_place, template
from rnnviz.teaching.questions.scope import Draw, Scope, one_of
from rnnviz.teaching.questions.words import listed


@template
def dh_next_sum(scope: Scope, draw: Draw) -> Holes | None:
    """Ask which sum the carried adjoint is."""
    k = one_of(draw, [k for k in scope.steps if k + 1 in scope.steps and k < scope.errors[-1]])
    carried, after = scope.scale * scope.loop[k + 1].dh_next, scope.scale * scope.loop[k + 1].dh
    here, next_loss = scope.scale * scope.loop[k].dh, scope.scale * _one_back(scope, k)
    size, at = frobenius(carried), scope.step_number(k)
    mean = rf"\frac{{1}}{{{scope.count_losses}}}" if scope.scale != 1 else ""
    one = max(k + 1, scope.first_loss) == scope.T - 1
    who = f"The one loss after step {at} speaks" if one else f"All losses after step {at} speak"
    if size == 0:
        return None
    says = "the later loss says" if one else "all later losses say"
    return dict(
        carried=carried, mean=mean, at=at, asked=scope.per("L_t", f"H_{k}"), who=who, k=k,
        what="it" if one else "their sum", size=size, here=here, here_length=_length_of(here, size),
        of_next=next_loss if k + 1 in scope.losses else None,
        next_asked=scope.per(scope.latex(f"L_{k + 1}"), f"H_{k}"), next_length=_length_of(next_loss, size),
        k_after=k + 1, after=after, after_asked=scope.per("L_t", f"H_{k + 1}"),
        after_length=_length_of(after, size), hop=chain_factor(k + 1), says=says,
    )  # fmt: skip


def _length_of(vector: np.ndarray, size: float) -> str:
    """The length of a vector that is not ``dh_next``, which has length ``size``; another one may share it."""
    told = four(frobenius(vector))
    return f": another vector, of the same length {told}" if told == four(size) else f": length {told}"


def _one_back(scope: Scope, k: int) -> np.ndarray:
    """∂L_{k+1}/∂H_k of every sample, averaged as the loss is."""
    delta = scope.dZ[k + 1] / scope.m @ scope.parameters.W2.T * scope.slope[k + 1]
    return delta @ scope.parameters.Wh1.T


@template
def column_entry(scope: Scope, draw: Draw) -> Holes | None:
    """Ask what one step of the loop adds to one entry."""
    k = one_of(draw, [k for k in scope.steps if k <= scope.errors[-1]])
    parameter = scope.a_parameter(draw)
    added = {j: scope.scale * getattr(scope.loop[j].increments, parameter) for j in range(k, scope.T)}
    place = strong_place(added[k], draw)
    if place is None or not scope.outweighs_rounding[parameter]:
        return None
    column, so_far = float(added[k][place]), float(sum(part[place] for part in added.values()))
    is_loss, at = k in scope.losses, scope.step_number(k)
    row = scope.scale * float(scope.row(parameter, k).sum(axis=0)[place]) if is_loss else 0.0
    own = scope.scale * float(scope.term(parameter, k, k)[place]) if is_loss else 0.0
    sums, later = f"column_{k}", so_far - column
    beside = (f", those of row t = {at} to {four(row)}" if is_loss else "") + (
        f", those of all later columns to {four(later)}" if k + 1 < scope.T else ""
    )
    shared = f" Each counts 1/{scope.count_losses} in them, for L is a mean." if scope.scale != 1 else ""
    scale = max(abs(own), abs(row), abs(column))
    if not significant(column, scale):
        return None
    return dict(
        column=column, at=at, sums=sums, k=k, parameter=parameter, of_row=row if is_loss else None,
        of_term=own if is_loss else None, carried=column - own, so_far=so_far, mean=column / (scope.T - k),
        steps=scope.T - k, weight=scope.entry(parameter, place), beside=beside, shared=shared, entry=place,
    )  # fmt: skip


@template
def which_cells(scope: Scope, draw: Draw) -> Holes | None:
    """Ask which cells of the grid make what the loop adds, or the gradient of one loss."""
    step = one_of(draw, [t for t in scope.steps if 0 < t < scope.T - 1])
    asked, parameter = one_of(draw, ("column", "row")), scope.a_parameter(draw)
    s, first, last = (scope.step_number(t) for t in (step, 0, scope.T - 1))
    row, of_column = f"dL_{step}/d{parameter}", asked == "column"
    adds = f"does the backward loop add to the gradient of {scope.tex(parameter)} at step {s}"
    return dict(
        step=step, asked=asked, parameter=parameter, s=s, first=first, last=last, row=row,
        of_column=0 if of_column else None, of_row=None if of_column else 1,
        column=None if of_column else 0, other_row=1 if of_column else None,
        what=adds if of_column else f"make up {scope.tex(row)}", where="column k" if of_column else "row t",
    )  # fmt: skip


@template
def products(scope: Scope, draw: Draw) -> Holes | None:
    """Count the products of a double sum against those of the loop."""
    t = scope.a_loss(draw, 2)
    losses = range(scope.first_loss, t + 1)
    count, several = sum(losses), len(losses) > 1
    whose = f"each of the losses up to {scope.tex(f'L_{t}')}" if several else f"the loss {scope.tex(f'L_{t}')}"
    terms = sum(s + 1 for s in losses)
    why = (
        f"Loss by loss: {count} hops in all. The loop needs {t}, for it adds the losses before it goes on."
        if several
        else f"One loss, {t} hops. The loop needs as many: with one loss there is nothing to save."
    )
    square = "A loss reaches only the steps before it" if several else "Only the last step has a loss"
    return dict(
        count=count, why=why, states=[f"H_{j}" for j in scope.steps if j <= t], t=t, terms=terms,
        whole_square=(t + 1) ** 2, uses=t + 1, square=square, every=t * (t + 1) // 2, whose=whose,
    )  # fmt: skip


def _two_units(scope: Scope, draw: Draw) -> tuple[int, int]:
    """Units i and j, different ones where there are two."""
    i = int(draw.integers(scope.n1))
    return i, int((i + 1 + draw.integers(max(scope.n1 - 1, 1))) % scope.n1)


@template
def jacobian_entry(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for one number of ∂H_t/∂H_{t−1}."""
    t, (i, j) = scope.a_hop(draw), _two_units(scope, draw)
    W, slope, before = scope.parameters.Wh1, scope.slope[t, 0], scope.slope[t - 1, 0]
    value, name = float(slope[i] * W[j, i]), chain_factor(t)
    if value == 0:
        return None
    a, b = f"unit {i} of {scope.tex(f'H_{t}')}", f"unit {j} of {scope.tex(f'H_{t - 1}')}"
    units = list(dict.fromkeys((i, j)))
    of = f"of units {i} and {j}" if i != j else f"of unit {i}"
    verb = "are" if i != j else "is"
    slopes = "slopes f₁′" if i != j else "slope f₁′"
    return dict(
        value=value, a=a, slope=slope[i], j=j, i=i, weight=W[j, i], name=name, t=t,
        other_way=slope[i] * W[i, j] if i != j else None, early=before[i] * W[j, i], t_before=t - 1,
        other_unit=slope[j] * W[j, i] if i != j else None, b=b, weights=_weights(scope, i, j),
        slopes=slopes, of=of, verb=verb, slopes_here=listed(slope[units]),
        slopes_before=listed(before[units]), frame=hop_frame(scope, t),
    )  # fmt: skip


def _weights(scope: Scope, i: int, j: int) -> str:
    """The two weights between units i and j."""
    pairs = dict.fromkeys(((i, j), (j, i)))
    named = [f"{scope.entry('Wh1', pair)} = {four(scope.parameters.Wh1[pair] + 0.0)}" for pair in pairs]
    return f"{' and '.join(named)}."


def hop_frame(scope: Scope, t: int) -> str:
    """Return the frame whose path crosses from step t to t − 1."""
    return f"term-{min(s for s in scope.losses if s >= t)}-{t - 1}"


@template
def jacobian_product(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the product that is ∂H_t/∂H_{t−1}."""
    t = scope.a_hop(draw)
    W, D, before = scope.parameters.Wh1, np.diag(scope.slope[t, 0]), np.diag(scope.slope[t - 1, 0])
    right = D @ W.T
    place = strong_place(right, draw)
    if place is None:
        return None
    wrong = dict(untransposed=D @ W, reversed=W.T @ D, early=before @ W.T, unsloped=W.T)
    told = {f"{name}_told": _told(matrix, right) for name, matrix in wrong.items()}
    return wrong | told | dict(
        t=t, t_before=t - 1, right=right, place=place, entry=right[place], name=chain_factor(t),
        frame=hop_frame(scope, t),
    )  # fmt: skip


def _told(matrix: np.ndarray, right: np.ndarray) -> str:
    """The entry by which a wrong matrix is told from the right one."""
    i, j = np.unravel_index(np.abs(matrix - right).argmax(), right.shape)
    return f"entry [{i}, {j}] would be {four(float(matrix[i, j]) + 0.0)}, not {four(float(right[i, j]) + 0.0)}"


@template
def one_step_back(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for one number of the error after a hop."""
    t = one_of(draw, [t for t in scope.errors if t - 1 in scope.steps])
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
    known = f" = ({listed(da)})" if scope.n1 <= 4 else ""
    sides = f"Of {scope.tex('Wh1')} row {i} is ({listed(W[i])}), column {i} ({listed(W[:, i])}). "
    return dict(
        value=value, i=i, name=name, wrong_way=wrong_way, unsloped=dh @ W[i],
        at_state=scope.per(scope.latex(f"L_{t}"), f"H_{t}"), t=t, late=late, t_before=t - 1, uncrossed=da[i],
        error=scope.per(scope.latex(f"L_{t}"), f"A_{t}"), known=known, sides=sides if known else "",
        asked=scope.per(scope.latex(f"L_{t}"), f"H_{t - 1}"), frame=hop_frame(scope, t), unit=i,
    )  # fmt: skip


@template
def which_weight(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the index of the weight between two units."""
    t, (i, j) = scope.a_hop(draw), _two_units(scope, draw)
    W, n1 = scope.parameters.Wh1, scope.n1
    if i == j or not apart(W[i, j], W[j, i]):
        return None
    pairs = dict(joins=(j, i), swapped=(i, j), own=(i, i), other=(j, j))
    return dict(
        t=t, t_before=t - 1, i=i, j=j, right=scope.entry("Wh1", (j, i)), weight=W[j, i], frame=hop_frame(scope, t),
        **{name: a * n1 + b for name, (a, b) in pairs.items()},
        **{f"{name}_text": f"{scope.entry('Wh1', pair)} = {four(W[pair] + 0.0)}" for name, pair in pairs.items()},
    )  # fmt: skip
