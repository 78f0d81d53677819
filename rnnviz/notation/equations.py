"""Equations as tokens: each piece carries the id of the quantity it stands for, and its MathML."""

import re
from functools import lru_cache

from latex2mathml.converter import convert

from rnnviz.notation.conventions import PLAIN, Conventions
from rnnviz.notation.ids import letter, path, state, symbol
from rnnviz.notation.line import Token

_BEGINS = re.compile(r"(?<=<mrow>)<mo>(?=&#x0002B;|&#x0003D;)")
OPEN_CHAIN = 3
"""A longer chain of step Jacobians shows its first and last one; the middle is folded."""


@lru_cache(maxsize=4096)
def mathml(latex: str) -> str:
    """Return LaTeX as MathML, the markup that browsers draw natively; a hat keeps its width.

    A plus or an equals sign with which a piece begins stands between two pieces, with room on both sides.
    """
    drawn = convert(latex).replace("<mo>&#x0005E;</mo>", '<mo stretchy="false">&#x002C6;</mo>')
    return _BEGINS.sub('<mo form="infix">', drawn)


def token(quantity: str, latex: str | None = None, conventions: Conventions = PLAIN) -> Token:
    """Return the token of one quantity; pointing at it lights that quantity everywhere."""
    written = symbol(quantity, conventions)
    return Token(quantity, written.role, latex or written.latex)


def sign(latex: str) -> Token:
    """Return a token that stands for no quantity: an operator, a bracket, a function."""
    return Token(None, "ink", latex)


def _line(conventions: Conventions, *pieces: str | Token) -> list[Token]:
    """Ids as their tokens, with the signs between them."""
    return [one if isinstance(one, Token) else token(one, None, conventions) for one in pieces]


def general_equations(c: Conventions) -> list[Token]:
    """The two equations of the network at any step t, as the conventions turn them."""
    X, H, Y_hat = (letter(base, "t", c) for base in ("X", "H", "Y_hat"))

    def product(state: str, weight: str) -> list[Token]:
        second = token(weight, None, c)
        return [second, sign(state)] if c.is_column else [sign(state), second.flipped if c.flips_weights else second]

    return _line(
        c, sign(f"{H} = f_1("), *product(X, "W1"), sign("+"), *product(letter("H", "t-1", c), "Wh1"), sign("+"), "b1",
        sign(")"), sign(rf"\qquad {Y_hat} = f_2("), *product(H, "W2"), sign("+"), "b2", sign(")"),
    )  # fmt: skip


def state_equation(t: int, c: Conventions = PLAIN) -> list[Token]:
    """H_t = f_1(X_t W_1 + H_{t−1} W_h1 + β_1), the lecture's first equation."""
    return _line(
        c, f"H_{t}", sign("= f_1("), f"X_{t}", "W1", sign("+"), state(t - 1), "Wh1", sign("+"), "b1", sign(")")
    )


def output_equation(t: int, c: Conventions = PLAIN) -> list[Token]:
    """Ŷ_t = f_2(H_t W_2 + β_2), the lecture's second equation."""
    return _line(c, f"Y_hat_{t}", sign("= f_2("), f"H_{t}", "W2", sign("+"), "b2", sign(")"))


LOSS_LATEX = {
    "categorical_cross_entropy": (r"= -\sum_{j}", r"\log_e"),
    "binary_cross_entropy": (
        r"= -\sum_{j} \,[\,y \log_e \hat{y} + (1-y) \log_e (1-\hat{y})\,],\;\; y =",
        r",\; \hat{y} =",
    ),
    "squared_error": (r"= \tfrac{1}{2} \sum_{j} (", "-"),
}


def loss_equation(t: int, loss: str, samples: int, c: Conventions) -> list[Token]:
    """L_t = f(Ŷ_t, Y_t) with the loss written out, entry by entry; the mean over several samples i."""
    opening, middle = LOSS_LATEX[loss]
    entry = "j" if samples == 1 else "ij"
    if samples > 1:
        opening = opening.replace(r"\sum_{j}", rf"\tfrac{{1}}{{{samples}}} \sum_{{i,j}}")
    target, said = (token(f"{base}_{t}", letter(base, f"{c.step(t)},{entry}", c), c) for base in ("Y", "Y_hat"))
    if loss == "squared_error":
        return _line(c, f"L_{t}", sign(opening), said, sign(middle), target, sign(")^2"))
    return _line(c, f"L_{t}", sign(opening), target, sign(middle), said)


def total_equation(steps: list[int], elided: bool, losses: int, c: Conventions) -> list[Token]:
    """L = Σ_t L_t, or their mean."""
    pieces: list[str | Token] = []
    for before, t in zip([t - 1 for t in steps[:1]] + steps, steps, strict=False):
        gap = elided and t - before > 1
        pieces += [sign(r"+ \cdots +" if gap else "+"), f"L_{t}"]
    opening, closing = ([sign(rf"\tfrac{{1}}{{{losses}}} (")], [sign(")")]) if c.is_mean else ([], [])
    return _line(c, "L", sign("="), *opening, *pieces[1:], *closing)


def over_losses(losses: int, c: Conventions) -> list[Token]:
    """Return the factor 1/T that stands before a sum over the losses where L is their mean."""
    return [sign(rf"\tfrac{{1}}{{{losses}}}")] if c.is_mean else []


def term_equation(
    t: int, k: int, parameter: str, steps: list[int], batch: bool, c: Conventions, kind: str = "H"
) -> list[Token]:
    """term(t, k) = ∂L_t/∂Ŷ_t · ∂Ŷ_t/∂H_t · ∂H_t/∂H_{t−1} ⋯ ∂⁺H_k/∂θ."""
    mean = [sign(r"\text{mean over samples of}")] if batch else []
    factors = _line(c, *path(t, k, parameter, steps, kind))
    if len(factors) - 3 > OPEN_CHAIN:  # the middle of a long chain can be folded to one sign and opened again
        factors[3:-2] = [piece._replace(fold=True) for piece in factors[3:-2]]
    return [product_of(f"term_{t}_{k}", parameter, c), sign("="), *mean, *factors]


def product_of(quantity: str, parameter: str, c: Conventions) -> Token:
    """Return the token of what a product gives: where weights are kept transposed, it is too."""
    found = token(quantity, None, c)
    return found.flipped if c.flips(parameter) else found


def sum_equation(parameter: str, whole: str, losses: int, kept: str, c: Conventions) -> list[Token]:
    """∂L/∂θ = Σ_t Σ_{k≤t} term(t, k), over the terms that are kept, with 1/T before it for a mean.

    ``whole`` is LaTeX of what they add up to, ``kept`` of the steps k that a row keeps; "" for no sum over k.
    """
    k, inner = ("k", rf"\sum_{{t}} \sum_{{{kept}}}") if kept else ("t", r"\sum_{t}")
    sums = [*over_losses(losses, c), sign(rf"{inner} \mathrm{{term}}(t,{k})")]
    return [token(f"dL/d{parameter}", whole, c), sign("="), *sums]


def comma() -> Token:
    """Return what stands between two equations of one frame: the next one may begin a new line."""
    return sign(",")._replace(ends=True)
