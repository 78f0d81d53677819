"""Questions on the double sum against the one loop (3), on W or Wᵀ in the step Jacobian (4) and on shapes (5)."""

import numpy as np

from rnnviz.notation.ids import chain_factor, output_factor, readout_factor, state
from rnnviz.notation.numbers import four
from rnnviz.notation.quantities import frobenius
from rnnviz.notation.quantity import read
from rnnviz.teaching.filling import Holes
from rnnviz.teaching.questions.asking import apart, significant, strong_place
from rnnviz.teaching.questions.scope import Draw, Scope, needs, one_of
from rnnviz.teaching.questions.words import listed


def dh_next_sum(scope: Scope, draw: Draw) -> Holes:
    """Which sum the carried adjoint is."""
    k = one_of(draw, [k for k in scope.steps if k + 1 in scope.steps and k < scope.errors[-1]])
    carried, after = scope.scale * scope.loop[k + 1].dh_next, scope.scale * scope.loop[k + 1].dh
    delta = scope.dZ[k + 1] / scope.m @ scope.parameters.W2.T * scope.slopes[k + 1]
    here, of_next = scope.scale * scope.loop[k].dh, scope.scale * (delta @ scope.parameters.Wh1.T)
    size = frobenius(carried)
    needs(size != 0)
    lengths = {"here_length": here, "next_length": of_next, "after_length": after}
    return {name: _length_of(vector, size) for name, vector in lengths.items()} | dict(
        carried=carried, k=k, one=max(k + 1, scope.first_loss) == scope.T - 1, size=size, here=here,
        of_next=of_next if k + 1 in scope.losses else None, k_after=k + 1, after=after,
    )  # fmt: skip


def _length_of(vector: np.ndarray, size: float) -> str:
    """The length of a vector that is not ``dh_next``, which has length ``size``; another one may share it."""
    length = four(frobenius(vector))
    return f": another vector, of the same length {length}" if length == four(size) else f": length {length}"


def column_entry(scope: Scope, draw: Draw) -> Holes:
    k = one_of(draw, [k for k in scope.steps if k <= scope.errors[-1]])
    parameter = scope.a_parameter(draw)
    added = {j: scope.scale * getattr(scope.loop[j].increments, parameter) for j in range(k, scope.T)}
    place = strong_place(added[k], draw)
    needs(scope.outweighs_rounding[parameter])
    column, so_far = float(added[k][place]), float(sum(part[place] for part in added.values()))
    is_loss = k in scope.losses
    row = scope.scale * float(scope.row(parameter, k).sum(axis=0)[place]) if is_loss else 0.0
    own = scope.scale * float(scope.term(parameter, k, k)[place]) if is_loss else 0.0
    needs(significant(column, max(abs(own), abs(row), abs(column))))
    return dict(
        column=column, k=k, parameter=parameter, of_row=row if is_loss else None, of_term=own if is_loss else None,
        carried=column - own, so_far=so_far, later=so_far - column, has_later=k + 1 < scope.T, steps=scope.T - k,
        mean=column / (scope.T - k), weight=scope.entry(parameter, place), is_loss=is_loss, entry=place,
    )  # fmt: skip


def which_cells(scope: Scope, draw: Draw) -> Holes:
    """Which cells of the grid make what the loop adds, or the gradient of one loss."""
    step = one_of(draw, [t for t in scope.steps if 0 < t < scope.T - 1])
    asked, parameter = one_of(draw, ("column", "row")), scope.a_parameter(draw)
    adds = asked == "column"
    return dict(
        step=step, asked=asked, parameter=parameter, last=scope.T - 1, adds=adds, of_column=0 if adds else None,
        of_row=None if adds else 1, column=None if adds else 0, other_row=1 if adds else None,
    )  # fmt: skip


def products(scope: Scope, draw: Draw) -> Holes:
    """How many products a double sum takes, against those of the loop."""
    t = scope.a_loss(draw, 2)
    losses = range(scope.first_loss, t + 1)
    return dict(
        count=sum(losses), several=len(losses) > 1, states=[f"H_{j}" for j in scope.steps if j <= t], t=t, uses=t + 1,
        terms=sum(s + 1 for s in losses), whole_square=(t + 1) ** 2, every=t * (t + 1) // 2,
    )  # fmt: skip


