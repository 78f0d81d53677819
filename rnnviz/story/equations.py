"""Equations as tokens: each piece carries the id of the quantity it stands for, and its MathML."""

from __future__ import annotations

from functools import lru_cache

from latex2mathml.converter import convert

from rnnviz.story.notation import path, state, symbol

OPEN_CHAIN = 4


@lru_cache(maxsize=4096)
def mathml(latex: str) -> str:
    """Return LaTeX as MathML, the markup that browsers draw natively."""
    return convert(latex)


def token(quantity: str, latex: str | None = None) -> dict:
    """Return the token of one quantity; pointing at it lights that quantity everywhere."""
    written = symbol(quantity)
    return {"q": quantity, "role": written.role, "math": mathml(latex or written.latex)}


def sign(latex: str) -> dict:
    """Return a token that stands for no quantity: an operator, a bracket, a function."""
    return {"q": None, "role": "ink", "math": mathml(latex)}


def general_equations() -> list[dict]:
    """The two equations of the network at any step t."""
    return [
        sign(r"H_{1t} = f_1(X_t"), token("W1"), sign(r"+ H_{1t-1}"), token("Wh1"), sign("+"), token("b1"),
        sign(")"),
        sign(r"\qquad \hat{Y}_t = f_2(H_{1t}"), token("W2"), sign("+"), token("b2"), sign(")"),
    ]  # fmt: skip


def state_equation(t: int) -> list[dict]:
    """H_t = f_1(X_t W_1 + H_{t−1} W_h1 + β_1), the lecture's first equation."""
    return [
        token(f"H_{t}"), sign("= f_1("), token(f"X_{t}"), token("W1"), sign("+"),
        token(state(t - 1)), token("Wh1"), sign("+"), token("b1"), sign(")"),
    ]  # fmt: skip


def output_equation(t: int) -> list[dict]:
    """Ŷ_t = f_2(H_t W_2 + β_2), the lecture's second equation."""
    return [
        token(f"Y_hat_{t}"), sign("= f_2("), token(f"H_{t}"), token("W2"), sign("+"), token("b2"), sign(")"),
    ]  # fmt: skip


LOSS_LATEX = {
    "categorical_cross_entropy": (r"= -\sum_{j}", r"\log_e"),
    "binary_cross_entropy": (
        r"= -\sum_{j} \,[\,y \log_e \hat{y} + (1-y) \log_e (1-\hat{y})\,]\;\;\text{of}",
        ",",
    ),
    "squared_error": (r"= \tfrac{1}{2} \sum_{j} (", "-"),
}


def loss_equation(t: int, loss: str) -> list[dict]:
    """L_t = f(Ŷ_t, Y_t) with the loss written out."""
    opening, middle = LOSS_LATEX[loss]
    first, second = (f"Y_hat_{t}", f"Y_{t}") if loss == "squared_error" else (f"Y_{t}", f"Y_hat_{t}")
    closing = [sign(")^2")] if loss == "squared_error" else []
    return [token(f"L_{t}"), sign(opening), token(first), sign(middle), token(second), *closing]


def total_equation(steps: list[int], elided: bool) -> list[dict]:
    """L = Σ_t L_t."""
    pieces = [token("L"), sign("=")]
    for place, t in enumerate(steps):
        if place:
            gap = elided and t - steps[place - 1] > 1
            pieces.append(sign(r"+ \cdots +" if gap else "+"))
        pieces.append(token(f"L_{t}"))
    return pieces


def term_equation(t: int, k: int, parameter: str, steps: list[int], batch: bool) -> list[dict]:
    """term(t, k) = ∂L_t/∂Ŷ_t · ∂Ŷ_t/∂H_t · ∂H_t/∂H_{t−1} ⋯ ∂⁺H_k/∂θ."""
    mean = [sign(r"\text{mean over samples of}")] if batch else []
    factors = [token(factor) for factor in path(t, k, parameter, steps)]
    return [token(f"term_{t}_{k}"), sign("="), *mean, *folded(factors)]


def folded(factors: list[dict]) -> list[dict]:
    """Mark the middle of a long chain, so that it can be folded to one sign and opened again."""
    if len(factors) - 3 <= OPEN_CHAIN:
        return factors
    middle = range(4, len(factors) - 3)
    return [piece | {"fold": True} if place in middle else piece for place, piece in enumerate(factors)]


def sum_equation(parameter: str) -> list[dict]:
    """∂L/∂θ = Σ_t Σ_{k≤t} term(t, k)."""
    inner = r"\sum_{t} \sum_{k \le t}" if parameter in ("W1", "Wh1", "b1") else r"\sum_{t}"
    k = "k" if parameter in ("W1", "Wh1", "b1") else "t"
    return [token(f"dL/d{parameter}"), sign(f"= {inner}"), sign(rf"\mathrm{{term}}(t,{k})")]


def update_equation(parameter: str) -> list[dict]:
    """θ ← θ − η ∂L/∂θ."""
    return [
        token(f"{parameter}_new"), sign("="), token(parameter), sign(r"- \,\eta"), token(f"dL/d{parameter}"),
    ]  # fmt: skip
