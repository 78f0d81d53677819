"""Questions on gated cells (11): what a gate keeps, what an error passes, and on which path it comes back."""

import math

from rnnviz import engine
from rnnviz.notation.quantities import frobenius
from rnnviz.teaching.filling import Holes
from rnnviz.teaching.questions.asking import apart, significant
from rnnviz.teaching.questions.scope import Draw, Scope, needs, one_of
from rnnviz.teaching.questions.words import listed

_FAR = (10, 20, 50)
_LONGEST_PRODUCT = 4
_NOTHING, _OPEN = 1e-12, 0.9999
"""Gates that leave less, or are further open, are no matter for a question."""


def _cell(scope: Scope) -> dict:
    """The words for the gate that keeps: f of the memory C, or z of the state H."""
    lstm = scope.is_lstm
    return dict(lstm=lstm, gate="forget gate" if lstm else "update gate", g="f" if lstm else "z",
                kept="C" if lstm else "H", bias="bf" if lstm else "bz")  # fmt: skip


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > 0 else math.exp(value) / (1 + math.exp(value))


def _pair(scope: Scope, draw: Draw, least: int) -> tuple[int, int]:
    """Two drawn steps t and k, so many steps or more apart, with the lag short enough to be written."""
    steps = scope.steps
    return one_of(draw, [(t, k) for t in steps for k in steps if least <= t - k <= max(least, _LONGEST_PRODUCT)])


def gates_multiply(scope: Scope, draw: Draw) -> Holes:
    t, k = _pair(scope, draw, 2)
    unit, cell = int(draw.integers(scope.n1)), _cell(scope)
    values = scope.keeping[k + 1 : t + 1, 0, unit]
    product = float(values.prod())
    needs(product > _NOTHING)
    return cell | dict(
        t=t, k=k, first=k + 1, unit=unit, values=listed(values), product=product, sum=float(values.sum()),
        mean=float(values.mean()), last=float(values[-1]), lost=float((1 - values).prod()), to=scope.kept(t),
        back=scope.kept(k), steps=t - k, gates=[f"{cell['g']}_{j}" for j in scope.steps if k < j <= t],
    )  # fmt: skip


def gate_held(scope: Scope, draw: Draw) -> Holes:
    """What is left if a gate of this network stayed as it is over many steps."""
    t, unit, steps = one_of(draw, scope.steps), int(draw.integers(scope.n1)), one_of(draw, _FAR)
    value = float(scope.keeping[t, 0, unit])
    left, once = value**steps, 1 - steps * (1 - value)
    needs(left > _NOTHING, value < _OPEN)
    return _cell(scope) | dict(
        t=t, unit=unit, steps=steps, value=value, left=left, once=once if once > 0 else None, to=scope.kept(t),
        mean=value / steps, lost=(1 - value) ** steps,
    )  # fmt: skip


def raised_bias(scope: Scope, draw: Draw) -> Holes:
    """What 1 more in the bias makes of the gate that keeps; the rest of its pre-activation is as before."""
    t, unit, far = one_of(draw, scope.steps), int(draw.integers(scope.n1)), _FAR[1]
    before, value = float(scope.before_keeping[t, 0, unit]), float(scope.keeping[t, 0, unit])
    after = _sigmoid(before + 1)
    needs(value > 1 - _OPEN, after < _OPEN)
    return _cell(scope) | dict(
        t=t, unit=unit, before=before, above=before + 1, value=value, after=after, more=value + 1,
        slope=value + value * (1 - value), times=value * math.e, opened=_sigmoid(1.0), far=far, left=value**far,
        left_after=after**far,
    )  # fmt: skip


def why_one(scope: Scope, draw: Draw) -> Holes:
    """Why the bias starts at 1: what small weights leave of a memory with 0 and with 1."""
    steps, none, one = one_of(draw, _FAR), _sigmoid(0.0), _sigmoid(1.0)
    return _cell(scope) | dict(
        steps=steps, none=none, one=one, left_none=none**steps, left_one=one**steps, here=float(scope.keeping.mean()),
        slope_none=none * (1 - none), slope_one=one * (1 - one),
    )  # fmt: skip


def through_output_gate(scope: Scope, draw: Draw) -> Holes:
    """What the output gate, and the slope of tanh behind it, let into the memory of an error at H."""
    t, unit = scope.an_error(draw), int(draw.integers(scope.n1))
    error = float((scope.dZ[t, 0] @ scope.parameters.W2.T)[unit])
    gate, memory = (float(one[t, 0, unit]) for one in (scope.gate("output"), scope.memory))
    slope, closing = 1 - math.tanh(memory) ** 2, float(scope.gate("forget")[t, 0, unit])
    arrives = error * gate * slope
    needs(significant(arrives, 1e-6))
    return dict(
        t=t, unit=unit, error=error, gate=gate, closing=closing, slope=slope, arrives=arrives, only_gate=error * gate,
        shown=error * gate * math.tanh(memory), forget=error * closing, memory=memory,
    )  # fmt: skip


def rest_of_jacobian(scope: Scope, draw: Draw) -> Holes:
    """How much of ∂C_t/∂C_k, or of ∂H_t/∂H_k, went by way of H into the gates."""
    t, k = _pair(scope, draw, 2 if scope.is_lstm else 1)
    unit, n1 = int(draw.integers(scope.n1)), scope.n1
    place = unit + (n1 if scope.is_lstm else 0)
    whole = float(scope.jacobian(t, k)[place, place])
    direct = float(scope.keeping[k + 1 : t + 1, 0, unit].prod())
    rest = whole - direct
    needs(direct > _NOTHING, significant(rest, 1e-3 * max(abs(whole), direct)), apart(whole, direct))
    return _cell(scope) | dict(
        t=t, k=k, unit=unit, whole=whole, direct=direct, rest=rest, ratio=whole / direct, product=whole * direct,
        sum=whole + direct, to=scope.kept(t), back=scope.kept(k), steps=t - k,
    )  # fmt: skip


def longer_path(scope: Scope, draw: Draw) -> Holes:
    """Which of its two paths carries more of a term."""
    pairs = [(t, k) for t, k in scope.terms if k < t and t in scope.errors]
    (t, k), parameter = one_of(draw, pairs), scope.a_parameter(draw)
    direct = engine.direct_path_terms(*scope.problem)[parameter][t, k]
    term = scope.term(parameter, t, k)
    along, through = frobenius(direct), frobenius(term - direct)
    needs(max(along, through) > _NOTHING, abs(along - through) > 0.02 * max(along, through))
    gates = scope.keeping[k + 1 : t + 1]
    return _cell(scope) | dict(
        t=t, k=k, lag=t - k, parameter=parameter, along=along, through=through, whole=frobenius(term),
        is_direct=along > through, low=float(gates.min()), high=float(gates.max()),
    )  # fmt: skip