def _two_units(scope: Scope, draw: Draw) -> tuple[int, int]:
    """Units i and j, different ones where there are two."""
    i = int(draw.integers(scope.n1))
    return i, int((i + 1 + draw.integers(max(scope.n1 - 1, 1))) % scope.n1)


def jacobian_entry(scope: Scope, draw: Draw) -> Holes:
    t, (i, j) = scope.a_hop(draw), _two_units(scope, draw)
    W, slope, before, two = scope.parameters.Wh1, scope.slopes[t, 0], scope.slopes[t - 1, 0], i != j
    value, units = float(slope[i] * W[j, i]), list(dict.fromkeys((i, j)))
    needs(value != 0)
    weights = [f"{scope.entry('Wh1', pair)} = {four(W[pair] + 0.0)}" for pair in dict.fromkeys(((i, j), (j, i)))]
    return dict(
        value=value, slope=slope[i], j=j, i=i, weight=W[j, i], t=t, t_before=t - 1, two=two,
        other_way=slope[i] * W[i, j] if two else None, other_unit=slope[j] * W[j, i] if two else None,
        early=before[i] * W[j, i], weights=" and ".join(weights), slopes_here=listed(slope[units]),
        slopes_before=listed(before[units]),
    )  # fmt: skip


def jacobian_product(scope: Scope, draw: Draw) -> Holes:
    t = scope.a_hop(draw)
    W, D, before = scope.parameters.Wh1, np.diag(scope.slopes[t, 0]), np.diag(scope.slopes[t - 1, 0])
    right = D @ W.T
    place = strong_place(right, draw)
    wrong = dict(untransposed=D @ W, reversed=W.T @ D, early=before @ W.T, unsloped=W.T)
    entries = {f"{name}_entry": _differing(matrix, right) for name, matrix in wrong.items()}
    return wrong | entries | dict(t=t, t_before=t - 1, right=right, place=place, entry=right[place])


def _differing(matrix: np.ndarray, right: np.ndarray) -> str:
    """The entry in which a wrong matrix differs most from the right one."""
    i, j = np.unravel_index(np.abs(matrix - right).argmax(), right.shape)
    return f"entry [{i}, {j}] would be {four(float(matrix[i, j]) + 0.0)}, not {four(float(right[i, j]) + 0.0)}"


def one_step_back(scope: Scope, draw: Draw) -> Holes:
    """One number of the error after a hop."""
    t = one_of(draw, [t for t in scope.errors if t - 1 in scope.steps])
    W, slope = scope.parameters.Wh1, scope.slopes[t, 0]
    dh = scope.dZ[t, 0] @ scope.parameters.W2.T
    da = dh * slope
    (i,) = strong_place(da @ W.T, draw)
    value = float((da @ W.T)[i])
    needs(significant(value, float(np.abs(da).max() * np.abs(W[i]).max())))
    return dict(
        value=value, unit=i, t=t, t_before=t - 1, wrong_way=float((da @ W)[i]), unsloped=dh @ W[i], uncrossed=da[i],
        late=float((dh * scope.slopes[t - 1, 0]) @ W[i]), few=scope.n1 <= 4, error=listed(da), row=listed(W[i]),
        column=listed(W[:, i]),
    )  # fmt: skip


def which_weight(scope: Scope, draw: Draw) -> Holes:
    """Which index the weight between two units has."""
    t, (i, j) = scope.a_hop(draw), _two_units(scope, draw)
    W, n1 = scope.parameters.Wh1, scope.n1
    needs(i != j, apart(W[i, j], W[j, i]))
    pairs = dict(joins=(j, i), swapped=(i, j), own=(i, i), other=(j, j))
    return dict(
        t=t, t_before=t - 1, i=i, j=j, right=scope.entry("Wh1", (j, i)), weight=W[j, i],
        **{name: a * n1 + b for name, (a, b) in pairs.items()},
        **{f"{name}_text": f"{scope.entry('Wh1', pair)} = {four(W[pair] + 0.0)}" for name, pair in pairs.items()},
    )  # fmt: skip


_COLUMNS = {"X": "feature", "H": "hidden unit", "A": "hidden unit", "Z": "output", "Y_hat": "output"}


