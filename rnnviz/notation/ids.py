"""Ids and symbols of every drawn quantity: one place, used by graph, equation, matrix and grid.

A quantity has one id (``H_2``, ``dH_2/dH_1``, ``term_2_1``). From the id follow its LaTeX, its short label
for drawings, its role (which fixes its colour) and its name in words.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rnnviz.notation.quantity import PARAMETERS
from rnnviz.notation.symbol import Symbol, plain
from rnnviz.notation.symbols import letter, named, symbol, truncated_symbol

__all__ = [
    "HIDDEN_PARAMETERS", "PARAMETERS", "Symbol", "chain_factor", "hops", "immediate_factor", "letter",
    "named", "output_factor", "path", "plain", "readout_factor", "state", "symbol", "truncated_symbol",
]  # fmt: skip

HIDDEN_PARAMETERS = ("W1", "Wh1", "b1")


def state(t: int) -> str:
    """Return the id of the hidden state after step ``t``; before the first step it is ``H_init``."""
    return "H_init" if t < 0 else f"H_{t}"


def output_factor(t: int) -> str:
    """Return the id of ∂L_t/∂Ŷ_t."""
    return f"dL_{t}/dY_hat_{t}"


def readout_factor(t: int) -> str:
    """Return the id of ∂Ŷ_t/∂H_t."""
    return f"dY_hat_{t}/dH_{t}"


def chain_factor(j: int, before: int | None = None) -> str:
    """Return the id of ∂H_j/∂H_{j−1}, or of the product of Jacobians from ``j`` down to ``before``."""
    return f"d{state(j)}/d{state(j - 1 if before is None else before)}"


def hops(t: int, k: int, steps: Sequence[int]) -> list[tuple[int, int]]:
    """Return the pairs of neighbouring drawn steps from ``t`` down to ``k``; a folded middle is one hop."""
    back = [step for step in reversed(steps) if k <= step <= t]
    return list(pairwise(back))


def immediate_factor(k: int, parameter: str) -> str:
    """Return the id of the immediate derivative ∂⁺ at step ``k``: of H_k, or of Ŷ_k for the output layer."""
    node = f"H_{k}" if parameter in HIDDEN_PARAMETERS else f"Y_hat_{k}"
    return f"d+{node}/d{parameter}"


def path(t: int, k: int, parameter: str, steps: Sequence[int]) -> list[str]:
    """Return the ids of the factors of term (t, k) in the order in which they are multiplied.

    ``steps`` are the drawn steps: over a folded middle the step Jacobians are one factor, their product.
    """
    if parameter not in HIDDEN_PARAMETERS:
        return [output_factor(t), immediate_factor(t, parameter)]
    chain = [chain_factor(*hop) for hop in hops(t, k, steps)]
    return [output_factor(t), readout_factor(t), *chain, immediate_factor(k, parameter)]
