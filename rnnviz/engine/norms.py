"""Frobenius norms of every term and adjoint, without ever holding them."""

from __future__ import annotations

import numpy as np

from .architecture import Architecture, Parameters
from .decomposition import decompose, frobenius
from .forward import Trace


def term_norms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> dict[str, np.ndarray]:
    """Frobenius norms (T, T) of the terms of W1, Wh1 and b1."""
    return decompose(architecture, parameters, trace, Y).norms


def adjoint_norms(
    architecture: Architecture, parameters: Parameters, trace: Trace, Y: np.ndarray
) -> np.ndarray:
    """(T, T) array ‖∂L_t/∂H_k‖: Frobenius norms over batch and hidden units; zero above the diagonal."""
    return frobenius(decompose(architecture, parameters, trace, Y).adjoints)
