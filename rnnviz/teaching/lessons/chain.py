"""The lecture's formulas for any T, as tokens that light the stage."""

from __future__ import annotations

from rnnviz.notation.equations import output_equation, sign, state_equation, token
from rnnviz.notation.ids import (
    PARAMETERS,
    chain_factor,
    immediate_factor,
    letter,
    output_factor,
    readout_factor,
    symbol,
)
from rnnviz.notation.line import Token
from rnnviz.teaching.lessons.model import Line

ORDER = ("b1", "W1", "Wh1")
"""The lecture takes the hidden parameters in this order."""


def line(*pieces: Token | list | tuple) -> Line:
    """Return pieces and lists of pieces as one line."""
    found: list[Token] = []
    for piece in pieces:
        found += [piece] if isinstance(piece, Token) else piece
    return tuple(found)


def general_state() -> Line:
    """H_1t = f_1(X_t W_1 + H_1t−1 W_h1 + β_1)."""
    return line(
        sign(f"{letter('H', 't')} = f_1({letter('X', 't')}"), token("W1"), sign(f"+ {letter('H', 't-1')}"),
        token("Wh1"), sign("+"), token("b1"), sign(")"),
    )  # fmt: skip


def general_output() -> Line:
    """Ŷ_t = f_2(H_1t W_2 + β_2)."""
    return line(
        sign(f"{letter('Y_hat', 't')} = f_2({letter('H', 't')}"), token("W2"), sign("+"), token("b2"), sign(")")
    )


def forward_step(t: int) -> Line:
    """H_1t of one step."""
    return line(state_equation(t))


def output_step(t: int) -> Line:
    """Ŷ_t of one step."""
    return line(output_equation(t))


def loss_step(t: int) -> Line:
    """L_t = f(Ŷ_t, Y_t)."""
    return line(token(f"L_{t}"), sign("= f("), token(f"Y_hat_{t}"), sign(","), token(f"Y_{t}"), sign(")"))


def total_loss(losses: tuple[int, ...]) -> Line:
    """L = L_0 + L_1 + …."""
    return line(token("L"), sign("="), _added([[token(f"L_{t}")] for t in losses]))


def all_gradients() -> Line:
    """The five derivatives that are needed, in the lecture's order."""
    return line(*(token(f"dL/d{name}") for name in ("Wh1", "W1", "W2", "b1", "b2")))


def over_losses(parameter: str, losses: tuple[int, ...]) -> Line:
    """∂L/∂θ = ∂L_0/∂θ + ∂L_1/∂θ + …."""
    parts = [[_row(t, parameter)] for t in losses]
    return line(token(f"dL/d{parameter}"), sign("="), _added(parts))


def terms(parameter: str, t: int, source: list[int], whole: str = "") -> Line:
    """∂L_t/∂θ as the sum of the terms of some source steps, each written out."""
    first = token(whole) if whole else _row(t, parameter)
    return line(first, sign("="), _added([[*_front(t), *_hops(t, k), _end(k, parameter)] for k in source]))


def bracketed(parameter: str, t: int, whole: str = "") -> Line:
    """∂L_t/∂θ with what all its terms share in front of the bracket."""
    inside = [[*_hops(t, k), _end(k, parameter)] for k in range(t, -1, -1)]
    first = token(whole) if whole else _row(t, parameter)
    return line(first, sign("="), _front(t), sign(r"\Bigg["), _added(inside), sign(r"\Bigg]"))


def update(parameter: str) -> Line:
    """θ = θ − (∂L/∂θ) × learning rate."""
    return line(
        token(f"{parameter}_new", symbol(parameter).latex), sign("="), token(parameter), sign("-"),
        sign(r"\Big("), token(f"dL/d{parameter}"), sign(r"\Big)"), sign(r"\times \text{learning rate}"),
    )  # fmt: skip


def updates() -> tuple[Line, ...]:
    """All five updates in the lecture's order."""
    return tuple(update(name) for name in ("b2", "b1", "W2", "W1", "Wh1"))


def start_values() -> Line:
    """The five parameters."""
    return line(*(token(name) for name in PARAMETERS))


def depends(upper: str, lower: str) -> str:
    """The lecture's box."""
    return f"Chain Rule. {{{upper}}} depends on {{{lower}}}"


def box(parameter: str, t: int, k: int) -> str:
    """The box beside the term (t, k): the dependence that it adds to the terms before it."""
    return depends(f"H_{t}", parameter) if k == t else depends(f"H_{k + 1}", f"H_{k}")


def _row(t: int, parameter: str) -> Token:
    return token(f"dL_{t}/d{parameter}")


def _front(t: int) -> list[Token]:
    return [token(output_factor(t)), token(readout_factor(t))]


def _hops(t: int, k: int) -> list[Token]:
    return [token(chain_factor(j)) for j in range(t, k, -1)]


def _end(k: int, parameter: str) -> Token:
    return token(immediate_factor(k, parameter))


def _added(parts: list[list[Token]]) -> list[Token]:
    found: list[Token] = []
    for place, part in enumerate(parts):
        found += [sign("+"), *part] if place else part
    return found