def shape_of(scope: Scope, draw: Draw) -> Holes:
    """Rows and columns of one matrix of the forward pass."""
    t = scope.a_loss(draw)
    n0, n2, n1, m = scope.trace.X.shape[2], scope.Y.shape[-1], scope.n1, scope.m
    shapes = {
        f"X_{t}": (m, n0), f"H_{t}": (m, n1), f"A_{t}": (m, n1), f"Z_{t}": (m, n2), f"Y_hat_{t}": (m, n2),
        "W1": (n0, n1), "Wh1": (n1, n1), "W2": (n1, n2),
    }  # fmt: skip
    drawn = one_of(draw, shapes)
    kind = read(drawn).kind
    others = [dict(key=key, other=shape) for key, shape in shapes.items()]
    draw.shuffle(others)
    name = drawn if kind == "parameter" else kind
    return dict(
        name=name, t=t, id=drawn, shape=shapes[drawn], transposed=shapes[drawn][::-1], others=others,
        is_one=m == 1,
        is_weight=kind == "parameter", column=_COLUMNS.get(kind, ""), is_output=name in ("Z", "Y_hat", "W2"),
    )  # fmt: skip


def tensor_shape(scope: Scope, draw: Draw) -> Holes:
    """The shape of ∂⁺H_k/∂θ."""
    parameter, k, n1 = scope.a_parameter(draw), one_of(draw, scope.steps), scope.n1
    theta = np.shape(getattr(scope.parameters, parameter))
    shape = (n1, *theta)
    size = int(np.prod(shape))
    return dict(
        shape=shape, size=size, zeros=(size - int(np.prod(theta))) or "none", theta=theta, parameter=parameter, k=k,
        state_shape=(n1,), hop_shape=(n1, n1), before=state(k - 1), twice_shape=(*theta, *theta),
        weights_shape=(n1, n1, n1) if parameter == "b1" else None,
    )  # fmt: skip


def which_product(scope: Scope, draw: Draw) -> Holes:
    """Which product of what enters and the error gives a term."""
    (t, k), parameter = scope.a_pair(draw, 0), scope.a_parameter(draw, "W1", "Wh1")
    needs(scope.adds_up(parameter, t, k))
    into, error = scope.entering(parameter, k), scope.error_at(t, k) / scope.m
    right, same = into.T @ error, into.shape == error.shape
    needs(right.any())
    return dict(
        right=right, parameter=parameter, enters=f"X_{k}" if parameter == "W1" else state(k - 1), t=t, k=k,
        into_size=into.T.shape, error_size=error.shape, right_size=right.shape, transposed=error.T @ into,
        transposed_size=right.T.shape, crossed_product=into @ error.T if same else None,
        after=scope.trace.H[k].T @ error, entry_by_entry=into * error if same else None,
    )  # fmt: skip


def count_predictions(scope: Scope, draw: Draw) -> Holes:
    """How many numbers are predicted up to a step: the mode decides."""
    t = one_of(draw, scope.steps)
    n0, n2, m = scope.trace.X.shape[2], scope.Y.shape[-1], scope.m
    outputs, whole = max(0, t + 1 - scope.first_loss), t + 1
    return dict(
        count=outputs * m * n2, outputs=outputs, n2=n2, only_last=scope.first_loss > 0, last=scope.T - 1, whole=whole,
        every_step=whole * m * n2, one_step=m * n2, states=whole * m * scope.n1, inputs=whole * m * n0, t=t,
        is_short=scope.T == 1, is_loss=t in scope.losses,
    )  # fmt: skip


def factor_shape(scope: Scope, draw: Draw) -> Holes:
    """Rows and columns of a factor of the chain."""
    t, n1, n2 = scope.a_loss(draw), scope.n1, scope.Y.shape[-1]
    factors, crosses = {output_factor(t): (1, n2), readout_factor(t): (n2, n1)}, t - 1 in scope.steps
    if crosses:
        factors[chain_factor(t)] = (n1, n1)
    name = one_of(draw, factors)
    kind = {output_factor(t): "output", readout_factor(t): "readout"}.get(name, "hop")
    return dict(
        factor=kind, t=t, name=name, shape=factors[name], transposed=factors[name][::-1], weights=(n1, n2),
        others=[dict(key=key, other=other) for key, other in factors.items() if key != name],
        error=(1, n1) if kind != "output" else None, end=t - 1 if crosses else t,
    )  # fmt: skip
