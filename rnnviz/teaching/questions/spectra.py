"""Questions on weights against slopes (9)."""

from __future__ import annotations

import numpy as np

from rnnviz.notation.ids import chain_factor
from rnnviz.notation.numbers import four
from rnnviz.teaching.questions.asking import Holes, apart, template
from rnnviz.teaching.questions.loops import hop_frame
from rnnviz.teaching.questions.scope import Draw, Scope, largest_stretch, one_of

_BOUND, _STRETCH = r"$\gamma\,\sigma_{\max}$", r"$\sigma_{\max}$"
_SLOPE_WORDS = {"tanh": "1 for tanh", "relu": "1 for ReLU", "sigmoid": "¼ for the sigmoid",
                "identity": "1 for the identity"}  # fmt: skip


def _span(scope: Scope, draw: Draw) -> tuple[int, int]:
    return one_of(draw, [(t, k) for t in scope.steps for k in scope.steps if t - k > 0])


def _norm_of(scope: Scope, t: int, k: int) -> str:
    return rf"$\left\|{scope.per(scope.latex(f'H_{t}'), f'H_{k}')}\right\|_2$"


def _spectral(scope: Scope) -> str:
    values = scope.spectrum
    slope = _SLOPE_WORDS[scope.architecture.hidden_activation]
    return (
        f"{scope.tex('Wh1')} has spectral radius ρ = {four(values.radius)} and largest singular value {_STRETCH} = "
        f"{four(values.norm)}; γ, the steepest slope f₁′ can have, is {slope}."
    )


@template
def bound(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for (γ σₘₐₓ)^(t−k)."""
    t, k = _span(scope, draw)
    lag, values = t - k, scope.spectrum
    limit, actual = (values.gamma * values.norm) ** lag, largest_stretch(scope.jacobian(t, k))
    return dict(
        limit=limit, step=values.gamma * values.norm, lag=lag, actual=actual,
        of_radius=values.radius**lag if apart(values.radius, values.norm) else None, values=values,
        unsloped=values.norm**lag, t=t, too_many=(values.gamma * values.norm) ** (lag + 1),
        are="is" if lag == 1 else "are", k=k,
        as_now=actual if scope.architecture.hidden_activation != "identity" else None,
        spectral=_spectral(scope), asked=_norm_of(scope, t, k), frame=_span_frame(scope, t, k),
    )  # fmt: skip


def _span_frame(scope: Scope, t: int, k: int) -> str:
    return f"term-{min(s for s in scope.losses if s >= t)}-{k}"


@template
def guarantee(scope: Scope, draw: Draw) -> Holes | None:
    """Ask whether a single step is sure to shrink, and by which number one knows."""
    t, values = scope.a_hop(draw), scope.spectrum
    product = values.gamma * values.norm
    if not all(apart(value, 1.0) for value in (product, values.norm, values.radius)):
        return None
    sure, steep = product < 1, values.norm > 1
    return dict(
        t=t, product=product, values=values, actual=largest_stretch(scope.jacobian(t, t - 1)),
        hop=chain_factor(t), spectral=_spectral(scope), asked=_norm_of(scope, t, t - 1), frame=hop_frame(scope, t),
        sure=0 if sure else None, unsure=None if sure else 1, yes=None if sure else 0, no=1 if sure else None,
        radius=2 if apart(values.radius, values.norm) else None,
        small="is below 1, but" if values.radius < 1 else "is not below 1, and",
        slopes=3 if sure and values.gamma != 1 else None,
        why="The slopes are factors too" if steep else f"{_STRETCH} is {four(values.norm)}",
        verdict="Yes" if sure else "No", below="below" if sure else "not below",
    )  # fmt: skip


@template
def without_slopes(scope: Scope, draw: Draw) -> Holes | None:
    """Ask what a step Jacobian's norm would be with every slope 1."""
    t, values = scope.a_hop(draw), scope.spectrum
    actual, steepest = largest_stretch(scope.jacobian(t, t - 1)), float(scope.slope[t].max())
    if scope.architecture.hidden_activation == "identity" or not actual > 0:
        return None
    same = four(values.norm) == four(actual)
    return dict(
        values=values, actual=actual, slopes=_slopes_of(scope, t), t=t, divided=actual / steepest,
        asked=_norm_of(scope, t, t - 1), verb="leave it" if same else "bring it to",
        now="as it is." if same else f"{four(actual)}.", frame=hop_frame(scope, t),
    )  # fmt: skip


def _slopes_of(scope: Scope, t: int) -> str:
    """The slopes of one step, in a sentence."""
    least, most = four(scope.slope[t].min()), four(scope.slope[t].max())
    if least == most:
        return f"{'They are all' if scope.n1 > 1 else 'It is'} {most} here, not 1."
    return f"They are between {least} and {most} here."


@template
def long_run(scope: Scope, draw: Draw) -> Holes | None:
    """Ask for the norm of a power of Wh1: between ρ and σₘₐₓ."""
    W, values, power = scope.parameters.Wh1, scope.spectrum, int(draw.integers(2, min(scope.T, 13)))
    norm = largest_stretch(np.linalg.matrix_power(W, power))
    if norm < 1e-6 * values.norm**power:
        return None
    low, high = values.radius**power, values.norm**power
    between = f"It lies between the powers of ρ and {_STRETCH}, {four(low)} and {four(high)}."
    normal = f"ρ and {_STRETCH} are the same here, and the norm is their power."
    why = between if apart(low, high) else normal
    last = scope.losses[-1]
    return dict(
        norm=norm, power=power, why=why, of_radius=values.radius**power, of_norm=values.norm**power,
        added=power * values.norm, values=values, last=last,
    )  # fmt: skip
