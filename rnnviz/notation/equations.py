"""Equations as tokens: each piece carries the id of the quantity it stands for, and its MathML."""

from __future__ import annotations

from functools import lru_cache

from latex2mathml.converter import convert

from rnnviz.notation.conventions import spoken
from rnnviz.notation.ids import letter, path, state, step_number, symbol
from rnnviz.notation.line import WEIGHTS, Token

OPEN_CHAIN = 3
"""A longer chain of step Jacobians shows its first and last one; the middle is folded."""


@lru_cache(maxsize=4096)
def mathml(latex: str) -> str:
    """Return LaTeX as MathML, the markup that browsers draw natively."""
    return convert(latex)


def token(quantity: str, latex: str | None = None) -> Token:
    """Return the token of one quantity; pointing at it lights that quantity everywhere."""
    written = symbol(quantity)
    return Token(quantity, written.role, latex or written.latex)


def sign(latex: str) -> Token:
    """Return a token that stands for no quantity: an operator, a bracket, a function."""
    return Token(None, "ink", latex)


def general_equations() -> list[Token]:
    """The two equations of the network at any step t."""
    now = {base: letter(base, "t") for base in ("X", "H", "Y_hat")}
    before = letter("H", "t-1")
    return [
        sign(f"{now['H']} = f_1("), *product(sign(now["X"]), token("W1")), sign("+"),
        *product(sign(before), token("Wh1")), sign("+"), token("b1"), sign(")"),
        sign(rf"\qquad {now['Y_hat']} = f_2("), *product(sign(now["H"]), token("W2")), sign("+"), token("b2"),
        sign(")"),
    ]  # fmt: skip


def product(first: Token, second: Token) -> list[Token]:
    """Return a state and a weight in the order, and with the transpose, that the conventions ask for."""
    if spoken().is_column:
        return [second, first]
    return [first, second.flipped if spoken().flips_weights else second]


def state_equation(t: int) -> list[Token]:
    """H_t = f_1(X_t W_1 + H_{t−1} W_h1 + β_1), the lecture's first equation."""
    return [
        token(f"H_{t}"), sign("= f_1("), token(f"X_{t}"), token("W1"), sign("+"),
        token(state(t - 1)), token("Wh1"), sign("+"), token("b1"), sign(")"),
    ]  # fmt: skip


def output_equation(t: int) -> list[Token]:
    """Ŷ_t = f_2(H_t W_2 + β_2), the lecture's second equation."""
    return [
        token(f"Y_hat_{t}"), sign("= f_2("), token(f"H_{t}"), token("W2"), sign("+"), token("b2"), sign(")"),
    ]  # fmt: skip


LOSS_LATEX = {
    "categorical_cross_entropy": (r"= -\sum_{j}", r"\log_e"),
    "binary_cross_entropy": (
        r"= -\sum_{j} \,[\,y \log_e \hat{y} + (1-y) \log_e (1-\hat{y})\,],\;\; y =",
        r",\; \hat{y} =",
    ),
    "squared_error": (r"= \tfrac{1}{2} \sum_{j} (", "-"),
}


def loss_equation(t: int, loss: str, samples: int) -> list[Token]:
    """L_t = f(Ŷ_t, Y_t) with the loss written out, entry by entry; the mean over several samples i."""
    opening, middle = LOSS_LATEX[loss]
    entry = "j" if samples == 1 else "ij"
    if samples > 1:
        opening = opening.replace(r"\sum_{j}", rf"\tfrac{{1}}{{{samples}}} \sum_{{i,j}}")
    target, said = (token(f"{base}_{t}", letter(base, f"{step_number(t)},{entry}")) for base in ("Y", "Y_hat"))
    first, second = (said, target) if loss == "squared_error" else (target, said)
    closing = [sign(")^2")] if loss == "squared_error" else []
    return [token(f"L_{t}"), sign(opening), first, sign(middle), second, *closing]


def total_equation(steps: list[int], elided: bool, losses: int) -> list[Token]:
    """L = Σ_t L_t, or their mean."""
    opening, closing = _mean_brackets(losses)
    pieces = [token("L"), sign("="), *opening]
    for place, t in enumerate(steps):
        if place:
            gap = elided and t - steps[place - 1] > 1
            pieces.append(sign(r"+ \cdots +" if gap else "+"))
        pieces.append(token(f"L_{t}"))
    return [*pieces, *closing]


def _mean_brackets(losses: int) -> tuple[list[Token], list[Token]]:
    if not averages(losses):
        return [], []
    return [sign(rf"\tfrac{{1}}{{{losses}}} (")], [sign(")")]


def averages(losses: int) -> bool:
    """Return whether L is the mean of several losses."""
    return spoken().over_time == "mean" and losses > 1


def over_losses(losses: int) -> list[Token]:
    """Return the factor 1/T that stands before a sum over the losses where L is their mean."""
    return [sign(rf"\tfrac{{1}}{{{losses}}}")] if averages(losses) else []


def term_equation(t: int, k: int, parameter: str, steps: list[int], batch: bool) -> list[Token]:
    """term(t, k) = ∂L_t/∂Ŷ_t · ∂Ŷ_t/∂H_t · ∂H_t/∂H_{t−1} ⋯ ∂⁺H_k/∂θ."""
    mean = [sign(r"\text{mean over samples of}")] if batch else []
    factors = [token(factor) for factor in path(t, k, parameter, steps)]
    return [product_of(f"term_{t}_{k}", parameter), sign("="), *mean, *folded(factors)]


def product_of(quantity: str, parameter: str) -> Token:
    """Return the token of what a product gives: where weights are kept transposed, it is too."""
    found = token(quantity)
    return found.flipped if spoken().flips_weights and parameter in WEIGHTS else found


def folded(factors: list[Token]) -> list[Token]:
    """Mark the middle of a long chain, so that it can be folded to one sign and opened again."""
    if len(factors) - 3 <= OPEN_CHAIN:
        return factors
    middle = range(3, len(factors) - 2)
    return [piece._replace(fold=True) if place in middle else piece for place, piece in enumerate(factors)]


def sum_equation(parameter: str, whole: str, losses: int, kept: str) -> list[Token]:
    """∂L/∂θ = Σ_t Σ_{k≤t} term(t, k), over the terms that are kept, with 1/T before it for a mean.

    ``whole`` is LaTeX of what they add up to, ``kept`` of the steps k that a row keeps; "" for no sum over k.
    """
    k, inner = ("k", rf"\sum_{{t}} \sum_{{{kept}}}") if kept else ("t", r"\sum_{t}")
    first = [token(f"dL/d{parameter}", whole), sign("="), *over_losses(losses)]
    return [*first, sign(rf"{inner} \mathrm{{term}}(t,{k})")]


def comma() -> Token:
    """Return what stands between two equations of one frame: the next one may begin a new line."""
    return sign(",")._replace(ends=True)
